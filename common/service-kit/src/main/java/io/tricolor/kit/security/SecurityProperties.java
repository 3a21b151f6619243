package io.tricolor.kit.security;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotBlank;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where tokens come from, and what their claims mean.
 *
 * @param publicKey PEM file with the public keys, RSA or EC, that tokens are verified with
 * @param jwkSetUri where an identity provider publishes its keys; instead of {@code publicKey}
 * @param issuer that every token has; where neither of the above is set, a URL whose OpenID configuration says where
 *     the keys are published
 * @param audience that every token is for
 * @param rolesClaim where the roles are: the name of a claim, or a path through objects with dots between the names
 * @param roleMapping our roles by the names that the provider gives them; when there is any, names without one count
 *     for nothing
 * @param refreshInterval how old published keys may become before they are read again
 * @param refreshPause the least time between two readings, however many unknown keys tokens name
 * @param tokenFile file with the bearer token that this service shows to others; read again when it changes
 */
@Validated
@ConfigurationProperties("tricolor.security")
record SecurityProperties(
        @Nullable Path publicKey,
        @Nullable URI jwkSetUri,
        @NotBlank @DefaultValue("tricolor") String issuer,
        @NotBlank @DefaultValue("tricolor") String audience,
        @NotBlank @DefaultValue("roles") String rolesClaim,
        @DefaultValue Map<String, List<String>> roleMapping,
        @DefaultValue("5m") Duration refreshInterval,
        @DefaultValue("10s") Duration refreshPause,
        @Nullable Path tokenFile) {

    SecurityProperties {
        roleMapping.forEach((theirs, ours) -> {
            for (String role : ours) {
                if (!Roles.ALL.contains(role)) {
                    throw new IllegalArgumentException("tricolor.security.role-mapping: " + theirs + " is mapped to "
                            + role + ", which is no role; there are " + Roles.ALL);
                }
            }
        });
    }

    @AssertTrue(
            message = "set one of tricolor.security.public-key and tricolor.security.jwk-set-uri, or neither and "
                    + "a tricolor.security.issuer that is a URL")
    boolean isOneKeySource() {
        if (publicKey != null) {
            return jwkSetUri == null;
        }
        return jwkSetUri != null || issuer.startsWith("https://") || issuer.startsWith("http://");
    }
}
