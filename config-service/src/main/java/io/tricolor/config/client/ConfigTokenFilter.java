package io.tricolor.config.client;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Takes the token of {@code spring.cloud.config.token}, which clients send in a header of its own, or the password of
 * {@code spring.cloud.config.password}, for a bearer token.
 */
@Component
class ConfigTokenFilter implements WebFilter, Ordered {

    private static final String HEADER = "X-Config-Token";

    private static final String BASIC = "Basic ";

    /** Before security, which has -100. */
    private static final int ORDER = -200;

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpRequest request = exchange.getRequest();
        if (!request.getPath().value().startsWith("/config-server/")) {
            return chain.filter(exchange);
        }
        String authorization = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        String token = authorization == null ? request.getHeaders().getFirst(HEADER) : password(authorization);
        if (token == null) {
            return chain.filter(exchange);
        }
        return chain.filter(exchange.mutate()
                .request(request.mutate()
                        .headers(headers -> headers.setBearerAuth(token))
                        .build())
                .build());
    }

    /** Null when it is no basic authentication, or is not well formed. The name of the user carries no meaning. */
    private static @Nullable String password(String authorization) {
        if (!authorization.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return null;
        }
        try {
            byte[] decoded = Base64.getDecoder()
                    .decode(authorization.substring(BASIC.length()).strip());
            String pair = new String(decoded, StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            return colon < 0 ? null : pair.substring(colon + 1);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
