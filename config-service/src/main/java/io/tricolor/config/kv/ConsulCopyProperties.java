package io.tricolor.config.kv;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whether a Consul keeps a copy of the current configuration.
 *
 * @param interval after so long the copy is looked at, also when nothing was published
 */
@ConfigurationProperties("tricolor.config.consul-copy")
public record ConsulCopyProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("30s") Duration interval) {

    /** Throws {@link IllegalArgumentException} for an interval that is not above zero. */
    public ConsulCopyProperties {
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("tricolor.config.consul-copy.interval must be above 0, not " + interval);
        }
    }
}
