package io.tricolor.console.login;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How people get in.
 *
 * @param codeLife how long a one-time code is good
 * @param oidc the identity provider; null: there are codes alone
 */
@ConfigurationProperties("tricolor.console")
record LoginProperties(
        @DefaultValue("2m") Duration codeLife, @Nullable Oidc oidc) {

    /**
     * The client that the provider knows this console as.
     *
     * @param issuer of the provider; null: the one whose tokens the services take
     * @param clientSecretFile null: a public client, which has no secret
     * @param scopes that are asked for
     */
    record Oidc(
            String clientId,
            @Nullable String issuer,
            @Nullable Path clientSecretFile,
            @DefaultValue({"openid", "profile"}) List<String> scopes) {

        /** Refuses a client without a name. */
        Oidc {
            if (clientId == null || clientId.isBlank()) {
                throw new IllegalArgumentException("tricolor.console.oidc.client-id is missing");
            }
        }
    }

    /** Throws {@link IllegalArgumentException} for a time that is not above zero. */
    LoginProperties {
        if (!codeLife.isPositive()) {
            throw new IllegalArgumentException("tricolor.console.code-life must be above 0, not " + codeLife);
        }
    }
}
