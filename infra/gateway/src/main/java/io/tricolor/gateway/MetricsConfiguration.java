package io.tricolor.gateway;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** {@code GET /metrics} on the management port: Prometheus text format 0.0.4. */
@ManagementContextConfiguration(proxyBeanMethods = false)
class MetricsConfiguration {

    @Bean
    RouterFunction<ServerResponse> metricsEndpoint(CollectorRegistry registry) {
        return RouterFunctions.route()
                .GET(
                        "/metrics",
                        request -> ServerResponse.ok()
                                .contentType(MediaType.parseMediaType(TextFormat.CONTENT_TYPE_004))
                                .bodyValue(text(registry)))
                .build();
    }

    private static String text(CollectorRegistry registry) {
        StringWriter text = new StringWriter();
        try {
            TextFormat.write004(text, registry.metricFamilySamples());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
