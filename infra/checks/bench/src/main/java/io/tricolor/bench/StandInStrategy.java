package io.tricolor.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The part of strategy-service that routers talk to: the table of the group {@code shop}, its lists, and an ear for their reports. */
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
    /** The version that the router has reported as applied by all of its workers. */
    private long applied = -1;

    private StandInStrategy(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/api/route-tables", this::listing);
        server.createContext("/api/route-tables/changes", this::changes);
        server.createContext("/api/route-tables/shop", this::table);
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

    private void listing(HttpExchange exchange) throws IOException {
        long now;
        synchronized (news) {
            now = version;
        }
        answer(exchange, 200, "{\"tables\":[{\"group\":\"shop\",\"epoch\":1,\"version\":" + now + "}]}");
    }

    private void changes(HttpExchange exchange) throws IOException {
        long since = number(exchange.getRequestURI().getQuery(), "since");
        long position;
        String document;
        synchronized (news) {
            document = since < 0 ? table : newsAfter(since);
            position = version;
        }
        String tables = document.isEmpty()
                ? ""
                : "{\"group\":\"shop\",\"epoch\":1,\"version\":" + position + ",\"sha256\":\"" + sha256(document)
                        + "\",\"document\":" + JSON.writeValueAsString(document) + "}";
        answer(
                exchange,
                200,
                "{\"cursor\":\"" + position + "\",\"complete\":true,\"reset\":false,\"tables\":[" + tables + "]}");
    }

    private static String sha256(String document) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(document.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void table(HttpExchange exchange) throws IOException {
        long known = number(exchange.getRequestURI().getQuery(), "index");
        String answer;
        synchronized (news) {
            answer = newsAfter(known);
        }
        answer(exchange, answer.isEmpty() ? 304 : 200, answer);
    }

    /** The table once there is one after that version; empty when there is none for a while. */
    private String newsAfter(long known) {
        long deadline = System.nanoTime() + POLL_NANOS;
        try {
            while (version <= known && System.nanoTime() < deadline) {
                news.wait(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return version > known ? table : "";
    }

    /** A parameter; -1 when it is missing. */
    private static long number(String query, String name) {
        if (query != null) {
            for (String part : query.split("&", -1)) {
                if (part.startsWith(name + "=")) {
                    return Long.parseLong(part.substring(name.length() + 1));
                }
            }
        }
        return -1;
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
        JsonNode shop = report.at("/groups/shop");
        synchronized (news) {
            if (shop.isObject()) {
                applied = shop.path("incomplete").asBoolean()
                        ? -1
                        : shop.path("version").asLong(-1);
                news.notifyAll();
            }
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
