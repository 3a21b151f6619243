package io.tricolor.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** All services behind one address; says what real ones have said. */
final class StubService implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<String, Deque<Reply>> replies = Collections.synchronizedMap(new HashMap<>());
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    /** What came. */
    record Request(String line, Map<String, String> headers, String body) {}

    /** How one request is answered. */
    @FunctionalInterface
    interface Reply {
        void to(HttpExchange exchange) throws IOException;
    }

    StubService() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Request> requests() {
        return requests;
    }

    /** Requests that begin so. */
    List<Request> requests(String line) {
        return requests.stream().filter(one -> one.line().startsWith(line)).toList();
    }

    /** The next request of this kind is answered so, and the last one given also those behind it. */
    StubService on(String line, Reply reply) {
        replies.computeIfAbsent(line, _ -> new ArrayDeque<>()).add(reply);
        return this;
    }

    StubService on(String line, int status, String body, String... headers) {
        return on(line, json(status, body, headers));
    }

    /** As a real service has answered. */
    StubService recorded(String line, String name, String... headers) {
        return on(line, 200, recording(name), headers);
    }

    StubService problem(String line, int status, String code, String detail) {
        return on(line, problem(status, code, detail));
    }

    static Reply problem(int status, String code, String detail) {
        return json(status, """
                {"type":"/problems/x","title":"X","status":%d,"detail":"%s","code":"%s","traceId":"71e4eff350c098879621aeb066810e37"}""".formatted(status, detail, code));
    }

    static String recording(String name) {
        try (InputStream file = StubService.class.getResourceAsStream("/recorded/" + name + ".json")) {
            if (file == null) {
                throw new AssertionError("no recording " + name);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Reply json(int status, String body, String... headers) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("Content-Type", status < 400 ? "application/json" : "application/problem+json");
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            if (bytes.length > 0) {
                exchange.getResponseBody().write(bytes);
            }
            exchange.close();
        };
    }

    /** Promises more than comes, and hangs up. */
    static Reply cut() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write("{\"groups\":[".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            throw new IOException("hang up");
        };
    }

    /** Begins to answer and never ends. */
    Reply endless() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write("{\"groups\":[".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private void answer(HttpExchange exchange) throws IOException {
        String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(), values.getFirst()));
        requests.add(new Request(
                line, headers, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
        Reply reply = next(line);
        if (reply == null) {
            reply = problem(404, "NOT_FOUND", "the stub has nothing at " + line);
        }
        reply.to(exchange);
    }

    private Reply next(String line) {
        Deque<Reply> exact = replies.get(line);
        Deque<Reply> found = exact != null ? exact : replies.get(line.replaceFirst("\\?.*", ""));
        return found == null ? null : found.size() > 1 ? found.poll() : found.peek();
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
