package io.tricolor.gateway;

import io.tricolor.contracts.TokenClaims;
import io.tricolor.routing.RequestIdentity;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import reactor.core.publisher.Mono;

/**
 * Claims of the tokens that requests carry. A token that does not verify, or has expired for more than a minute, has
 * none: whether it is good for anything else is for the application to say. What was verified is remembered for a
 * minute, so that a signature is not computed for every request.
 */
final class UserTokens {

    private static final String BEARER = "Bearer ";
    private static final int REMEMBERED = 1_000;
    private static final int LONGEST = 16_384;
    private static final Duration MEMORY = Duration.ofMinutes(1);
    private static final RequestIdentity.Lookup NO_CLAIMS = name -> null;

    private final @Nullable ReactiveJwtDecoder decoder;
    private final GatewayMetrics metrics;
    private volatile Map<String, Verified> recent = new ConcurrentHashMap<>();
    private volatile Map<String, Verified> before = Map.of();

    private UserTokens(@Nullable ReactiveJwtDecoder decoder, GatewayMetrics metrics) {
        this.decoder = decoder;
        this.metrics = metrics;
    }

    private record Verified(Map<String, Object> claims, Instant until) implements RequestIdentity.Lookup {

        /** Ids are texts, or integers within int64; nothing else is one. */
        @Override
        public @Nullable String first(String name) {
            Object value = TokenClaims.at(claims, name);
            if (value instanceof BigInteger big) {
                return big.bitLength() < Long.SIZE ? big.toString() : null;
            }
            return value instanceof String || value instanceof Long || value instanceof Integer
                    ? value.toString()
                    : null;
        }
    }

    /** Tokens that are verified as configured; not at all when no key is. */
    static UserTokens verifiedAs(GatewaySettings.Jwt jwt, HttpClient client, GatewayMetrics metrics) {
        TrustedIssuer users = new TrustedIssuer(
                "tricolor.gateway.jwt",
                jwt.publicKey(),
                jwt.jwkSetUri(),
                jwt.issuer(),
                jwt.audience(),
                new TrustedIssuer.Refresh(jwt.refreshInterval(), jwt.refreshPause()),
                false);
        return new UserTokens(users.decoder(client, metrics), metrics);
    }

    /** Whether there is a key to verify them with. */
    boolean areVerified() {
        return decoder != null;
    }

    /** The token that a request carries; null when there is none. */
    static @Nullable String of(ServerHttpRequest request) {
        String authorization = request.getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
        if (authorization == null
                || authorization.length() > LONGEST
                || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return null;
        }
        return authorization.substring(BEARER.length()).trim();
    }

    /** Claims of the token that a request carries; none of one that does not verify. Never an error, never empty. */
    Mono<RequestIdentity.Lookup> claims(ServerHttpRequest request) {
        String token = of(request);
        if (token == null || decoder == null) {
            return Mono.just(NO_CLAIMS);
        }
        Instant now = Instant.now();
        Verified known = recent.get(token);
        if (known == null) {
            known = before.get(token);
        }
        if (known != null && known.until().isAfter(now)) {
            return Mono.just(known);
        }
        ReactiveJwtDecoder verifier = decoder;
        return Mono.defer(() -> verifier.decode(token))
                .<RequestIdentity.Lookup>map(jwt -> remember(token, jwt, now))
                .onErrorResume(failure -> {
                    metrics.tokenUnverified(failure instanceof BadJwtException ? "invalid" : "unverifiable");
                    return Mono.just(NO_CLAIMS);
                })
                .defaultIfEmpty(NO_CLAIMS);
    }

    private Verified remember(String token, Jwt jwt, Instant now) {
        Instant until = now.plus(MEMORY);
        Instant expires = jwt.getExpiresAt();
        Verified verified = new Verified(jwt.getClaims(), expires != null && expires.isBefore(until) ? expires : until);
        Map<String, Verified> current = recent;
        if (current.size() >= REMEMBERED) {
            before = current;
            current = new ConcurrentHashMap<>();
            recent = current;
        }
        current.put(token, verified);
        return verified;
    }
}
