package io.tricolor.strategy.scaling.reactor;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How rules are gone by.
 *
 * @param tick from one look at all rules to the next
 * @param ask how often monitor-service is told what to observe
 * @param keep how long measurements are kept, for simulations
 */
@ConfigurationProperties("tricolor.scaling")
record ScalingProperties(
        @DefaultValue("5s") Duration tick,
        @DefaultValue("15s") Duration ask,
        @DefaultValue("7d") Duration keep) {

    /** Throws {@link IllegalArgumentException} for a value out of range, naming its key. */
    ScalingProperties {
        if (!tick.isPositive() || !ask.isPositive()) {
            throw new IllegalArgumentException("tricolor.scaling.tick and tricolor.scaling.ask must be above 0");
        }
        if (keep.compareTo(Duration.ofHours(2)) < 0) {
            throw new IllegalArgumentException("tricolor.scaling.keep must be at least 2h, not " + keep);
        }
    }
}
