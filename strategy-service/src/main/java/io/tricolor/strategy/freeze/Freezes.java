package io.tricolor.strategy.freeze;

import io.prometheus.client.Gauge;
import io.tricolor.contracts.freeze.FreezeEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.strategy.group.domain.Observation.Freeze;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.springframework.stereotype.Component;

/**
 * The calendar now: what is known of it, and what was appended since, whichever instance of the service did. Blocking.
 */
@Component
public class Freezes {

    private static final Gauge WINDOWS = Gauge.build(
                    "tricolor_freeze_windows", "Freeze windows that are set and not over")
            .register();

    private final StreamReader reader;
    private final InstantSource clock;
    private volatile Calendar newest = Calendar.EMPTY;

    Freezes(StreamReader reader, InstantSource clock) {
        this.reader = reader;
        this.clock = clock;
    }

    /** What is in force for a group. */
    public List<Freeze> inForce(String groupId, String environment) {
        Instant now = clock.instant();
        return calendar().inForce(groupId, environment, now).stream()
                .map(window -> new Freeze(window.name(), window.endsAfter(now).orElseThrow(), window.reason()))
                .toList();
    }

    Calendar calendar() {
        Calendar known = newest;
        Calendar[] calendar = {known};
        reader.forEach(
                Calendar.ID,
                known.version() + 1,
                event -> calendar[0] = calendar[0].evolve((FreezeEvent) event.payload()));
        Calendar read = calendar[0];
        synchronized (this) {
            newest = newest.version() >= read.version() ? newest : read;
        }
        Instant now = clock.instant();
        WINDOWS.set((double) read.windows().values().stream()
                .filter(window -> !window.isOver(now))
                .count());
        return read;
    }
}
