package io.tricolor.console.relay;

import io.tricolor.console.session.SignedRequests;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Whom nobody knows may send little: bodies of requests without login are bounded, whatever length they claim. */
final class SmallBodyFilter implements GatewayFilter, Ordered {

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        if (!SignedRequests.isOne(exchange)) {
            return chain.filter(exchange);
        }
        if (exchange.getRequest().getHeaders().getContentLength() > SignedRequests.MAX_BODY_BYTES) {
            return Mono.error(tooLarge());
        }
        return chain.filter(
                exchange.mutate().request(bounded(exchange.getRequest())).build());
    }

    private static ServerHttpRequest bounded(ServerHttpRequest request) {
        return new ServerHttpRequestDecorator(request) {

            @Override
            public Flux<DataBuffer> getBody() {
                AtomicInteger bytes = new AtomicInteger();
                return super.getBody().handle((part, sink) -> {
                    if (bytes.addAndGet(part.readableByteCount()) > SignedRequests.MAX_BODY_BYTES) {
                        DataBufferUtils.release(part);
                        sink.error(tooLarge());
                    } else {
                        sink.next(part);
                    }
                });
            }
        };
    }

    private static Rejected tooLarge() {
        return new Rejected(
                Code.PAYLOAD_TOO_LARGE,
                "without a login the body may have " + SignedRequests.MAX_BODY_BYTES + " bytes");
    }
}
