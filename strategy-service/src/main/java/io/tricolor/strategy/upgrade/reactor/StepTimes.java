package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Observation.Elapsed;
import java.time.Duration;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * How long running steps, and whatever else has a time, have taken, by clocks that nobody sets: each instance measures
 * with its own, one instance at a time adds to the sum that is stored, and another one takes over when it has not done
 * so for some seconds. What passes while none runs does not count. Blocking.
 */
@Component
class StepTimes {

    private static final Duration STORE_EVERY = Duration.ofSeconds(1);
    private static final Duration TAKE_OVER_AFTER = Duration.ofSeconds(5);

    private final JdbcClient jdbc;
    private final String instance = UUID.randomUUID().toString();
    private final ConcurrentMap<Key, Counted> counted = new ConcurrentHashMap<>();

    /** A time, by the event that it counts from. */
    private record Key(String groupId, long since) {}

    /** What was stored last, and when by this process's clock. */
    private record Counted(Duration stored, boolean byThisInstance, long nanos) {}

    StepTimes(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Of all that has a time in the group; at least so much has passed. */
    Elapsed of(GroupState state) {
        String groupId = state.groupId();
        SortedSet<Long> timers = state.timers();
        counted.keySet().removeIf(key -> key.groupId().equals(groupId) && !timers.contains(key.since()));
        SortedMap<Long, Duration> passed = new TreeMap<>();
        timers.forEach(since -> passed.put(since, passed(new Key(groupId, since), timers)));
        return new Elapsed(passed);
    }

    /** Since this position of the stream of a group, which has no other time. */
    Duration of(String groupId, long since) {
        return passed(new Key(groupId, since), new TreeSet<>(Set.of(since)));
    }

    private Duration passed(Key key, SortedSet<Long> timers) {
        long now = System.nanoTime();
        Counted last = counted.get(key);
        Duration more = last != null && last.byThisInstance() ? Duration.ofNanos(now - last.nanos()) : Duration.ZERO;
        if (last != null && now - last.nanos() < STORE_EVERY.toNanos()) {
            return last.stored().plus(more);
        }
        if (last == null) {
            forgetOthers(key.groupId(), timers);
        }
        Counted next = store(key, more, now);
        counted.put(key, next);
        return next.stored();
    }

    private void forgetOthers(String groupId, SortedSet<Long> timers) {
        jdbc.sql("delete from step_time where group_id = :group and since < :first")
                .param("group", groupId)
                .param("first", timers.getFirst())
                .update();
    }

    private Counted store(Key key, Duration more, long now) {
        int written = jdbc.sql("""
                        insert into step_time as t (group_id, since, elapsed_ms, counted_by, counted_at)
                        values (:group, :since, 0, :me, clock_timestamp())
                        on conflict (group_id, since) do update
                            set elapsed_ms = t.elapsed_ms + case when t.counted_by = :me then :more else 0 end,
                                counted_by = excluded.counted_by, counted_at = excluded.counted_at
                            where t.counted_by = :me
                                or abs(extract(epoch from clock_timestamp() - t.counted_at)) > :takeOver
                        """)
                .param("group", key.groupId())
                .param("since", key.since())
                .param("more", more.toMillis())
                .param("me", instance)
                .param("takeOver", TAKE_OVER_AFTER.toSeconds())
                .update();
        return jdbc.sql("select elapsed_ms from step_time where group_id = :group and since = :since")
                .param("group", key.groupId())
                .param("since", key.since())
                .query((row, n) -> new Counted(Duration.ofMillis(row.getLong(1)), written > 0, now))
                .optional()
                .orElseGet(() -> new Counted(Duration.ZERO, false, now)); // a later look has forgotten it already
    }
}
