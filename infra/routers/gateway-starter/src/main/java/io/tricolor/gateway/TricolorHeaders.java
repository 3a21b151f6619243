package io.tricolor.gateway;

import io.tricolor.gateway.RoutingState.Pinned;
import io.tricolor.routing.Lanes;
import io.tricolor.routing.RouteTable;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.headers.HttpHeadersFilter;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;

/**
 * Headers by which the router speaks of its decision. What others send under these names does not pass in either
 * direction.
 */
final class TricolorHeaders {

    static final String CLUSTER = "X-Tricolor-Cluster";
    static final String GROUP = "X-Tricolor-Group";
    static final String TABLE = "X-Tricolor-Table";

    private static final String PREFIX = "x-tricolor-";

    private TricolorHeaders() {}

    /** Lanes that a request names. */
    static Lanes lanes(HttpHeaders headers) {
        List<String> values = headers.get(Lanes.HEADER);
        return values == null ? Lanes.NONE : Lanes.parse(String.join(",", values));
    }

    private static HttpHeaders withoutOurs(HttpHeaders headers) {
        HttpHeaders kept = new HttpHeaders();
        headers.forEach((name, values) -> {
            if (!name.toLowerCase(Locale.ROOT).startsWith(PREFIX)) {
                kept.put(name, values);
            }
        });
        return kept;
    }

    /**
     * To the instance: cluster, group, table as {@code <epoch>.<version>}, lanes, and where the request came from. On
     * other routes of the application only what clients send under our names is dropped, but for lanes that are
     * trusted.
     */
    static final class OfRequests implements HttpHeadersFilter, Ordered {

        private final boolean trustLanes;

        OfRequests(boolean trustLanes) {
            this.trustLanes = trustLanes;
        }

        @Override
        public HttpHeaders filter(HttpHeaders headers, ServerWebExchange exchange) {
            HttpHeaders out = withoutOurs(headers);
            Pinned pinned = exchange.getAttribute(RoutingFilter.PINNED);
            if (pinned == null) {
                Lanes lanes = trustLanes ? lanes(headers) : Lanes.NONE;
                if (!lanes.equals(Lanes.NONE)) {
                    out.set(Lanes.HEADER, lanes.header());
                }
                return out;
            }
            // The server here has answered it.
            out.remove(HttpHeaders.EXPECT);
            RouteTable table = pinned.table().table();
            out.set(CLUSTER, pinned.cluster());
            out.set(GROUP, table.group());
            out.set(TABLE, table.epoch() + "." + table.version());
            out.set(Lanes.HEADER, pinned.lanes().header());
            forwarded(out, exchange.getRequest());
            return out;
        }

        private static void forwarded(HttpHeaders out, ServerHttpRequest request) {
            InetSocketAddress remote = request.getRemoteAddress();
            String host = request.getHeaders().getFirst(HttpHeaders.HOST);
            Map<String, @Nullable String> forwarded = new HashMap<>();
            forwarded.put(
                    "X-Forwarded-For",
                    remote == null || remote.getAddress() == null
                            ? null
                            : remote.getAddress().getHostAddress());
            forwarded.put("X-Forwarded-Proto", request.getURI().getScheme());
            forwarded.put("X-Forwarded-Host", host);
            forwarded.forEach((name, value) -> {
                if (value != null && !out.containsHeader(name)) {
                    out.set(name, value);
                }
            });
        }

        @Override
        public boolean supports(Type type) {
            return type == Type.REQUEST;
        }

        @Override
        public int getOrder() {
            return LOWEST_PRECEDENCE;
        }
    }

    /** To the client: the cluster that answered. Answers on other routes of the application pass as they are. */
    static final class OfResponses implements HttpHeadersFilter, Ordered {

        @Override
        public HttpHeaders filter(HttpHeaders headers, ServerWebExchange exchange) {
            Pinned pinned = exchange.getAttribute(RoutingFilter.PINNED);
            if (pinned == null) {
                return headers;
            }
            HttpHeaders out = withoutOurs(headers);
            out.set(CLUSTER, pinned.cluster());
            return out;
        }

        @Override
        public boolean supports(Type type) {
            return type == Type.RESPONSE;
        }

        @Override
        public int getOrder() {
            return LOWEST_PRECEDENCE;
        }
    }
}
