package io.tricolor.gateway;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keys that an identity provider publishes, at a place that is known or that the OpenID configuration of the issuer
 * names. They are asked for when a token calls its key by an unknown name, and when they have become old, but not
 * within a pause after the last time, so that tokens with made-up names are not passed on as load. While the provider
 * does not answer, or with something that is no set or has no key for us, the keys before stay.
 */
final class PublishedKeys {

    private static final Logger log = LoggerFactory.getLogger(PublishedKeys.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final int LONGEST = 256 * 1024;

    private final URI place;
    private final @Nullable String discoveredOf;
    private final long refreshNanos;
    private final long pauseNanos;
    private final HttpClient client;
    private final GatewayMetrics metrics;
    private volatile State state = new State(List.of(), 0, 0, null);

    private PublishedKeys(
            URI place,
            @Nullable String discoveredOf,
            TrustedIssuer.Refresh refresh,
            HttpClient client,
            GatewayMetrics metrics) {
        this.place = place;
        this.discoveredOf = discoveredOf;
        this.refreshNanos = refresh.interval().toNanos();
        this.pauseNanos = refresh.pause().toNanos();
        this.client = client;
        this.metrics = metrics;
    }

    /** Keys of a set at {@code uri}. */
    static PublishedKeys at(URI uri, TrustedIssuer.Refresh refresh, HttpClient client, GatewayMetrics metrics) {
        return new PublishedKeys(uri, null, refresh, client, metrics);
    }

    /** Keys of the set that the OpenID configuration of an issuer names. */
    static PublishedKeys of(String issuer, TrustedIssuer.Refresh refresh, HttpClient client, GatewayMetrics metrics) {
        String base = issuer.endsWith("/") ? issuer : issuer + "/";
        return new PublishedKeys(
                URI.create(base + ".well-known/openid-configuration"), issuer, refresh, client, metrics);
    }

    /**
     * What is known.
     *
     * @param readAt when the keys were read, 0 for never; in nanoseconds of the machine
     * @param askedAt when they were last asked for, 0 for never
     * @param answer what is under way
     */
    private record State(
            List<JWK> keys,
            long readAt,
            long askedAt,
            @Nullable Mono<List<JWK>> answer) {

        boolean knows(@Nullable String name) {
            return keys.stream().anyMatch(key -> name == null || name.equals(key.getKeyID()));
        }
    }

    /** All keys, those read anew when none is called {@code name}. */
    Flux<JWK> keys(@Nullable String name) {
        State known = state;
        long now = System.nanoTime();
        boolean fresh = known.readAt() != 0 && now - known.readAt() < refreshNanos;
        if (known.knows(name) && fresh) {
            return Flux.fromIterable(known.keys());
        }
        Mono<List<JWK>> underWay = known.answer();
        if (underWay != null) {
            return underWay.flatMapIterable(keys -> keys);
        }
        if (known.askedAt() != 0 && now - known.askedAt() < pauseNanos) {
            return Flux.fromIterable(known.keys());
        }
        Mono<List<JWK>> answer = ask(known).cache();
        return begin(known, new State(known.keys(), known.readAt(), now, answer))
                ? answer.flatMapIterable(keys -> keys)
                : keys(name);
    }

    /** One of those who find that the keys are to be asked for asks; whether it is this one. */
    private synchronized boolean begin(State found, State asking) {
        if (state.answer() != null || state.askedAt() != found.askedAt()) {
            return false;
        }
        state = asking;
        return true;
    }

    private synchronized void end(State answered) {
        state = answered;
    }

    private Mono<List<JWK>> ask(State before) {
        return read().doOnNext(keys -> end(new State(keys, System.nanoTime(), System.nanoTime(), null)))
                .onErrorResume(failure -> {
                    metrics.sourceFailed("jwk-set");
                    log.warn("{} does not tell its keys, those before stay: {}", place, failure.toString());
                    end(new State(before.keys(), before.readAt(), System.nanoTime(), null));
                    return Mono.just(before.keys());
                });
    }

    private Mono<List<JWK>> read() {
        String issuer = discoveredOf;
        Mono<String> set = issuer == null
                ? get(place)
                : get(place).map(text -> setNamedBy(text, issuer)).flatMap(this::get);
        return set.map(PublishedKeys::keysOf);
    }

    private static List<JWK> keysOf(String set) {
        try {
            return TokenKeys.published(set);
        } catch (ParseException e) {
            throw new IllegalStateException("no JWK set: " + e.getMessage(), e);
        }
    }

    private static URI setNamedBy(String text, String issuer) {
        try {
            Map<String, Object> configuration = JSONObjectUtils.parse(text);
            if (!issuer.equals(configuration.get("issuer"))) {
                throw new IllegalStateException(
                        "its OpenID configuration is of the issuer " + configuration.get("issuer"));
            }
            URI set = JSONObjectUtils.getURI(configuration, "jwks_uri");
            if (set == null || !("http".equals(set.getScheme()) || "https".equals(set.getScheme()))) {
                throw new IllegalStateException("its OpenID configuration says not where the keys are");
            }
            return set;
        } catch (ParseException e) {
            throw new IllegalStateException("no OpenID configuration: " + e.getMessage(), e);
        }
    }

    /** The whole answer in time, however slowly it comes. */
    private Mono<String> get(URI uri) {
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
        return Mono.fromFuture(() -> client.sendAsync(
                        request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofString(), LONGEST)))
                .timeout(PATIENCE)
                .map(answer -> {
                    if (answer.statusCode() != 200) {
                        throw new IllegalStateException(uri + " answers " + answer.statusCode());
                    }
                    return answer.body();
                });
    }
}
