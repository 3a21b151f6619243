package io.tricolor.kit.loop;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When something is stuck.
 *
 * @param limit how long a loop, relay, consumer or processor may stand still with work to do before health says so
 */
@ConfigurationProperties("tricolor.progress")
record ProgressProperties(@DefaultValue("30s") Duration limit) {

    /** Throws {@link IllegalArgumentException} for a limit that is not above zero. */
    ProgressProperties {
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("tricolor.progress.limit must be above 0, not " + limit);
        }
    }
}
