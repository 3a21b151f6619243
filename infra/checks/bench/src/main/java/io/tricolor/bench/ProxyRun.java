package io.tricolor.bench;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Measures what stands between the load and the upstream. */
record ProxyRun(Wrk wrk, int seconds, URI target, Proc proc) implements Variant.Run {

    @Override
    public Map<Metric, Double> measure() throws IOException, InterruptedException {
        Duration before = proc.cpu();
        Wrk.Result result = wrk.run(target, seconds);
        Duration used = proc.cpu().minus(before);
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        values.put(Metric.REQUESTS_PER_SECOND, result.perSecond());
        values.put(Metric.LATENCY_P50, result.p50Micros() / 1e3);
        values.put(Metric.LATENCY_P99, result.p99Micros() / 1e3);
        values.put(Metric.CPU_PER_REQUEST, used.toNanos() / 1e3 / result.requests());
        values.put(Metric.RESIDENT, proc.residentMiB());
        return values;
    }
}
