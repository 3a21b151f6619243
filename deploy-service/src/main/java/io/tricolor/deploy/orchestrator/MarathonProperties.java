package io.tricolor.deploy.orchestrator;

import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Marathon is.
 *
 * @param url without a slash at the end
 * @param timeout of one call
 * @param killGrace how long an instance may take to end by itself before it is killed; whole seconds
 */
@ConfigurationProperties("tricolor.marathon")
record MarathonProperties(
        @DefaultValue("http://127.0.0.1:8410") URI url,
        @DefaultValue("5s") Duration timeout,
        @DefaultValue("15s") Duration killGrace) {

    /** Throws {@link IllegalArgumentException} for a duration that is not above zero. */
    MarathonProperties {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("tricolor.marathon.timeout must be above 0, not " + timeout);
        }
        if (killGrace.toSeconds() < 1) {
            throw new IllegalArgumentException("tricolor.marathon.kill-grace must be at least 1s, not " + killGrace);
        }
    }
}
