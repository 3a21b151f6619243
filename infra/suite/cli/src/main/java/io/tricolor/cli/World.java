package io.tricolor.cli;

import io.tricolor.cli.text.Terminal;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command finds around itself.
 *
 * @param home where this user's settings are
 * @param directory where the command was typed
 * @param checkout of Tricolor, when the script {@code ./tricolor} has started this; else null
 * @param user name of this user on this machine
 */
public record World(
        Map<String, String> environment,
        Path home,
        Path directory,
        @Nullable Path checkout,
        String user,
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        Terminal terminal,
        Time time) {

    /** Time that passes; a test lets it pass at once. */
    public interface Time {

        /** Never steps back. */
        Duration passed();

        Instant now();

        void pause(Duration time) throws InterruptedException;
    }

    /** The real one. */
    public static World real() {
        String checkout = System.getProperty("tricolor.home");
        return new World(
                System.getenv(),
                Path.of(System.getProperty("user.home")),
                Path.of("").toAbsolutePath(),
                checkout == null ? null : Path.of(checkout),
                System.getProperty("user.name"),
                System.in,
                new PrintWriter(System.out, false, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                Terminal.of(System.getenv()),
                new RealTime());
    }

    /** The value of a variable; null when it is not set or empty. */
    public @Nullable String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value;
    }

    private static final class RealTime implements Time {

        private final long began = System.nanoTime();

        @Override
        public Duration passed() {
            return Duration.ofNanos(System.nanoTime() - began);
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void pause(Duration time) throws InterruptedException {
            Thread.sleep(time);
        }
    }
}
