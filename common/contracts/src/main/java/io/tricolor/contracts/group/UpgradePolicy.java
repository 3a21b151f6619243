package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Deadlines of an upgrade. A stage that waits for an approval has none.
 *
 * @param startTimeout for all instances of a cluster to become healthy and be seen by every live router
 * @param routeTimeout for every live router to apply a table
 * @param drainTimeout for the in-flight requests of a cluster to end; when it passes the upgrade goes on and says so
 * @param stopTimeout for the instances of a cluster to end
 * @param onExpiry what to do when a deadline other than the drain's passes
 * @param keepOld how long the cluster that served before goes on running, RED, after the upgrade; null: it is stopped
 *     at once
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UpgradePolicy(
        Duration startTimeout,
        Duration routeTimeout,
        Duration drainTimeout,
        Duration stopTimeout,
        ExpiryPolicy onExpiry,
        @Nullable Duration keepOld) {

    /** One that stops the old cluster at once. */
    public UpgradePolicy(
            Duration startTimeout,
            Duration routeTimeout,
            Duration drainTimeout,
            Duration stopTimeout,
            ExpiryPolicy onExpiry) {
        this(startTimeout, routeTimeout, drainTimeout, stopTimeout, onExpiry, null);
    }

    /** 5 min to start, 1 min to route, 1 min to drain, 2 min to stop; then pause. */
    public static UpgradePolicy standard() {
        return new UpgradePolicy(
                Duration.ofMinutes(5),
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                Duration.ofMinutes(2),
                ExpiryPolicy.PAUSE);
    }
}
