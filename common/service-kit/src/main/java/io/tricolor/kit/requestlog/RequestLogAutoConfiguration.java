package io.tricolor.kit.requestlog;

import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.security.ServiceTokens;
import java.net.URI;
import java.security.Principal;
import java.util.function.Consumer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebFilter;

/** The request log; its lines go to the console, and to log-gateway when {@code tricolor.log-gateway.url} is set. */
@AutoConfiguration(afterName = "io.tricolor.kit.security.SecurityAutoConfiguration")
@EnableConfigurationProperties(RequestLogProperties.class)
class RequestLogAutoConfiguration {

    /** After security, which has -100. */
    private static final int INSIDE_SECURITY = 0;

    @Bean
    RequestLogFilter requestLogFilter(
            @Value("${spring.application.name}") String service,
            @Value("${server.address}:${server.port:8080}") String node,
            RequestLogProperties properties,
            ObjectProvider<LogShipper> shipper) {
        Consumer<String> target = shipper.getIfAvailable();
        return new RequestLogFilter(service, node, properties, target == null ? line -> {} : target);
    }

    @Bean
    @Order(INSIDE_SECURITY)
    WebFilter requestLogUserFilter() {
        return (exchange, chain) -> exchange.getPrincipal()
                .map(Principal::getName)
                .doOnNext(name -> exchange.getAttributes().put(RequestLogFilter.USER, name))
                .then(chain.filter(exchange));
    }

    @Bean
    @ConditionalOnProperty("tricolor.log-gateway.url")
    LogShipper logShipper(
            @Value("${tricolor.log-gateway.url}") URI logGateway,
            ServiceTokens tokens,
            RequestLogProperties properties,
            ProgressWatch watch) {
        return new LogShipper(logGateway, tokens, properties.buffer(), watch);
    }
}
