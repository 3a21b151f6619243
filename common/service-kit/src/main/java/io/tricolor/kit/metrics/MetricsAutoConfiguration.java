package io.tricolor.kit.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.CollectorRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Boot's meters and our own collectors in the default Prometheus registry, served at {@code /metrics}. */
@AutoConfiguration(
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
        beforeName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@SuppressWarnings("deprecation") // the simpleclient registry is the one that our collectors are in
class MetricsAutoConfiguration {

    private static final MediaType TEXT = MediaType.parseMediaType("text/plain;version=0.0.4;charset=utf-8");

    @Bean
    MeterBridge meterBridge() {
        return new MeterBridge(CollectorRegistry.defaultRegistry);
    }

    @Bean
    @ConditionalOnMissingBean(MeterRegistry.class)
    PrometheusMeterRegistry prometheusMeterRegistry(MeterBridge bridge) {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, bridge.meters(), Clock.SYSTEM);
    }

    @Bean
    RouterFunction<ServerResponse> metricsPage(MeterBridge bridge) {
        return RouterFunctions.route(
                RequestPredicates.GET("/metrics"),
                request -> Mono.fromCallable(bridge::page)
                        .subscribeOn(Schedulers.boundedElastic())
                        .flatMap(page -> ServerResponse.ok().contentType(TEXT).bodyValue(page)));
    }
}
