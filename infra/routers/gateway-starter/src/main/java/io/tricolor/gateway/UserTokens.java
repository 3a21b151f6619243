package io.tricolor.gateway;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.source.JWKSecurityContextJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWKSecurityContext;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jwt.SignedJWT;
import io.tricolor.routing.RequestIdentity;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusReactiveJwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import reactor.core.publisher.Flux;
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
            Object value = at(claims, name);
            if (value instanceof BigInteger big) {
                return big.bitLength() < Long.SIZE ? big.toString() : null;
            }
            return value instanceof String || value instanceof Long || value instanceof Integer
                    ? value.toString()
                    : null;
        }

        /** A member whose name has dots comes before a way through objects, at every level. */
        private static @Nullable Object at(Map<?, ?> object, String path) {
            Object whole = object.get(path);
            if (whole != null) {
                return whole;
            }
            for (int dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
                if (object.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
                    Object found = at(inner, path.substring(dot + 1));
                    if (found != null) {
                        return found;
                    }
                }
            }
            return null;
        }
    }

    /** Tokens that are verified as configured; not at all when no key is. */
    static UserTokens verifiedAs(GatewaySettings.Jwt jwt, HttpClient client, GatewayMetrics metrics) {
        if (jwt.publicKey() != null) {
            List<JWK> keys = TokenKeys.read(jwt.publicKey());
            // A key in a file has no name: every token may be signed by it, however that calls its key.
            return new UserTokens(
                    decoder(
                            jwt,
                            token -> Flux.fromIterable(
                                    TokenKeys.named(keys, token.getHeader().getKeyID()))),
                    metrics);
        }
        if (jwt.jwkSetUri() != null) {
            TokenKeys.Published published = new TokenKeys.Published(jwt.jwkSetUri(), client, metrics);
            return new UserTokens(
                    decoder(jwt, token -> published.keys(token.getHeader().getKeyID())), metrics);
        }
        return new UserTokens(null, metrics);
    }

    private static ReactiveJwtDecoder decoder(GatewaySettings.Jwt jwt, Function<SignedJWT, Flux<JWK>> keys) {
        NimbusReactiveJwtDecoder decoder = NimbusReactiveJwtDecoder.withJwkSource(token -> keys.apply(token)
                        .filter(key -> TokenKeys.fits(key, token.getHeader().getAlgorithm())))
                .jwtProcessorCustomizer(processor -> {
                    processor.setJWSKeySelector(new JWSVerificationKeySelector<JWKSecurityContext>(
                            TokenKeys.ALGORITHMS, new JWKSecurityContextJWKSet()));
                    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
                })
                .build();
        List<OAuth2TokenValidator<Jwt>> validators = new ArrayList<>();
        validators.add(new JwtTimestampValidator());
        if (jwt.issuer() != null) {
            validators.add(new JwtIssuerValidator(jwt.issuer()));
        }
        String audience = jwt.audience();
        if (audience != null) {
            validators.add(new JwtClaimValidator<Collection<String>>(
                    JwtClaimNames.AUD, all -> all != null && all.contains(audience)));
        }
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(validators));
        return decoder;
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
