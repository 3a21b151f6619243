package io.tricolor.monitor.drain.watch;

import java.net.URI;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where strategy-service is.
 *
 * @param url without a slash at the end
 */
@ConfigurationProperties("tricolor.strategy")
record StrategyProperties(
        @DefaultValue("http://127.0.0.1:8401") URI url) {}
