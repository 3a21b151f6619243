package io.tricolor.console.session;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Somebody who is logged in. The token stays here: a browser never gets it. */
public final class Session {

    /** So long before its end a token is renewed. */
    private static final Duration AHEAD = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(Session.class);

    private final String csrf;
    private final @Nullable Renewal renewal;
    private final Instant lastEnd;
    private final Duration idle;
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private volatile JwtAuthenticationToken owner;
    private volatile Instant lastUsed;
    private @Nullable Mono<JwtAuthenticationToken> renewing;

    Session(
            JwtAuthenticationToken owner,
            @Nullable Renewal renewal,
            String csrf,
            Instant now,
            SessionProperties properties) {
        this.owner = owner;
        this.renewal = renewal;
        this.csrf = csrf;
        this.idle = properties.idle();
        this.lastEnd = now.plus(properties.longest());
        this.lastUsed = now;
    }

    /** Who it is of, with the token of this moment. */
    public JwtAuthenticationToken owner() {
        return owner;
    }

    /** What a request that changes something has to carry. */
    public String csrf() {
        return csrf;
    }

    /** When it ends at the latest, as far as is known now. */
    public Instant expires() {
        return renewal == null ? earlier(tokenEnd(), lastEnd) : lastEnd;
    }

    /** Completes when the session ends. */
    public Mono<Void> ended() {
        return ended.asMono();
    }

    @Nullable
    Renewal renewal() {
        return renewal;
    }

    void use(Instant now) {
        lastUsed = now;
    }

    boolean isOver(Instant now) {
        return !now.isBefore(expires()) || !now.isBefore(lastUsed.plus(idle));
    }

    /** This session with a token that is good now; empty when there is none any more. */
    Mono<Session> withGoodToken(Instant now) {
        if (renewal == null || now.isBefore(tokenEnd().minus(AHEAD))) {
            return Mono.just(this);
        }
        return renewed().<Session>thenReturn(this).onErrorResume(failure -> {
            log.warn("the token of {} could not be renewed: {}", owner.getName(), failure.toString());
            return now.isBefore(tokenEnd()) ? Mono.just(this) : Mono.empty();
        });
    }

    /** Once, however many requests ask at the same time. */
    private synchronized Mono<JwtAuthenticationToken> renewed() {
        Renewal by = renewal;
        if (renewing == null && by != null) {
            renewing = by.renew()
                    .doOnNext(next -> owner = next)
                    .doFinally(signal -> forget())
                    .cache();
        }
        return renewing == null ? Mono.just(owner) : renewing;
    }

    private synchronized void forget() {
        renewing = null;
    }

    private Instant tokenEnd() {
        Instant end = owner.getToken().getExpiresAt();
        return end == null ? Instant.MIN : end;
    }

    void end() {
        ended.tryEmitEmpty();
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
