package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.DecommissionStarted;
import java.time.Duration;
import java.time.Instant;

/**
 * A group on its way to its end.
 *
 * @param since position in the stream from which on the time of grace, later the time for requests, counts
 * @param cutOff whether its last requests were not waited for to the end
 */
public record Decommission(
        Phase phase,
        Duration grace,
        Duration drainTimeout,
        String requestedBy,
        String reason,
        Instant at,
        long since,
        boolean cutOff) {

    /** How far it is. */
    public enum Phase {
        /** Traffic is as it was; it can be cancelled. */
        GRACE,
        /** Routers are to drop the group, and their last requests to end. */
        DRAINING,
        /** Its clusters are being stopped. */
        STOPPING
    }

    static Decommission of(DecommissionStarted event, long sequence) {
        return new Decommission(
                Phase.GRACE,
                event.grace(),
                event.drainTimeout(),
                event.requestedBy(),
                event.reason(),
                event.at(),
                sequence,
                false);
    }

    Decommission draining(long sequence) {
        return new Decommission(Phase.DRAINING, grace, drainTimeout, requestedBy, reason, at, sequence, false);
    }

    Decommission stopping(boolean deadlinePassed) {
        return new Decommission(Phase.STOPPING, grace, drainTimeout, requestedBy, reason, at, since, deadlinePassed);
    }
}
