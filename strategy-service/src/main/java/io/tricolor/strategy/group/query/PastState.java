package io.tricolor.strategy.group.query;

import io.tricolor.strategy.group.domain.GroupState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A state that a group has had.
 *
 * @param latest of the times of all events up to here, to the microsecond and never earlier; clocks step back now and
 *     then, so it need not be the last one's
 */
record PastState(GroupState state, Instant latest) {

    /** The next one. */
    PastState then(GroupState next, Instant at) {
        return new PastState(next, later(latest, at));
    }

    static PastState first(GroupState state, Instant at) {
        return new PastState(state, later(Instant.EPOCH, at));
    }

    private static Instant later(Instant latest, Instant at) {
        // What the database keeps; rounded up, so that what is not after an instant really is not.
        Instant kept = at.plusNanos(999).truncatedTo(ChronoUnit.MICROS);
        return kept.isAfter(latest) ? kept : latest;
    }
}
