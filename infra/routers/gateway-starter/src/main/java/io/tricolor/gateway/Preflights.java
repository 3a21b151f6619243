package io.tricolor.gateway;

import org.springframework.cloud.gateway.handler.FilteringWebHandler;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.core.Ordered;
import org.springframework.web.cors.reactive.CorsUtils;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sends CORS preflights of Tricolor's route on like every other request: what an application allows is for the
 * application to say. Spring would answer them before any route is asked. Where the gateway itself has a CORS
 * configuration it stays with that.
 */
final class Preflights implements WebFilter, Ordered {

    /** Id of the one route. */
    static final String ROUTE = "tricolor";

    private final RouteLocator routes;
    private final FilteringWebHandler handler;
    private final boolean answeredHere;

    Preflights(RouteLocator routes, FilteringWebHandler handler, boolean answeredHere) {
        this.routes = routes;
        this.handler = handler;
        this.answeredHere = answeredHere;
    }

    /** After what an application has to say about all requests. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (answeredHere || !CorsUtils.isPreFlightRequest(exchange.getRequest())) {
            return chain.filter(exchange);
        }
        return routes.getRoutes()
                .filterWhen(
                        route -> Flux.from(route.getPredicate().apply(exchange)).next())
                .next()
                .map(route -> {
                    exchange.getAttributes().put(ServerWebExchangeUtils.GATEWAY_ROUTE_ATTR, route);
                    return route.getId().equals(ROUTE);
                })
                .defaultIfEmpty(false)
                .flatMap(ours -> {
                    if (ours) {
                        return handler.handle(exchange);
                    }
                    exchange.getAttributes().remove(ServerWebExchangeUtils.GATEWAY_ROUTE_ATTR);
                    return chain.filter(exchange);
                });
    }
}
