package io.tricolor.console.relay;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the services are.
 *
 * @param services addresses by name of the service, for example {@code strategy-service}; those of a service that is
 *     not named come from Consul
 */
@ConfigurationProperties("tricolor.console")
record RelayProperties(@DefaultValue Map<String, List<URI>> services) {

    /** Throws {@link IllegalArgumentException} for a name or an address that cannot be. */
    RelayProperties {
        services.forEach((name, addresses) -> {
            if (Service.named(name).isEmpty()) {
                throw new IllegalArgumentException("tricolor.console.services: there is no service " + name);
            }
            for (URI address : addresses) {
                if (address.getHost() == null
                        || !Set.of("http", "https").contains(String.valueOf(address.getScheme()))) {
                    throw new IllegalArgumentException(
                            "tricolor.console.services." + name + ": " + address + " is no http address with a host");
                }
            }
        });
    }
}
