package io.tricolor.monitor.load.watch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How load is observed.
 *
 * @param interval between two readings; at most 30 s, since a rule holds without one for a minute
 */
@ConfigurationProperties("tricolor.load")
record LoadProperties(@DefaultValue("15s") Duration interval) {

    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** Throws {@link IllegalArgumentException} for a value out of range, naming its key. */
    LoadProperties {
        if (!interval.isPositive() || interval.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "tricolor.load.interval must be above 0 and at most 30s, not " + interval);
        }
    }
}
