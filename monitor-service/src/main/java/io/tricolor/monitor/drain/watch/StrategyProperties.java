package io.tricolor.monitor.drain.watch;

import java.net.URI;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where strategy-service is.
 *
 * @param url of each of its instances, without a slash at the end; when one fails the next one is asked
 */
@ConfigurationProperties("tricolor.strategy")
record StrategyProperties(
        @DefaultValue("http://127.0.0.1:8401") List<URI> url) {

    /** Throws {@link IllegalArgumentException} when there is none. */
    StrategyProperties {
        if (url.isEmpty()) {
            throw new IllegalArgumentException("tricolor.strategy.url must name at least one address");
        }
        url = List.copyOf(url);
    }
}
