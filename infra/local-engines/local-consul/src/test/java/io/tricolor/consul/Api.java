package io.tricolor.consul;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A plain client of the API under test. */
final class Api {
    record Answer(int status, String body, long index) {
        JsonNode json() {
            return JSON.readTree(body);
        }
    }

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final URI base;

    Api(URI base) {
        this.base = base;
    }

    Answer get(String path) throws IOException, InterruptedException {
        return answer(CLIENT.send(request("GET", path, ""), BodyHandlers.ofString()));
    }

    CompletableFuture<Answer> getAsync(String path) {
        return CLIENT.sendAsync(request("GET", path, ""), BodyHandlers.ofString())
                .thenApply(Api::answer);
    }

    Answer put(String path, String body) throws IOException, InterruptedException {
        return answer(CLIENT.send(request("PUT", path, body), BodyHandlers.ofString()));
    }

    Answer delete(String path) throws IOException, InterruptedException {
        return answer(CLIENT.send(request("DELETE", path, ""), BodyHandlers.ofString()));
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    private static Answer answer(HttpResponse<String> response) {
        return new Answer(
                response.statusCode(),
                response.body(),
                response.headers()
                        .firstValue("X-Consul-Index")
                        .map(Long::parseUnsignedLong)
                        .orElse(-1L));
    }
}
