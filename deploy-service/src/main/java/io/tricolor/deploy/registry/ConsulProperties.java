package io.tricolor.deploy.registry;

import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the Consul agent is with which instances are registered.
 *
 * @param url without a slash at the end
 * @param timeout of one call
 */
@ConfigurationProperties("tricolor.consul")
record ConsulProperties(
        @DefaultValue("http://127.0.0.1:8411") URI url,
        @DefaultValue("2s") Duration timeout) {

    /** Throws {@link IllegalArgumentException} for a timeout that is not above zero. */
    ConsulProperties {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("tricolor.consul.timeout must be above 0, not " + timeout);
        }
    }
}
