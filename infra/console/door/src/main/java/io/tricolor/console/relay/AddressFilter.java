package io.tricolor.console.relay;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.RouteToRequestUrlFilter;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Mono;

/**
 * Sends a request to one of the service's addresses. Where none listens the next one is tried, whatever the request
 * wants: it has not been sent.
 */
final class AddressFilter implements GatewayFilter, Ordered {

    private final ServiceAddresses addresses;

    AddressFilter(ServiceAddresses addresses) {
        this.addresses = addresses;
    }

    @Override
    public int getOrder() {
        return RouteToRequestUrlFilter.ROUTE_TO_URL_FILTER_ORDER + 1;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Service service = RelayConfiguration.serviceOf(exchange);
        List<URI> all = addresses.of(service);
        if (all.isEmpty()) {
            return Mono.error(
                    new Rejected(Code.UPSTREAM_UNAVAILABLE, "no address of " + service.serviceName() + " is known"));
        }
        return attempt(exchange, chain, all, 0);
    }

    private static Mono<Void> attempt(ServerWebExchange exchange, GatewayFilterChain chain, List<URI> all, int index) {
        URI asked = exchange.getRequiredAttribute(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR);
        URI address = all.get(index);
        exchange.getAttributes()
                .put(
                        ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR,
                        UriComponentsBuilder.fromUri(asked)
                                .scheme(address.getScheme())
                                .host(address.getHost())
                                .port(address.getPort())
                                .build(true)
                                .toUri());
        Mono<Void> sent = chain.filter(exchange);
        if (index + 1 == all.size()) {
            return sent;
        }
        return sent.onErrorResume(ConnectException.class, gone -> {
            ServerWebExchangeUtils.removeAlreadyRouted(exchange);
            return attempt(exchange, chain, all, index + 1);
        });
    }
}
