package io.tricolor.marathon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Talks to an engine as a person with curl would. */
final class MarathonClient implements AutoCloseable {

    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final URI base;
    final HttpClient http = HttpClient.newHttpClient();

    MarathonClient(URI base) {
        this.base = base;
    }

    record Answer(int status, String text, HttpResponse<String> response) {
        JsonNode json() {
            return JSON.readTree(text);
        }
    }

    Answer call(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body.replace('\'', '"')))
                .timeout(Duration.ofSeconds(60))
                .build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body(), response);
    }

    Answer get(String path) throws IOException, InterruptedException {
        return call("GET", path, "");
    }

    Answer accepted(String method, String path, String body) throws IOException, InterruptedException {
        Answer answer = call(method, path, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.text()).isBetween(200, 299);
        return answer;
    }

    /** Creates an app and waits for the end of its deployment. */
    void run(String body) throws Exception {
        String id = accepted("POST", "/v2/apps", body).json().path("id").stringValue();
        awaitSettled(id);
    }

    void awaitSettled(String id) throws Exception {
        await(id + " to settle", () -> {
            JsonNode app = get("/v2/apps" + id).json().path("app");
            return app.path("deployments").isEmpty()
                    && app.path("tasks").size() == app.path("instances").intValue();
        });
    }

    List<String> taskIds(String id) throws IOException, InterruptedException {
        List<String> ids = new ArrayList<>();
        get("/v2/apps" + id + "/tasks")
                .json()
                .path("tasks")
                .forEach(task -> ids.add(task.path("id").stringValue()));
        return ids;
    }

    static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("waited too long for " + what).isLessThan(end);
            Thread.sleep(50); // between two looks, not in place of a condition
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
