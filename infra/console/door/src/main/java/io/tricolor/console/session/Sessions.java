package io.tricolor.console.session;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Who is logged in. In memory: a restart of this service ends all sessions, and each browser is led to the login. Found
 * by the hash of what a browser shows, so that how long it takes to find one says nothing.
 */
@Component
public class Sessions implements SmartLifecycle {

    private static final Duration SWEEP = Duration.ofSeconds(5);

    private static final Gauge OPEN =
            Gauge.build("tricolor_console_sessions", "People who are logged in").register();
    private static final Counter ENDED = Counter.build("tricolor_console_session_ends_total", "Sessions that ended")
            .labelNames("reason")
            .register();

    private final SessionProperties properties;
    private final InstantSource clock;
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private @Nullable Disposable sweeping;

    Sessions(SessionProperties properties, InstantSource clock) {
        this.properties = properties;
        this.clock = clock;
    }

    /** Begins a session; the answer is what the browser shows from now on. */
    public String begin(JwtAuthenticationToken owner, @Nullable Renewal renewal) {
        if (sessions.size() >= properties.sessions()) {
            throw new Rejected(
                    Code.TOO_MANY_REQUESTS, "as many people are logged in as may be, " + properties.sessions());
        }
        String id = Secrets.next();
        sessions.put(Secrets.hash(id), new Session(owner, renewal, Secrets.next(), clock.instant(), properties));
        OPEN.set(sessions.size());
        return id;
    }

    /**
     * The session that a browser shows, with a token that is good now.
     *
     * @param counts whether a person is behind the request
     */
    Mono<Session> find(String id, boolean counts) {
        String key = Secrets.hash(id);
        Session session = sessions.get(key);
        if (session == null) {
            return Mono.empty();
        }
        Instant now = clock.instant();
        if (session.isOver(now)) {
            end(key, session, "time");
            return Mono.empty();
        }
        if (counts) {
            session.use(now);
        }
        return session.withGoodToken(now)
                .switchIfEmpty(Mono.<Session>empty().doOnSubscribe(asked -> end(key, session, "token")));
    }

    void end(Session session) {
        sessions.forEach((key, one) -> {
            if (one.equals(session)) {
                end(key, one, "logout");
            }
        });
    }

    private void end(String key, Session session, String reason) {
        if (sessions.remove(key, session)) {
            ENDED.labels(reason).inc();
            OPEN.set(sessions.size());
        }
        session.end();
    }

    /** Ends what is over, also where nobody asks any more: a live stream ends with its session. */
    void sweep() {
        Instant now = clock.instant();
        sessions.forEach((key, session) -> {
            if (session.isOver(now)) {
                end(key, session, "time");
            }
        });
    }

    @Override
    public void start() {
        sweeping =
                Flux.interval(SWEEP, Schedulers.parallel()).onBackpressureDrop().subscribe(tick -> sweep());
    }

    /** Before the web server, which waits for the end of streams. */
    @Override
    public void stop() {
        if (sweeping != null) {
            sweeping.dispose();
        }
        sweeping = null;
        sessions.forEach((key, session) -> end(key, session, "stop"));
    }

    @Override
    public boolean isRunning() {
        return sweeping != null;
    }
}
