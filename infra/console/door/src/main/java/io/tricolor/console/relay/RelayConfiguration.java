package io.tricolor.console.relay;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.ServerWebExchange;

/** The routes to the services: all of {@code /api}, and their OpenAPI documents by the names of the services. */
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
                        "openapi",
                        route -> route.path("/api/openapi/{service}")
                                .filters(filters -> filters.removeResponseHeader("Set-Cookie")
                                        .setPath("/v3/api-docs")
                                        .filters(caller, address))
                                .uri(NOWHERE))
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
        String named = ServerWebExchangeUtils.getUriTemplateVariables(exchange).get("service");
        if (named != null) {
            return Service.named(named).orElseThrow(() -> new Rejected(Code.NOT_FOUND, "there is no service " + named));
        }
        return Service.of(
                exchange.getRequest().getMethod(),
                exchange.getRequest().getPath().value());
    }
}
