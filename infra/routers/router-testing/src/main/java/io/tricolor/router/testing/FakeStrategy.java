package io.tricolor.router.testing;

import com.sun.net.httpserver.HttpExchange;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.router.sources.Json;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The part of strategy-service that a router talks to. */
public final class FakeStrategy implements AutoCloseable {

    public final List<RouterReport> reports = new CopyOnWriteArrayList<>();
    public final List<String> signedOff = new CopyOnWriteArrayList<>();
    public final List<String> tokens = new CopyOnWriteArrayList<>();

    /** Paths and queries of all requests for tables. */
    public final List<String> polls = new CopyOnWriteArrayList<>();

    /** Contents of lists of ids by sha256. */
    public final Map<String, byte[]> idLists = new ConcurrentHashMap<>();

    /** Lists of ids that were asked for, also in vain. */
    public final List<String> askedIdLists = new CopyOnWriteArrayList<>();

    /** Answers 500 where tables and lists of ids are asked for. */
    public volatile boolean broken;

    /** A report of this boot is answered as one of an evicted router. */
    public volatile String evictedBoot = "";

    /** Is told of every report before it is answered. */
    public volatile Consumer<RouterReport> listener = report -> {};

    private final Map<String, String> tables = new ConcurrentHashMap<>();
    private final Object news = new Object();
    private final LoopbackServer server;

    public FakeStrategy() {
        server = new LoopbackServer(
                0,
                Map.of(
                        "/api/route-tables", this::tables,
                        "/api/routers/", this::routers,
                        "/api/id-lists/", this::idLists));
    }

    public String url() {
        return server.url();
    }

    public void goDown() {
        server.goDown();
    }

    public void comeBack() {
        server.comeBack();
    }

    public void publish(RouteTable table) {
        publish(table.group(), Json.STRICT.writeValueAsString(table));
    }

    public void publish(String group, String json) {
        synchronized (news) {
            tables.put(group, json);
            news.notifyAll();
        }
    }

    public void delete(String group) {
        synchronized (news) {
            tables.remove(group);
            news.notifyAll();
        }
    }

    public RouterReport lastReport() {
        return reports.isEmpty() ? new RouterReport("", "", "", null, List.of()) : reports.getLast();
    }

    private void tables(HttpExchange exchange) throws IOException {
        tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        polls.add(exchange.getRequestURI().getPath() + "?"
                + exchange.getRequestURI().getRawQuery());
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
        return read(tables.getOrDefault(group, "")).path("version").asLong(Long.MAX_VALUE);
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
            for (String pair : query.split("&", -1)) {
                if (pair.startsWith(name + "=")) {
                    return Long.parseLong(pair.substring(name.length() + 1).replace("s", ""));
                }
            }
        }
        return 0;
    }

    /** A list of an odd number of ids is sent in chunks, so that both forms of a body are met. */
    private void idLists(HttpExchange exchange) throws IOException {
        String sha256 = exchange.getRequestURI().getPath().substring("/api/id-lists/".length());
        byte[] content = broken ? null : idLists.get(sha256);
        askedIdLists.add(sha256);
        if (content == null) {
            answer(exchange, broken ? 500 : 404, "{\"code\":\"ID_LIST_NOT_FOUND\"}");
            return;
        }
        boolean inChunks = content.length / Long.BYTES % 2 == 1;
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, inChunks ? 0 : content.length);
        exchange.getResponseBody().write(content);
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

    /** Answers JSON, or nothing when there is no body, and ends the exchange. */
    public static void answer(HttpExchange exchange, int status, @Nullable String body) throws IOException {
        LoopbackServer.answer(exchange, status, body);
    }

    @Override
    public void close() {
        goDown();
    }
}
