package io.tricolor.console.relay;

import io.netty.handler.timeout.ReadTimeoutException;
import io.prometheus.client.Counter;
import io.tricolor.console.session.Session;
import io.tricolor.console.session.SessionContexts;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.NettyWriteResponseFilter;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Puts the caller's token where the cookie was. Answers end with the session, live streams among them; what goes wrong
 * on the way is a problem like any other.
 */
final class CallerFilter implements GatewayFilter, Ordered {

    private static final List<String> STAY_HERE =
            List.of(HttpHeaders.COOKIE, "X-CSRF-TOKEN", "X-Tricolor-Background", "X-Forwarded-For", "Forwarded");

    private static final Counter FAILURES = Counter.build(
                    "tricolor_console_relay_failures_total", "Requests that a service did not answer")
            .labelNames("service")
            .register();

    CallerFilter() {
        for (Service service : Service.values()) {
            FAILURES.labels(service.serviceName());
        }
    }

    /** Around the filter that writes the answer. */
    @Override
    public int getOrder() {
        return NettyWriteResponseFilter.WRITE_RESPONSE_FILTER_ORDER - 1;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Session session = SessionContexts.sessionOf(exchange).orElse(null);
        ServerHttpRequest request = exchange.getRequest()
                .mutate()
                .headers(headers -> {
                    STAY_HERE.forEach(headers::remove);
                    if (session != null) {
                        headers.setBearerAuth(session.owner().getToken().getTokenValue());
                    }
                })
                .build();
        return chain.filter(exchange.mutate()
                        .request(request)
                        .response(new Answer(exchange.getResponse(), session))
                        .build())
                .onErrorMap(failure -> problem(exchange, failure));
    }

    private static Throwable problem(ServerWebExchange exchange, Throwable failure) {
        Service service = RelayConfiguration.serviceOf(exchange);
        Code code = switch (failure) {
            case ConnectException e -> Code.UPSTREAM_UNAVAILABLE;
            case UnknownHostException e -> Code.UPSTREAM_UNAVAILABLE;
            case ReadTimeoutException e -> Code.UPSTREAM_TIMEOUT;
            case ResponseStatusException e
            when e.getStatusCode().isSameCodeAs(HttpStatus.GATEWAY_TIMEOUT) -> Code.UPSTREAM_TIMEOUT;
            case IOException e -> Code.UPSTREAM_RESET;
            default -> null;
        };
        if (code == null) {
            return failure;
        }
        FAILURES.labels(service.serviceName()).inc();
        String what = switch (code) {
            case UPSTREAM_UNAVAILABLE -> " cannot be reached";
            case UPSTREAM_TIMEOUT -> " did not answer in time";
            default -> " broke the connection off";
        };
        Rejected rejected = new Rejected(code, service.serviceName() + what);
        rejected.addSuppressed(failure);
        return rejected;
    }

    private static final class Answer extends ServerHttpResponseDecorator {

        private final @Nullable Session session;

        Answer(ServerHttpResponse response, @Nullable Session session) {
            super(response);
            this.session = session;
        }

        @Override
        public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
            return super.writeWith(Flux.from(body).transform(this::endWithSession));
        }

        @Override
        public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
            return super.writeAndFlushWith(Flux.from(body).transform(this::endWithSession));
        }

        private <T> Flux<T> endWithSession(Flux<T> body) {
            return session == null ? body : body.takeUntilOther(session.ended());
        }
    }
}
