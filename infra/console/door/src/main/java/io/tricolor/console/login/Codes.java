package io.tricolor.console.login;

import io.tricolor.console.session.Secrets;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.stereotype.Component;

/** Codes that let somebody in once: whoever has a token asks for one and opens it in a browser. */
@Component
class Codes {

    private static final int MOST = 1_000;

    private final LoginProperties properties;
    private final InstantSource clock;
    private final Map<String, Promise> promises = new ConcurrentHashMap<>();

    Codes(LoginProperties properties, InstantSource clock) {
        this.properties = properties;
        this.clock = clock;
    }

    private record Promise(JwtAuthenticationToken owner, Instant until) {}

    /** A new code and until when it is good. */
    record Issued(String code, Instant expires) {}

    Issued issue(JwtAuthenticationToken owner) {
        Instant now = clock.instant();
        promises.values().removeIf(promise -> !now.isBefore(promise.until()));
        if (promises.size() >= MOST) {
            throw new Rejected(Code.TOO_MANY_REQUESTS, MOST + " codes wait to be used");
        }
        String code = Secrets.next();
        Instant until = now.plus(properties.codeLife());
        promises.put(Secrets.hash(code), new Promise(owner, until));
        return new Issued(code, until);
    }

    /** Whom a code lets in; empty when it is not good, or not any more. It never is again. */
    Optional<JwtAuthenticationToken> take(String code) {
        Instant now = clock.instant();
        return Optional.ofNullable(promises.remove(Secrets.hash(code)))
                .filter(promise -> now.isBefore(promise.until()))
                .map(Promise::owner)
                .filter(owner -> owner.getToken().getExpiresAt() != null
                        && now.isBefore(owner.getToken().getExpiresAt()));
    }
}
