package io.tricolor.kit.security;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.prometheus.client.Counter;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keys that an identity provider publishes. They are read when a token names one that is not known, and when they have
 * become old, but not within a pause after the last time, so that made-up names are no load for the provider. A set
 * that is none, or has no key for us, never takes the place of a good one. Who has a known key never waits.
 * Thread-safe.
 */
final class PublishedKeys {

    private static final Logger log = LoggerFactory.getLogger(PublishedKeys.class);
    private static final Counter READS = Counter.build(
                    "tricolor_key_set_reads_total",
                    "Readings of the keys that the identity provider publishes, by how they ended")
            .labelNames("outcome")
            .register();
    private static final Executor THREADS = Thread::startVirtualThread;
    private static final int LONGEST = 256 * 1024;

    private final @Nullable URI jwkSetUri;
    private final String issuer;
    private final long refreshNanos;
    private final long pauseNanos;
    private final LongSupplier nanos;
    private final HttpCalls provider = HttpCalls.named("identity-provider")
            .connectWithin(Duration.ofSeconds(2))
            .within(Duration.ofSeconds(5))
            .atMostBytes(LONGEST)
            .build();

    private volatile Known known = new Known(List.of(), 0);
    private @Nullable CompletableFuture<List<JWK>> underWay;
    private boolean hasAsked;
    private long askedAt;

    private record Known(List<JWK> keys, long readAt) {

        boolean has(@Nullable String name) {
            return keys.stream().anyMatch(key -> name == null || name.equals(key.getKeyID()));
        }
    }

    /**
     * Keys of an issuer.
     *
     * @param jwkSetUri where they are; null: where the OpenID configuration of the issuer says
     * @param nanos a clock that only goes forward
     */
    PublishedKeys(@Nullable URI jwkSetUri, String issuer, Duration refresh, Duration pause, LongSupplier nanos) {
        this.jwkSetUri = jwkSetUri;
        this.issuer = issuer;
        this.refreshNanos = refresh.toNanos();
        this.pauseNanos = pause.toNanos();
        this.nanos = nanos;
    }

    /** All keys that are known, after a reading when there is none of that name among them and one is allowed. */
    Flux<JWK> keys(@Nullable String name) {
        Known now = known;
        boolean isKnown = now.has(name);
        if (isKnown && nanos.getAsLong() - now.readAt() < refreshNanos) {
            return Flux.fromIterable(now.keys());
        }
        CompletableFuture<List<JWK>> answer = ask();
        return isKnown || answer == null
                ? Flux.fromIterable(now.keys())
                : Mono.fromFuture(answer, true).flatMapIterable(keys -> keys);
    }

    /** The reading that is under way or begins; null within the pause. */
    private synchronized @Nullable CompletableFuture<List<JWK>> ask() {
        if (underWay != null) {
            return underWay;
        }
        long now = nanos.getAsLong();
        if (hasAsked && now - askedAt < pauseNanos) {
            return null;
        }
        hasAsked = true;
        askedAt = now;
        CompletableFuture<List<JWK>> answer = new CompletableFuture<>();
        underWay = answer;
        THREADS.execute(() -> {
            try {
                read();
            } finally {
                end();
                answer.complete(known.keys());
            }
        });
        return answer;
    }

    private synchronized void end() {
        underWay = null;
    }

    private void read() {
        try {
            List<JWK> keys = VerificationKeys.published(get(keySet()));
            known = new Known(keys, nanos.getAsLong());
            READS.labels("done").inc();
        } catch (IOException | ParseException | IllegalArgumentException e) {
            READS.labels("failed").inc();
            log.warn(
                    "the keys of tokens cannot be read from {}, those before stay: {}",
                    jwkSetUri == null ? issuer : jwkSetUri,
                    e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private URI keySet() throws IOException, ParseException, InterruptedException {
        if (jwkSetUri != null) {
            return jwkSetUri;
        }
        String place = issuer.endsWith("/") ? issuer : issuer + "/";
        Map<String, Object> configuration =
                JSONObjectUtils.parse(get(URI.create(place + ".well-known/openid-configuration")));
        if (!issuer.equals(configuration.get("issuer"))) {
            throw new IOException("its OpenID configuration is of the issuer " + configuration.get("issuer"));
        }
        return JSONObjectUtils.getURI(configuration, "jwks_uri");
    }

    private String get(URI uri) throws IOException, InterruptedException {
        HttpAnswer answer = provider.send(HttpRequest.newBuilder(uri).build());
        if (answer.status() != 200) {
            throw new IOException(uri + " answers " + answer.status());
        }
        return answer.text();
    }
}
