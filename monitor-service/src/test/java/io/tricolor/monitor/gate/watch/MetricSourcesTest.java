package io.tricolor.monitor.gate.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Gate.Source;
import io.tricolor.engines.Ports;
import io.tricolor.monitor.gate.domain.GateProgress;
import io.tricolor.monitor.gate.domain.Look;
import io.tricolor.monitor.registry.MonitorProperties;
import io.tricolor.monitor.registry.Outgoing;
import io.tricolor.monitor.registry.Registration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricSourcesTest {

    private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
    private static final Instant NOW = Instant.parse("2026-01-15T14:00:00Z");
    private static final Source COUNTED =
            new Source(Source.From.INSTANCES, "http_requests_total", "http_requests_total{code=\"5*\"}");
    private static final Source ASKED = new Source(
            Source.From.PROMETHEUS,
            "orders_total{group=\"$group\",cluster=\"$cluster\"}",
            "sum(orders_total{group=\"$group\",cluster=\"$cluster\",outcome=\"failed\"})");

    @TempDir
    private Path directory;

    private final Map<String, String> pages = new ConcurrentHashMap<>();
    private HttpServer server;
    private @Nullable Outgoing outgoing;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            String page = pages.get(exchange.getRequestURI().getPath());
            byte[] body = String.valueOf(page).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(page == null ? 500 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        if (outgoing != null) {
            outgoing.destroy();
        }
    }

    private int port() {
        return server.getAddress().getPort();
    }

    private MetricSources sources(@Nullable URI prometheus, MetricSources.Registry registry) {
        MonitorProperties properties = new MonitorProperties(
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                1,
                Duration.ofSeconds(5),
                Duration.ofHours(1),
                10,
                Duration.ofSeconds(6),
                Set.of("127.0.0.1"),
                Duration.ofDays(30),
                prometheus,
                null);
        outgoing = new Outgoing(properties);
        return new MetricSources(properties, outgoing, registry);
    }

    private static JudgeGate command(Source source) {
        return new JudgeGate(
                "shop",
                "up-2",
                4,
                "few",
                new Gate.Metric("orders", Gate.Measure.ERRORS, 0, 0, 0, null, false, null, null, null, source),
                "B",
                "A",
                new TreeSet<>(Set.of("web")),
                null,
                1,
                20);
    }

    private Registration instance(String id, String cluster, @Nullable String path) {
        Map<String, String> meta = new HashMap<>(
                Map.of(Registration.GROUP, "shop", Registration.CLUSTER, cluster, Registration.SERVICE, "web"));
        if (path != null) {
            meta.put(Registration.METRICS_PATH, path);
        }
        return new Registration("shop-web", id, "127.0.0.1", port(), meta, true, "passing");
    }

    private static String page(long good, long bad) {
        return """
                # HELP http_requests_total of all kinds
                http_requests_total{code="200",Method="GET"} %d
                http_requests_total{code="503"} %d
                http_requests_total_since 77
                process_start_time_seconds 1.7e9
                """.formatted(good, bad);
    }

    @Test
    void instances_show_their_own_counters_and_one_that_cannot_be_read_is_named() throws Exception {
        pages.put("/a", page(900, 9));
        pages.put("/b1", page(40, 1));
        pages.put("/b2", page(50, 0));
        MetricSources sources = sources(
                null,
                () -> List.of(
                        instance("a-1", "A", "/a"),
                        instance("b-1", "B", "/b1"),
                        instance("b-2", "B", "/b2"),
                        instance("b-3", "B", null),
                        instance("b-4", "B", "/away"),
                        instance("c-1", "C", "/a")));
        JudgeGate command = command(COUNTED);
        MetricSources.Reading before = sources.read(command, COUNTED);
        assertThat(before.pages()).containsOnlyKeys("a-1", "b-1", "b-2");
        assertThat(before.unread())
                .containsExactly("b-3 is registered without tricolor-metrics-path", "b-4: answered 500");
        GateProgress progress = GateProgress.begun(command, NOW).next(command, before.pages(), NOW);
        pages.put("/a", page(1_000, 10));
        pages.put("/b1", page(45, 2));
        pages.put("/b2", page(60, 3));
        progress = progress.next(command, sources.read(command, COUNTED).pages(), NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(19, 4, 101, 1));
    }

    @Test
    void nothing_is_said_of_what_cannot_be_read() throws Exception {
        assertThat(sources(null, List::of).read(command(ASKED), ASKED))
                .isEqualTo(new MetricSources.Reading(
                        Map.of(), List.of("tricolor.monitor.prometheus-url names no Prometheus")));
        MetricSources away = sources(URI.create("http://127.0.0.1:" + port()), () -> {
            throw new IOException("away");
        });
        assertThat(away.read(command(COUNTED), COUNTED).unread()).containsExactly("the registry: away");
        assertThat(away.read(command(ASKED), ASKED).unread()).hasSize(1);
        for (String answer : List.of(
                "{\"status\":\"error\",\"error\":\"parse error\"}",
                "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
                "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"NaN\"]}}",
                "<html>sign in</html>")) {
            pages.put("/api/v1/query", answer);
            MetricSources.Reading reading = away.read(command(ASKED), ASKED);
            assertThat(reading.pages()).as(answer).isEmpty();
            assertThat(reading.unread()).as(answer).hasSize(1);
        }
    }

    /** Where it is installed. */
    @Test
    void prometheus_is_asked_by_promql() throws Exception {
        assumeThat(Files.isExecutable(PROMETHEUS)).as("Prometheus is installed").isTrue();
        AtomicInteger orders = new AtomicInteger(100);
        server.createContext("/orders", exchange -> {
            int count = orders.get();
            byte[] body = """
                    # TYPE orders_total counter
                    orders_total{group="shop",cluster="A",outcome="paid"} %d
                    orders_total{group="shop",cluster="B",outcome="paid"} %d
                    orders_total{group="shop",cluster="B",outcome="failed"} %d
                    orders_total{group="bank",cluster="B",outcome="failed"} 7000
                    """.formatted(10 * count, count, count / 10).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        Path configuration = Files.writeString(directory.resolve("prometheus.yml"), """
                global: {scrape_interval: 200ms}
                scrape_configs:
                  - job_name: orders
                    metrics_path: /orders
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                """.formatted(port()));
        int listens = Ports.free();
        Process prometheus = new ProcessBuilder(
                        PROMETHEUS.toString(),
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + listens,
                        "--log.level=warn")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        try {
            MetricSources sources = sources(URI.create("http://127.0.0.1:" + listens + "/"), List::of);
            JudgeGate command = command(ASKED);
            GateProgress begun = GateProgress.begun(command, NOW);
            GateProgress before = await().atMost(Duration.ofSeconds(60))
                    .until(
                            () -> begun.next(
                                    command, sources.read(command, ASKED).pages(), NOW),
                            progress -> progress.routers().containsKey("prometheus")
                                    && progress.routers()
                                            .get("prometheus")
                                            .counted()
                                            .equals(new Look(110, 10, 1_000, 0)));
            orders.set(150);
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(before.next(
                                            command,
                                            sources.read(command, ASKED).pages(),
                                            NOW)
                                    .test()
                                    .total())
                            .isEqualTo(new Look(55, 5, 500, 0)));
        } finally {
            prometheus.destroy();
            assertThat(prometheus.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
