package io.tricolor.bench;

import io.tricolor.engines.ConsulEngine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** local-consul with many blocked watchers, beside a real agent where there is one. */
final class WatchersBenchmark implements Benchmark {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int WAKES = 5;
    private static final int ELSEWHERE = 50;
    private static final String KEY = "/v1/kv/bench/watched";

    @Override
    public String name() {
        return "watchers";
    }

    @Override
    public String description() {
        return "local-consul with 10,000 blocked watchers of one key: memory, time to tell all, silence when another"
                + " key changes";
    }

    @Override
    public List<String> programs() {
        return List.of();
    }

    @Override
    public List<Comparison> run(Settings settings) throws IOException, InterruptedException {
        List<Variant> variants = new ArrayList<>();
        variants.add(new Variant("local-consul", () -> {
            Path dir = settings.dir().resolve("local-consul-" + System.nanoTime());
            try (LocalRegistry registry = LocalRegistry.start(dir)) {
                return measure(registry.uri(), registry.proc(), settings.watchers());
            }
        }));
        if (ConsulEngine.isAvailable()) {
            variants.add(new Variant("Consul", () -> {
                Path dir = settings.dir().resolve("consul-" + System.nanoTime());
                String limits = "limits { http_max_conns_per_client = " + (settings.watchers() + 100) + " }";
                try (ConsulEngine consul = ConsulEngine.start(dir, "-hcl=" + limits)) {
                    return measure(consul.uri(), Proc.of(consul.process().pid()), settings.watchers());
                }
            }));
        } else {
            settings.progress().accept(ConsulEngine.MISSING + ": local-consul alone");
        }
        return List.of(
                Comparison.run("watchers", settings.pairs(), settings.progress(), variants.toArray(Variant[]::new)));
    }

    private static Map<Metric, Double> measure(URI agent, Proc proc, int count)
            throws IOException, InterruptedException {
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        Http http = new Http(agent);
        http.put(KEY, "0");
        proc.awaitIdle(PATIENCE);
        double before = proc.residentMiB();
        try (Watchers watchers = Watchers.connect(agent, count)) {
            block(watchers, http, proc);
            double blocked = proc.residentMiB();
            values.put(Metric.RESIDENT_IDLE, before);
            values.put(Metric.RESIDENT_BLOCKED, blocked);
            values.put(Metric.MEMORY_PER_WATCHER, (blocked - before) * 1024 / count);

            Duration used = proc.cpu();
            for (int i = 0; i < ELSEWHERE; i++) {
                http.put("/v1/kv/elsewhere/" + i, "x");
            }
            proc.awaitIdle(PATIENCE);
            values.put(Metric.CPU_ELSEWHERE, proc.cpu().minus(used).toNanos() / 1e6 / ELSEWHERE);
            values.put(Metric.WOKEN_ELSEWHERE, (double)
                    watchers.answers(Duration.ofSeconds(1)).size());

            List<List<Long>> wakes = new ArrayList<>();
            List<Double> writes = new ArrayList<>();
            Duration telling = Duration.ZERO;
            for (int i = 1; i <= WAKES; i++) {
                Duration cpu = proc.cpu();
                long start = System.nanoTime();
                CompletableFuture<Double> write =
                        http.putAsync(KEY, Integer.toString(i)).thenApply(answer -> (System.nanoTime() - start) / 1e6);
                List<Long> times = watchers.answers(PATIENCE);
                writes.add(write.join());
                telling = telling.plus(proc.cpu()).minus(cpu);
                if (times.size() != count) {
                    throw new IOException("only " + times.size() + " of " + count + " watchers were told of a change");
                }
                wakes.add(times.stream().map(time -> time - start).toList());
                block(watchers, http, proc);
            }
            values.put(Metric.WRITE_ANSWERED, Statistics.of(writes).median());
            values.put(Metric.CPU_PER_TOLD, telling.toNanos() / 1e3 / WAKES / count);
            values.put(Metric.WAKE_FIRST, median(wakes, 0));
            values.put(Metric.WAKE_P50, median(wakes, count / 2));
            values.put(Metric.WAKE_P99, median(wakes, (int) (count * 0.99)));
            values.put(Metric.WAKE_ALL, median(wakes, count - 1));
        }
        return values;
    }

    /** Asks for all that is newer than now, and waits until the agent has dealt with all questions. */
    private static void block(Watchers watchers, Http http, Proc proc) throws IOException, InterruptedException {
        String index = http.get(KEY).headers().firstValue("X-Consul-Index").orElseThrow();
        watchers.ask(KEY + "?wait=9m&index=" + index);
        proc.awaitIdle(PATIENCE);
    }

    private static double median(List<List<Long>> wakes, int position) {
        return Statistics.of(
                        wakes.stream().map(times -> times.get(position) / 1e6).toList())
                .median();
    }
}
