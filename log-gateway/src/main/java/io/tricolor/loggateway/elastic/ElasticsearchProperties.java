package io.tricolor.loggateway.elastic;

import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where Elasticsearch is.
 *
 * @param url root of its HTTP interface
 * @param apiKey encoded API key, for a cluster with security; null without
 * @param timeout for one answer
 */
@Validated
@ConfigurationProperties("tricolor.elasticsearch")
record ElasticsearchProperties(
        @NotNull @DefaultValue("http://127.0.0.1:8415") URI url,
        @Nullable String apiKey,
        @NotNull @DefaultValue("15s") Duration timeout) {

    ElasticsearchProperties {
        if (url.getHost() == null || url.getScheme() == null || !url.getScheme().startsWith("http")) {
            throw new IllegalArgumentException(
                    "tricolor.elasticsearch.url must be an http or https address, not " + url);
        }
        if (timeout.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("tricolor.elasticsearch.timeout must be at least 100ms, not " + timeout);
        }
    }

    @Override
    public String toString() {
        return "ElasticsearchProperties[url=" + url + ", timeout=" + timeout + "]";
    }
}
