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
import java.util.List;

/** Tricolor's gateway against a Spring Cloud Gateway without Tricolor, in front of the same upstream. */
final class GatewayBenchmark implements Benchmark {

    @Override
    public String name() {
        return "gateway";
    }

    @Override
    public String description() {
        return "the gateway with a grayscale rule against a Spring Cloud Gateway with one route, same upstream, same"
                + " log";
    }

    @Override
    public List<String> programs() {
        return List.of("wrk", "nginx", "taskset");
    }

    @Override
    public List<Comparison> run(Settings settings) throws IOException, InterruptedException {
        Path dir = settings.dir();
        try (Nginx upstream = Nginx.upstream(dir.resolve("upstream"));
                LocalRegistry registry = LocalRegistry.start(dir.resolve("consul"));
                StandInStrategy strategy = StandInStrategy.start()) {
            strategy.publish(Rule.small());
            registry.register("shop", "web", "A", upstream.uri());
            registry.register("shop", "web", "B", upstream.uri());
            int plainPort = Ports.free();
            int gatewayPort = Ports.free();
            int managementPort = Ports.free();
            try (ChildProcess plain = start(
                            "plain",
                            dir.resolve("plain"),
                            "infra/checks/bench",
                            "io.tricolor.bench.plain.PlainGateway",
                            Readiness.http(URI.create("http://127.0.0.1:" + plainPort + "/")),
                            List.of("--server.port=" + plainPort, "--upstream=" + upstream.uri()));
                    ChildProcess gateway = start(
                            "gateway",
                            dir.resolve("gateway"),
                            "infra/routers/gateway",
                            "io.tricolor.gateway.Gateway",
                            Readiness.http(URI.create("http://127.0.0.1:" + gatewayPort + "/")),
                            List.of(
                                    "--server.port=" + gatewayPort,
                                    "--management.server.port=" + managementPort,
                                    "--tricolor.gateway.state-dir="
                                            + dir.resolve("gateway/state").toAbsolutePath(),
                                    "--tricolor.strategy.url=" + strategy.uri(),
                                    "--tricolor.consul.url=" + registry.uri()))) {
                URI plainUri = URI.create("http://127.0.0.1:" + plainPort);
                URI gatewayUri = URI.create("http://127.0.0.1:" + gatewayPort);
                Wrk wrk = new Wrk(dir, settings.connections());
                // Twice each: the compiler of the JVM works on what is called often.
                for (int i = 0; i < 2; i++) {
                    wrk.run(plainUri, settings.seconds());
                    wrk.run(gatewayUri, settings.seconds());
                }
                return List.of(Comparison.run(
                        "gateway",
                        settings.pairs(),
                        settings.progress(),
                        new Variant(
                                "Spring Cloud Gateway",
                                new ProxyRun(wrk, settings.seconds(), plainUri, Proc.of(plain.pid()))),
                        new Variant(
                                "Tricolor gateway",
                                new ProxyRun(wrk, settings.seconds(), gatewayUri, Proc.of(gateway.pid())))));
            }
        }
    }

    private static ChildProcess start(
            String name, Path dir, String module, String mainClass, Readiness readiness, List<String> arguments) {
        List<String> flags = new ArrayList<>(List.of(
                "-Xms128m",
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Dreactor.netty.http.server.accessLogEnabled=true"));
        return ChildProcess.start(ProcessSpec.of(name, dir)
                .command(Cores.measured(
                        JvmProcess.command(TricolorHome.find().resolve(module), mainClass, flags, arguments)))
                .readiness(readiness)
                .startTimeout(Duration.ofMinutes(3))
                .build());
    }
}
