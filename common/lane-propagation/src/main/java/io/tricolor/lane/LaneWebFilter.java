package io.tricolor.lane;

import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Keeps the carried headers of a request in the Reactor context of all that works on it. */
public final class LaneWebFilter implements WebFilter, Ordered {

    private final Propagation propagation;

    public LaneWebFilter(Propagation propagation) {
        this.propagation = propagation;
    }

    /** Before filters that call others. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 100;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        CarriedHeaders carried = propagation.from(headers::getFirst, headers::getValuesAsList);
        return carried.isEmpty()
                ? chain.filter(exchange)
                : chain.filter(exchange).contextWrite(context -> context.put(CarriedHeaders.class, carried));
    }
}
