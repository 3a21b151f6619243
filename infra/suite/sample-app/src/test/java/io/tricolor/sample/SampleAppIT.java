package io.tricolor.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar as a process of its own. */
class SampleAppIT {

    private static final Path JAR = Path.of(
            System.getProperty("tricolor.home"),
            "infra/suite/sample-app/target/tricolor-sample-app-0.1.0-SNAPSHOT.jar");

    private Process process;

    @AfterEach
    void stop() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    @Test
    void sigterm_lets_a_running_request_finish() throws Exception {
        int port = start(Map.of("PORT", "0", "TRICOLOR_VERSION", "1.0", "TRICOLOR_CLUSTER", "A"));
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + port + "/orders?delayMs=2000");
            CompletableFuture<HttpResponse<String>> slow = client.sendAsync(
                    HttpRequest.newBuilder(uri)
                            .POST(BodyPublishers.ofString("abc"))
                            .build(),
                    BodyHandlers.ofString());
            HttpRequest health = HttpRequest.newBuilder(uri.resolve("/health")).build();
            assertThat(client.send(health, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            process.destroy();
            assertThat(slow.get(10, TimeUnit.SECONDS).body()).contains("\"version\":\"1.0\"", "\"length\":3");
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void falls_over_after_so_many_requests_that_are_no_health_checks(@TempDir Path directory) throws Exception {
        Map<String, String> env = Map.of(
                "PORT",
                "0",
                "EXIT_AFTER_REQUESTS",
                "1",
                "EXIT_MARKER",
                directory.resolve("fallen").toString());
        int port = start(env);
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + port + "/items/1");
            HttpRequest health = HttpRequest.newBuilder(uri.resolve("/health")).build();
            HttpRequest item = HttpRequest.newBuilder(uri).build();
            for (HttpRequest request : new HttpRequest[] {health, health, item}) {
                assertThat(client.send(request, BodyHandlers.ofString()).statusCode())
                        .isEqualTo(200);
            }
            assertThatThrownBy(() -> client.send(item, BodyHandlers.ofString())).isInstanceOf(IOException.class);
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(3);
            URI again = URI.create("http://127.0.0.1:" + start(env) + "/health");
            assertThat(client.send(HttpRequest.newBuilder(again).build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(503);
        }
    }

    @Test
    void refuses_to_start_without_a_port() throws Exception {
        ProcessBuilder builder = builder();
        builder.environment().remove("PORT");
        process = builder.start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("PORT must be set");
    }

    private int start(Map<String, String> env) throws IOException {
        ProcessBuilder builder = builder();
        builder.environment().putAll(env);
        process = builder.start();
        BufferedReader out = process.inputReader();
        String line = out.readLine();
        assertThat(line).contains("listens on port");
        return Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
    }

    private static ProcessBuilder builder() {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx32m",
                        "-jar",
                        JAR.toString())
                .redirectErrorStream(true);
    }
}
