package io.tricolor.kit.registry;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.ConstructorBinding;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the registry and its key-value store are, and who this service is to them. A service that asks Consul itself
 * takes this bean; its own registration goes there too, unless {@code spring.cloud.consul} says otherwise.
 *
 * @param url without a slash at the end
 * @param timeout of one whole call
 * @param tokenFile file with the ACL token; read anew for every call; null: none is sent
 * @param ca PEM file of who vouches for Consul's certificate; null: those that the JVM trusts
 * @param certificate PEM file that this service shows to Consul, with {@code key}
 * @param key PEM file of its private key
 */
@ConfigurationProperties("tricolor.consul")
public record ConsulProperties(
        @DefaultValue("http://127.0.0.1:8411") URI url,
        @DefaultValue("2s") Duration timeout,
        @Nullable Path tokenFile,
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key) {

    /**
     * Throws {@link IllegalArgumentException} for a timeout that is not above zero, or a certificate without its key.
     */
    @ConstructorBinding
    public ConsulProperties {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("tricolor.consul.timeout must be above 0, not " + timeout);
        }
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("tricolor.consul.certificate and tricolor.consul.key go together");
        }
    }

    /** Without token and without certificates. */
    public ConsulProperties(URI url, Duration timeout) {
        this(url, timeout, null, null, null, null);
    }
}
