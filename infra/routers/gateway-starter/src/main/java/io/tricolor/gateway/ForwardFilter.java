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
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
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
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/**
 * Picks the instance, and another one of the same cluster when it is safe to: for any request when nothing was sent,
 * because no connection
 * came about, the pool gave none, or a kept one turned out to be closed; when a connection broke before an answer
 * began, only for an
 * idempotent request without a body. Where there is no other instance, the same one is tried once more, unless it
 * refused the connection.
 */
final class ForwardFilter implements GatewayFilter, Ordered {

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
            return attempt(exchange, chain, pinned, new Body(false), pinned.endpoints(), Tried.NOTHING);
        }
        Body body = new Body(true);
        ServerWebExchange watched =
                exchange.mutate().request(body.watched(exchange.getRequest())).build();
        return attempt(watched, chain, pinned, body, pinned.endpoints(), Tried.NOTHING);
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

    /**
     * What was tried for a request.
     *
     * @param not instances that are not tried once more
     * @param lastOne whether the only instance that is left was given another chance
     */
    private record Tried(int attempts, List<Endpoint> not, boolean lastOne) {

        static final Tried NOTHING = new Tried(0, List.of(), false);

        Tried and(Endpoint endpoint) {
            List<Endpoint> all = new ArrayList<>(not);
            all.add(endpoint);
            return new Tried(attempts + 1, all, lastOne);
        }

        Tried andTheSameAgain() {
            return new Tried(attempts + 1, not, true);
        }
    }

    private Mono<Void> attempt(
            ServerWebExchange exchange,
            GatewayFilterChain chain,
            Pinned pinned,
            Body body,
            List<Endpoint> endpoints,
            Tried tried) {
        Endpoint endpoint = Endpoints.pick(endpoints, tried.not(), ThreadLocalRandom.current());
        if (endpoint == null) {
            return Mono.error(new RoutingFilter.NoInstanceLeft());
        }
        if (!pinned.sentTo(endpoint)) {
            return attempt(exchange, chain, pinned, body, pinned.endpointsNow(), tried);
        }
        exchange.getAttributes()
                .put(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR, url(endpoint, exchange.getRequest()));
        return chain.filter(exchange).onErrorResume(failure -> {
            boolean unconnected = neverConnected(failure);
            if (unconnected) {
                endpoint.suspect(settings.suspicion().toNanos());
            }
            boolean unsent = sentNothing(failure);
            boolean harmless = failure instanceof IOException
                    && !body.present
                    && IDEMPOTENT.contains(exchange.getRequest().getMethod());
            boolean repeatable = !body.taken && (unsent || harmless);
            if (!repeatable
                    || tried.attempts() + 1 >= settings.maxAttempts()
                    || exchange.getResponse().isCommitted()) {
                return Mono.error(failure);
            }
            metrics.retry(pinned.service(), pinned.cluster());
            ServerWebExchangeUtils.reset(exchange);
            ServerWebExchangeUtils.removeAlreadyRouted(exchange);
            List<Endpoint> known = pinned.endpointsNow();
            List<Endpoint> now = known.isEmpty() ? pinned.endpoints() : known;
            Tried next = tried.and(endpoint);
            boolean onlyThisOne = Endpoints.pick(now, next.not(), ThreadLocalRandom.current()) == null;
            if (onlyThisOne && unsent && !unconnected && !tried.lastOne()) {
                next = tried.andTheSameAgain();
            }
            return attempt(exchange, chain, pinned, body, now, next)
                    .onErrorMap(RoutingFilter.NoInstanceLeft.class, none -> failure);
        });
    }

    private static boolean neverConnected(Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof NoRouteToHostException
                || failure instanceof UnknownHostException;
    }

    /** The pool gave no connection in time, or one that was found closed before the head of the request was written. */
    private static boolean gaveNoConnection(Throwable failure) {
        return failure instanceof PoolAcquireTimeoutException
                || failure instanceof PoolAcquirePendingLimitException
                || (failure instanceof AbortedException
                        && Objects.equals(
                                failure.getMessage(),
                                AbortedException.beforeSend().getMessage()));
    }

    /** Whether no instance can have seen anything of a request that failed like this. */
    static boolean sentNothing(Throwable failure) {
        return neverConnected(failure) || gaveNoConnection(failure);
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
