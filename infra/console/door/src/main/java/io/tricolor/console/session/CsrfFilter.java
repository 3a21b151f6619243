package io.tricolor.console.session;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * What changes something and is asked by a cookie shows the text that only a page of this origin can have read. A
 * request with a token of its own needs none: no browser adds one by itself. Nor does one that carries a signature
 * ({@link SignedRequests}).
 */
public final class CsrfFilter implements WebFilter {

    static final String HEADER = "X-CSRF-TOKEN";

    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (SAFE.contains(exchange.getRequest().getMethod())) {
            return chain.filter(exchange);
        }
        Session session = SessionContexts.sessionOf(exchange).orElse(null);
        String shown = exchange.getRequest().getHeaders().getFirst(HEADER);
        if (session != null && (shown == null || !Secrets.same(shown, session.csrf()))) {
            return Mono.error(new Rejected(
                    Code.CSRF_TOKEN_MISSING, "the header " + HEADER + " lacks what GET /door/session says in csrf"));
        }
        return chain.filter(exchange);
    }
}
