package io.tricolor.standalone.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API of strategy-service as one person uses it. */
final class Api {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final JsonMapper json = JsonMapper.builder().build();
    private final HttpClient client;
    private final URI root;
    private final String token;

    Api(HttpClient client, URI root, String token) {
        this.client = client;
        this.root = root;
        this.token = token;
    }

    /** An answer that was no error. */
    record Answer(int status, JsonNode body, @Nullable String location) {}

    Answer get(String path) throws InterruptedException {
        return expectSuccess("GET", path, send("GET", path, null));
    }

    Answer post(String path, Object body) throws InterruptedException {
        return expectSuccess("POST", path, send("POST", path, body));
    }

    /** False when the state forbids it, as when there is a thing of that name already. */
    boolean isPosted(String path, Object body) throws InterruptedException {
        HttpResponse<String> response = send("POST", path, body);
        return response.statusCode() != 409
                && expectSuccess("POST", path, response).status() < 300;
    }

    Answer put(String path, Object body) throws InterruptedException {
        return expectSuccess("PUT", path, send("PUT", path, body));
    }

    /** What is at the path; empty when there is nothing (yet). */
    Optional<JsonNode> find(String path) throws InterruptedException {
        HttpResponse<String> response = send("GET", path, null);
        return response.statusCode() == 404
                ? Optional.empty()
                : Optional.of(expectSuccess("GET", path, response).body());
    }

    private HttpResponse<String> send(String method, String path, @Nullable Object body) throws InterruptedException {
        var request = HttpRequest.newBuilder(root.resolve(path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(json.writeValueAsString(body)))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new DemoFailed(method + " " + request.uri() + " got no answer: " + e, e);
        }
    }

    private Answer expectSuccess(String method, String path, HttpResponse<String> response) {
        if (response.statusCode() >= 300) {
            throw new DemoFailed(method + " " + root.resolve(path) + " was answered " + response.statusCode() + ": "
                    + problem(response.body()));
        }
        JsonNode body = response.body().isBlank() ? json.createObjectNode() : json.readTree(response.body());
        return new Answer(
                response.statusCode(),
                body,
                response.headers().firstValue("Location").orElse(null));
    }

    private String problem(String body) {
        try {
            JsonNode problem = json.readTree(body);
            return problem.path("code").asString("") + " "
                    + problem.path("detail").asString(body);
        } catch (JacksonException e) {
            return body;
        }
    }
}
