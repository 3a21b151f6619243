package io.tricolor.gateway;

import io.tricolor.contracts.Rejection;
import io.tricolor.gateway.RoutingState.Admission;
import io.tricolor.gateway.RoutingState.Pinned;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Lanes;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RequestIdentity;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.NettyWriteResponseFilter;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Decides a request, keeps it counted until its answer is written, and answers itself when nobody can. A filter of
 * Tricolor's route only: other routes of the application never meet it.
 */
final class RoutingFilter implements GatewayFilter, Ordered {

    /** Exchange attribute: the {@link Pinned} of the request. */
    static final String PINNED = RoutingFilter.class.getName() + ".pinned";

    private static final Logger log = LoggerFactory.getLogger(RoutingFilter.class);

    /** Attribute: the snapshot in which an entry was found for the request. */
    static final String SEEN = RoutingFilter.class.getName() + ".seen";

    private final RoutingState state;
    private final Entropy entropy;
    private final UserTokens tokens;
    private final boolean trustLanes;
    private final GatewayMetrics metrics;

    RoutingFilter(RoutingState state, Entropy entropy, UserTokens tokens, boolean trustLanes, GatewayMetrics metrics) {
        this.state = state;
        this.entropy = entropy;
        this.tokens = tokens;
        this.trustLanes = trustLanes;
        this.metrics = metrics;
    }

    /** Around the filter that writes the response. */
    @Override
    public int getOrder() {
        return NettyWriteResponseFilter.WRITE_RESPONSE_FILTER_ORDER - 100;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Lanes lanes = trustLanes ? TricolorHeaders.lanes(exchange.getRequest().getHeaders()) : Lanes.NONE;
        String token = UserTokens.of(exchange.getRequest());
        return route(exchange, chain, new HttpCaller(exchange.getRequest(), lanes, token == null, name -> null));
    }

    private Mono<Void> route(ServerWebExchange exchange, GatewayFilterChain chain, HttpCaller caller) {
        ServerHttpRequest request = exchange.getRequest();
        Admission admission = state.admit(
                request.getHeaders().getFirst(HttpHeaders.HOST),
                path(request),
                caller,
                entropy.next(),
                exchange.getAttribute(SEEN));
        return switch (admission) {
            case Admission.TokenNeeded needed ->
                tokens.claims(request).flatMap(claims -> route(exchange, chain, caller.with(claims)));
            case Admission.NoEntry none -> {
                metrics.unrouted("", "", Rejection.Code.ENTRY_NOT_FOUND.name());
                yield Problems.write(
                        exchange,
                        Rejection.Code.ENTRY_NOT_FOUND,
                        "no group has an entry for this host and path",
                        Rejection.Code.ENTRY_NOT_FOUND.name(),
                        null);
            }
            case Admission.Unserved unserved -> {
                metrics.decided(unserved.service(), unserved.reason());
                metrics.unrouted(
                        unserved.service().group(),
                        unserved.service().service(),
                        unserved.reason().name());
                yield Problems.write(
                        exchange,
                        Rejection.Code.NO_HEALTHY_CLUSTER,
                        "group " + unserved.service().group() + " has no cluster with a healthy instance of service "
                                + unserved.service().service() + " for this request",
                        unserved.reason().name(),
                        null);
            }
            case Admission.Admitted admitted ->
                Mono.using(admitted::pinned, pinned -> proxy(exchange, chain, pinned), Pinned::close);
        };
    }

    /** As it stands in the request line. */
    static String path(ServerHttpRequest request) {
        String raw = request.getHeaders().getFirst(RequestGate.TARGET);
        if (raw == null) {
            return request.getURI().getRawPath();
        }
        int query = raw.indexOf('?');
        return Targets.written(query < 0 ? raw : raw.substring(0, query));
    }

    private Mono<Void> proxy(ServerWebExchange exchange, GatewayFilterChain chain, Pinned pinned) {
        long started = System.nanoTime();
        exchange.getAttributes().put(PINNED, pinned);
        metrics.decided(pinned.service(), pinned.reason());
        return chain.filter(exchange)
                .onErrorResume(failure -> answer(exchange, pinned, failure))
                .doFinally(signal -> {
                    HttpStatusCode status = exchange.getResponse().getStatusCode();
                    metrics.request(
                            pinned.service(),
                            pinned.cluster(),
                            pinned.cohort(),
                            status == null ? 0 : status.value(),
                            System.nanoTime() - started);
                });
    }

    /**
     * A request as it stands.
     *
     * @param tokenSeen whether its token was looked at, or there is none
     * @param claims of its token
     */
    private record HttpCaller(ServerHttpRequest request, Lanes lanes, boolean tokenSeen, RequestIdentity.Lookup claims)
            implements RoutingState.Caller {

        HttpCaller with(RequestIdentity.Lookup verified) {
            return new HttpCaller(request, lanes, true, verified);
        }

        @Override
        public boolean needsToken(CompiledTable table) {
            return !tokenSeen && !table.table().identity().claims().isEmpty();
        }

        @Override
        public @Nullable RequestId id(CompiledTable table) {
            return RequestIdentity.find(
                    table.table().identity(),
                    claims,
                    name -> utf8(request.getHeaders().getFirst(name)),
                    name -> utf8(Cookies.first(request.getHeaders().get(HttpHeaders.COOKIE), name)),
                    name -> request.getQueryParams().getFirst(name));
        }
    }

    /**
     * The bytes of a header are handed out as Latin-1; what is UTF-8 on the wire is read as that, as other routers do.
     */
    private static @Nullable String utf8(@Nullable String value) {
        if (value == null || value.chars().allMatch(c -> c < 0x80)) {
            return value;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return value;
        }
    }

    private static Mono<Void> answer(ServerWebExchange exchange, Pinned pinned, Throwable failure) {
        if (exchange.getResponse().isCommitted()) {
            return Mono.error(failure);
        }
        Rejection.Code code;
        if (failure instanceof NoInstanceLeft || ForwardFilter.sentNothing(failure)) {
            code = Rejection.Code.UPSTREAM_UNAVAILABLE;
        } else if (failure instanceof ResponseStatusException status
                && status.getStatusCode().value() == 504) {
            code = Rejection.Code.UPSTREAM_TIMEOUT;
        } else {
            code = Rejection.Code.UPSTREAM_RESET;
        }
        log.warn(
                "group {}, service {}, cluster {}: {} {}",
                pinned.service().group(),
                pinned.service().service(),
                pinned.cluster(),
                code,
                failure.toString());
        return Problems.write(
                exchange,
                code,
                "cluster " + pinned.cluster() + " of group " + pinned.service().group() + " did not answer",
                code.name(),
                pinned.cluster());
    }

    /** Every instance of the cluster that there is has been tried. */
    static final class NoInstanceLeft extends RuntimeException {

        private static final long serialVersionUID = 1L;

        NoInstanceLeft() {
            super("no instance left to try", null, false, false);
        }
    }
}
