package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Observation.Elapsed;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * How long running steps have taken, by clocks that nobody sets: each instance measures with its own, one instance at
 * a time adds to the sum that is stored, and another one takes over when it has not done so for some seconds. What
 * passes while none runs does not count. Blocking.
 */
@Component
class StepTimes {

    private static final Duration STORE_EVERY = Duration.ofSeconds(1);
    private static final Duration TAKE_OVER_AFTER = Duration.ofSeconds(5);

    private final JdbcClient jdbc;
    private final String instance = UUID.randomUUID().toString();
    private final ConcurrentMap<String, Counted> counted = new ConcurrentHashMap<>();

    /** What was stored last, and when by this process's clock. */
    private record Counted(long since, Duration stored, boolean byThisInstance, long nanos) {}

    StepTimes(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Of the step that runs; at least so much has passed. */
    Elapsed of(GroupState state) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null) {
            counted.remove(state.groupId());
            return Elapsed.NONE;
        }
        return of(state.groupId(), upgrade.position().since());
    }

    /** Of the step of the group that runs since this position of its stream. */
    Elapsed of(String groupId, long since) {
        long now = System.nanoTime();
        Counted newest = counted.get(groupId);
        Counted last = newest != null && newest.since() == since ? newest : null;
        Duration more = last != null && last.byThisInstance() ? Duration.ofNanos(now - last.nanos()) : Duration.ZERO;
        if (last != null && now - last.nanos() < STORE_EVERY.toNanos()) {
            return new Elapsed(since, last.stored().plus(more));
        }
        Counted next = store(groupId, since, more, now);
        counted.put(groupId, next);
        return new Elapsed(next.since(), next.stored());
    }

    private Counted store(String groupId, long since, Duration more, long now) {
        int written = jdbc.sql("""
                        insert into step_time as t (group_id, since, elapsed_ms, counted_by, counted_at)
                        values (:group, :since, 0, :me, clock_timestamp())
                        on conflict (group_id) do update
                            set since = excluded.since,
                                elapsed_ms = case when t.since <> excluded.since then 0
                                    when t.counted_by = :me then t.elapsed_ms + :more else t.elapsed_ms end,
                                counted_by = excluded.counted_by, counted_at = excluded.counted_at
                            where t.since < excluded.since or t.counted_by = :me
                                or abs(extract(epoch from clock_timestamp() - t.counted_at)) > :takeOver
                        """)
                .param("group", groupId)
                .param("since", since)
                .param("more", more.toMillis())
                .param("me", instance)
                .param("takeOver", TAKE_OVER_AFTER.toSeconds())
                .update();
        return jdbc.sql("select since, elapsed_ms from step_time where group_id = :group")
                .param("group", groupId)
                .query((row, n) -> new Counted(row.getLong(1), Duration.ofMillis(row.getLong(2)), written > 0, now))
                .single();
    }
}
