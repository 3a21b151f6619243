package io.tricolor.gateway;

import io.tricolor.gateway.RoutingState.Pinned;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.RouteToRequestUrlFilter;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;

/**
 * Picks the instance, and another one of the same cluster when it is safe to: for any request when nothing was sent, because no connection
 * came about or a kept one turned out to be closed; when a connection broke before an answer began, only for an idempotent request
 * without a body.
 */
final class ForwardFilter implements GlobalFilter, Ordered {

    private static final Set<HttpMethod> IDEMPOTENT = Set.of(
            HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE, HttpMethod.PUT, HttpMethod.DELETE);

    private final GatewaySettings settings;
    private final GatewayMetrics metrics;

    ForwardFilter(GatewaySettings settings, GatewayMetrics metrics) {
        this.settings = settings;
        this.metrics = metrics;
    }

    /** After everything that might change the URL, before the filters that send. */
    @Override
    public int getOrder() {
        return RouteToRequestUrlFilter.ROUTE_TO_URL_FILTER_ORDER + 1_000;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Pinned pinned = exchange.getRequiredAttribute(RoutingFilter.PINNED);
        if (exchange.getRequest().getHeaders().getFirst(HttpHeaders.HOST) != null) {
            exchange.getAttributes().put(ServerWebExchangeUtils.PRESERVE_HOST_HEADER_ATTRIBUTE, true);
        }
        if (!hasBody(exchange.getRequest())) {
            return attempt(exchange, chain, pinned, new Body(false), pinned.endpoints(), List.of());
        }
        Body body = new Body(true);
        ServerWebExchange watched =
                exchange.mutate().request(body.watched(exchange.getRequest())).build();
        return attempt(watched, chain, pinned, body, pinned.endpoints(), List.of());
    }

    /** Whether there is a body, and whether any of it was taken: it can be taken only once. */
    private static final class Body {

        private final boolean present;
        private volatile boolean taken;

        Body(boolean present) {
            this.present = present;
        }

        ServerHttpRequest watched(ServerHttpRequest request) {
            return new ServerHttpRequestDecorator(request) {
                @Override
                public Flux<DataBuffer> getBody() {
                    return Flux.defer(() -> {
                        taken = true;
                        return getDelegate().getBody();
                    });
                }
            };
        }
    }

    private Mono<Void> attempt(
            ServerWebExchange exchange,
            GatewayFilterChain chain,
            Pinned pinned,
            Body body,
            List<Endpoint> endpoints,
            List<Endpoint> tried) {
        Endpoint endpoint = Endpoints.pick(endpoints, tried, ThreadLocalRandom.current());
        if (endpoint == null) {
            return Mono.error(new RoutingFilter.NoInstanceLeft());
        }
        pinned.sentTo(endpoint);
        exchange.getAttributes()
                .put(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR, url(endpoint, exchange.getRequest()));
        return chain.filter(exchange).onErrorResume(failure -> {
            boolean unconnected = neverConnected(failure);
            if (unconnected) {
                endpoint.suspect(settings.suspicion().toNanos());
            }
            List<Endpoint> triedNow = new ArrayList<>(tried);
            triedNow.add(endpoint);
            boolean unsent = unconnected || wasClosedBefore(failure);
            boolean harmless = failure instanceof IOException
                    && !body.present
                    && IDEMPOTENT.contains(exchange.getRequest().getMethod());
            boolean repeatable = !body.taken && (unsent || harmless);
            if (!repeatable
                    || triedNow.size() >= settings.maxAttempts()
                    || exchange.getResponse().isCommitted()) {
                return Mono.error(failure);
            }
            metrics.retry(pinned.service(), pinned.cluster());
            ServerWebExchangeUtils.reset(exchange);
            ServerWebExchangeUtils.removeAlreadyRouted(exchange);
            List<Endpoint> now = pinned.endpointsNow();
            return attempt(exchange, chain, pinned, body, now.isEmpty() ? pinned.endpoints() : now, triedNow)
                    .onErrorMap(RoutingFilter.NoInstanceLeft.class, none -> failure);
        });
    }

    private static boolean neverConnected(Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof NoRouteToHostException
                || failure instanceof UnknownHostException;
    }

    /** A kept connection was found closed before the head of the request was written. */
    private static boolean wasClosedBefore(Throwable failure) {
        return failure instanceof AbortedException
                && Objects.equals(
                        failure.getMessage(), AbortedException.beforeSend().getMessage());
    }

    private static boolean hasBody(ServerHttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        return headers.getContentLength() > 0 || headers.containsHeader(HttpHeaders.TRANSFER_ENCODING);
    }

    private static URI url(Endpoint endpoint, ServerHttpRequest request) {
        String query = request.getURI().getRawQuery();
        return URI.create(
                "http://" + endpoint.authority() + request.getURI().getRawPath() + (query == null ? "" : "?" + query));
    }
}
