package io.tricolor.console.relay;

import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.ServerWebExchange;

/** The route to the services: all of {@code /api}. */
@Configuration(proxyBeanMethods = false)
class RelayConfiguration {

    /** Replaced by an address of the service. */
    private static final String NOWHERE = "http://service.invalid";

    @Bean
    RouteLocator services(RouteLocatorBuilder builder, ServiceAddresses addresses) {
        CallerFilter caller = new CallerFilter();
        AddressFilter address = new AddressFilter(addresses);
        return builder.routes()
                .route(
                        "api",
                        route -> route.path("/api/**")
                                .filters(filters -> filters.removeResponseHeader("Set-Cookie")
                                        .filters(new SmallBodyFilter(), caller, address))
                                .uri(NOWHERE))
                .build();
    }

    /** Whom a request is for. */
    static Service serviceOf(ServerWebExchange exchange) {
        return Service.of(
                exchange.getRequest().getMethod(),
                exchange.getRequest().getPath().value());
    }
}
