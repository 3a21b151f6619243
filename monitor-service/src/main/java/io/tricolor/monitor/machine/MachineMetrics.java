package io.tricolor.monitor.machine;

import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/** The machine's numbers for Prometheus, read when it asks. */
@Component
class MachineMetrics extends Collector implements DisposableBean {

    private static final List<String> LOAD_MINUTES = List.of("1", "5", "15");

    private final Machine machine;

    @SuppressWarnings("this-escape") // registered last, when everything is set
    MachineMetrics(Machine machine) {
        this.machine = machine;
        CollectorRegistry.defaultRegistry.register(this);
    }

    @Override
    public List<MetricFamilySamples> collect() {
        MachineSnapshot now = machine.snapshot();
        GaugeMetricFamily load = gauge("load", "Load average", "minutes");
        for (int i = 0; i < LOAD_MINUTES.size(); i++) {
            if (now.load().get(i) >= 0) {
                load.addMetric(List.of(LOAD_MINUTES.get(i)), now.load().get(i));
            }
        }
        GaugeMetricFamily memory = gauge("memory_bytes", "Memory and swap", "area", "kind");
        add(memory, now.memory().totalBytes(), "ram", "total");
        add(memory, now.memory().usedBytes(), "ram", "used");
        add(memory, now.swap().totalBytes(), "swap", "total");
        add(memory, now.swap().usedBytes(), "swap", "used");
        GaugeMetricFamily disks = gauge("disk_bytes", "File systems", "mount", "kind");
        now.disks().forEach(disk -> {
            add(disks, disk.totalBytes(), disk.mount(), "total");
            add(disks, disk.usableBytes(), disk.mount(), "usable");
        });
        CounterMetricFamily diskIo = counter("disk_io_bytes", "Bytes moved by disks", "disk", "direction");
        now.diskIo().forEach(disk -> {
            diskIo.addMetric(List.of(disk.name(), "read"), (double) disk.readBytes());
            diskIo.addMetric(List.of(disk.name(), "write"), (double) disk.writtenBytes());
        });
        CounterMetricFamily network =
                counter("network_bytes", "Bytes moved by network interfaces", "interface", "direction");
        CounterMetricFamily errors = counter("network_errors", "Errors of network interfaces", "interface");
        now.network().forEach(net -> {
            network.addMetric(List.of(net.name(), "receive"), (double) net.receivedBytes());
            network.addMetric(List.of(net.name(), "send"), (double) net.sentBytes());
            errors.addMetric(List.of(net.name()), (double) net.errors());
        });
        GaugeMetricFamily descriptors = gauge("file_descriptors", "File descriptors of the machine", "kind");
        add(descriptors, now.openFiles(), "open");
        add(descriptors, now.maxOpenFiles(), "max");
        List<MetricFamilySamples> all = new ArrayList<>(List.of(
                new GaugeMetricFamily(
                        "tricolor_machine_cpu_ratio", "Busy share of all processors, 0 to 1", now.cpuRatio()),
                new GaugeMetricFamily("tricolor_machine_processors", "Logical processors", now.processors()),
                new GaugeMetricFamily("tricolor_machine_processes", "Processes", now.processes()),
                new GaugeMetricFamily("tricolor_machine_threads", "Threads", now.threads()),
                new GaugeMetricFamily(
                        "tricolor_machine_uptime_seconds", "Since its start", (double) now.uptimeSeconds()),
                load,
                memory,
                disks,
                diskIo,
                network,
                errors,
                descriptors));
        all.addAll(suite(now));
        return all;
    }

    @Override
    public void destroy() {
        CollectorRegistry.defaultRegistry.unregister(this);
    }

    private static List<MetricFamilySamples> suite(MachineSnapshot now) {
        List<String> label = List.of("process");
        GaugeMetricFamily count = new GaugeMetricFamily("tricolor_process_count", "Processes of the suite", label);
        GaugeMetricFamily resident =
                new GaugeMetricFamily("tricolor_process_resident_bytes", "Resident memory of the suite", label);
        GaugeMetricFamily files =
                new GaugeMetricFamily("tricolor_process_open_files", "Open files of the suite", label);
        CounterMetricFamily cpu =
                new CounterMetricFamily("tricolor_process_cpu_seconds", "Processor time of the suite", label);
        now.suite().forEach((name, group) -> {
            count.addMetric(List.of(name), group.processes());
            resident.addMetric(List.of(name), (double) group.residentBytes());
            files.addMetric(List.of(name), (double) group.openFiles());
            cpu.addMetric(List.of(name), group.cpuSeconds());
        });
        return List.of(count, resident, files, cpu);
    }

    private static GaugeMetricFamily gauge(String name, String help, String... labels) {
        return new GaugeMetricFamily("tricolor_machine_" + name, help, List.of(labels));
    }

    private static CounterMetricFamily counter(String name, String help, String... labels) {
        return new CounterMetricFamily("tricolor_machine_" + name, help, List.of(labels));
    }

    private static void add(GaugeMetricFamily family, long value, String... labels) {
        family.addMetric(List.of(labels), (double) value);
    }
}
