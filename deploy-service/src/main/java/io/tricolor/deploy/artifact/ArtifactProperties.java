package io.tricolor.deploy.artifact;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How artifacts are read for the comparison with their hash.
 *
 * @param within how long all of one may take
 * @param maxSize of one
 * @param atOnce how many are read at the same time
 * @param retry how long one that could not be read rests before it is tried again
 */
@ConfigurationProperties("tricolor.artifacts")
record ArtifactProperties(
        @DefaultValue("10m") Duration within,
        @DefaultValue("4GB") DataSize maxSize,
        @DefaultValue("4") int atOnce,
        @DefaultValue("5s") Duration retry) {

    /** Throws {@link IllegalArgumentException} for a value that is not above zero. */
    ArtifactProperties {
        if (!within.isPositive() || !retry.isPositive()) {
            throw new IllegalArgumentException("tricolor.artifacts.within and .retry must be above 0");
        }
        if (maxSize.toBytes() < 1 || atOnce < 1) {
            throw new IllegalArgumentException("tricolor.artifacts.max-size and .at-once must be above 0");
        }
    }
}
