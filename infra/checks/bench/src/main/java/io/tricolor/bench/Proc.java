package io.tricolor.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** What the kernel says of a process. Linux. */
record Proc(List<Long> pids) {

    /** Ticks in {@code /proc/<pid>/stat} are hundredths of a second on every Linux that Java runs on. */
    private static final long NANOS_PER_TICK = 10_000_000;

    static Proc of(long... pids) {
        return new Proc(Arrays.stream(pids).boxed().toList());
    }

    /** Processor time used so far, user and system. */
    Duration cpu() throws IOException {
        long ticks = 0;
        for (long pid : pids) {
            // The name in parentheses may hold blanks; user and system time are the 12th and 13th field behind it.
            String[] fields = fields(pid);
            ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        }
        return Duration.ofNanos(ticks * NANOS_PER_TICK);
    }

    /** The same with that of children that have ended. */
    Duration cpuWithEnded() throws IOException {
        long ticks = 0;
        for (long pid : pids) {
            String[] fields = fields(pid);
            ticks += Long.parseLong(fields[13]) + Long.parseLong(fields[14]);
        }
        return cpu().plus(Duration.ofNanos(ticks * NANOS_PER_TICK));
    }

    private static String[] fields(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    /** Resident memory now. */
    double residentMiB() throws IOException {
        long kibibytes = 0;
        for (long pid : pids) {
            kibibytes += Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .sum();
        }
        return kibibytes / 1024.0;
    }

    /** Waits until the processes have next to nothing to do any more. */
    void awaitIdle(Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        Duration before = cpu();
        do {
            Thread.sleep(400);
            Duration now = cpu();
            if (now.minus(before).toMillis() <= 20) {
                return;
            }
            before = now;
        } while (System.nanoTime() < deadline);
        throw new IOException("processes " + pids + " do not come to rest");
    }
}
