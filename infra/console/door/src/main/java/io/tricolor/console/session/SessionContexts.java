package io.tricolor.console.session;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.server.context.ServerSecurityContextRepository;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Finds out who asks by the cookie. A request with a token or a signature of its own is asked by that alone. */
@Component
public class SessionContexts implements ServerSecurityContextRepository {

    /** Header of a request that a page makes by itself: it does not keep a session alive. */
    static final String BACKGROUND = "X-Tricolor-Background";

    private static final String SESSION = Session.class.getName();

    private final Sessions sessions;
    private final SessionCookies cookies;

    SessionContexts(Sessions sessions, SessionCookies cookies) {
        this.sessions = sessions;
        this.cookies = cookies;
    }

    /** The session that a request was made in, once it is known. */
    public static Optional<Session> sessionOf(ServerWebExchange exchange) {
        return Optional.ofNullable(exchange.getAttribute(SESSION));
    }

    @Override
    public Mono<SecurityContext> load(ServerWebExchange exchange) {
        return session(exchange).map(session -> new SecurityContextImpl(session.owner()));
    }

    /** The session of a request; empty: none, or not any more. */
    public Mono<Session> session(ServerWebExchange exchange) {
        Optional<Session> known = sessionOf(exchange);
        if (known.isPresent()) {
            return Mono.just(known.get());
        }
        HttpHeaders headers = exchange.getRequest().getHeaders();
        String id = cookies.session(exchange);
        if (id == null || headers.containsHeader(HttpHeaders.AUTHORIZATION) || SignedRequests.isOne(exchange)) {
            return Mono.empty();
        }
        return Mono.defer(() -> sessions.find(id, !headers.containsHeader(BACKGROUND)))
                .doOnNext(session -> exchange.getAttributes().put(SESSION, session));
    }

    @Override
    public Mono<Void> save(ServerWebExchange exchange, @Nullable SecurityContext context) {
        return Mono.empty(); // sessions begin at the login alone
    }
}
