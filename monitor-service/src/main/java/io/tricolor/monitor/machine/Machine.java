package io.tricolor.monitor.machine;

import io.tricolor.monitor.machine.MachineSnapshot.Disk;
import io.tricolor.monitor.machine.MachineSnapshot.DiskIo;
import io.tricolor.monitor.machine.MachineSnapshot.Memory;
import io.tricolor.monitor.machine.MachineSnapshot.NetworkIo;
import io.tricolor.monitor.machine.MachineSnapshot.ProcessGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.HWDiskStore;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;
import oshi.software.os.OSFileStore;
import oshi.software.os.OSProcess;
import oshi.software.os.OperatingSystem;

/**
 * Reads the machine's numbers. Blocking, some tens of milliseconds; a snapshot is used again until it is old. Safe for
 * use by many threads.
 */
@Component
class Machine {

    private static final Duration FRESH = Duration.ofSeconds(2);
    private static final Pattern MAIN_CLASS = Pattern.compile("io\\.tricolor\\.[a-z.]+\\.([A-Z][A-Za-z]+)");

    private final InstantSource clock;
    private final HardwareAbstractionLayer hardware;
    private final OperatingSystem system;
    private long[] ticks;
    private double cpuRatio;
    private @Nullable MachineSnapshot last;

    Machine(InstantSource clock) {
        this.clock = clock;
        SystemInfo info = new SystemInfo();
        this.hardware = info.getHardware();
        this.system = info.getOperatingSystem();
        this.ticks = hardware.getProcessor().getSystemCpuLoadTicks();
    }

    /** The machine now, or a moment ago. */
    synchronized MachineSnapshot snapshot() {
        MachineSnapshot known = last;
        if (known != null && known.at().plus(FRESH).isAfter(clock.instant())) {
            return known;
        }
        MachineSnapshot read = read();
        last = read;
        return read;
    }

    private MachineSnapshot read() {
        CentralProcessor processor = hardware.getProcessor();
        long[] now = processor.getSystemCpuLoadTicks();
        if (Arrays.stream(now).sum() > Arrays.stream(ticks).sum()) {
            cpuRatio = processor.getSystemCpuLoadBetweenTicks(ticks);
            ticks = now;
        }
        var memory = hardware.getMemory();
        var swap = memory.getVirtualMemory();
        var files = system.getFileSystem();
        return new MachineSnapshot(
                clock.instant(),
                system.getNetworkParams().getHostName(),
                processor.getLogicalProcessorCount(),
                cpuRatio,
                Arrays.stream(processor.getSystemLoadAverage(3)).boxed().toList(),
                new Memory(memory.getTotal(), memory.getTotal() - memory.getAvailable()),
                new Memory(swap.getSwapTotal(), swap.getSwapUsed()),
                disks(files.getFileStores(true)),
                diskIo(hardware.getDiskStores()),
                network(hardware.getNetworkIFs(true)),
                system.getProcessCount(),
                system.getThreadCount(),
                files.getOpenFileDescriptors(),
                files.getMaxFileDescriptors(),
                system.getSystemUptime(),
                suite());
    }

    private static List<Disk> disks(List<OSFileStore> stores) {
        return stores.stream()
                .filter(store -> store.getTotalSpace() > 0)
                .map(store ->
                        new Disk(store.getMount(), store.getType(), store.getTotalSpace(), store.getUsableSpace()))
                .toList();
    }

    private static List<DiskIo> diskIo(List<HWDiskStore> stores) {
        return stores.stream()
                .map(disk -> new DiskIo(disk.getName(), disk.getReadBytes(), disk.getWriteBytes()))
                .toList();
    }

    private static List<NetworkIo> network(List<NetworkIF> interfaces) {
        return interfaces.stream()
                .map(net -> new NetworkIo(
                        net.getName(), net.getBytesRecv(), net.getBytesSent(), net.getInErrors() + net.getOutErrors()))
                .toList();
    }

    /**
     * The JVMs of the suite by their main class, and PostgreSQL; only where the system shows command lines as files.
     */
    private Map<String, ProcessGroup> suite() {
        Map<String, ProcessGroup> suite = new TreeMap<>();
        for (ProcessHandle handle : ProcessHandle.allProcesses().toList()) {
            String name = nameOf(handle);
            OSProcess process = name == null ? null : system.getProcess((int) handle.pid());
            if (name != null && process != null) {
                suite.merge(
                        name,
                        new ProcessGroup(
                                1,
                                process.getResidentSetSize(),
                                Math.max(0, process.getOpenFiles()),
                                (process.getKernelTime() + process.getUserTime()) / 1000.0),
                        Machine::sum);
            }
        }
        return suite;
    }

    private static ProcessGroup sum(ProcessGroup a, ProcessGroup b) {
        return new ProcessGroup(
                a.processes() + b.processes(),
                a.residentBytes() + b.residentBytes(),
                a.openFiles() + b.openFiles(),
                a.cpuSeconds() + b.cpuSeconds());
    }

    private static @Nullable String nameOf(ProcessHandle handle) {
        String command = handle.info().command().orElse("");
        if (command.endsWith("/postgres")) {
            return "PostgreSQL";
        }
        if (!command.endsWith("/java")) {
            return null;
        }
        try {
            byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(handle.pid()), "cmdline"));
            List<String> words = List.of(new String(line, StandardCharsets.UTF_8).split("\0", -1));
            return words.stream()
                    .map(MAIN_CLASS::matcher)
                    .filter(matcher -> matcher.matches())
                    .map(matcher -> matcher.group(1))
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            return null;
        }
    }
}
