package io.tricolor.deploy.reconcile;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the reconciler works.
 *
 * @param tick how long it rests at the most; news is acted on at once
 * @param repeat how often an observation that has not changed is sent again
 * @param atOnce how many deployments are worked on at the same time
 * @param trustEmpty whether an orchestrator without a single app is believed while instances are registered
 */
@ConfigurationProperties("tricolor.reconciler")
record ReconcilerProperties(
        @DefaultValue("1s") Duration tick,
        @DefaultValue("3s") Duration repeat,
        @DefaultValue("8") int atOnce,
        @DefaultValue("false") boolean trustEmpty) {

    /** Throws {@link IllegalArgumentException} for a value that is not above zero. */
    ReconcilerProperties {
        if (!tick.isPositive()) {
            throw new IllegalArgumentException("tricolor.reconciler.tick must be above 0, not " + tick);
        }
        if (!repeat.isPositive()) {
            throw new IllegalArgumentException("tricolor.reconciler.repeat must be above 0, not " + repeat);
        }
        if (atOnce < 1) {
            throw new IllegalArgumentException("tricolor.reconciler.at-once must be above 0, not " + atOnce);
        }
    }
}
