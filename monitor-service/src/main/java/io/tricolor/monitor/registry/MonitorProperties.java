package io.tricolor.monitor.registry;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the monitor looks.
 *
 * @param interval between two rounds of sightings
 * @param timeout of one call
 * @param equalSightings so many equal sightings in a row make a change
 * @param staleAfter what is older than this says nothing any more
 * @param allowedHosts the only hosts that are called because somebody registered or reported them; literal names and addresses
 */
@ConfigurationProperties("tricolor.monitor")
public record MonitorProperties(
        @DefaultValue("1s") Duration interval,
        @DefaultValue("2s") Duration timeout,
        @DefaultValue("2") int equalSightings,
        @DefaultValue("5s") Duration staleAfter,
        @DefaultValue({"127.0.0.1", "localhost", "[::1]"}) Set<String> allowedHosts) {

    private static final int MOST_SIGHTINGS = 100;

    /** Throws {@link IllegalArgumentException} for a value out of range, naming its key. */
    public MonitorProperties {
        requirePositive("interval", interval);
        requirePositive("timeout", timeout);
        requirePositive("stale-after", staleAfter);
        if (equalSightings < 1 || equalSightings > MOST_SIGHTINGS) {
            throw new IllegalArgumentException(
                    "tricolor.monitor.equal-sightings must be from 1 to " + MOST_SIGHTINGS + ", not " + equalSightings);
        }
        allowedHosts = Set.copyOf(allowedHosts);
    }

    private static void requirePositive(String key, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException("tricolor.monitor." + key + " must be above 0, not " + value);
        }
    }
}
