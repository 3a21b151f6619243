package io.tricolor.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** Something that answers like a service, and says what has come. */
final class ServiceStub implements AutoCloseable {

    static final String PROBLEM =
            "{\"type\":\"/problems/group-not-found\",\"status\":404,\"code\":\"GROUP_NOT_FOUND\",\"traceId\":\"x\"}";

    /** A request. */
    record Received(String method, String target, Map<String, List<String>> headers, String body) {

        String header(String name) {
            return headers.entrySet().stream()
                    .filter(entry -> entry.getKey().equalsIgnoreCase(name))
                    .map(entry -> String.join(",", entry.getValue()))
                    .findFirst()
                    .orElse("");
        }
    }

    private final HttpServer server;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CountDownLatch streamEnded = new CountDownLatch(1);

    ServiceStub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    Received last() {
        return received.getLast();
    }

    CountDownLatch streamEnded() {
        return streamEnded;
    }

    private void answer(HttpExchange exchange) throws IOException {
        received.add(new Received(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                Map.copyOf(exchange.getRequestHeaders()),
                new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/api/stream")) {
            stream(exchange);
            return;
        }
        boolean isMissing = path.endsWith("/missing");
        exchange.getResponseHeaders().set("Content-Type", isMissing ? "application/problem+json" : "application/json");
        exchange.getResponseHeaders().set("Set-Cookie", "of=the-service");
        exchange.getResponseHeaders().set("ETag", "\"7\"");
        byte[] body = (isMissing ? PROBLEM : "{\"version\":7}").getBytes(UTF_8);
        exchange.sendResponseHeaders(isMissing ? 404 : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** One event at once, and pings until the other side has gone. */
    private void stream(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write("id:1\nevent:hello\ndata:{}\n\n".getBytes(UTF_8));
            out.flush();
            while (!closed.await(50, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                out.write(":ping\n\n".getBytes(UTF_8));
                out.flush();
            }
        } catch (IOException e) {
            streamEnded.countDown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }
}
