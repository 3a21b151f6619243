package io.tricolor.kit.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class HttpCallsTest {

    private static final Duration SHORT = Duration.ofMillis(300);

    /** Answers by the first line of the request, as it likes, on a socket. */
    private interface Peer {
        void answer(String path, OutputStream out) throws Exception;
    }

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final CountDownLatch clientIsGone = new CountDownLatch(1);
    private ServerSocket server;
    private volatile Peer peer = (path, out) -> {};

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    Thread.ofVirtual().start(() -> serve(socket));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            String first = in.readLine();
            while (first != null && !in.readLine().isEmpty()) {}
            if (first != null) {
                String path = first.split(" ")[1];
                asked.add(path);
                peer.answer(path, socket.getOutputStream());
            }
        } catch (IOException e) {
            clientIsGone.countDown();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void drip(OutputStream out) throws Exception {
        while (true) {
            out.write('x');
            out.flush();
            new CountDownLatch(1).await(10, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(UTF_8));
        out.flush();
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private HttpRequest get(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort() + path))
                .build();
    }

    private static HttpCalls.Builder client() {
        return HttpCalls.named("peer").within(Duration.ofSeconds(10));
    }

    @Test
    void gives_status_headers_and_body() throws Exception {
        peer = (path, out) -> write(out, "HTTP/1.1 404 Nope\r\nX-A: b\r\nContent-Length: 4\r\n\r\nnone");
        try (HttpCalls calls = client().build()) {
            HttpAnswer answer = calls.send(get("/a"));
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.isOk()).isFalse();
            assertThat(answer.text()).isEqualTo("none");
            assertThat(answer.headers().firstValue("x-a")).hasValue("b");
        }
    }

    @Test
    void ends_when_the_headers_never_end() throws Exception {
        peer = (path, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nX-Long: ");
            drip(out);
        };
        try (HttpCalls calls = client().within(SHORT).build()) {
            assertThatThrownBy(() -> calls.send(get("/"))).isInstanceOf(HttpTimeoutException.class);
            clientIsGone.await();
        }
    }

    @Test
    void ends_when_the_body_comes_for_ever_and_closes_the_connection() throws Exception {
        peer = (path, out) -> {
            write(out, "HTTP/1.1 200 OK\r\n\r\n");
            drip(out);
        };
        try (HttpCalls calls = client().within(SHORT).build()) {
            assertThatThrownBy(() -> calls.send(get("/")))
                    .isInstanceOf(HttpTimeoutException.class)
                    .hasMessageContaining("all of its answer");
            clientIsGone.await();
        }
    }

    @Test
    void ends_when_the_body_stops_in_the_middle() throws Exception {
        peer = (path, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            new CountDownLatch(1).await(15, java.util.concurrent.TimeUnit.SECONDS);
        };
        try (HttpCalls calls = client().within(SHORT).build()) {
            assertThatThrownBy(() -> calls.send(get("/"))).isInstanceOf(HttpTimeoutException.class);
        }
        peer = (path, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        try (HttpCalls calls = client().build()) {
            assertThatThrownBy(() -> calls.send(get("/")))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(HttpTimeoutException.class);
        }
    }

    @Test
    void takes_no_more_than_its_limit() throws Exception {
        peer = (path, out) -> {
            write(out, "HTTP/1.1 200 OK\r\n\r\n");
            drip(out);
        };
        try (HttpCalls calls = client().atMostBytes(5).build()) {
            assertThatThrownBy(() -> calls.send(get("/"))).isInstanceOf(BodyTooLarge.class);
            clientIsGone.await();
        }
    }

    @Test
    void follows_redirects_only_on_the_same_host_and_only_when_asked() throws Exception {
        peer = (path, out) -> {
            switch (path) {
                case "/here" -> write(out, "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
                case "/away" ->
                    write(out, "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/x\r\nContent-Length: 0\r\n\r\n");
                case "/broken" -> write(out, "HTTP/1.1 302 Found\r\nLocation: http://%%\r\nContent-Length: 0\r\n\r\n");
                case "/round" -> write(out, "HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n");
                default -> write(out, ok("there"));
            }
        };
        try (HttpCalls plain = client().build();
                HttpCalls following = client().followOnTheSameHost(3).build()) {
            assertThat(plain.send(get("/here")).status()).isEqualTo(302);
            assertThat(following.send(get("/here")).text()).isEqualTo("there");
            assertThat(following.send(get("/away")).status()).isEqualTo(302);
            assertThat(following.send(get("/broken")).status()).isEqualTo(302);
            asked.clear();
            assertThat(following.send(get("/round")).status()).isEqualTo(302);
            assertThat(asked).hasSize(4);
        }
    }

    @Test
    void downloads_into_a_stream_within_limits_of_its_own() throws Exception {
        peer = (path, out) -> write(
                out, path.equals("/good") ? ok("x".repeat(100)) : "HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nwhy");
        try (HttpCalls calls = client().atMostBytes(10).build()) {
            ByteArrayOutputStream target = new ByteArrayOutputStream();
            assertThat(calls.download(get("/good"), target, 100, Duration.ofSeconds(5))
                            .isOk())
                    .isTrue();
            assertThat(target.size()).isEqualTo(100);
            assertThatThrownBy(
                            () -> calls.download(get("/good"), new ByteArrayOutputStream(), 99, Duration.ofSeconds(5)))
                    .isInstanceOf(BodyTooLarge.class);
            target.reset();
            HttpAnswer refused = calls.download(get("/bad"), target, 100, Duration.ofSeconds(5));
            assertThat(refused.status()).isEqualTo(500);
            assertThat(refused.text()).isEqualTo("why");
            assertThat(target.size()).isZero();
        }
    }

    @Test
    void reads_lines_until_the_other_side_is_silent() throws Exception {
        List<String> lines = new ArrayList<>();
        List<String> order = new ArrayList<>();
        peer = (path, out) -> {
            write(out, "HTTP/1.1 200 OK\r\n\r\nevent: a\r\nda");
            write(out, "ta: ü\n\n");
            if (path.equals("/silent")) {
                new CountDownLatch(1).await(15, java.util.concurrent.TimeUnit.SECONDS);
            }
        };
        try (HttpCalls calls = client().build()) {
            calls.lines(get("/ends"), Duration.ofSeconds(5), () -> order.add("opened"), line -> {
                order.add("line");
                lines.add(line);
            });
            assertThat(lines).containsExactly("event: a", "data: ü", "");
            assertThat(order.getFirst()).isEqualTo("opened");
            assertThatThrownBy(() -> calls.lines(get("/silent"), SHORT, () -> {}, lines::add))
                    .isInstanceOf(HttpTimeoutException.class)
                    .hasMessageContaining("nothing");
            peer = (path, out) -> write(out, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
            assertThatThrownBy(() -> calls.lines(get("/refuses"), SHORT, () -> {}, lines::add))
                    .hasMessageContaining("503");
        }
        try (HttpCalls calls = client().atMostBytes(5).build()) {
            peer = (path, out) -> {
                write(out, "HTTP/1.1 200 OK\r\n\r\n");
                drip(out);
            };
            assertThatThrownBy(() -> calls.lines(get("/"), SHORT, () -> {}, lines::add))
                    .isInstanceOf(BodyTooLarge.class);
        }
    }

    @Test
    void says_who_cannot_be_reached() throws Exception {
        server.close();
        try (HttpCalls calls = client().build()) {
            assertThatThrownBy(() -> calls.send(get("/")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("peer cannot be reached at 127.0.0.1:" + server.getLocalPort());
        }
    }

    @Test
    void an_interrupt_ends_a_call() throws Exception {
        peer = (path, out) -> new CountDownLatch(1).await(15, java.util.concurrent.TimeUnit.SECONDS);
        List<Throwable> thrown = new CopyOnWriteArrayList<>();
        try (HttpCalls calls = client().build()) {
            Thread caller = Thread.ofVirtual().start(() -> {
                try {
                    calls.send(get("/"));
                } catch (IOException | InterruptedException e) {
                    thrown.add(e);
                }
            });
            await().until(() -> asked.size() == 1);
            caller.interrupt();
            caller.join();
            assertThat(thrown).singleElement().isInstanceOf(InterruptedException.class);
        }
    }
}
