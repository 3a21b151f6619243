package io.tricolor.gateway;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.gateway.config.HttpClientProperties;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.NettyRoutingFilter;
import org.springframework.cloud.gateway.filter.headers.HttpHeadersFilter;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/**
 * Sends what the client sent: the gateway's own filter, but that the target goes on as it came, nothing is added to the
 * headers, a request without a body is none with an empty one, and a protocol that the instance changes to is tunnelled
 * byte by byte.
 */
final class ProxyFilter implements GatewayFilter, Ordered {

    private final Sending sending;

    ProxyFilter(HttpClient client, ObjectProvider<List<HttpHeadersFilter>> headers, HttpClientProperties properties) {
        this.sending = new Sending(client, headers, properties);
    }

    /** Before those filters of the gateway that send, all of which leave a request alone that was sent. */
    @Override
    public int getOrder() {
        return NettyRoutingFilter.ORDER - 2;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        return sending.filter(exchange, chain).then(Mono.defer(() -> {
            HttpClientResponse response = exchange.getAttribute(ServerWebExchangeUtils.CLIENT_RESPONSE_ATTR);
            if (response == null || response.status().code() != HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
                return Mono.empty();
            }
            Connection instance =
                    (Connection) exchange.getAttributes().remove(ServerWebExchangeUtils.CLIENT_RESPONSE_CONN_ATTR);
            if (instance == null) {
                return Mono.empty();
            }
            if (!asksForWebSocket(exchange.getRequest())) {
                instance.dispose();
                return Mono.error(new IOException("the instance changes the protocol though nobody asked for it"));
            }
            return Tunnel.between(exchange, instance.channel());
        }));
    }

    static boolean asksForWebSocket(ServerHttpRequest request) {
        return "websocket".equalsIgnoreCase(request.getHeaders().getUpgrade());
    }

    private static final class Sending extends NettyRoutingFilter {

        private volatile @Nullable Prepared prepared;

        /** The client of a route; a new one for each request would copy the whole configuration twice. */
        private record Prepared(Route route, HttpClient client) {}

        Sending(HttpClient client, ObjectProvider<List<HttpHeadersFilter>> headers, HttpClientProperties properties) {
            super(client, headers, properties);
        }

        @Override
        public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
            return super.filter(exchange, chain)
                    .contextWrite(context -> context.put(ServerWebExchange.class, exchange));
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // routes are made anew when the application changes them
        protected HttpClient getHttpClient(Route route, ServerWebExchange exchange) {
            Prepared known = prepared;
            if (known == null || known.route() != route) {
                known = new Prepared(
                        route,
                        super.getHttpClient(route, exchange)
                                .doOnRequest((request, connection) -> asItCame(
                                        request.currentContextView().get(ServerWebExchange.class),
                                        request,
                                        connection)));
                prepared = known;
            }
            return known.client();
        }

        private static void asItCame(ServerWebExchange exchange, HttpClientRequest request, Connection connection) {
            org.springframework.http.HttpHeaders came = exchange.getRequest().getHeaders();
            HttpHeaders headers = request.requestHeaders();
            for (var name : List.of(HttpHeaderNames.ACCEPT, HttpHeaderNames.USER_AGENT)) {
                if (!came.containsHeader(name.toString())) {
                    headers.remove(name);
                }
            }
            if (came.containsHeader(HttpHeaderNames.TRANSFER_ENCODING.toString())) {
                headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            } else {
                headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
            }
            if (asksForWebSocket(exchange.getRequest())) {
                headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
                headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
                connection.channel().attr(ConnectionGuard.TUNNEL).set(true);
            }
            URI sent = exchange.getRequiredAttribute(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR);
            connection.channel().attr(ConnectionGuard.TARGET).set(target(exchange, sent));
        }

        /** As the client wrote it, unless a filter has made another one of it. */
        private static String target(ServerWebExchange exchange, URI sent) {
            String query = sent.getRawQuery();
            String now = sent.getRawPath() + (query == null ? "" : "?" + query);
            String raw = exchange.getRequest().getHeaders().getFirst(RequestGate.TARGET);
            return raw != null && now.equals(Targets.escaped(raw)) ? Targets.written(raw) : now;
        }
    }
}
