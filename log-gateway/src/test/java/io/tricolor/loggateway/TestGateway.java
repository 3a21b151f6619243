package io.tricolor.loggateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.Ports;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.TestTokens;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A log-gateway on a free port, and its clients. The registry is away. */
final class TestGateway implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final TestTokens tokens = TestTokens.create();
    private final HttpClient http = HttpClient.newHttpClient();
    private final ConfigurableApplicationContext context;
    private final URI base;
    private final List<String> arguments;

    /** The gateway's own request log goes to itself. */
    TestGateway(String kafka, String elasticsearch, Path dir, String... settings) throws IOException {
        int port = Ports.free();
        base = URI.create("http://127.0.0.1:" + port);
        Path token = Files.writeString(
                dir.resolve("log-gateway.token"),
                tokens.bearer("log-gateway", "service").replace("Bearer ", ""));
        List<String> all = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--spring.kafka.bootstrap-servers=" + kafka,
                "--spring.cloud.consul.enabled=false",
                "--tricolor.elasticsearch.url=" + elasticsearch,
                "--tricolor.log-gateway.url=" + base,
                "--tricolor.security.token-file=" + token,
                "--tricolor.security.public-key=" + tokens.publicKey()));
        all.addAll(List.of(settings));
        arguments = List.copyOf(all);
        context = new SpringApplicationBuilder(LogGateway.class, CheckedAnswers.class)
                .web(WebApplicationType.REACTIVE)
                .run(all.toArray(String[]::new));
    }

    /** Starts another instance in a JVM of its own; returns when it is ready. */
    Process startAnother() throws IOException {
        int port = Ports.free();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                LogGateway.class.getName()));
        command.addAll(arguments);
        command.add(command.indexOf(LogGateway.class.getName()) + 1, "--server.port=" + port);
        command.remove("--server.port=" + base.getPort());
        Process process = new ProcessBuilder(command).inheritIO().start();
        HttpRequest ready = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/actuator/health/readiness"))
                .build();
        await().atMost(Duration.ofMinutes(2))
                .ignoreExceptions()
                .until(() -> http.send(ready, BodyHandlers.discarding()).statusCode() == 200);
        return process;
    }

    HttpResponse<String> post(Collection<? extends JsonNode> lines) {
        return post(ndjson(lines).getBytes(UTF_8), "application/x-ndjson", null, "service");
    }

    HttpResponse<String> postGzip(Collection<? extends JsonNode> lines) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(ndjson(lines).getBytes(UTF_8));
        }
        return post(bytes.toByteArray(), "application/x-ndjson", "gzip", "service");
    }

    HttpResponse<String> postText(String lines) {
        return post(lines.getBytes(UTF_8), "application/x-ndjson", null, "service");
    }

    String bearer(String... roles) {
        return tokens.bearer("ann", roles);
    }

    String url() {
        return base.toString();
    }

    HttpResponse<String> post(byte[] body, String type, String encoding, String... roles) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve("/api/logs"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(body));
        if (encoding != null) {
            request.header("Content-Encoding", encoding);
        }
        if (roles.length > 0) {
            request.header("Authorization", tokens.bearer("order-service", roles));
        }
        return send(request);
    }

    HttpResponse<String> get(String path, String... roles) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        if (roles.length > 0) {
            request.header("Authorization", tokens.bearer("ann", roles));
        }
        return send(request);
    }

    JsonNode find(String path) {
        HttpResponse<String> answer = get(path, "viewer");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    /** All pages. */
    List<JsonNode> findAll(String path, String list, int limit) {
        List<JsonNode> found = new ArrayList<>();
        String after = "";
        while (true) {
            JsonNode page = find(path + "&limit=" + limit + after);
            page.get(list).forEach(found::add);
            if (page.get("next").isNull()) {
                return found;
            }
            after = "&after=" + page.get("next").asString();
        }
    }

    JsonNode health() {
        HttpResponse<String> answer = get("/actuator/health");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    static String ndjson(Collection<? extends JsonNode> lines) {
        return lines.stream().map(JsonNode::toString).collect(Collectors.joining("\n", "", "\n"));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        context.close();
        http.close();
    }
}
