package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.tricolor.deploy.orchestrator.InstanceLogs.Part;
import io.tricolor.deploy.orchestrator.InstanceLogs.Stream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is asked of Kubernetes for a log that is followed. */
class KubernetesLogsTest {

    private static final Instant BEGIN = Instant.parse("2026-01-15T12:00:00.25Z");
    private static final Pattern SINCE = Pattern.compile("sinceTime=([^&]+)");

    private record Line(Instant at, String text) {}

    private final List<Line> lines = new ArrayList<>();
    private final List<Integer> sent = new ArrayList<>();
    private int restarts;
    private HttpServer server;
    private KubernetesClient client;
    private KubernetesLogs logs;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String query = exchange.getRequestURI().toString();
            byte[] body = (query.contains("/log") ? log(query) : pod()).getBytes(StandardCharsets.UTF_8);
            if (query.contains("/log")) {
                sent.add(body.length);
            }
            exchange.getResponseHeaders()
                    .set("Content-Type", query.contains("/log") ? "text/plain" : "application/json");
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        var properties = KubernetesOrchestratorTest.properties(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
        client = KubernetesClients.of(properties);
        logs = new KubernetesLogs(client, properties);
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    /** From the second on, as Kubernetes has it. */
    private String log(String query) {
        Matcher since = SINCE.matcher(query);
        Instant from =
                since.find() ? Instant.parse(URLDecoder.decode(since.group(1), StandardCharsets.UTF_8)) : Instant.MIN;
        StringBuilder text = new StringBuilder();
        lines.stream()
                .filter(line -> !line.at().isBefore(from))
                .forEach(line ->
                        text.append(line.at()).append(' ').append(line.text()).append('\n'));
        return text.toString();
    }

    private String pod() {
        return """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"shop-a-web-1","namespace":"tricolor","uid":"u1",
                 "labels":{"app.kubernetes.io/managed-by":"tricolor","tricolor.io/group":"shop","tricolor.io/cluster":"A",
                  "tricolor.io/service":"web"}},
                 "status":{"phase":"Running","containerStatuses":[{"name":"main","ready":true,"restartCount":%d,
                  "state":{"running":{"startedAt":"2026-01-15T12:00:00Z"}}}]}}""".formatted(restarts);
    }

    private void write(int count, String text) {
        for (int i = 0; i < count; i++) {
            lines.add(new Line(BEGIN.plusMillis(400L * lines.size()), text + lines.size()));
        }
    }

    private Part read(long from) throws Exception {
        return logs.read("shop-a-web-1", Stream.STDOUT, from, Duration.ZERO).orElseThrow();
    }

    private static String text(Part part) {
        return new String(part.content(), StandardCharsets.UTF_8);
    }

    @Test
    void a_log_that_is_followed_is_read_from_where_it_was_left() throws Exception {
        write(1_000, "a line of the log, number ");
        Part first = read(0);
        long whole = sent.getFirst();
        assertThat(text(first)).startsWith("a line of the log, number 0\n").endsWith("number 999\n");
        StringBuilder followed = new StringBuilder();
        long position = first.next();
        for (int i = 0; i < 10; i++) {
            write(2, "zwölf ");
            Part part = read(position);
            assertThat(part.from()).isEqualTo(position);
            assertThat(part.ended()).isFalse();
            followed.append(text(part));
            position = part.next();
        }
        assertThat(followed.toString().lines()).hasSize(20).first().isEqualTo("zwölf 1000");
        assertThat(followed.toString()).endsWith("zwölf 1019\n");
        assertThat(sent.subList(1, 11))
                .allSatisfy(bytes -> assertThat((long) bytes).isLessThan(whole / 50));
        assertThat(text(read(position))).isEmpty();
        assertThat(text(read(first.next()))).as("from an earlier position").isEqualTo(followed.toString());
        assertThat(sent.getLast()).as("that is read from the beginning").isGreaterThan((int) whole);
    }

    @Test
    void goes_on_behind_the_last_lines_and_tells_another_run_as_the_end() throws Exception {
        write(100, "line ");
        Part last = logs.tail("shop-a-web-1", Stream.STDOUT, 2).orElseThrow();
        assertThat(text(last)).isEqualTo("line 98\nline 99\n");
        write(1, "more ");
        assertThat(text(read(last.next()))).isEqualTo("more 100\n");
        assertThat(sent.getLast()).isLessThan(200);
        restarts++;
        lines.clear();
        write(1, "anew ");
        assertThat(read(last.next()).ended()).isTrue();
        assertThat(text(read(0))).isEqualTo("anew 0\n");
    }
}
