package io.tricolor.standalone.suite;

import java.time.Duration;

/**
 * How long to wait before a process is started again: {@code first}, then twice as long each time, up to
 * {@code longest}.
 *
 * @param calm a process that ran this long is started again as if it had never failed
 */
record Backoff(Duration first, Duration longest, Duration calm) {

    static Backoff standard() {
        return new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofMinutes(1));
    }

    /** Pause after {@code failures} in a row; none or one give the first pause. */
    Duration pause(int failures) {
        Duration pause = first;
        for (int i = 1; i < failures && pause.compareTo(longest) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(longest) < 0 ? pause : longest;
    }
}
