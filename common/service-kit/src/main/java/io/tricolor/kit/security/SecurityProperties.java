package io.tricolor.kit.security;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotBlank;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where tokens come from.
 *
 * @param publicKey PEM file with the ES256 public key that tokens are verified with
 * @param jwkSetUri where an identity provider publishes its keys; instead of {@code publicKey}
 * @param tokenFile file with the bearer token that this service shows to others; read again when it changes
 */
@Validated
@ConfigurationProperties("tricolor.security")
record SecurityProperties(
        @Nullable Path publicKey,
        @Nullable URI jwkSetUri,
        @NotBlank @DefaultValue("tricolor") String issuer,
        @NotBlank @DefaultValue("tricolor") String audience,
        @Nullable Path tokenFile) {

    @AssertTrue(message = "exactly one of tricolor.security.public-key and tricolor.security.jwk-set-uri must be set")
    boolean isOneKeySource() {
        return (publicKey == null) != (jwkSetUri == null);
    }
}
