package io.tricolor.nginx;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Health queries and the KV store of a Consul agent, with blocking queries. */
final class FakeConsul implements AutoCloseable {

    private final Map<String, List<Instance>> services = new TreeMap<>();
    private final Map<String, String> kv = new TreeMap<>();
    private final Object news = new Object();
    private final int port;
    private HttpServer server;
    private ExecutorService threads;
    private long index = 10;
    volatile boolean broken;
    final AtomicInteger tableReads = new AtomicInteger();

    FakeConsul() {
        start(0);
        port = server.getAddress().getPort();
    }

    record Instance(String group, String service, String cluster, String id, int port) {}

    String url() {
        return "http://127.0.0.1:" + port;
    }

    private void start(int wantedPort) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wantedPort), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.createContext("/v1/health/service/", this::health);
        server.createContext("/v1/kv/tricolor/route-tables/", this::tables);
        server.start();
    }

    void goDown() {
        server.stop(0);
        threads.shutdownNow();
    }

    void register(String name, Instance... instances) {
        synchronized (news) {
            services.put(name, List.of(instances));
            index++;
            news.notifyAll();
        }
    }

    /** As after a restart with an empty store: the index begins again. */
    void startOver(String name, Instance... instances) {
        synchronized (news) {
            services.put(name, List.of(instances));
            index = 1;
            news.notifyAll();
        }
    }

    void keep(RouteTable table) {
        synchronized (news) {
            kv.put(table.group(), Json.STRICT.writeValueAsString(table));
        }
    }

    private void health(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring("/v1/health/service/".length());
        String query = exchange.getRequestURI().getQuery();
        List<String> parameters = query == null ? List.of() : Arrays.asList(query.split("&"));
        if (broken || !parameters.contains("passing")) {
            FakeStrategy.answer(exchange, broken ? 500 : 400, "No cluster leader");
            return;
        }
        long asked = parameters.stream()
                .filter(parameter -> parameter.startsWith("index="))
                .mapToLong(parameter -> Long.parseLong(parameter.substring("index=".length())))
                .findFirst()
                .orElse(0);
        List<String> answer = new ArrayList<>();
        synchronized (news) {
            long deadline = System.nanoTime() + 2_000_000_000L;
            try {
                while (asked > 0 && index <= asked && !broken && System.nanoTime() < deadline) {
                    news.wait(200);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.close();
                return;
            }
            for (Instance instance : services.getOrDefault(name, List.of())) {
                answer.add("""
                        {"Node":{"Node":"n","Address":"127.0.0.1"},"Service":{"ID":"%s","Service":"%s","Tags":[],"Address":"","Port":%d,
                         "Meta":{"tricolor-group":"%s","tricolor-cluster":"%s","tricolor-service":"%s"}},"Checks":[]}""".formatted(
                                instance.id(),
                                name,
                                instance.port(),
                                instance.group(),
                                instance.cluster(),
                                instance.service()));
            }
            exchange.getResponseHeaders().set("X-Consul-Index", Long.toString(index));
        }
        exchange.getResponseHeaders().set("X-Consul-KnownLeader", "true");
        FakeStrategy.answer(exchange, 200, "[" + String.join(",", answer) + "]");
    }

    private void tables(HttpExchange exchange) throws IOException {
        List<String> entries = new ArrayList<>();
        synchronized (news) {
            kv.forEach((group, json) -> entries.add("{\"Key\":\"tricolor/route-tables/" + group + "\",\"Value\":\""
                    + Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)) + "\"}"));
        }
        tableReads.incrementAndGet();
        if (entries.isEmpty()) {
            FakeStrategy.answer(exchange, 404, null);
        } else {
            FakeStrategy.answer(exchange, 200, "[" + String.join(",", entries) + "]");
        }
    }

    @Override
    public void close() {
        goDown();
    }
}
