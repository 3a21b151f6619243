package io.tricolor.strategy.scaling.domain;

import io.tricolor.contracts.load.LoadObserved;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a service of a cluster had to do for some seconds.
 *
 * @param instances that were healthy
 * @param requestsPerSecond null: not known
 * @param requestsComplete false: there may have been more
 * @param cores that an instance used; null: not known
 * @param coresComplete false: of some instances only
 */
public record Measurement(
        Instant since,
        Instant at,
        int instances,
        @Nullable Double requestsPerSecond,
        boolean requestsComplete,
        @Nullable Double cores,
        boolean coresComplete) {

    /** What monitor-service said. */
    public static Measurement of(LoadObserved observed) {
        return new Measurement(
                observed.since(),
                observed.at(),
                observed.instances(),
                observed.requestsPerSecond(),
                observed.requestsComplete(),
                observed.cores(),
                observed.coresComplete());
    }

    /** The same load on another number of instances, as if it spread evenly. */
    Measurement on(int others) {
        Double each = cores == null ? null : (Double) (cores * instances / others);
        return new Measurement(since, at, others, requestsPerSecond, requestsComplete, each, coresComplete);
    }
}
