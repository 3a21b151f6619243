package io.tricolor.nginxtemplate;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.router.RouterReport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The parts of strategy-service and of Consul that a renderer talks to, on one port. */
final class FakeServices implements AutoCloseable {

    final Map<String, String> tables = new ConcurrentHashMap<>();
    final Map<String, byte[]> idLists = new ConcurrentHashMap<>();
    final Map<String, List<Registered>> registered = new ConcurrentHashMap<>();
    final List<RouterReport> reports = new CopyOnWriteArrayList<>();
    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile boolean strategyBroken;
    volatile boolean consulBroken;
    volatile String evictedBoot = "";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    record Registered(String id, String cluster, String group, String service, String address, int port) {}

    FakeServices() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/api/route-tables", this::tables);
        server.createContext("/api/id-lists/", this::idLists);
        server.createContext("/api/routers/", this::routers);
        server.createContext("/v1/health/service/", this::health);
        server.createContext("/v1/kv/tricolor/route-tables/", this::copies);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void register(String group, String service, String cluster, String id, int port) {
        List<Registered> all = new ArrayList<>(registered.getOrDefault(group + "-" + service, List.of()));
        all.add(new Registered(id, cluster, group, service, "127.0.0.1", port));
        registered.put(group + "-" + service, all);
    }

    private void tables(HttpExchange exchange) throws IOException {
        asked.add(exchange.getRequestURI().toString());
        String group = exchange.getRequestURI()
                .getPath()
                .substring("/api/route-tables".length())
                .replace("/", "");
        if (strategyBroken) {
            answer(exchange, 500, "{}");
        } else if (group.isEmpty()) {
            List<Map<String, Object>> list = new ArrayList<>();
            tables.forEach((name, json) -> {
                var tree = Json.LENIENT.readTree(json);
                list.add(new TreeMap<>(
                        Map.of("group", name, "epoch", tree.path("epoch"), "version", tree.path("version"))));
            });
            answer(exchange, 200, Json.STRICT.writeValueAsString(Map.of("tables", list)));
        } else {
            String json = tables.get(group);
            answer(exchange, json == null ? 404 : 200, json == null ? "{\"code\":\"GROUP_NOT_FOUND\"}" : json);
        }
    }

    private void idLists(HttpExchange exchange) throws IOException {
        byte[] list = idLists.get(exchange.getRequestURI().getPath().substring("/api/id-lists/".length()));
        if (list == null) {
            answer(exchange, 404, "{}");
            return;
        }
        exchange.sendResponseHeaders(200, list.length);
        exchange.getResponseBody().write(list);
        exchange.close();
    }

    private void routers(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        RouterReport report = Json.STRICT.readValue(body, RouterReport.class);
        reports.add(report);
        answer(exchange, 200, "{\"evicted\":" + report.bootId().equals(evictedBoot) + "}");
    }

    private void health(HttpExchange exchange) throws IOException {
        if (consulBroken) {
            answer(exchange, 500, "no leader");
            return;
        }
        String name = exchange.getRequestURI().getPath().substring("/v1/health/service/".length());
        List<Object> entries = new ArrayList<>();
        for (Registered one : registered.getOrDefault(name, List.of())) {
            entries.add(Map.of(
                    "Node", Map.of("Address", one.address()),
                    "Service",
                            Map.of(
                                    "ID", one.id(),
                                    "Port", one.port(),
                                    "Meta",
                                            Map.of(
                                                    "tricolor-cluster", one.cluster(),
                                                    "tricolor-group", one.group(),
                                                    "tricolor-service", one.service()))));
        }
        answer(exchange, 200, Json.STRICT.writeValueAsString(entries));
    }

    private void copies(HttpExchange exchange) throws IOException {
        List<Object> pairs = new ArrayList<>();
        tables.forEach((group, json) -> pairs.add(Map.of(
                "Key",
                "tricolor/route-tables/" + group,
                "Value",
                Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)))));
        answer(exchange, consulBroken ? 500 : pairs.isEmpty() ? 404 : 200, Json.STRICT.writeValueAsString(pairs));
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
