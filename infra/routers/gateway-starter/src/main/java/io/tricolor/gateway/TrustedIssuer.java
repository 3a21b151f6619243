package io.tricolor.gateway;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.source.JWKSecurityContextJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWKSecurityContext;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusReactiveJwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import reactor.core.publisher.Flux;

/**
 * Whose tokens count, and by which keys. Without a file and without a place of the keys they are where the OpenID
 * configuration of an issuer that is a URL says.
 *
 * @param setting how the names of the settings begin, for errors
 * @param issuer that tokens must have; null: any
 * @param audience that tokens must be for; null: any
 * @param isStrict whether a token must expire and have a subject
 */
record TrustedIssuer(
        String setting,
        @Nullable Path publicKey,
        @Nullable URI jwkSetUri,
        @Nullable String issuer,
        @Nullable String audience,
        Refresh refresh,
        boolean isStrict) {

    /**
     * When published keys are read again.
     *
     * @param interval how old they may become
     * @param pause the least time between two readings
     */
    record Refresh(Duration interval, Duration pause) {}

    /** Verifies tokens; null when there is no key to verify them with. */
    @Nullable
    ReactiveJwtDecoder decoder(HttpClient client, GatewayMetrics metrics) {
        if (publicKey != null) {
            List<JWK> keys = TokenKeys.read(publicKey, setting + ".public-key");
            // A key in a file has no name: every token may be signed by it, however that calls its key.
            return decoder(token ->
                    Flux.fromIterable(TokenKeys.named(keys, token.getHeader().getKeyID())));
        }
        PublishedKeys published;
        if (jwkSetUri != null) {
            published = PublishedKeys.at(jwkSetUri, refresh, client, metrics);
        } else if (issuer != null && isUrl(issuer)) {
            published = PublishedKeys.of(issuer, refresh, client, metrics);
        } else {
            return null;
        }
        return decoder(token -> published.keys(token.getHeader().getKeyID()));
    }

    static boolean isUrl(String issuer) {
        return issuer.startsWith("https://") || issuer.startsWith("http://");
    }

    private ReactiveJwtDecoder decoder(Function<SignedJWT, Flux<JWK>> keys) {
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
        if (issuer != null) {
            validators.add(new JwtIssuerValidator(issuer));
        }
        String wanted = audience;
        if (wanted != null) {
            validators.add(new JwtClaimValidator<Collection<String>>(
                    JwtClaimNames.AUD, all -> all != null && all.contains(wanted)));
        }
        if (isStrict) {
            validators.add(new JwtClaimValidator<>(JwtClaimNames.EXP, expires -> expires != null));
            validators.add(
                    new JwtClaimValidator<String>(JwtClaimNames.SUB, subject -> subject != null && !subject.isBlank()));
        }
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(validators));
        return decoder;
    }
}
