package io.tricolor.router.testing;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * An instance of an application: answers with its cluster, remembers the headers it got last, and holds requests whose
 * query names a gate ({@code ?gate=x}) until that is opened.
 */
public final class FakeInstance implements AutoCloseable {

    public final String cluster;
    public final String id;
    public final AtomicInteger served = new AtomicInteger();
    public final List<Map<String, List<String>>> headers = Collections.synchronizedList(new ArrayList<>());

    /** Is told the position of the table that the router names, at the end of a request, before it is answered. */
    public volatile Consumer<String> listener = table -> {};

    private static final Map<String, CountDownLatch> GATES = new ConcurrentHashMap<>();

    private final LoopbackServer server;

    public FakeInstance(String cluster, String id) {
        this(cluster, id, 0);
    }

    public FakeInstance(String cluster, String id, int port) {
        this.cluster = cluster;
        this.id = id;
        server = new LoopbackServer(port, Map.of("/", this::serve));
    }

    public int port() {
        return server.port();
    }

    public static void open(String gate) {
        GATES.computeIfAbsent(gate, g -> new CountDownLatch(1)).countDown();
    }

    public FakeConsul.Instance as(String group, String service) {
        return new FakeConsul.Instance(group, service, cluster, id, port());
    }

    private void serve(HttpExchange exchange) throws IOException {
        remember(Map.copyOf(exchange.getRequestHeaders()));
        long bytes = exchange.getRequestBody().readAllBytes().length;
        String query = exchange.getRequestURI().getQuery();
        if (query != null && query.startsWith("gate=")) {
            try {
                GATES.computeIfAbsent(query.substring(5), g -> new CountDownLatch(1))
                        .await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        exchange.getResponseHeaders().set("X-Tricolor-Cluster", "spoofed");
        exchange.getResponseHeaders().set("X-Instance", id);
        String table = String.valueOf(exchange.getRequestHeaders().getFirst("X-Tricolor-Table"));
        exchange.getResponseHeaders().set("X-Routed-By", table);
        listener.accept(table);
        served.incrementAndGet();
        LoopbackServer.answer(exchange, 200, cluster + " " + exchange.getRequestMethod() + " " + bytes);
    }

    /** The latest; under load there are many. */
    private void remember(Map<String, List<String>> seen) {
        synchronized (headers) {
            headers.add(seen);
            if (headers.size() > 2_000) {
                headers.subList(0, 1_000).clear();
            }
        }
    }

    @Override
    public void close() {
        server.goDown();
    }
}
