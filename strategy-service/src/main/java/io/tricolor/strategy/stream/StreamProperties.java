package io.tricolor.strategy.stream;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Bounds of the live stream.
 *
 * @param clients how many may listen to this instance at the same time
 * @param ping the longest time without a line on an open connection
 * @param patience how long a client may take nothing of what is there for it before it is cut
 */
@ConfigurationProperties("tricolor.stream")
record StreamProperties(
        @DefaultValue("1000") int clients,
        @DefaultValue("10s") Duration ping,
        @DefaultValue("30s") Duration patience) {

    /** Throws {@link IllegalArgumentException} for a value that is not above zero. */
    StreamProperties {
        if (clients < 1) {
            throw new IllegalArgumentException("tricolor.stream.clients must be above 0, not " + clients);
        }
        if (!ping.isPositive()) {
            throw new IllegalArgumentException("tricolor.stream.ping must be above 0, not " + ping);
        }
        if (!patience.isPositive()) {
            throw new IllegalArgumentException("tricolor.stream.patience must be above 0, not " + patience);
        }
    }
}
