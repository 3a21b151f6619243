package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Observation.Elapsed;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.stereotype.Component;

/** How long running steps have taken, by a clock that nobody sets. Begins anew when the service starts. */
@Component
class StepTimes {

    private final ConcurrentMap<String, Begun> begun = new ConcurrentHashMap<>();

    private record Begun(long since, long nanos) {}

    Elapsed of(GroupState state) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null) {
            begun.remove(state.groupId());
            return Elapsed.NONE;
        }
        long since = upgrade.position().since();
        long now = System.nanoTime();
        Begun known = begun.compute(
                state.groupId(),
                (group, before) -> before == null || before.since() < since ? new Begun(since, now) : before);
        return new Elapsed(known.since(), Duration.ofNanos(now - known.nanos()));
    }
}
