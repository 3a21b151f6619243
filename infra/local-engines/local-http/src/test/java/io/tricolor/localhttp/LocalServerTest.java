package io.tricolor.localhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LocalServerTest {
    record Greeting(String name, int times) {}

    private final CompletableFuture<EventSink> sink = new CompletableFuture<>();
    private final CountDownLatch waiting = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final List<String> observed = new CopyOnWriteArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private LocalServer server;

    @BeforeEach
    void start() throws IOException {
        server = LocalServer.builder()
                .maxBodyBytes(1000)
                .header("X-Engine", "test")
                .observer((method, route, status, nanos) -> observed.add(method + " " + route + " " + status))
                .errors(failure -> failure instanceof HttpFailure http
                        ? Response.json(http.status(), Map.of("message", http.reason()))
                                .headers(http.headers())
                        : Response.json(500, Map.of("message", "broken")))
                .get("/apps", request -> Response.text(200, "all"))
                .get("/apps/{id*}", request -> Response.text(200, "app " + request.path("id")))
                .delete("/apps/{id*}", request -> Response.empty(204))
                .get("/apps/{id*}/versions", request -> Response.text(200, "versions of " + request.path("id")))
                .get(
                        "/apps/{id*}/versions/{v}",
                        request -> Response.text(200, request.path("id") + " at " + request.path("v")))
                .get("/kv/{key**}", request -> Response.text(200, "[" + request.path("key") + "]"))
                .get(
                        "/query",
                        request -> Response.json(Map.of(
                                "index", request.queryLong("index").orElse(-1L),
                                "limit", request.queryInt("limit").orElse(10),
                                "raw", request.queryFlag("raw"),
                                "tags", request.queryAll("tag"))))
                .put("/echo", request -> Response.bytes(200, "application/octet-stream", request.body()))
                .put("/ignored", request -> Response.text(200, "not read"))
                .post("/json", request -> Response.json(201, request.json(Greeting.class)))
                .get("/broken", request -> {
                    throw new IllegalStateException("defect");
                })
                .get(
                        "/unwritable",
                        request -> Response.json(new Object() {
                            @SuppressWarnings("unused")
                            public String getValue() {
                                throw new IllegalStateException("cannot be written");
                            }
                        }))
                .get("/wait", request -> {
                    waiting.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                    }
                    return Response.empty(204);
                })
                .get("/events", request -> Response.events(Duration.ofMillis(50), sink::complete))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        client.shutdownNow();
    }

    @Test
    void most_specific_route_answers_and_wildcards_take_slashes() throws Exception {
        assertThat(get("/apps").body()).isEqualTo("all");
        assertThat(get("/apps/").body()).isEqualTo("all");
        assertThat(get("/apps//shop/a/web").body()).isEqualTo("app shop/a/web");
        assertThat(get("/apps/%2Fshop%2Fa").body()).isEqualTo("app /shop/a");
        assertThat(get("/apps/shop/a/versions").body()).isEqualTo("versions of shop/a");
        assertThat(get("//apps/shop//a/versions/2026-01-01T00:00:00.000Z").body())
                .isEqualTo("shop/a at 2026-01-01T00:00:00.000Z");
    }

    @Test
    void rest_of_a_path_may_be_empty_and_keeps_its_last_slash() throws Exception {
        assertThat(get("/kv/").body()).isEqualTo("[]");
        assertThat(get("/kv").body()).isEqualTo("[]");
        assertThat(get("/kv/a/b").body()).isEqualTo("[a/b]");
        assertThat(get("/kv/a/b/").body()).isEqualTo("[a/b/]");
        assertThat(get("/kv/a%20b+c%2Fd").body()).isEqualTo("[a b+c/d]");
    }

    @Test
    void wildcard_of_one_or_more_never_takes_nothing() throws Exception {
        HttpResponse<String> response = send("DELETE", "/apps/", BodyPublishers.noBody());
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).hasValue("GET");
    }

    @Test
    void query_parameters_are_typed_and_bad_ones_are_refused() throws Exception {
        assertThat(get("/query?index=7&limit=3&raw&tag=a&tag=b%2Fc").body())
                .contains("\"index\":7", "\"limit\":3", "\"raw\":true", "[\"a\",\"b/c\"]");
        assertThat(get("/query?raw=false").body()).contains("\"raw\":false", "\"index\":-1");
        for (String bad : List.of("index=x", "limit=3000000000", "raw=perhaps", "raw=2")) {
            assertThat(get("/query?" + bad).statusCode()).as(bad).isEqualTo(400);
        }
    }

    @Test
    void failures_go_through_the_format_of_the_engine() throws Exception {
        assertThat(get("/nowhere").statusCode()).isEqualTo(404);
        assertThat(get("/nowhere").body()).isEqualTo("{\"message\":\"no such path: /nowhere\"}");
        assertThat(get("/broken").statusCode()).isEqualTo(500);
        assertThat(get("/broken").body()).isEqualTo("{\"message\":\"broken\"}");
        assertThat(get("/unwritable").statusCode()).isEqualTo(500);
    }

    @Test
    void json_goes_both_ways_and_broken_json_is_refused() throws Exception {
        HttpResponse<String> created = send("POST", "/json", BodyPublishers.ofString("{\"name\":\"é\",\"times\":2}"));
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.body()).isEqualTo("{\"name\":\"é\",\"times\":2}");
        for (String bad : List.of("", "{", "[]", "null", "{\"times\":\"x\"}")) {
            assertThat(send("POST", "/json", BodyPublishers.ofString(bad)).statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
    }

    @Test
    void chunked_bodies_with_an_upgrade_offer_are_read() throws Exception {
        byte[] content = "x".repeat(900).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> response =
                    send("PUT", "/echo", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content)));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).hasSize(900);
            assertThat(response.headers().firstValue("X-Engine")).hasValue("test");
        }
    }

    @Test
    void connection_goes_on_after_a_body_that_nobody_read() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(10_000);
            String put =
                    "PUT /ignored HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
            String get = "GET /apps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write((put + get).getBytes(StandardCharsets.US_ASCII));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answers).contains("not read").endsWith("all");
        }
    }

    @Test
    void too_large_a_body_is_refused_with_and_without_a_length() throws Exception {
        byte[] large = new byte[3_000_000];
        assertThat(send("PUT", "/echo", BodyPublishers.ofByteArray(new byte[1000]))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send("PUT", "/echo", BodyPublishers.ofByteArray(new byte[1001]))
                        .statusCode())
                .isEqualTo(413);
        assertThat(send("PUT", "/echo", BodyPublishers.ofByteArray(large)).statusCode())
                .isEqualTo(413);
        assertThat(send("PUT", "/echo", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void requests_that_a_web_page_could_cause_are_refused() throws Exception {
        assertThat(raw("GET /apps HTTP/1.1\r\nHost: evil.example:" + server.port()))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET /apps HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET /apps HTTP/1.1\r\nHost: LOCALHOST:1\r\nOrigin: http://127.0.0.1:8400"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void events_are_flushed_one_by_one_and_end_when_the_producer_ends() throws Exception {
        HttpResponse<java.io.InputStream> response = client.send(
                HttpRequest.newBuilder(server.uri().resolve("/events")).build(), BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            EventSink events = sink.get(10, TimeUnit.SECONDS);
            assertThat(events.send("status", "7", "one\ntwo")).isTrue();
            assertThat(nextEvent(reader)).containsExactly("event: status", "id: 7", "data: one", "data: two");
            assertThat(events.send(null, null, "three")).isTrue();
            assertThat(nextEvent(reader)).containsExactly("data: three");
            events.send(null, null, "last");
            events.close();
            assertThat(nextEvent(reader)).containsExactly("data: last");
            assertThat(reader.readLine()).isNull();
            assertThat(events.send(null, null, "late")).isFalse();
        }
    }

    @Test
    void stream_ends_when_the_client_leaves() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream()
                    .write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            sink.get(10, TimeUnit.SECONDS);
        }
        CountDownLatch closed = new CountDownLatch(1);
        sink.get().onClose(closed::countDown);
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(sink.get().isOpen()).isFalse();
    }

    @Test
    void client_that_does_not_read_is_cut_off() {
        EventSink events = new EventSink();
        long accepted = IntStream.range(0, EventSink.CAPACITY + 10)
                .filter(i -> events.send(null, null, "x"))
                .count();
        assertThat(accepted).isEqualTo(EventSink.CAPACITY);
        assertThat(events.isOpen()).isFalse();
    }

    @Test
    void closing_wakes_handlers_that_wait_and_frees_the_port() throws Exception {
        CompletableFuture<HttpResponse<String>> pending = client.sendAsync(
                HttpRequest.newBuilder(server.uri().resolve("/wait")).build(), BodyHandlers.ofString());
        assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
        int port = server.port();
        server.close();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> pending.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
        try (LocalServer again = LocalServer.builder().port(port).start()) {
            assertThat(again.port()).isEqualTo(port);
        }
    }

    @Test
    void used_port_and_public_address_are_clear_errors() {
        assertThatThrownBy(() -> LocalServer.builder().port(server.port()).start())
                .isInstanceOf(BindException.class)
                .hasMessageContaining("port " + server.port() + " on 127.0.0.1 cannot be used");
        assertThatThrownBy(() -> LocalServer.builder().address("0.0.0.0").start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("loopback");
    }

    @Test
    void observer_sees_the_template_and_not_the_path() throws Exception {
        get("/apps/shop/a");
        get("/nowhere");
        // The observer is told after the answer is on its way.
        await().untilAsserted(() -> assertThat(observed).contains("GET /apps/{id*} 200", "GET unmatched 404"));
    }

    @Test
    void head_answers_like_get_without_a_body() throws Exception {
        HttpResponse<String> response = send("HEAD", "/apps", BodyPublishers.noBody());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send("GET", path, BodyPublishers.noBody());
    }

    private HttpResponse<String> send(String method, String path, HttpRequest.BodyPublisher body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(server.uri() + path))
                        .timeout(Duration.ofSeconds(20))
                        .method(method, body)
                        .build(),
                BodyHandlers.ofString());
    }

    private String raw(String head) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write((head + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> nextEvent(BufferedReader reader) throws IOException {
        List<String> lines = new CopyOnWriteArrayList<>();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.isEmpty()) {
                if (!lines.isEmpty()) {
                    return lines;
                }
            } else if (!line.startsWith(":")) {
                lines.add(line);
            }
        }
        throw new IOException("the stream ended");
    }
}
