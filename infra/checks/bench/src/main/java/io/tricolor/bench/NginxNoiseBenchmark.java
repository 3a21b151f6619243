package io.tricolor.bench;

import java.io.IOException;
import java.util.List;

/**
 * How much two equal things differ here: ratios of other benchmarks that are not further from 1 than these mean
 * nothing.
 */
final class NginxNoiseBenchmark implements Benchmark {

    @Override
    public String name() {
        return "nginx-noise";
    }

    @Override
    public String description() {
        return "plain nginx against the same plain nginx: what a ratio can be by chance on this machine";
    }

    @Override
    public List<String> programs() {
        return List.of("wrk", "nginx", "taskset");
    }

    @Override
    public List<Comparison> run(Settings settings) throws IOException, InterruptedException {
        try (Nginx upstream = Nginx.upstream(settings.dir().resolve("upstream"));
                Nginx one = Nginx.proxy("one", settings.dir().resolve("one"), upstream.uri());
                Nginx other = Nginx.proxy("other", settings.dir().resolve("other"), upstream.uri())) {
            Wrk wrk = new Wrk(settings.dir(), settings.connections());
            wrk.run(one.uri(), settings.seconds());
            wrk.run(other.uri(), settings.seconds());
            return List.of(Comparison.run(
                    "nginx-noise",
                    settings.pairs(),
                    settings.progress(),
                    new Variant("plain nginx", new ProxyRun(wrk, settings.seconds(), one.uri(), one.worker())),
                    new Variant(
                            "plain nginx again", new ProxyRun(wrk, settings.seconds(), other.uri(), other.worker()))));
        }
    }
}
