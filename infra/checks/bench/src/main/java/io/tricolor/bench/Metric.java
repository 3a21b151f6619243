package io.tricolor.bench;

/** What is measured; its unit is part of its name in the report. */
enum Metric {
    REQUESTS_PER_SECOND("requests", "1/s", 0),
    LATENCY_P50("latency p50", "ms", 3),
    LATENCY_P99("latency p99", "ms", 3),
    CPU_PER_REQUEST("processor time per request", "µs", 1),
    RESIDENT("resident memory", "MiB", 1),
    RESIDENT_IDLE("resident memory before", "MiB", 1),
    RESIDENT_BLOCKED("resident memory, all blocked", "MiB", 1),
    MEMORY_PER_WATCHER("memory per watcher", "KiB", 1),
    APPLIED_P50("table published to reported by all workers, p50", "ms", 1),
    APPLIED_P99("table published to reported by all workers, p99", "ms", 1),
    LONGEST_QUIET("longest answer while nothing changes", "ms", 2),
    LONGEST_CHANGING("longest answer while tables change", "ms", 2),
    WAKE_FIRST("first watcher told", "ms", 2),
    WAKE_P50("half of them told", "ms", 2),
    WAKE_P99("99 % told", "ms", 2),
    WAKE_ALL("all told", "ms", 2),
    WRITE_ANSWERED("writer answered", "ms", 2),
    CPU_PER_TOLD("processor time per watcher told", "µs", 1),
    WOKEN_ELSEWHERE("told of a change elsewhere", "watchers", 0),
    CPU_ELSEWHERE("processor time per change elsewhere", "ms", 3);

    private final String title;
    private final String unit;
    private final int decimals;

    Metric(String title, String unit, int decimals) {
        this.title = title;
        this.unit = unit;
        this.decimals = decimals;
    }

    String title() {
        return title + " (" + unit + ")";
    }

    int decimals() {
        return decimals;
    }
}
