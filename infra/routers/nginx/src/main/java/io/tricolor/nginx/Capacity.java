package io.tricolor.nginx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What nginx has to be given so that so many groups and services are followed by so many workers. A dictionary that is
 * full refuses, and says so; it throws nothing away.
 *
 * @param timers that may run and may be due at a time, in one worker
 * @param connections of a worker beyond those of users: a timer takes one, and so does what it asks
 * @param sharedMemory of tables and instances, as nginx writes sizes
 * @param workerMemory of what workers say of groups
 * @param metricsMemory of counters
 */
record Capacity(int timers, int connections, String sharedMemory, String workerMemory, String metricsMemory) {

    /** Timers of a worker that follow no service: its pulse, reports, tables, keys, and tables that wait for lists. */
    private static final int OTHER_TIMERS = 64;

    /**
     * A table with inline rules, and its instances twice: nginx takes whole pages of 4 KiB for what is larger than one
     * half.
     */
    private static final int KIB_OF_A_GROUP = 32;

    /** What one worker says of one group with some 50 instances that have requests. */
    private static final int KIB_OF_A_WORD = 4;

    /** Some 40 samples of each of two clusters. */
    private static final int KIB_OF_A_SERVICE = 24;

    static Capacity of(Settings settings, String workers) {
        int groups = settings.number("tricolor.nginx.groups", 1_000, 1, 100_000);
        int services = settings.number("tricolor.nginx.services", 2 * groups, 1, 200_000);
        int count = workers.equals("auto") ? processors() : Integer.parseInt(workers);
        int timers = services + OTHER_TIMERS;
        return new Capacity(
                timers,
                2 * timers,
                size(settings, "tricolor.nginx.shared-memory", 64, (long) groups * KIB_OF_A_GROUP),
                // Workers of an old configuration are there beside those of a new one.
                size(settings, "tricolor.nginx.worker-memory", 16, 2L * count * groups * KIB_OF_A_WORD),
                size(settings, "tricolor.nginx.metrics-memory", 16, (long) services * KIB_OF_A_SERVICE));
    }

    private static String size(Settings settings, String name, long leastMib, long kib) {
        return settings.matching(name, Math.max(leastMib, (kib + 1_023) / 1_024) + "m", "[1-9][0-9]{0,5}[kKmM]");
    }

    /** As nginx counts them, which knows nothing of limits that a container sets. */
    private static int processors() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return (int) Math.max(
                    Runtime.getRuntime().availableProcessors(),
                    lines.filter(line -> line.startsWith("processor")).count());
        } catch (IOException e) {
            return Runtime.getRuntime().availableProcessors();
        }
    }
}
