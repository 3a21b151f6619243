package io.tricolor.deploy.reconcile;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the reconciler works.
 *
 * @param tick how long it rests at the most; news is acted on at once
 * @param repeat how often an observation that has not changed is sent again
 */
@ConfigurationProperties("tricolor.reconciler")
record ReconcilerProperties(
        @DefaultValue("1s") Duration tick,
        @DefaultValue("3s") Duration repeat) {

    /** Throws {@link IllegalArgumentException} for a duration that is not above zero. */
    ReconcilerProperties {
        if (!tick.isPositive()) {
            throw new IllegalArgumentException("tricolor.reconciler.tick must be above 0, not " + tick);
        }
        if (!repeat.isPositive()) {
            throw new IllegalArgumentException("tricolor.reconciler.repeat must be above 0, not " + repeat);
        }
    }
}
