package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterScalingStarted;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A cluster on its way to a number of instances that a person asked for.
 *
 * @param target by service name; 0 for all: it is to be stopped
 * @param since position in the stream from which on the time for requests counts
 * @param cutOff whether the last requests to the instances that leave were not waited for to the end
 */
public record Scaling(
        SortedMap<String, Integer> target,
        Duration drainTimeout,
        String requestedBy,
        String reason,
        Instant at,
        long since,
        boolean cutOff) {

    static Scaling of(ClusterScalingStarted event, long sequence) {
        return new Scaling(
                event.instances(),
                event.drainTimeout(),
                event.requestedBy(),
                event.reason(),
                event.at(),
                sequence,
                false);
    }

    Scaling drained(boolean deadlinePassed) {
        return new Scaling(target, drainTimeout, requestedBy, reason, at, since, deadlinePassed);
    }

    /** With another desired state: as long as it does not ask for the goal, others may be the ones that leave. */
    Scaling desired(SortedMap<String, Integer> instances, long sequence) {
        return new Scaling(target, drainTimeout, requestedBy, reason, at, sequence, cutOff && instances.equals(target));
    }
}
