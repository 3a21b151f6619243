package io.tricolor.monitor.registry;

import java.net.URI;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the registry is.
 *
 * @param url without a slash at the end
 */
@ConfigurationProperties("tricolor.consul")
record ConsulProperties(
        @DefaultValue("http://127.0.0.1:8411") URI url) {}
