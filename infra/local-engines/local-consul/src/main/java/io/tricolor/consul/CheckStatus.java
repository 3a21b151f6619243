package io.tricolor.consul;

import java.util.Locale;
import java.util.Optional;

/** What a check says. */
enum CheckStatus {
    PASSING,
    WARNING,
    CRITICAL;

    /** The word of the API. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<CheckStatus> of(String word) {
        return switch (word) {
            case "passing" -> Optional.of(PASSING);
            case "warning" -> Optional.of(WARNING);
            case "critical" -> Optional.of(CRITICAL);
            default -> Optional.empty();
        };
    }
}
