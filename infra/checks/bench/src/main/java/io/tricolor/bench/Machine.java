package io.tricolor.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Where and when something was measured.
 *
 * @param processor model name
 * @param load average of one minute
 */
record Machine(Instant at, String system, String processor, int processors, long memoryMiB, String java, double load) {

    private static final Path CPU = Path.of("/proc/cpuinfo");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Path LOAD = Path.of("/proc/loadavg");

    static Machine now() {
        return new Machine(
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                value(CPU, "model name"),
                Runtime.getRuntime().availableProcessors(),
                kibibytes(value(MEMORY, "MemTotal")) / 1024,
                System.getProperty("java.vendor.version", "") + " " + Runtime.version(),
                loadNow());
    }

    /** The load average of the last minute, -1 where the machine does not tell. */
    static double loadNow() {
        List<String> lines = lines(LOAD);
        return lines.isEmpty() ? -1 : Double.parseDouble(lines.getFirst().split(" ", -1)[0]);
    }

    private static String value(Path file, String key) {
        return lines(file).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static long kibibytes(String text) {
        String digits = text.replaceAll("[^0-9]", "");
        return digits.isEmpty() ? 0 : Long.parseLong(digits);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
