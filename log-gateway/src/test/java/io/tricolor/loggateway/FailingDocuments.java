package io.tricolor.loggateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Elasticsearch as it is, except that it answers 500 for documents whose id begins with {@code fails-}. */
final class FailingDocuments implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpServer server;
    private final String target;

    FailingDocuments(String target) throws IOException {
        this.target = target.replaceAll("/+$", "");
        this.server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean bulk = exchange.getRequestURI().getPath().endsWith("/_bulk");
            HttpResponse<byte[]> answer = bulk ? null : forward(exchange, body);
            byte[] content = answer == null ? bulk(exchange, new String(body, UTF_8)) : answer.body();
            exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
            exchange.getResponseHeaders()
                    .set(
                            "Content-Type",
                            answer == null
                                    ? "application/vnd.elasticsearch+json;compatible-with=9"
                                    : answer.headers()
                                            .firstValue("Content-Type")
                                            .orElse("application/json"));
            exchange.sendResponseHeaders(
                    answer == null ? 200 : answer.statusCode(), content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private byte[] bulk(HttpExchange exchange, String body) throws IOException, InterruptedException {
        List<String> lines = body.lines().toList();
        StringBuilder good = new StringBuilder();
        List<String> failing = new ArrayList<>();
        for (int i = 0; i < lines.size(); i += 2) {
            String id = JSON.readTree(lines.get(i)).at("/create/_id").asString("");
            failing.add(id.startsWith("fails-") ? id : "");
            if (!id.startsWith("fails-")) {
                good.append(lines.get(i)).append("\n").append(lines.get(i + 1)).append("\n");
            }
        }
        JsonNode answered = good.isEmpty()
                ? JSON.createObjectNode()
                : JSON.readTree(
                        forward(exchange, good.toString().getBytes(UTF_8)).body());
        ObjectNode whole = JSON.createObjectNode().put("took", 1).put("errors", true);
        ArrayNode items = whole.putArray("items");
        int next = 0;
        for (String id : failing) {
            if (id.isEmpty()) {
                items.add(answered.path("items").get(next++));
            } else {
                ObjectNode item = items.addObject().putObject("create");
                item.put("_index", "x").put("_id", id).put("status", 500);
                item.putObject("error").put("type", "null_pointer_exception").put("reason", "fails for ever");
            }
        }
        return JSON.writeValueAsBytes(whole);
    }

    private HttpResponse<byte[]> forward(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target + exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
        for (String name : List.of("Content-Type", "Accept")) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                request.header(name, value);
            }
        }
        return http.send(request.build(), BodyHandlers.ofByteArray());
    }

    @Override
    public void close() {
        server.stop(0);
        http.close();
    }
}
