package io.tricolor.monitor.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.engines.Ports;
import io.tricolor.engines.TricolorHome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus with the configuration as it is shipped, but for ports and intervals, where it is installed. */
class PrometheusTest {

    private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");

    @TempDir
    private Path directory;

    private final AtomicInteger counted = new AtomicInteger();

    @Test
    void finds_its_targets_with_a_token_and_raises_an_alert_for_routers_of_both_kinds() throws Exception {
        assumeThat(Files.isExecutable(PROMETHEUS)).as("Prometheus is installed").isTrue();
        HttpServer suite = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        suite.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        String address = "127.0.0.1:" + suite.getAddress().getPort();
        suite.createContext("/api/prometheus/targets", exchange -> {
            answer(exchange, shows(exchange) ? 200 : 401, "application/json", """
                    [{"targets":["%s"],"labels":{"service":"router","router":"a","__metrics_path__":"/gateway"}},
                     {"targets":["%s"],"labels":{"service":"router","router":"b","__metrics_path__":"/nginx"}},
                     {"targets":["%s"],"labels":{"service":"web","group":"shop","__metrics_path__":"/application"}}]
                    """.formatted(address, address, address));
        });
        for (String kind : List.of("gateway", "nginx")) {
            suite.createContext(
                    "/" + kind,
                    exchange ->
                            answer(exchange, shows(exchange) ? 200 : 401, "text/plain; version=0.0.4", """
                    # TYPE tricolor_%s_unrouted_requests_total counter
                    tricolor_%s_unrouted_requests_total{group="by-%s",service="web",reason="NO_HEALTHY_CLUSTER"} %d
                    """.formatted(
                                            kind, kind, kind, counted.incrementAndGet())));
        }
        // It must not see the token.
        suite.createContext(
                "/application",
                exchange -> answer(exchange, shows(exchange) ? 400 : 200, "text/plain; version=0.0.4", ""));
        suite.createContext("/metrics", exchange -> answer(exchange, 200, "text/plain; version=0.0.4", ""));
        suite.start();
        int port = Ports.free();
        Process prometheus = start(address, port);
        try {
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .untilAsserted(() -> assertThat(ask(port, "targets?state=active"))
                            .contains(
                                    "/gateway\"",
                                    "/nginx\"",
                                    "/application\"",
                                    "\"local-consul\"",
                                    "\"local-marathon\"")
                            .doesNotContain("\"health\":\"unknown\"", "\"health\":\"down\""));
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .untilAsserted(() -> assertThat(ask(port, "alerts"))
                            .contains("RequestsWithoutCluster", "by-gateway", "by-nginx", "\"state\":\"firing\""));
        } finally {
            prometheus.destroy();
            assertThat(prometheus.waitFor(30, TimeUnit.SECONDS)).isTrue();
            suite.stop(0);
        }
    }

    private static boolean shows(HttpExchange exchange) {
        return "Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private Process start(String address, int port) throws IOException {
        Path shipped = TricolorHome.find().resolve("infra/prometheus");
        Files.copy(shipped.resolve("rules.yml"), directory.resolve("rules.yml"));
        Files.writeString(directory.resolve("prometheus.token"), "secret\n");
        String text = Files.readString(shipped.resolve("prometheus.yml"));
        assertThat(text).contains("127.0.0.1:8404", "127.0.0.1:8410", "127.0.0.1:8411");
        Path configuration = Files.writeString(
                directory.resolve("prometheus.yml"),
                text.replaceAll("127\\.0\\.0\\.1:84\\d\\d", address)
                        .replace("interval: 5s", "interval: 1s")
                        .replace("interval: 10s", "interval: 1s"));
        return new ProcessBuilder(
                        PROMETHEUS.toString(),
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=warn")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private static String ask(int port, String what) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/" + what))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
