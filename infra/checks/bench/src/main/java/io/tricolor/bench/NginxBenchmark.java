package io.tricolor.bench;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.engines.TricolorHome;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The router on nginx against a plain nginx, and what a change of its table costs. One worker on one core. */
final class NginxBenchmark implements Benchmark {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SWAPS = 10;

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public String description() {
        return "the router on nginx with 10 ids and with 1,000,000 against a plain nginx; change of the table under"
                + " load";
    }

    @Override
    public List<String> programs() {
        return List.of("wrk", "nginx", "taskset");
    }

    @Override
    public List<Comparison> run(Settings settings) throws IOException, InterruptedException {
        Path dir = settings.dir();
        Wrk wrk = new Wrk(dir, settings.connections());
        List<Comparison> results = new ArrayList<>();
        try (Nginx upstream = Nginx.upstream(dir.resolve("upstream"));
                LocalRegistry registry = LocalRegistry.start(dir.resolve("consul"));
                Nginx plain = Nginx.proxy("plain", dir.resolve("plain"), upstream.uri())) {
            registry.register("shop", "web", "A", upstream.uri());
            registry.register("shop", "web", "B", upstream.uri());
            try (Router small = Router.start(dir.resolve("small"), registry, Rule.small(), Rule.small());
                    Router large = Router.start(dir.resolve("large"), registry, Rule.large(2), Rule.large(4))) {
                results.add(throughput("nginx, 10 ids", settings, wrk, plain, small));
                results.add(throughput("nginx, 1,000,000 ids and 10,000 intervals", settings, wrk, plain, large));
                results.add(Comparison.run(
                        "change of the table",
                        settings.pairs(),
                        settings.progress(),
                        new Variant("10 ids", small::swaps),
                        new Variant("1,000,000 ids and 10,000 intervals", large::swaps)));
            }
        }
        return results;
    }

    private static Comparison throughput(String title, Settings settings, Wrk wrk, Nginx plain, Router router)
            throws IOException, InterruptedException {
        wrk.run(plain.uri(), settings.seconds());
        wrk.run(router.uri(), settings.seconds());
        return Comparison.run(
                title,
                settings.pairs(),
                settings.progress(),
                new Variant("plain nginx", new ProxyRun(wrk, settings.seconds(), plain.uri(), plain.worker())),
                new Variant("router", new ProxyRun(wrk, settings.seconds(), router.uri(), router.worker())));
    }

    /** A router with a strategy-service of its own that changes between two rules. */
    private record Router(StandInStrategy strategy, ChildProcess process, URI uri, Rule one, Rule other)
            implements AutoCloseable {

        static Router start(Path dir, LocalRegistry registry, Rule one, Rule other)
                throws IOException, InterruptedException {
            StandInStrategy strategy = StandInStrategy.start();
            int port = Ports.free();
            int management = Ports.free();
            ChildProcess process = ChildProcess.start(ProcessSpec.of("nginx-router", dir)
                    .command(Cores.measured(JvmProcess.command(
                            TricolorHome.find().resolve("infra/routers/nginx"),
                            "io.tricolor.nginx.NginxRouter",
                            List.of("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                            List.of(
                                    "--server.port=" + port,
                                    "--management.server.port=" + management,
                                    "--tricolor.strategy.url=" + strategy.uri(),
                                    "--tricolor.consul.url=" + registry.uri(),
                                    "--tricolor.nginx.workers=1",
                                    "--tricolor.nginx.connections=4096",
                                    "--tricolor.nginx.keepalive=64",
                                    "--tricolor.nginx.state-dir=" + dir.toAbsolutePath()))))
                    .readiness(
                            Readiness.http(URI.create("http://127.0.0.1:" + management + "/actuator/health/readiness")))
                    .stopTimeout(Duration.ofSeconds(45))
                    .build());
            Router router = new Router(strategy, process, URI.create("http://127.0.0.1:" + port), one, other);
            // Both once, so that the lists are on disk: what is measured is the change, not the way of a list.
            for (Rule rule : List.of(other, one)) {
                strategy.awaitApplied(strategy.publish(rule), PATIENCE);
            }
            return router;
        }

        /** The workers: children of the nginx that the router's process has started. */
        Proc worker() throws IOException {
            long[] workers = ProcessHandle.of(process.pid()).stream()
                    .flatMap(ProcessHandle::children)
                    .flatMap(ProcessHandle::children)
                    .mapToLong(ProcessHandle::pid)
                    .toArray();
            if (workers.length == 0) {
                throw new IOException("the router has no worker");
            }
            return Proc.of(workers);
        }

        /** Some changes, one after the other, while somebody asks all the time. */
        Map<Metric, Double> swaps() throws IOException, InterruptedException {
            List<Double> applied = new ArrayList<>();
            try (Prober quiet = Prober.start(uri)) {
                Thread.sleep(1_000);
                double before = quiet.longestMillis();
                try (Prober prober = Prober.start(uri)) {
                    for (int i = 0; i < SWAPS; i++) {
                        long start = System.nanoTime();
                        strategy.awaitApplied(strategy.publish(i % 2 == 0 ? other : one), PATIENCE);
                        applied.add((System.nanoTime() - start) / 1e6);
                    }
                    List<Double> sorted = applied.stream().sorted().toList();
                    Map<Metric, Double> values = new EnumMap<>(Metric.class);
                    values.put(Metric.APPLIED_P50, Statistics.quantile(sorted, 0.5));
                    values.put(Metric.APPLIED_P99, Statistics.quantile(sorted, 0.99));
                    values.put(Metric.LONGEST_QUIET, before);
                    values.put(Metric.LONGEST_CHANGING, prober.longestMillis());
                    return values;
                }
            }
        }

        @Override
        public void close() {
            process.close();
            strategy.close();
        }
    }
}
