package io.tricolor.gateway;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.util.Objects;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.server.ConditionalOnManagementPort;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * {@code GET /metrics} on the management port, where that is one of its own: Prometheus text format 0.0.4. And who may
 * come to that port.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
@ConditionalOnManagementPort(ManagementPortType.DIFFERENT)
@ConditionalOnBean(GatewayMetrics.class)
class MetricsConfiguration {

    @Bean
    RouterFunction<ServerResponse> tricolorMetricsEndpoint(GatewayMetrics metrics) {
        return RouterFunctions.route()
                .GET(
                        "/metrics",
                        request -> ServerResponse.ok()
                                .contentType(MediaType.parseMediaType(TextFormat.CONTENT_TYPE_004))
                                .bodyValue(text(metrics.registry())))
                .build();
    }

    /** Where the port is closed. */
    @Bean
    @ConditionalOnProperty("tricolor.security.closed")
    OperationsGuard tricolorOperationsGuard(
            GatewaySettings.Security security,
            @Qualifier("tricolorControlClient") HttpClient client,
            GatewayMetrics metrics,
            @Value("${management.endpoints.web.base-path:/actuator}") String endpoints) {
        ReactiveJwtDecoder tokens = Objects.requireNonNull(security.operators().decoder(client, metrics));
        return new OperationsGuard(
                tokens, security.rolesClaim(), security.roleMapping(), endpoints.replaceAll("/+$", "") + "/health");
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
