package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.concurrent.Semaphore;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Lets one large body in at a time: a million intervals take 30 MB of heap until they are stored. Uploads of lists,
 * which take little, have a bound of their own.
 */
@Component
final class LargeBodyFilter implements WebFilter, Ordered {

    private static final String LISTS = "/api/id-lists";
    private static final long LARGE_BYTES = 1 << 20;

    /** After security, which has -100: who may not come in takes no place. */
    private static final int ORDER = 50;

    private final Semaphore places = new Semaphore(1);

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (!isLarge(exchange)) {
            return chain.filter(exchange);
        }
        return Mono.defer(() -> places.tryAcquire()
                ? chain.filter(exchange).doFinally(signal -> places.release())
                : Mono.error(new Rejected(
                        Code.TOO_MANY_REQUESTS,
                        "another body of more than " + LARGE_BYTES + " bytes is being taken in: try again")));
    }

    private static boolean isLarge(ServerWebExchange exchange) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        boolean unknown = headers.getContentLength() < 0 && headers.containsHeader(HttpHeaders.TRANSFER_ENCODING);
        return (unknown || headers.getContentLength() > LARGE_BYTES)
                && !exchange.getRequest().getPath().value().equals(LISTS);
    }
}
