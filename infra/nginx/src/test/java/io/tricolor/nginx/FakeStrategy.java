package io.tricolor.nginx;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The part of strategy-service that a router talks to. */
final class FakeStrategy implements AutoCloseable {

    final List<RouterReport> reports = new CopyOnWriteArrayList<>();
    final List<String> signedOff = new CopyOnWriteArrayList<>();
    final List<String> tokens = new CopyOnWriteArrayList<>();
    final List<String> askedAs = new CopyOnWriteArrayList<>();
    final Map<String, byte[]> idLists = new ConcurrentHashMap<>();

    private final Map<String, String> tables = new ConcurrentHashMap<>();
    private final Object news = new Object();
    private final int port;
    private HttpServer server;
    private ExecutorService threads;
    volatile boolean broken;
    volatile String evictedBoot = "";

    /** Is told of every report before it is answered. */
    volatile Consumer<RouterReport> listener = report -> {};

    FakeStrategy() {
        start(0);
        port = server.getAddress().getPort();
    }

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
        server.createContext("/api/route-tables", this::tables);
        server.createContext("/api/routers/", this::routers);
        server.createContext("/api/id-lists/", this::lists);
        server.start();
    }

    void goDown() {
        server.stop(0);
        threads.shutdownNow();
    }

    void comeBack() {
        start(port);
    }

    void publish(RouteTable table) {
        publish(table.group(), Json.STRICT.writeValueAsString(table));
    }

    void publish(String group, String json) {
        synchronized (news) {
            tables.put(group, json);
            news.notifyAll();
        }
    }

    void delete(String group) {
        synchronized (news) {
            tables.remove(group);
            news.notifyAll();
        }
    }

    RouterReport lastReport() {
        return reports.isEmpty() ? new RouterReport("", "", "", null, List.of()) : reports.getLast();
    }

    private void tables(HttpExchange exchange) throws IOException {
        tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        String asked = exchange.getRequestURI().getQuery();
        askedAs.add(asked == null ? "" : asked.replaceAll(".*router=([^&]*).*", "$1"));
        if (broken) {
            answer(exchange, 500, "{}");
            return;
        }
        String group = exchange.getRequestURI()
                .getPath()
                .substring("/api/route-tables".length())
                .replace("/", "");
        if (group.isEmpty()) {
            List<String> list = tables.values().stream()
                    .map(FakeStrategy::read)
                    .filter(table -> table.path("version").isNumber())
                    .map(table -> "{\"group\":" + table.path("group") + ",\"epoch\":"
                            + table.path("epoch").asLong(0) + ",\"version\":" + table.path("version") + "}")
                    .toList();
            answer(exchange, 200, "{\"tables\":[" + String.join(",", list) + "]}");
            return;
        }
        long index = longParameter(exchange, "index");
        long deadline = System.nanoTime() + longParameter(exchange, "wait") * 1_000_000_000L;
        synchronized (news) {
            try {
                long left = deadline - System.nanoTime();
                while (index > 0 && tables.containsKey(group) && version(group) <= index && left > 0 && !broken) {
                    news.wait(Math.max(1, left / 1_000_000));
                    left = deadline - System.nanoTime();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.close();
                return;
            }
        }
        String table = tables.get(group);
        if (table == null) {
            answer(exchange, 404, "{\"code\":\"GROUP_NOT_FOUND\"}");
        } else if (index > 0 && version(group) <= index) {
            answer(exchange, 304, null);
        } else {
            answer(exchange, 200, table);
        }
    }

    private long version(String group) {
        return read(tables.get(group)).path("version").asLong(Long.MAX_VALUE);
    }

    private static JsonNode read(String json) {
        try {
            return Json.LENIENT.readTree(json);
        } catch (JacksonException e) {
            return Json.LENIENT.createObjectNode();
        }
    }

    private static long longParameter(HttpExchange exchange, String name) {
        String query = exchange.getRequestURI().getQuery();
        if (query != null) {
            for (String pair : query.split("&")) {
                if (pair.startsWith(name + "=")) {
                    return Long.parseLong(pair.substring(name.length() + 1).replace("s", ""));
                }
            }
        }
        return 0;
    }

    private void lists(HttpExchange exchange) throws IOException {
        byte[] list = idLists.get(exchange.getRequestURI().getPath().substring("/api/id-lists/".length()));
        if (list == null) {
            answer(exchange, 404, "{}");
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        // In chunks, so that both forms of a body are met.
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write(list);
        exchange.close();
    }

    private void routers(HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("DELETE")) {
            signedOff.add(exchange.getRequestURI().getPath().substring("/api/routers/".length()));
            answer(exchange, 204, null);
            return;
        }
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        RouterReport report = Json.STRICT.readValue(body, RouterReport.class);
        reports.add(report);
        listener.accept(report);
        answer(exchange, 200, "{\"evicted\":" + report.bootId().equals(evictedBoot) + "}");
    }

    static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    @Override
    public void close() {
        goDown();
    }
}
