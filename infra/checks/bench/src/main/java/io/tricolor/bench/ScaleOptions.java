package io.tricolor.bench;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How much {@link ScaleBenchmark} runs. Bounded, since it takes the machine for itself.
 *
 * @param parts what is measured
 * @param groups of the smaller suite
 * @param routers that follow them
 * @param largeGroups of the larger suite
 * @param largeRouters that follow those
 * @param seconds of each load and of each time of rest
 * @param changes tables whose way to all routers is timed
 * @param connections that send commands as fast as they are answered
 * @param rate commands a second when latency is measured
 * @param events of the long stream
 * @param reads of each kind of the long and of the short stream
 * @param heapMiB of strategy-service
 * @param out where the report goes
 */
record ScaleOptions(
        Set<Part> parts,
        int groups,
        int routers,
        int largeGroups,
        int largeRouters,
        int seconds,
        int changes,
        int connections,
        int rate,
        int events,
        int reads,
        int heapMiB,
        Path out) {

    /** What can be measured. */
    enum Part {
        IDLE,
        APPLY,
        COMMANDS,
        LONG,
        LARGE
    }

    static final String HELP = """
            Usage: ./tricolor bench scale [OPTION VALUE]...
            One strategy-service with PostgreSQL (fsync on), Kafka and local-consul, and simulated routers that follow every group.

              --parts idle,apply,commands,long,large   what is measured; all of it without this
              --groups 1000         groups of idle, apply and commands (10 to 5000)
              --routers 20          routers of idle and apply (1 to 100)
              --large-groups 5000   groups of large (10 to 10000)
              --large-routers 100   routers of large (1 to 200)
              --seconds 60          of rest, and of each load of commands (1 to 120)
              --changes 200         tables whose way to all routers is timed (10 to 2000)
              --connections 16      that send commands as fast as they are answered (1 to 200)
              --rate 100            commands a second when their latency is measured (1 to 1000)
              --events 30000        of the long stream (1000 to 100000); the short one has 30
              --reads 100           of each kind (10 to 1000)
              --heap 512            of strategy-service, MiB (128 to 4096)
              --out DIR             where the report goes (target/bench)

            Ends with a table that says which goals are met. At most 30 minutes; 12 or so as it stands.
            """;

    private static final Set<String> NAMES = Set.of(
            "parts",
            "groups",
            "routers",
            "large-groups",
            "large-routers",
            "seconds",
            "changes",
            "connections",
            "rate",
            "events",
            "reads",
            "heap",
            "out");

    /** Throws {@link IllegalArgumentException} that names the option which is unknown or out of range. */
    static ScaleOptions parse(List<String> words, Path out) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            String name = words.get(i).startsWith("--") ? words.get(i).substring(2) : "";
            if (!NAMES.contains(name) || i + 1 == words.size()) {
                throw new IllegalArgumentException("not an option with its value: " + words.get(i));
            }
            given.put(name, words.get(i + 1));
        }
        return new ScaleOptions(
                parts(given.get("parts")),
                number(given, "groups", 1_000, 10, 5_000),
                number(given, "routers", 20, 1, 100),
                number(given, "large-groups", 5_000, 10, 10_000),
                number(given, "large-routers", 100, 1, 200),
                number(given, "seconds", 60, 1, 120),
                number(given, "changes", 200, 10, 2_000),
                number(given, "connections", 16, 1, 200),
                number(given, "rate", 100, 1, 1_000),
                number(given, "events", 30_000, 1_000, 100_000),
                number(given, "reads", 100, 10, 1_000),
                number(given, "heap", 512, 128, 4_096),
                Path.of(given.getOrDefault("out", out.toString())).toAbsolutePath());
    }

    private static Set<Part> parts(@Nullable String names) {
        if (names == null) {
            return EnumSet.allOf(Part.class);
        }
        Set<Part> parts = EnumSet.noneOf(Part.class);
        for (String name : names.split(",", -1)) {
            try {
                parts.add(Part.valueOf(name.strip().toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "--parts names some of idle, apply, commands, long, large, not " + name, e);
            }
        }
        return parts;
    }

    private static int number(Map<String, String> given, String name, int otherwise, int from, int to) {
        String text = given.getOrDefault(name, Integer.toString(otherwise));
        try {
            int number = Integer.parseInt(text);
            if (number >= from && number <= to) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + " takes a whole number, not " + text, e);
        }
        throw new IllegalArgumentException("--" + name + " must be from " + from + " to " + to + ", not " + text);
    }

    boolean has(Part part) {
        return parts.contains(part);
    }
}
