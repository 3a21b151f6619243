package io.tricolor.standalone.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Resident memory of processes, from {@code /proc}. */
final class Memory {

    private Memory() {}

    /**
     * KiB of a process and its descendants; memory that several of them map is divided among them where the machine
     * tells (proportional set size). Empty when the process is gone or the machine has no {@code /proc}.
     */
    static OptionalLong kibOfTree(long pid) {
        LongStream pids = Stream.concat(
                        Stream.of(pid),
                        ProcessHandle.of(pid).stream()
                                .flatMap(ProcessHandle::descendants)
                                .map(ProcessHandle::pid))
                .mapToLong(Long::longValue);
        long[] each = pids.map(one -> kib(one).orElse(0)).toArray();
        long sum = LongStream.of(each).sum();
        return sum == 0 ? OptionalLong.empty() : OptionalLong.of(sum);
    }

    /** KiB of one process. */
    static OptionalLong kib(long pid) {
        OptionalLong proportional = field(pid, "smaps_rollup", "Pss:");
        return proportional.isPresent() ? proportional : field(pid, "status", "VmRSS:");
    }

    private static OptionalLong field(long pid, String file, String name) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), file))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst();
        } catch (IOException | java.io.UncheckedIOException e) {
            return OptionalLong.empty();
        }
    }
}
