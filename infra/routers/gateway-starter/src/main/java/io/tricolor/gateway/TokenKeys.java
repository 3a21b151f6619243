package io.tricolor.gateway;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Public keys that tokens of users are verified with. */
final class TokenKeys {

    private static final Logger log = LoggerFactory.getLogger(TokenKeys.class);
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----");

    private static final int SMALLEST_RSA_BITS = 2048;
    private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384, Curve.P_521);

    /** Signatures by a private key; a key that names its algorithm is good for that one alone. */
    static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    private TokenKeys() {}

    /** Keys of a PEM file. */
    static List<JWK> read(Path pem) {
        try {
            List<JWK> keys = new ArrayList<>();
            Matcher blocks = PEM.matcher(Files.readString(pem));
            while (blocks.find()) {
                keys.add(key(Base64.getMimeDecoder().decode(blocks.group(1))));
            }
            if (keys.isEmpty() || !keys.stream().allMatch(TokenKeys::isUsable)) {
                throw new IllegalArgumentException("it has no key, or one that is not good enough");
            }
            return List.copyOf(keys);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException | IllegalStateException e) {
            throw new IllegalStateException(
                    "tricolor.gateway.jwt.public-key: " + pem
                            + " is not a PEM file with public keys, P-256, P-384, P-521 or RSA from 2048 bits",
                    e);
        }
    }

    private static JWK key(byte[] encoded) throws GeneralSecurityException {
        X509EncodedKeySpec spec = new X509EncodedKeySpec(encoded);
        try {
            ECPublicKey key = (ECPublicKey) KeyFactory.getInstance("EC").generatePublic(spec);
            Curve curve = Curve.forECParameterSpec(key.getParams());
            if (curve == null) {
                throw new InvalidKeySpecException("of an unknown curve");
            }
            return new ECKey.Builder(curve, key).build();
        } catch (InvalidKeySpecException e) {
            return new RSAKey.Builder(
                            (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(spec))
                    .build();
        }
    }

    /** Whether a key may be tried for an algorithm; one of another curve would fail where the next one may not. */
    static boolean fits(JWK key, JWSAlgorithm algorithm) {
        return !(key instanceof ECKey ec)
                || Curve.forJWSAlgorithm(algorithm) == null
                || Curve.forJWSAlgorithm(algorithm).contains(ec.getCurve());
    }

    private static boolean isUsable(JWK key) {
        boolean isStrong = (key instanceof RSAKey rsa && rsa.size() >= SMALLEST_RSA_BITS)
                || (key instanceof ECKey ec && CURVES.contains(ec.getCurve()));
        return isStrong
                && (key.getKeyUse() == null || KeyUse.SIGNATURE.equals(key.getKeyUse()))
                && (key.getAlgorithm() == null
                        || ALGORITHMS.contains(
                                JWSAlgorithm.parse(key.getAlgorithm().getName())));
    }

    /** The same keys under the name that a token calls its key by. */
    static List<JWK> named(List<JWK> keys, @Nullable String name) {
        if (name == null) {
            return keys;
        }
        return keys.stream()
                .<JWK>map(key -> key instanceof ECKey ec
                        ? new ECKey.Builder(ec).keyID(name).build()
                        : new RSAKey.Builder((RSAKey) key).keyID(name).build())
                .toList();
    }

    /**
     * Keys that an identity provider publishes. They are asked for when a token calls its key by an unknown name, and
     * every five minutes, but not within ten seconds of the last time, so that tokens with made-up names are not passed
     * on as load. While the provider does not answer, or with something that is no set or has no key for us, the keys
     * before stay.
     */
    static final class Published {

        private static final Duration FRESH = Duration.ofMinutes(5);
        private static final Duration PAUSE = Duration.ofSeconds(10);
        private static final Duration PATIENCE = Duration.ofSeconds(3);

        private final HttpRequest request;
        private final HttpClient client;
        private final GatewayMetrics metrics;
        private volatile State state = new State(List.of(), 0, 0, null);

        Published(URI uri, HttpClient client, GatewayMetrics metrics) {
            this.request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
            this.client = client;
            this.metrics = metrics;
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

        Flux<JWK> keys(@Nullable String name) {
            State known = state;
            long now = System.nanoTime();
            boolean fresh = known.readAt() != 0 && now - known.readAt() < FRESH.toNanos();
            if (known.knows(name) && fresh) {
                return Flux.fromIterable(known.keys());
            }
            Mono<List<JWK>> underWay = known.answer();
            if (underWay != null) {
                return underWay.flatMapIterable(keys -> keys);
            }
            if (known.askedAt() != 0 && now - known.askedAt() < PAUSE.toNanos()) {
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
            return Mono.fromFuture(() -> client.sendAsync(request, HttpResponse.BodyHandlers.ofString()))
                    .map(Published::read)
                    .doOnNext(keys -> end(new State(keys, System.nanoTime(), System.nanoTime(), null)))
                    .onErrorResume(failure -> {
                        metrics.sourceFailed("jwk-set");
                        log.warn("{} does not tell its keys, those before stay: {}", request.uri(), failure.toString());
                        end(new State(before.keys(), before.readAt(), System.nanoTime(), null));
                        return Mono.just(before.keys());
                    });
        }

        private static List<JWK> read(HttpResponse<String> answer) {
            try {
                if (answer.statusCode() != 200) {
                    throw new IllegalStateException("answered " + answer.statusCode());
                }
                List<JWK> keys = JWKSet.parse(answer.body()).getKeys().stream()
                        .filter(TokenKeys::isUsable)
                        .map(JWK::toPublicJWK)
                        .toList();
                if (keys.isEmpty()) {
                    throw new IllegalStateException("answered without a key for signatures");
                }
                return keys;
            } catch (ParseException e) {
                throw new IllegalStateException("answered with something else than a JWK set", e);
            }
        }
    }
}
