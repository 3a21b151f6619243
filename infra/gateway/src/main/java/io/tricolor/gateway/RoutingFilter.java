package io.tricolor.gateway;

import io.tricolor.contracts.Rejection;
import io.tricolor.gateway.RoutingState.Admission;
import io.tricolor.gateway.RoutingState.Pinned;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RequestIdentity;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.NettyWriteResponseFilter;
import org.springframework.core.Ordered;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Decides a request, keeps it counted until its answer is written, and answers itself when nobody can. */
final class RoutingFilter implements GlobalFilter, Ordered {

    /** Exchange attribute: the {@link Pinned} of the request. */
    static final String PINNED = RoutingFilter.class.getName() + ".pinned";

    private static final Logger log = LoggerFactory.getLogger(RoutingFilter.class);

    private final RoutingState state;
    private final Entropy entropy;
    private final GatewayMetrics metrics;

    RoutingFilter(RoutingState state, Entropy entropy, GatewayMetrics metrics) {
        this.state = state;
        this.entropy = entropy;
        this.metrics = metrics;
    }

    /** Around the filter that writes the response. */
    @Override
    public int getOrder() {
        return NettyWriteResponseFilter.WRITE_RESPONSE_FILTER_ORDER - 100;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        Admission admission = state.admit(
                request.getHeaders().getFirst(HttpHeaders.HOST),
                request.getURI().getRawPath(),
                table -> id(table, request),
                entropy.next());
        return switch (admission) {
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

    private Mono<Void> proxy(ServerWebExchange exchange, GatewayFilterChain chain, Pinned pinned) {
        long started = System.nanoTime();
        exchange.getAttributes().put(PINNED, pinned);
        return chain.filter(exchange)
                .onErrorResume(failure -> answer(exchange, pinned, failure))
                .doFinally(signal -> {
                    HttpStatusCode status = exchange.getResponse().getStatusCode();
                    metrics.request(
                            pinned.service(),
                            pinned.cluster(),
                            status == null ? 0 : status.value(),
                            System.nanoTime() - started);
                });
    }

    private static @Nullable RequestId id(CompiledTable table, ServerHttpRequest request) {
        return RequestIdentity.find(
                table.table().identity(),
                name -> utf8(request.getHeaders().getFirst(name)),
                name -> {
                    HttpCookie cookie = request.getCookies().getFirst(name);
                    return cookie == null ? null : utf8(cookie.getValue());
                },
                name -> request.getQueryParams().getFirst(name));
    }

    /** The bytes of a header are handed out as Latin-1; what is UTF-8 on the wire is read as that, as other routers do. */
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
        if (failure instanceof ConnectException || failure instanceof NoInstanceLeft) {
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
