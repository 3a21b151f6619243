package io.tricolor.monitor.drain.domain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What one router has to say of one cluster.
 *
 * @param reportedAt when its newest report came in
 * @param epoch of the oldest table that one of its workers has applied, null when a worker knows none of the group
 * @param version likewise
 * @param inFlight requests not yet answered, of all workers together
 * @param counted what the router's own metrics say, null where it has none
 * @param doubt why this says nothing, null when it does
 */
public record RouterEvidence(
        String routerId,
        Instant reportedAt,
        @Nullable Long epoch,
        @Nullable Long version,
        int inFlight,
        @Nullable Integer counted,
        @Nullable String doubt) {}
