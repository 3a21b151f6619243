package io.tricolor.deploy.artifact;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How artifacts are read, compared with their hash, and kept.
 *
 * @param within how long all of one may take
 * @param maxSize of one
 * @param atOnce how many are read at the same time
 * @param retry how long one that could not be read rests before it is tried again
 * @param url where orchestrators reach this service, without a slash at the end; null: nothing is kept, and
 *     orchestrators read from the origin
 * @param directory of the content that is kept; null: {@code .tricolor/artifacts} in the home of the user
 * @param keep how much content that no release names is kept
 * @param hosts that may be read from: names, {@code *.suffix}, or networks as {@code 10.0.0.0/8}; none: all but
 *     link-local ones
 * @param files directories that {@code file:} artifacts may lie in; none: any
 * @param repositories by name
 */
@ConfigurationProperties("tricolor.artifacts")
record ArtifactProperties(
        @DefaultValue("10m") Duration within,
        @DefaultValue("4GB") DataSize maxSize,
        @DefaultValue("4") int atOnce,
        @DefaultValue("5s") Duration retry,
        @Nullable URI url,
        @Nullable Path directory,
        @DefaultValue("10GB") DataSize keep,
        @DefaultValue List<String> hosts,
        @DefaultValue List<Path> files,
        @DefaultValue Map<String, Repository> repositories) {

    /** Throws {@link IllegalArgumentException} for a value that is not above zero. */
    ArtifactProperties {
        if (!within.isPositive() || !retry.isPositive()) {
            throw new IllegalArgumentException("tricolor.artifacts.within and .retry must be above 0");
        }
        if (maxSize.toBytes() < 1 || atOnce < 1) {
            throw new IllegalArgumentException("tricolor.artifacts.max-size and .at-once must be above 0");
        }
        hosts = hosts == null ? List.of() : List.copyOf(hosts);
        files = files == null ? List.of() : List.copyOf(files);
        repositories = repositories == null ? Map.of() : Map.copyOf(repositories);
    }

    /** All but the store at its usual. */
    static ArtifactProperties usual(@Nullable URI url, @Nullable Path directory) {
        return new ArtifactProperties(
                Duration.ofMinutes(10),
                DataSize.ofGigabytes(4),
                4,
                Duration.ofSeconds(5),
                url,
                directory,
                DataSize.ofGigabytes(10),
                List.of(),
                List.of(),
                Map.of());
    }

    /**
     * Where artifacts are had from.
     *
     * @param url of a Maven layout, or of a container registry, without a slash at the end
     * @param mirrors that have the same and are tried in turn when it does not answer; without a slash at the end
     * @param username for basic authentication; null: none
     * @param passwordSecret name of the secret with the password of {@code username}
     * @param tokenSecret name of the secret with a bearer token, in place of a user
     */
    record Repository(
            URI url,
            @DefaultValue List<URI> mirrors,
            @Nullable String username,
            @Nullable String passwordSecret,
            @Nullable String tokenSecret) {

        /** Throws {@link IllegalArgumentException} for what cannot be. */
        Repository {
            if (url == null || url.getHost() == null) {
                throw new IllegalArgumentException("a repository of tricolor.artifacts has no url with a host");
            }
            if (username != null && tokenSecret != null) {
                throw new IllegalArgumentException("repository " + url + " has a user or a token, not both");
            }
            if ((username == null) != (passwordSecret == null)) {
                throw new IllegalArgumentException("repository " + url + " needs username and password-secret");
            }
            mirrors = mirrors == null ? List.of() : List.copyOf(mirrors);
        }
    }
}
