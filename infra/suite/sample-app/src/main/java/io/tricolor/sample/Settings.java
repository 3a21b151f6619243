package io.tricolor.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the environment and the command line say.
 *
 * @param host address to listen on, the loopback one unless {@code HOST} says another
 * @param port to listen on; 0 picks a free one
 * @param failHealth answers 503 on {@code /health} for ever
 * @param startDelay before the port is opened
 * @param exitAfterRequests requests other than health checks after which the process falls over; 0: never
 * @param failPercent share of the requests other than health checks that are answered 500, 0 to 100
 * @param exitMarker file that a process leaves when it falls over, so that the next one is unhealthy for ever; null:
 *     none
 */
record Settings(
        String host,
        int port,
        String version,
        String cluster,
        String instance,
        boolean failHealth,
        Duration startDelay,
        int exitAfterRequests,
        int failPercent,
        @Nullable Path exitMarker) {

    /** Throws {@link IllegalArgumentException} that names the variable or option which is missing or wrong. */
    static Settings of(Map<String, String> env, List<String> args) {
        String version = env.getOrDefault("TRICOLOR_VERSION", "unversioned");
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            if (arg.startsWith("--version=")) {
                version = arg.substring("--version=".length());
            } else if (arg.equals("--version") && i + 1 < args.size()) {
                version = args.get(++i);
            } else {
                throw new IllegalArgumentException("unknown argument '" + arg + "'; known: --version <version>");
            }
        }
        int port = number(env, "PORT", -1);
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("PORT must be set to a port between 0 and 65535");
        }
        int startDelayMillis = number(env, "START_DELAY_MS", 0);
        if (startDelayMillis < 0) {
            throw new IllegalArgumentException("START_DELAY_MS must not be negative");
        }
        int exitAfterRequests = number(env, "EXIT_AFTER_REQUESTS", 0);
        if (exitAfterRequests < 0) {
            throw new IllegalArgumentException("EXIT_AFTER_REQUESTS must not be negative");
        }
        int failPercent = number(env, "FAIL_PERCENT", 0);
        if (failPercent < 0 || failPercent > 100) {
            throw new IllegalArgumentException("FAIL_PERCENT must be between 0 and 100");
        }
        String marker = env.get("EXIT_MARKER");
        return new Settings(
                env.getOrDefault("HOST", "127.0.0.1"),
                port,
                version,
                env.getOrDefault("TRICOLOR_CLUSTER", "none"),
                instance(env),
                "1".equals(env.get("FAIL_HEALTH")),
                Duration.ofMillis(startDelayMillis),
                exitAfterRequests,
                failPercent,
                marker == null || marker.isBlank() ? null : Path.of(marker));
    }

    private static String instance(Map<String, String> env) {
        String id = env.getOrDefault("MESOS_TASK_ID", env.get("TRICOLOR_INSTANCE"));
        return id == null ? "pid-" + ProcessHandle.current().pid() : id;
    }

    /** Whether an earlier process of this version fell over for good. */
    boolean hasFallenOver() {
        return exitMarker != null && Files.exists(exitMarker);
    }

    private static int number(Map<String, String> env, String name, int otherwise) {
        String text = env.get(name);
        if (text == null || text.isBlank()) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " must be a whole number, not '" + text + "'", e);
        }
    }
}
