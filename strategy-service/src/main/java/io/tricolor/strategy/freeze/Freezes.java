package io.tricolor.strategy.freeze;

import io.prometheus.client.Gauge;
import io.tricolor.contracts.freeze.FreezeEvent;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.strategy.group.domain.Observation.Freeze;
import io.tricolor.strategy.group.query.NewestEvents;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The calendar: it is read once, and again when {@link NewestEvents} has found that it has grown, whichever instance of
 * the service did that. Blocking.
 */
@Component
public class Freezes {

    private static final Gauge WINDOWS = Gauge.build(
                    "tricolor_freeze_windows", "Freeze windows that are set and not over")
            .register();

    private final StreamReader reader;
    private final NewestEvents events;
    private final InstantSource clock;
    private volatile Known known = new Known(Calendar.EMPTY, null);

    /**
     * What was read.
     *
     * @param beginning see {@link NewestEvents#beginning}: of another store than the present one nothing is true
     */
    private record Known(Calendar calendar, @Nullable Object beginning) {}

    Freezes(StreamReader reader, NewestEvents events, InstantSource clock) {
        this.reader = reader;
        this.events = events;
        this.clock = clock;
    }

    /** What is in force for a group, as of when {@link NewestEvents#catchUp} was called last, by anybody. */
    public List<Freeze> inForce(String groupId, String environment) {
        Instant now = clock.instant();
        return takenIn().inForce(groupId, environment, now).stream()
                .map(window -> new Freeze(window.name(), window.endsAfter(now).orElseThrow(), window.reason()))
                .toList();
    }

    /** The calendar now. */
    Calendar calendar() {
        events.catchUp();
        return takenIn();
    }

    private Calendar takenIn() {
        Object beginning = events.beginning();
        Known before = known;
        boolean isOfThisStore = beginning != null && beginning.equals(before.beginning());
        Calendar calendar = isOfThisStore ? before.calendar() : Calendar.EMPTY;
        if (!isOfThisStore || events.newestSequence(Calendar.ID) > calendar.version()) {
            calendar = grown(calendar);
            known = new Known(calendar, beginning);
        }
        Instant now = clock.instant();
        WINDOWS.set((double) calendar.windows().values().stream()
                .filter(window -> !window.isOver(now))
                .count());
        return calendar;
    }

    private Calendar grown(Calendar before) {
        Calendar[] calendar = {before};
        reader.forEach(
                Calendar.ID,
                before.version() + 1,
                event -> calendar[0] = calendar[0].evolve((FreezeEvent) event.payload()));
        return calendar[0];
    }
}
