package io.tricolor.deploy.orchestrator;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.ConstructorBinding;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Marathon is, and who this service is to it.
 *
 * @param url of each instance of Marathon, without a slash at the end; redirects lead to these alone
 * @param timeout of one call
 * @param killGrace how long an instance may take to end by itself before it is killed; whole seconds
 * @param username shown with the password of {@code passwordFile}; null: no basic authentication
 * @param passwordFile read anew for every call
 * @param tokenFile holds a token; read anew for every call; null: none
 * @param tokenScheme how it is shown
 * @param ca PEM file of who vouches for Marathon's certificate; null: those that the JVM trusts
 * @param certificate PEM file that this service shows, with {@code key}
 * @param key PEM file of its private key
 */
@ConfigurationProperties("tricolor.marathon")
record MarathonProperties(
        @DefaultValue("http://127.0.0.1:8410") List<URI> url,
        @DefaultValue("5s") Duration timeout,
        @DefaultValue("15s") Duration killGrace,
        @Nullable String username,
        @Nullable Path passwordFile,
        @Nullable Path tokenFile,
        @DefaultValue("BEARER") TokenScheme tokenScheme,
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key) {

    private static final Set<String> SCHEMES = Set.of("http", "https");

    /** How a token stands in the header {@code Authorization}. */
    enum TokenScheme {
        /** {@code Bearer <token>}. */
        BEARER("Bearer "),
        /** {@code token=<token>}, as DC/OS wants it. */
        DCOS("token=");

        private final String prefix;

        TokenScheme(String prefix) {
            this.prefix = prefix;
        }

        String header(String token) {
            return prefix + token;
        }
    }

    /** Throws {@link IllegalArgumentException} for a value that cannot be, naming its key. */
    @ConstructorBinding
    MarathonProperties {
        url = List.copyOf(url);
        if (url.isEmpty()) {
            throw new IllegalArgumentException("tricolor.marathon.url is empty");
        }
        for (URI each : url) {
            if (each.getScheme() == null
                    || !SCHEMES.contains(each.getScheme())
                    || each.getHost() == null
                    || each.getUserInfo() != null) {
                throw new IllegalArgumentException(
                        "tricolor.marathon.url has addresses like https://marathon:8443, without name and password");
            }
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("tricolor.marathon.timeout must be above 0, not " + timeout);
        }
        if (killGrace.toSeconds() < 1) {
            throw new IllegalArgumentException("tricolor.marathon.kill-grace must be at least 1s, not " + killGrace);
        }
        if ((username == null) != (passwordFile == null)) {
            throw new IllegalArgumentException(
                    "tricolor.marathon.username and tricolor.marathon.password-file go together");
        }
        if (username != null && tokenFile != null) {
            throw new IllegalArgumentException(
                    "tricolor.marathon has username or token-file: one header cannot have both");
        }
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("tricolor.marathon.certificate and tricolor.marathon.key go together");
        }
    }

    /** One that asks for nothing. */
    MarathonProperties(URI url, Duration timeout, Duration killGrace) {
        this(List.of(url), timeout, killGrace, null, null, null, TokenScheme.BEARER, null, null, null);
    }
}
