package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.RawClient;
import io.tricolor.router.testing.RawInstance;
import io.tricolor.router.testing.RawInstance.Script;
import io.tricolor.router.testing.Tables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Instances that say more, or something else, than one answer to one request: whoever is next on the connection gets
 * what is meant for them.
 */
class PooledConnectionTest {

    private static final int PATIENCE = 10_000;
    private static final String EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";

    @TempDir
    private static Path directory;

    private static FakeStrategy strategy;
    private static FakeConsul consul;
    private static RawInstance instance;
    private static GatewayProcess gateway;

    /** Opened when an instance has sent what comes late. */
    private static volatile CountDownLatch late = new CountDownLatch(0);

    private static String answer(String user) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + user.length() + "\r\n\r\n" + user;
    }

    /** The user that a request comes from, in a header that every script gives back. */
    private static String user(RawInstance.Request request) throws IOException {
        request.body();
        return String.valueOf(request.header("X-User"));
    }

    private static Script saying(String before, String after) {
        return (request, socket) -> RawInstance.write(socket, before + answer(user(request)) + after);
    }

    private static Script bodiless(String status, String headers) {
        return (request, socket) -> {
            user(request);
            RawInstance.write(socket, "HTTP/1.1 " + status + "\r\n" + headers + "\r\n" + EVIL);
        };
    }

    private static Map<String, Script> scripts() {
        Map<String, Script> scripts = new LinkedHashMap<>();
        scripts.put("100 unasked", saying("HTTP/1.1 100 Continue\r\n\r\n", ""));
        scripts.put("102", saying("HTTP/1.1 102 Processing\r\n\r\n", ""));
        scripts.put("103", saying("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", ""));
        scripts.put(
                "three of them",
                saying("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 199 X\r\n\r\n", ""));
        scripts.put("103 by itself", (request, socket) -> {
            RawInstance.write(socket, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
            RawInstance.write(socket, answer(user(request)));
        });
        scripts.put("103 with a length", saying("HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\n", ""));
        scripts.put("bytes after the answer", saying("", EVIL));
        scripts.put("bytes a moment after the answer", (request, socket) -> {
            RawInstance.write(socket, answer(user(request)));
            RawInstance.write(socket, EVIL);
            late.countDown();
        });
        scripts.put("bytes after the last chunk", (request, socket) -> {
            user(request);
            RawInstance.write(
                    socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nEARL\r\n0\r\n\r\n" + EVIL);
        });
        scripts.put("no bytes of HTTP after the answer", saying("", "\u0000\u0001garbage"));
        scripts.put("204 with body", bodiless("204 No Content", "Content-Length: 42\r\n"));
        scripts.put("204 with chunks", bodiless("204 No Content", "Transfer-Encoding: chunked\r\n"));
        scripts.put("304 with body", bodiless("304 Not Modified", "ETag: \"1\"\r\n"));
        scripts.put("304 with length and body", bodiless("304 Not Modified", "Content-Length: 42\r\n"));
        scripts.put("HEAD with body", bodiless("200 OK", "Content-Length: 42\r\n"));
        scripts.put("two lengths", (request, socket) -> {
            user(request);
            RawInstance.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 46\r\n\r\nEARL" + EVIL);
        });
        scripts.put("length and chunks", (request, socket) -> {
            user(request);
            RawInstance.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Length: 14\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nEARL\r\n0\r\n\r\n"
                            + EVIL);
        });
        scripts.put("answer before the body was read", (request, socket) -> {
            RawInstance.write(socket, answer(String.valueOf(request.header("X-User"))));
            request.body();
            RawInstance.write(socket, EVIL);
        });
        return scripts;
    }

    @BeforeAll
    static void start() {
        strategy = new FakeStrategy();
        consul = new FakeConsul();
        instance = new RawInstance(scripts(), (request, socket) -> RawInstance.write(socket, answer(user(request))));
        consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a-1", instance.port()));
        strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green())));
        gateway = new GatewayProcess(strategy.url(), consul.url(), directory.resolve("state"));
        Await.until("table", () -> gateway.state().snapshot().tables().containsKey("shop"));
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
        instance.close();
        consul.close();
        strategy.close();
    }

    @BeforeEach
    void forget() {
        instance.requests.clear();
    }

    static Stream<String> names() {
        return scripts().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void nobody_gets_what_was_meant_for_another(String script) throws IOException, InterruptedException {
        String method = script.startsWith("HEAD") ? "HEAD" : "POST";
        for (int i = 0; i < 15; i++) {
            try (RawClient first = new RawClient(gateway.url(), PATIENCE);
                    RawClient second = new RawClient(gateway.url(), PATIENCE)) {
                boolean early = script.contains("body was read");
                late = new CountDownLatch(script.contains("moment") ? 1 : 0);
                first.send(method + " / HTTP/1.1\r\nHost: x\r\nX-User: first-" + i + "\r\n" + RawInstance.SCRIPT + ": "
                        + script + "\r\nContent-Length: 500000\r\n\r\n");
                first.send("x".repeat(early ? 1000 : 500_000));
                assertThat(first.read(method).body()).doesNotContain("EVIL");
                assertThat(late.await(PATIENCE, TimeUnit.MILLISECONDS)).isTrue();
                for (int next = 0; next < 3; next++) {
                    String user = "second-" + i + "-" + next;
                    second.send("GET /mine HTTP/1.1\r\nHost: x\r\nX-User: " + user + "\r\n\r\n");
                    RawClient.Answer own = second.read("GET");
                    assertThat(own.status()).as("%s, %s", script, own).isEqualTo(200);
                    assertThat(own.body()).isEqualTo(user);
                }
            }
        }
    }

    @Test
    void an_informational_answer_is_not_the_answer_and_its_connection_is_kept() throws IOException {
        int connections = instance.connections.get();
        for (int i = 0; i < 20; i++) {
            try (RawClient client = new RawClient(gateway.url(), PATIENCE)) {
                client.send("GET / HTTP/1.1\r\nHost: x\r\nX-User: me\r\n" + RawInstance.SCRIPT + ": 103\r\n\r\n");
                RawClient.Answer answer = client.read("GET");
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("me");
            }
        }
        assertThat(instance.connections.get() - connections).isLessThan(10);
    }
}
