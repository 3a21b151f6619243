package io.tricolor.router.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An HTTP server on 127.0.0.1 that can go down and come back on its port. */
final class LoopbackServer {

    private final Map<String, HttpHandler> contexts;
    private final int port;
    private HttpServer server;
    private ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Starts it.
     *
     * @param port 0: any that is free
     * @param contexts by the path that they begin with
     */
    LoopbackServer(int port, Map<String, HttpHandler> contexts) {
        this.contexts = contexts;
        server = started(port);
        this.port = server.getAddress().getPort();
    }

    private HttpServer started(int wanted) {
        try {
            HttpServer starting = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 0);
            starting.setExecutor(threads);
            contexts.forEach(starting::createContext);
            starting.start();
            return starting;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    void goDown() {
        server.stop(0);
        threads.shutdownNow();
    }

    void comeBack() {
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server = started(port);
    }

    /** Answers JSON, or nothing when there is no body, and ends the exchange. */
    static void answer(HttpExchange exchange, int status, @Nullable String body) throws IOException {
        byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }
}
