package io.tricolor.monitor.machine;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The machine at one moment. Totals count since its start.
 *
 * @param cpuRatio busy share of all processors since the snapshot before, 0 to 1
 * @param load average over 1, 5 and 15 minutes; negative where the system has none
 * @param openFiles open file descriptors of the whole machine
 */
record MachineSnapshot(
        Instant at,
        String hostname,
        int processors,
        double cpuRatio,
        List<Double> load,
        Memory memory,
        Memory swap,
        List<Disk> disks,
        List<DiskIo> diskIo,
        List<NetworkIo> network,
        int processes,
        int threads,
        long openFiles,
        long maxOpenFiles,
        long uptimeSeconds,
        Map<String, ProcessGroup> suite) {

    /** Bytes. */
    record Memory(long totalBytes, long usedBytes) {}

    /** A mounted file system. */
    record Disk(String mount, String type, long totalBytes, long usableBytes) {}

    /** What a disk moved. */
    record DiskIo(String name, long readBytes, long writtenBytes) {}

    /** What a network interface moved. */
    record NetworkIo(String name, long receivedBytes, long sentBytes, long errors) {}

    /** The suite's processes of one kind together. */
    record ProcessGroup(int processes, long residentBytes, long openFiles, double cpuSeconds) {}
}
