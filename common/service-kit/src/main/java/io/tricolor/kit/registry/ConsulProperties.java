package io.tricolor.kit.registry;

import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the registry and its key-value store are. A service that asks Consul itself takes this bean; its own
 * registration goes by {@code spring.cloud.consul}.
 *
 * @param url without a slash at the end
 * @param timeout of one whole call
 */
@ConfigurationProperties("tricolor.consul")
public record ConsulProperties(
        @DefaultValue("http://127.0.0.1:8411") URI url,
        @DefaultValue("2s") Duration timeout) {

    /** Throws {@link IllegalArgumentException} for a timeout that is not above zero. */
    public ConsulProperties {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("tricolor.consul.timeout must be above 0, not " + timeout);
        }
    }
}
