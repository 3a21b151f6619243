package io.tricolor.deploy.script;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where scripts come from and how they run.
 *
 * @param directory where they are kept; null: {@code .tricolor/scripts} in the home of the user
 * @param within how long one may run
 * @param fetchWithin how long a repository may take to answer; whole seconds
 * @param retry how long scripts that could not be read rest before they are tried again
 * @param repositories by name
 */
@ConfigurationProperties("tricolor.scripts")
record ScriptProperties(
        @Nullable Path directory,
        @DefaultValue("5m") Duration within,
        @DefaultValue("30s") Duration fetchWithin,
        @DefaultValue("5s") Duration retry,
        @DefaultValue Map<String, Repository> repositories) {

    /** Throws {@link IllegalArgumentException} for a value that cannot be, naming its key. */
    ScriptProperties {
        if (!within.isPositive() || !retry.isPositive() || fetchWithin.toSeconds() < 1) {
            throw new IllegalArgumentException(
                    "tricolor.scripts.within and .retry must be above 0, .fetch-within at least 1s");
        }
        repositories = repositories == null ? Map.of() : Map.copyOf(repositories);
    }

    Path kept() {
        return directory == null ? Path.of(System.getProperty("user.home"), ".tricolor", "scripts") : directory;
    }

    /**
     * A repository.
     *
     * @param url of https, http or file
     * @param username for basic authentication; null: none
     * @param passwordSecret name of the secret with its password, or with a token in place of one
     */
    record Repository(
            URI url, @Nullable String username, @Nullable String passwordSecret) {

        /** Throws {@link IllegalArgumentException} for what cannot be. */
        Repository {
            if (url == null || url.getScheme() == null || url.getUserInfo() != null) {
                throw new IllegalArgumentException(
                        "a repository of tricolor.scripts has a url, without name and password");
            }
            if ((username == null) != (passwordSecret == null)) {
                throw new IllegalArgumentException(
                        "a repository of tricolor.scripts needs username and password-secret, or none of them");
            }
        }
    }
}
