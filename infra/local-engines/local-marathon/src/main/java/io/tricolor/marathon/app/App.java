package io.tricolor.marathon.app;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A definition at one version.
 *
 * @param lastConfigChangeAt version that last changed more than the number of instances; instances started at an
 *     earlier one are old
 */
public record App(AppDefinition definition, Instant version, Instant lastScalingAt, Instant lastConfigChangeAt) {

    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** Path of the app. */
    public String id() {
        return definition.id();
    }

    /** A time as the API writes it: UTC, milliseconds. */
    public static String timestamp(Instant time) {
        return TIMESTAMP.format(time);
    }
}
