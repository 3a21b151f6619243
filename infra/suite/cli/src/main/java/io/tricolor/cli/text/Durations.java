package io.tricolor.cli.text;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** Durations and instants as people write and read them. */
public final class Durations {

    private static final DateTimeFormatter MOMENT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private Durations() {}

    /**
     * Of {@code 90s}, {@code 15m}, {@code 12h}, {@code 2d}, {@code 500ms}, or in the ISO form.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static Duration parse(String text) {
        if (text.matches("[0-9]{1,9}(ms|s|m|h|d)")) {
            long amount = Long.parseLong(text.replaceAll("[a-z]", ""));
            return switch (text.replaceAll("[0-9]", "")) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
        try {
            Duration duration = Duration.parse(text);
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(unknown(text), e);
        }
        throw new IllegalArgumentException(unknown(text));
    }

    private static String unknown(String text) {
        return "'" + text + "' is no time such as 500ms, 90s, 15m, 12h or 2d";
    }

    /** In the two largest units: {@code 1 h 5 min}. */
    public static String words(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3600) {
            return joined(seconds / 60, "min", seconds % 60, "s");
        }
        if (seconds < 86_400) {
            return joined(seconds / 3600, "h", seconds % 3600 / 60, "min");
        }
        return joined(seconds / 86_400, "d", seconds % 86_400 / 3600, "h");
    }

    private static String joined(long big, String bigUnit, long small, String smallUnit) {
        return big + " " + bigUnit + (small == 0 ? "" : " " + small + " " + smallUnit);
    }

    /** A duration of an API in words; what is none stays as it is. */
    public static String words(String iso) {
        try {
            return words(Duration.parse(iso));
        } catch (DateTimeParseException e) {
            return iso;
        }
    }

    /** An instant of an API in the local time zone; what is none stays as it is. */
    public static String moment(String instant) {
        try {
            return LocalDateTime.ofInstant(Instant.parse(instant), ZoneId.systemDefault())
                    .format(MOMENT);
        } catch (DateTimeException e) {
            return instant;
        }
    }
}
