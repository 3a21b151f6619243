package io.tricolor.config.client;

import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Takes the token of {@code spring.cloud.config.token}, which clients send in a header of its own, for a bearer token.
 */
@Component
class ConfigTokenFilter implements WebFilter, Ordered {

    private static final String HEADER = "X-Config-Token";

    /** Before security, which has -100. */
    private static final int ORDER = -200;

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        String token = request.getHeaders().getFirst(HEADER);
        if (token == null
                || request.getHeaders().containsHeader(HttpHeaders.AUTHORIZATION)
                || !request.getPath().value().startsWith("/config-server/")) {
            return chain.filter(exchange);
        }
        return chain.filter(exchange.mutate()
                .request(request.mutate()
                        .header(HttpHeaders.AUTHORIZATION, "Bearer " + token)
                        .build())
                .build());
    }
}
