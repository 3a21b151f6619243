package io.tricolor.console.relay;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.ServerWebExchange;

/** The routes to the services: all of {@code /api}, and the description of each API. */
@Configuration(proxyBeanMethods = false)
class RelayConfiguration {

    private static final String OPENAPI = "/api/openapi/";
    private static final String SERVICE = Service.class.getName();

    /** Replaced by an address of the service. */
    private static final String NOWHERE = "http://service.invalid";

    @Bean
    RouteLocator services(RouteLocatorBuilder builder, ServiceAddresses addresses) {
        CallerFilter caller = new CallerFilter();
        AddressFilter address = new AddressFilter(addresses);
        return builder.routes()
                .route(
                        "openapi",
                        route -> route.path(OPENAPI + "{service}")
                                .filters(filters -> filters.filter((exchange, chain) -> {
                                            String name = ServerWebExchangeUtils.getUriTemplateVariables(exchange)
                                                    .get("service");
                                            Service service = Service.named(name)
                                                    .orElseThrow(() -> new Rejected(
                                                            Code.NOT_FOUND, "there is no service of this name"));
                                            exchange.getAttributes().put(SERVICE, service);
                                            return chain.filter(exchange);
                                        })
                                        .setPath("/v3/api-docs")
                                        .removeResponseHeader("Set-Cookie")
                                        .filters(caller, address))
                                .uri(NOWHERE))
                .route(
                        "api",
                        route -> route.path("/api/**")
                                .filters(filters -> filters.removeResponseHeader("Set-Cookie")
                                        .filters(caller, address))
                                .uri(NOWHERE))
                .build();
    }

    /** Whom a request is for. */
    static Service serviceOf(ServerWebExchange exchange) {
        Service named = exchange.getAttribute(SERVICE);
        return named != null
                ? named
                : Service.of(exchange.getRequest().getPath().value());
    }
}
