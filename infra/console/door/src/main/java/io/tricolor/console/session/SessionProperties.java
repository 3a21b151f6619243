package io.tricolor.console.session;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long people stay logged in.
 *
 * @param url by which browsers reach the console, without a path; null: as each request says. With https cookies are
 *     for https alone
 * @param suite name that people see
 * @param version that people see
 * @param idle after so long without a request a session ends
 * @param longest after so long it ends whatever happens
 * @param sessions at the same time
 */
@ConfigurationProperties("tricolor.console")
public record SessionProperties(
        @Nullable URI url,
        @DefaultValue("Tricolor") String suite,
        @DefaultValue("0.1.0-SNAPSHOT") String version,
        @DefaultValue("30m") Duration idle,
        @DefaultValue("12h") Duration longest,
        @DefaultValue("5000") int sessions) {

    /** Throws {@link IllegalArgumentException} for a value that cannot be. */
    public SessionProperties {
        Map.of("idle", idle, "longest", longest).forEach((name, time) -> {
            if (!time.isPositive()) {
                throw new IllegalArgumentException("tricolor.console." + name + " must be above 0, not " + time);
            }
        });
        if (sessions < 1) {
            throw new IllegalArgumentException("tricolor.console.sessions must be above 0, not " + sessions);
        }
        if (url != null
                && (url.getHost() == null
                        || !Set.of("http", "https").contains(String.valueOf(url.getScheme()))
                        || !Set.of("", "/").contains(String.valueOf(url.getRawPath())))) {
            throw new IllegalArgumentException(
                    "tricolor.console.url is http or https with a host and without a path, not " + url);
        }
    }
}
