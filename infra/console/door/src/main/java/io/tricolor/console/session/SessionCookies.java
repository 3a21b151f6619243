package io.tricolor.console.session;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpCookie;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

/** The cookie of a session, and the one of a login that is under way elsewhere. No script reads either. */
@Component
public class SessionCookies {

    private static final String LAX = "-login";

    private final SessionProperties properties;

    SessionCookies(SessionProperties properties) {
        this.properties = properties;
    }

    /** What the browser shows, null if nothing. */
    @Nullable
    String session(ServerWebExchange exchange) {
        return value(exchange, name(exchange));
    }

    /** Has the browser show it from now on, to this origin alone. */
    public void begin(ServerWebExchange exchange, String id) {
        exchange.getResponse()
                .addCookie(
                        cookie(exchange, name(exchange), id).sameSite("Strict").build());
    }

    /** Has the browser forget it. */
    void end(ServerWebExchange exchange) {
        exchange.getResponse()
                .addCookie(cookie(exchange, name(exchange), "")
                        .sameSite("Strict")
                        .maxAge(0)
                        .build());
    }

    /** Of a login that an identity provider is asked about; it comes back from there, so it is not Strict. */
    public @Nullable String login(ServerWebExchange exchange) {
        return value(exchange, name(exchange) + LAX);
    }

    /** Remembers a login for some time; zero forgets it. */
    public void login(ServerWebExchange exchange, String id, Duration time) {
        exchange.getResponse()
                .addCookie(cookie(exchange, name(exchange) + LAX, id)
                        .sameSite("Lax")
                        .maxAge(time)
                        .build());
    }

    /** Address by which the browser has come. */
    public URI origin(ServerWebExchange exchange) {
        URI url = properties.url();
        if (url != null) {
            return url;
        }
        URI asked = exchange.getRequest().getURI();
        return URI.create(asked.getScheme() + "://" + asked.getAuthority());
    }

    private static @Nullable String value(ServerWebExchange exchange, String name) {
        HttpCookie cookie = exchange.getRequest().getCookies().getFirst(name);
        return cookie == null || cookie.getValue().isEmpty() ? null : cookie.getValue();
    }

    private ResponseCookie.ResponseCookieBuilder cookie(ServerWebExchange exchange, String name, String value) {
        return ResponseCookie.from(name, value).httpOnly(true).path("/").secure(isSecure(exchange));
    }

    /** Cookies do not know ports: several suites on one machine have names of their own. */
    private String name(ServerWebExchange exchange) {
        if (isSecure(exchange)) {
            return "__Host-tricolor";
        }
        InetSocketAddress local = exchange.getRequest().getLocalAddress();
        return "tricolor-" + (local == null ? 0 : local.getPort());
    }

    private boolean isSecure(ServerWebExchange exchange) {
        return "https".equals(origin(exchange).getScheme());
    }
}
