package io.tricolor.gateway;

import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The router itself.
 *
 * @param routerId stable over restarts, unique among routers; null: {@code gateway-<host>-<port>}
 * @param stateDir where the last good tables and instances are kept
 * @param listInterval how often the copies of tables in Consul are read while strategy-service does not answer, and
 *     how long it is left alone
 *     after a failure, at most 1 s
 * @param startWait how long a start waits for the first answer of strategy-service or Consul before it serves what is
 *     on disk
 * @param longPoll how long a request for news may wait there and in Consul
 * @param reportInterval how often the router reports while nothing changes
 * @param maxAttempts instances of the cluster that are tried for one request, from 1
 * @param suspicion how long an instance that could not be connected to is avoided
 * @param connectTimeout until a connection to an instance stands
 * @param responseTimeout until an answer begins
 * @param fallThrough whether requests without an entry go on to other routes of the application; when not they are
 *     answered by 404
 * @param routeOrder where Tricolor's route stands among the routes of the application; lower comes first
 * @param panic whether requests go on to the instances that were healthy last, as long as they are registered, when
 *     no instance of any cluster is healthy
 * @param trustLanes whether the lanes that requests name are followed; only where all requests come from instances of
 *     applications
 */
@Validated
@ConfigurationProperties("tricolor.gateway")
record GatewaySettings(
        @Nullable String routerId,
        @DefaultValue(".tricolor/gateway") Path stateDir,
        @DefaultValue("2s") Duration listInterval,
        @DefaultValue("2s") Duration startWait,
        @DefaultValue("20s") Duration longPoll,
        @DefaultValue("5s") Duration reportInterval,
        @DefaultValue("3") @Min(1) int maxAttempts,
        @DefaultValue("1s") Duration suspicion,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("60s") Duration responseTimeout,
        @DefaultValue("true") boolean fallThrough,
        @DefaultValue("-1000") int routeOrder,
        @DefaultValue("true") boolean panic,
        @DefaultValue("false") boolean trustLanes) {

    /**
     * How tokens of users are verified, for claims that name the id. Not the token that the router itself shows.
     *
     * @param publicKey PEM file with one or more public keys, P-256, P-384, P-521 or RSA
     * @param jwkSetUri where an identity provider publishes its keys; instead of {@code publicKey}
     * @param issuer that tokens must have; null: any; where neither of the above is set, a URL whose OpenID
     *     configuration says where the keys are published
     * @param audience that tokens must be for; null: any
     * @param refreshInterval how old published keys may become before they are read again
     * @param refreshPause the least time between two readings, however many unknown keys tokens name
     */
    @Validated
    @ConfigurationProperties("tricolor.gateway.jwt")
    record Jwt(
            @Nullable Path publicKey,
            @Nullable URI jwkSetUri,
            @Nullable String issuer,
            @Nullable String audience,
            @DefaultValue("5m") Duration refreshInterval,
            @DefaultValue("10s") Duration refreshPause) {

        @AssertTrue(message = "tricolor.gateway.jwt.public-key and tricolor.gateway.jwt.jwk-set-uri exclude each other")
        boolean isOneKeySource() {
            return publicKey == null || jwkSetUri == null;
        }
    }

    /**
     * strategy-service.
     *
     * @param url of each of its instances; when one fails the next one is asked
     */
    @Validated
    @ConfigurationProperties("tricolor.strategy")
    record Strategy(
            @DefaultValue("http://127.0.0.1:8401") @NotEmpty
            List<
                            @Pattern(
                                    regexp = "https?://[^/?#@\\s]+(/[^?#\\s]*)?",
                                    message = "must be an http or https URL")
                            String>
                    url) {}

    /**
     * Consul, or what speaks its API.
     *
     * @param tokenFile holds the ACL token; read anew for every call; null: none is sent
     * @param ca PEM file of who vouches for its certificate; null: those that the JVM trusts
     * @param certificate PEM file that is shown to it, with {@code key}
     * @param key PEM file of the private key
     */
    @Validated
    @ConfigurationProperties("tricolor.consul")
    record Consul(
            @DefaultValue("http://127.0.0.1:8411") @NotBlank String url,
            @Nullable Path tokenFile,
            @Nullable Path ca,
            @Nullable Path certificate,
            @Nullable Path key) {

        @AssertTrue(message = "tricolor.consul.certificate and tricolor.consul.key go together")
        boolean isWhole() {
            return (certificate == null) == (key == null);
        }
    }

    /**
     * Who this router is to strategy-service; and whose tokens count on its own port of operations, where that is
     * closed: the same settings as those of the services.
     *
     * @param tokenFile holds the bearer token; read anew for every call, so that it can be renewed; null: none is sent
     * @param closed whether metrics and the details of health need a token
     * @param publicKey PEM file with the public keys that tokens are verified with
     * @param jwkSetUri where an identity provider publishes its keys; instead of {@code publicKey}
     * @param issuer that every token has; where neither of the above is set, a URL whose OpenID configuration says
     *     where the keys are published
     * @param audience that every token is for
     * @param rolesClaim where the roles are: the name of a claim, or a path through objects with dots between the names
     * @param roleMapping our roles by the names that the provider gives them; when there is any, names without one
     *     count for nothing
     * @param refreshInterval how old published keys may become before they are read again
     * @param refreshPause the least time between two readings, however many unknown keys tokens name
     */
    @Validated
    @ConfigurationProperties("tricolor.security")
    record Security(
            @Nullable Path tokenFile,
            @DefaultValue("false") boolean closed,
            @Nullable Path publicKey,
            @Nullable URI jwkSetUri,
            @DefaultValue("tricolor") @NotBlank String issuer,
            @DefaultValue("tricolor") @NotBlank String audience,
            @DefaultValue("roles") @NotBlank String rolesClaim,
            @DefaultValue Map<String, List<String>> roleMapping,
            @DefaultValue("5m") Duration refreshInterval,
            @DefaultValue("10s") Duration refreshPause) {

        Security {
            roleMapping.forEach((theirs, ours) -> {
                if (!OperationsGuard.ROLES.containsAll(ours)) {
                    throw new IllegalArgumentException("tricolor.security.role-mapping: " + theirs + " is mapped to "
                            + ours + "; there are the roles " + new TreeSet<>(OperationsGuard.ROLES));
                }
            });
        }

        @AssertTrue(
                message = "tricolor.security.closed needs one of tricolor.security.public-key and "
                        + "tricolor.security.jwk-set-uri, or neither and a tricolor.security.issuer that is a URL")
        boolean isOneKeySource() {
            if (!closed) {
                return true;
            }
            if (publicKey != null) {
                return jwkSetUri == null;
            }
            return jwkSetUri != null || TrustedIssuer.isUrl(issuer);
        }

        /** Whose tokens count on the port of operations. */
        TrustedIssuer operators() {
            return new TrustedIssuer(
                    "tricolor.security",
                    publicKey,
                    jwkSetUri,
                    issuer,
                    audience,
                    new TrustedIssuer.Refresh(refreshInterval, refreshPause),
                    true);
        }
    }
}
