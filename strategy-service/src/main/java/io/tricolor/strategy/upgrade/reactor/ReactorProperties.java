package io.tricolor.strategy.upgrade.reactor;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the reactor works.
 *
 * @param tick how long a group is left alone at the most; news about it is acted on at once
 * @param resend how long a desired state is left with deploy-service before it is sent again
 */
@ConfigurationProperties("tricolor.reactor")
record ReactorProperties(
        @DefaultValue("1s") Duration tick,
        @DefaultValue("2s") Duration resend) {

    /** Throws {@link IllegalArgumentException} for a duration that is not above zero. */
    ReactorProperties {
        if (!tick.isPositive()) {
            throw new IllegalArgumentException("tricolor.reactor.tick must be above 0, not " + tick);
        }
        if (!resend.isPositive()) {
            throw new IllegalArgumentException("tricolor.reactor.resend must be above 0, not " + resend);
        }
    }
}
