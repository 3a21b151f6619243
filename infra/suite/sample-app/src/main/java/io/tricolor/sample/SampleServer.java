package io.tricolor.sample;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** HTTP side of the sample. One virtual thread a request. */
final class SampleServer {

    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_DELAY_MILLIS = 10_000;
    private static final int POST_DELAY_MILLIS = 300;

    private final Settings settings;
    private final HttpServer server;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong lastRequestNanos = new AtomicLong(System.nanoTime());
    private final boolean healthy;
    private volatile boolean draining;

    private SampleServer(Settings settings, HttpServer server) {
        this.settings = settings;
        this.server = server;
        this.healthy = !settings.failHealth() && !settings.hasFallenOver();
    }

    static SampleServer start(Settings settings) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(settings.host(), settings.port()), 256);
        SampleServer sample = new SampleServer(settings, server);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", sample::handle);
        server.start();
        return sample;
    }

    int port() {
        return server.getAddress().getPort();
    }

    boolean isBusy() {
        return inFlight.get() > 0;
    }

    /**
     * Says 503 on {@code /health} from now on, serves what is in flight and what still arrives until {@code quiet}
     * passed without a request, then closes. Takes at most {@code limit}. Each answer asks the client to close its
     * connection.
     */
    void drainAndStop(Duration quiet, Duration limit) throws InterruptedException {
        draining = true;
        long end = System.nanoTime() + limit.toNanos();
        lastRequestNanos.set(System.nanoTime());
        while (System.nanoTime() < end
                && (inFlight.get() > 0 || System.nanoTime() - lastRequestNanos.get() < quiet.toNanos())) {
            Thread.sleep(20);
        }
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        boolean health = exchange.getRequestURI().getPath().equals("/health");
        if (!health) {
            inFlight.incrementAndGet();
            fallOver(requests.incrementAndGet());
        }
        try (exchange) {
            if (draining) {
                exchange.getResponseHeaders().set("Connection", "close");
            }
            if (health) {
                health(exchange);
            } else if (ThreadLocalRandom.current().nextInt(100) < settings.failPercent()) {
                answer(exchange, 500, "{\"message\":\"this release has a fault\"}");
            } else {
                switch (exchange.getRequestMethod()) {
                    case "GET", "HEAD" -> answer(exchange, 200, json(exchange, null));
                    case "POST", "PUT" -> take(exchange);
                    default -> answer(exchange, 405, "{\"message\":\"only GET, HEAD, POST and PUT\"}");
                }
            }
        } finally {
            if (!health) {
                lastRequestNanos.set(System.nanoTime());
                inFlight.decrementAndGet();
            }
        }
    }

    /** As a version that does not bear real load: no answer, no shutdown hook. */
    private void fallOver(int request) throws IOException {
        if (settings.exitAfterRequests() > 0 && request > settings.exitAfterRequests()) {
            if (settings.exitMarker() != null) {
                Files.write(settings.exitMarker(), new byte[0]);
            }
            Runtime.getRuntime().halt(3);
        }
    }

    private void health(HttpExchange exchange) throws IOException {
        if (draining) {
            answer(exchange, 503, "{\"status\":\"DRAINING\"}");
        } else if (!healthy) {
            answer(exchange, 503, "{\"status\":\"DOWN\"}");
        } else {
            answer(exchange, 200, "{\"status\":\"UP\"}");
        }
    }

    private void take(HttpExchange exchange) throws IOException {
        long length = 0;
        byte[] buffer = new byte[8192];
        try (InputStream body = exchange.getRequestBody()) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                length += read;
                if (length > MAX_BODY_BYTES) {
                    exchange.getResponseHeaders().set("Connection", "close");
                    answer(exchange, 413, "{\"message\":\"at most " + MAX_BODY_BYTES + " bytes\"}");
                    return;
                }
            }
        }
        String delay = UserIds.parameter(exchange.getRequestURI().getRawQuery(), "delayMs");
        try {
            int delayMillis = delay == null ? POST_DELAY_MILLIS : Integer.parseInt(delay);
            if (delayMillis < 0 || delayMillis > MAX_DELAY_MILLIS) {
                throw new NumberFormatException("out of range");
            }
            Thread.sleep(delayMillis);
        } catch (NumberFormatException e) {
            answer(exchange, 400, "{\"message\":\"delayMs must be between 0 and " + MAX_DELAY_MILLIS + "\"}");
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer(exchange, 503, "{\"message\":\"stopped\"}");
            return;
        }
        answer(exchange, 200, json(exchange, length));
    }

    private String json(HttpExchange exchange, @Nullable Long length) {
        String userId = UserIds.of(
                exchange.getRequestHeaders().getFirst("X-User-Id"),
                exchange.getRequestHeaders().getOrDefault("Cookie", List.of()),
                exchange.getRequestURI().getRawQuery());
        return "{\"version\":" + quoted(settings.version())
                + ",\"cluster\":" + quoted(settings.cluster())
                + ",\"instance\":" + quoted(settings.instance())
                + ",\"path\":" + quoted(exchange.getRequestURI().getPath())
                + ",\"userId\":" + (userId == null ? "null" : quoted(userId))
                + (length == null ? "" : ",\"length\":" + length)
                + "}";
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
