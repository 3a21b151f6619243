package io.tricolor.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.router.TableChanges;
import io.tricolor.contracts.router.TableIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The part of strategy-service that routers talk to: the table of the group {@code shop}, its lists, and an ear for
 * their reports.
 */
final class StandInStrategy implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String LISTS = "/api/id-lists/";
    private static final long POLL_NANOS = 10_000_000_000L;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, byte[]> lists = new ConcurrentHashMap<>();
    private final Object news = new Object();
    private String table = "";
    private long version;
    /** The version that all workers of the router have, as it last reported. */
    private long applied = -1;

    private StandInStrategy(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/api/route-tables/changes", this::changes);
        server.createContext(LISTS, this::list);
        server.createContext("/api/routers/", this::report);
    }

    static StandInStrategy start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        StandInStrategy strategy = new StandInStrategy(server);
        server.start();
        return strategy;
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Makes the next table the one in force; routers that wait for news get it at once. */
    long publish(Rule rule) {
        rule.lists().forEach(list -> lists.put(list.sha256(), list.bytes()));
        synchronized (news) {
            version++;
            table = rule.table(version);
            news.notifyAll();
            return version;
        }
    }

    /** Waits until the report of a router says that all of its workers route by this version. */
    void awaitApplied(long wanted, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (news) {
            while (applied < wanted) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new IOException("the router has not reported version " + wanted + " after "
                            + patience.toSeconds() + " s; it is at " + applied);
                }
                news.wait(left);
            }
        }
    }

    private void changes(HttpExchange exchange) throws IOException {
        long known = known(exchange.getRequestURI().getQuery());
        TableChanges answer;
        synchronized (news) {
            long deadline = System.nanoTime() + POLL_NANOS;
            try {
                while (known > 0 && version <= known && System.nanoTime() < deadline) {
                    news.wait(100);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            List<TableChanges.Change> tables = version > known
                    ? List.of(new TableChanges.Change(
                            "shop",
                            1,
                            version,
                            TableIdentity.of(1, version, table).sha256(),
                            table))
                    : List.of();
            answer = new TableChanges(Long.toString(version), true, false, tables);
        }
        answer(exchange, 200, JSON.writeValueAsString(answer));
    }

    private static long known(String query) {
        if (query != null) {
            for (String part : query.split("&", -1)) {
                if (part.startsWith("since=")) {
                    return Long.parseLong(part.substring("since=".length()));
                }
            }
        }
        return 0;
    }

    private void list(HttpExchange exchange) throws IOException {
        byte[] bytes = lists.get(exchange.getRequestURI().getPath().substring(LISTS.length()));
        if (bytes == null) {
            answer(exchange, 404, "{}");
        } else {
            answer(exchange, 200, "application/octet-stream", bytes);
        }
    }

    private void report(HttpExchange exchange) throws IOException {
        JsonNode report = JSON.readTree(exchange.getRequestBody().readAllBytes());
        synchronized (news) {
            JsonNode shop = report.at("/groups/shop");
            if (shop.isObject() && !shop.path("incomplete").asBoolean(true)) {
                applied = shop.path("version").asLong(-1);
            }
            news.notifyAll();
        }
        answer(exchange, 200, "{\"evicted\":false,\"resync\":false}");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        answer(exchange, status, "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpExchange exchange, int status, String type, byte[] bytes) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
