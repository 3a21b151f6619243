package io.tricolor.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SampleServerTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private SampleServer server;

    @BeforeEach
    void start() throws IOException {
        server = SampleServer.start(new Settings("127.0.0.1", 0, "2.0", "B", "i-1", false, Duration.ZERO, 0, 0, null));
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.drainAndStop(Duration.ZERO, Duration.ofSeconds(1));
        client.close();
    }

    @Test
    void says_who_answers_and_who_asks() throws Exception {
        HttpResponse<String> answer =
                client.send(request("/orders/1?x=1").header("X-User-Id", "42").build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"version\":\"2.0\",\"cluster\":\"B\",\"instance\":\"i-1\",\"path\":\"/orders/1\",\"userId\":\"42\"}");
    }

    @Test
    void finds_the_user_in_cookie_and_query() throws Exception {
        assertThat(client.send(request("/").header("Cookie", "a=b; userId=7").build(), BodyHandlers.ofString())
                        .body())
                .contains("\"userId\":\"7\"");
        assertThat(client.send(request("/?a=1&userId=a%22b").build(), BodyHandlers.ofString())
                        .body())
                .contains("\"userId\":\"a\\\"b\"");
        assertThat(client.send(request("/").build(), BodyHandlers.ofString()).body())
                .contains("\"userId\":null");
    }

    @Test
    void echoes_the_length_of_a_post_and_takes_its_time() throws Exception {
        long before = System.nanoTime();
        HttpResponse<String> answer = client.send(
                request("/orders").POST(BodyPublishers.ofString("hello")).build(), BodyHandlers.ofString());
        assertThat(answer.body()).contains("\"length\":5");
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        assertThat(client.send(
                                request("/orders?delayMs=99999")
                                        .POST(BodyPublishers.noBody())
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(400);
        assertThat(client.send(
                                request("/orders?delayMs=0")
                                        .POST(BodyPublishers.ofByteArray(new byte[(1 << 20) + 1]))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void a_drained_server_is_unhealthy_at_once_and_finishes_what_is_in_flight() throws Exception {
        CompletableFuture<HttpResponse<String>> slow = client.sendAsync(
                request("/orders?delayMs=800")
                        .POST(BodyPublishers.ofString("x"))
                        .build(),
                BodyHandlers.ofString());
        while (!server.isBusy()) {
            Thread.onSpinWait();
        }
        CompletableFuture<Void> drained = CompletableFuture.runAsync(() -> {
            try {
                server.drainAndStop(Duration.ofMillis(200), Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        while (client.send(request("/health").build(), BodyHandlers.ofString()).statusCode() != 503) {
            Thread.onSpinWait();
        }
        assertThat(slow).isNotDone();
        assertThat(client.send(request("/late").build(), BodyHandlers.ofString())
                        .headers()
                        .firstValue("Connection"))
                .hasValue("close");
        assertThat(slow.get().statusCode()).isEqualTo(200);
        drained.get();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    @Test
    void fails_requests_but_not_its_health_where_it_is_told_to() throws Exception {
        SampleServer faulty =
                SampleServer.start(new Settings("127.0.0.1", 0, "2.0", "B", "i-1", false, Duration.ZERO, 0, 100, null));
        try {
            URI root = URI.create("http://127.0.0.1:" + faulty.port());
            assertThat(client.send(
                                    HttpRequest.newBuilder(root.resolve("/orders/1"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(500);
            assertThat(client.send(
                                    HttpRequest.newBuilder(root.resolve("/health"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        } finally {
            faulty.drainAndStop(Duration.ZERO, Duration.ofSeconds(1));
        }
    }
}
