package io.tricolor.console.session;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.security.Actor;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

/** Who is logged in, and the way out. */
@RestController
@RequestMapping("/door")
class SessionController {

    private static final List<String> NAMES = List.of("name", "preferred_username");

    private final Sessions sessions;
    private final SessionCookies cookies;
    private final SessionProperties properties;

    SessionController(Sessions sessions, SessionCookies cookies, SessionProperties properties) {
        this.sessions = sessions;
        this.cookies = cookies;
        this.properties = properties;
    }

    /** What people see of the suite. */
    record Suite(String name, String version) {}

    /**
     * A session as its page sees it.
     *
     * @param subject who history and approvals name
     * @param name for people
     * @param roles given and included, sorted
     * @param expires when it ends at the latest
     * @param csrf for the header of requests that change something
     */
    record SessionView(String subject, String name, List<String> roles, Instant expires, String csrf, Suite suite) {}

    /** Where to go after a logout. */
    record Farewell(URI next) {}

    @GetMapping("/session")
    SessionView session(ServerWebExchange exchange, Actor actor) {
        Session session = of(exchange);
        return new SessionView(
                actor.name(),
                name(session.owner()),
                actor.roles().stream().sorted().toList(),
                session.expires(),
                session.csrf(),
                new Suite(properties.suite(), properties.version()));
    }

    @PostMapping("/logout")
    Farewell logout(ServerWebExchange exchange) {
        Session session = of(exchange);
        Renewal renewal = session.renewal();
        URI elsewhere = renewal == null ? null : renewal.farewell();
        sessions.end(session);
        cookies.end(exchange);
        return new Farewell(elsewhere == null ? URI.create("/door/login?out") : elsewhere);
    }

    private static Session of(ServerWebExchange exchange) {
        return SessionContexts.sessionOf(exchange)
                .orElseThrow(() -> new Rejected(Code.LOGIN_REQUIRED, "this is about a session, not about a token"));
    }

    private static String name(JwtAuthenticationToken owner) {
        for (String claim : NAMES) {
            @Nullable Object value = owner.getToken().getClaims().get(claim);
            if (value instanceof String text && !text.isBlank()) {
                return text;
            }
        }
        return owner.getName();
    }
}
