package io.tricolor.console.pages;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the built pages as the front door does, with its headers, and answers for the services with what a suite once
 * answered. Groups can be changed, each change is told on the stream.
 */
final class FixtureConsole implements AutoCloseable {

    /** The door's, and where a browser is to complain. */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            + " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'; report-uri /policy-report";

    static final String UPGRADE = "up-8a303aa8-408d-4e28-b996-65e0773e801b";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PING = "";
    private static final String CUT = "cut";

    /** A request that was made, for assertions. */
    record Made(String method, String path, String query, Map<String, String> headers, String body) {

        JsonNode json() {
            return JSON.readTree(body);
        }
    }

    /** One event on the stream. */
    private record Told(long position, String text) {}

    final NavigableMap<String, ObjectNode> groups = new ConcurrentSkipListMap<>();
    final List<Made> made = new CopyOnWriteArrayList<>();
    final List<String> reports = new CopyOnWriteArrayList<>();

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final Set<LinkedBlockingQueue<String>> listeners = ConcurrentHashMap.newKeySet();
    private final List<Told> told = new ArrayList<>();
    private final AtomicLong position = new AtomicLong(1000);
    private final AtomicLong looks = new AtomicLong();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private volatile List<String> roles = List.of();
    private volatile boolean isDown;
    private volatile boolean isLoggedIn;
    private volatile @Nullable CountDownLatch held;

    FixtureConsole(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 64);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
        reset();
    }

    /** Serves until it is ended: to look at the pages while working on them. */
    public static void main(String[] args) throws IOException, InterruptedException {
        var console = new FixtureConsole(args.length == 0 ? 8790 : Integer.parseInt(args[0]));
        System.out.println(console.origin());
        Thread.currentThread().join();
    }

    String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** As at the beginning: a dozen groups, one of which is being upgraded, and somebody who may approve. */
    void reset() {
        release();
        isDown = false;
        isLoggedIn = true;
        roles = List.of("approver", "config-editor", "config-publisher", "operator", "viewer");
        made.clear();
        reports.clear();
        answers.clear();
        groups.clear();
        show("shop", "group-metric");
        show("cart", "group-idle");
        show("checkout", "group-approval");
        show("payments", "group-paused");
        show("search", "group-starting");
        for (String name : List.of("accounts", "catalogue", "images", "invoices", "mail", "prices", "reports")) {
            show(name, "group-idle");
        }
        JsonNode fresh = fixture("groups").path("groups").get(0);
        groups.put("trial", named((ObjectNode) fresh.deepCopy(), "trial"));
        change("images", group -> {
            var service = (ObjectNode) group.path("clusters")
                    .path("A")
                    .path("observed")
                    .path("services")
                    .get(0);
            service.put("healthy", 2);
        });
    }

    void show(String name, String fixture) {
        groups.put(name, named((ObjectNode) fixture(fixture), name));
    }

    private static ObjectNode named(ObjectNode group, String name) {
        String text = JSON.writeValueAsString(group)
                .replace("/groups/" + group.path("groupId").asString() + "/", "/groups/" + name + "/");
        ObjectNode renamed = (ObjectNode) JSON.readTree(text);
        renamed.put("groupId", name).put("application", name).put("environment", "production");
        return renamed;
    }

    /** Many idle groups and no other. */
    void fill(int count) {
        groups.clear();
        ObjectNode idle = (ObjectNode) fixture("group-idle");
        for (int i = 0; i < count; i++) {
            groups.put("group-%05d".formatted(i), named(idle.deepCopy(), "group-%05d".formatted(i)));
        }
    }

    void roles(String... all) {
        roles = List.of(all);
    }

    void logOut() {
        isLoggedIn = false;
    }

    /** What a path answers from now on. */
    void answer(String path, String json) {
        answers.put(path, json);
    }

    /** Changes a group, one version on, and tells it. */
    void change(String name, Consumer<ObjectNode> how) {
        ObjectNode group = Objects.requireNonNull(groups.get(name)).deepCopy();
        how.accept(group);
        long version = group.path("version").asLong() + 1;
        group.put("version", version);
        groups.put(name, group);
        synchronized (told) {
            long at = position.incrementAndGet();
            String text = "id:" + at + "\nevent:group\ndata:{\"groupId\":\"" + name + "\",\"version\":" + version
                    + ",\"sequence\":" + version
                    + ",\"type\":\"cluster-group.changed\",\"at\":\"2026-11-29T10:26:00Z\","
                    + "\"actor\":\"olivia\"}\n\n";
            told.add(new Told(at, text));
            listeners.forEach(listener -> listener.add(text));
        }
    }

    /** Nobody answers any more, and all streams end. */
    void goDown() {
        isDown = true;
        listeners.forEach(listener -> listener.add(CUT));
    }

    void comeBack() {
        isDown = false;
    }

    int listeners() {
        return listeners.size();
    }

    /** Lists of groups are not answered until {@link #release()}. */
    void hold() {
        held = new CountDownLatch(1);
    }

    void release() {
        CountDownLatch waiting = held;
        held = null;
        if (waiting != null) {
            waiting.countDown();
        }
    }

    List<Made> made(String method, String path) {
        return made.stream()
                .filter(one -> one.method().equals(method) && one.path().equals(path))
                .toList();
    }

    @Override
    public void close() {
        release();
        listeners.forEach(listener -> listener.add(CUT));
        server.stop(0);
        threads.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String query = Objects.requireNonNullElse(exchange.getRequestURI().getRawQuery(), "");
        String method = exchange.getRequestMethod();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values.getFirst()));
        made.add(new Made(method, path, query, headers, body));
        exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
        // A page that is left in the middle of an answer leaves a connection that would be of no use to the next one.
        exchange.getResponseHeaders().set("Connection", "close");
        try (exchange) {
            if (path.equals("/policy-report")) {
                reports.add(body);
                exchange.sendResponseHeaders(204, -1);
            } else if (path.startsWith("/api/") || path.startsWith("/door/")) {
                if (isDown) {
                    json(exchange, 503, "{\"code\":\"UNAVAILABLE\",\"detail\":\"away\",\"status\":503}");
                } else if (path.equals("/api/stream")) {
                    stream(exchange, headers.get("last-event-id"));
                } else if (!isLoggedIn) {
                    json(exchange, 401, "{\"code\":\"LOGIN_REQUIRED\",\"detail\":\"log in\",\"status\":401}");
                } else {
                    api(exchange, method, path, query(query));
                }
            } else {
                page(exchange, path);
            }
        }
    }

    private static Map<String, String> query(String text) {
        Map<String, String> found = new HashMap<>();
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                found.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return found;
    }

    private static void page(HttpExchange exchange, String path) throws IOException {
        String resource = path.startsWith("/assets/") ? "/console" + path : "/console/index.html";
        try (InputStream content = FixtureConsole.class.getResourceAsStream(resource)) {
            if (content == null) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            String type = resource.endsWith(".js")
                    ? "text/javascript"
                    : resource.endsWith(".css")
                            ? "text/css"
                            : resource.endsWith(".svg") ? "image/svg+xml" : "text/html; charset=utf-8";
            exchange.getResponseHeaders().set("Content-Type", type);
            byte[] octets = content.readAllBytes();
            exchange.sendResponseHeaders(200, octets.length);
            exchange.getResponseBody().write(octets);
        }
    }

    private void stream(HttpExchange exchange, @Nullable String last) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        var queue = new LinkedBlockingQueue<String>();
        synchronized (told) {
            long after = last == null ? position.get() : Long.parseLong(last);
            queue.add("id:" + after + "\nevent:hello\ndata:{\"position\":" + position.get() + ",\"after\":" + after
                    + ",\"reset\":false}\n\n");
            told.stream().filter(event -> event.position() > after).forEach(event -> queue.add(event.text()));
            listeners.add(queue);
        }
        try (OutputStream out = exchange.getResponseBody()) {
            while (true) {
                String next = Objects.requireNonNullElse(queue.poll(1, TimeUnit.SECONDS), PING);
                if (next.equals(CUT)) {
                    return;
                }
                out.write((next.isEmpty() ? "id:" + position.get() + "\n\n" : next).getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            listeners.remove(queue);
        }
    }

    private void api(HttpExchange exchange, String method, String path, Map<String, String> query) throws IOException {
        String fixed = answers.get(path);
        if (fixed != null) {
            json(exchange, 200, fixed);
        } else if (path.equals("/door/session")) {
            json(exchange, 200, session());
        } else if (path.equals("/door/logout")) {
            isLoggedIn = false;
            json(exchange, 200, "{}");
        } else if (query.containsKey("dryRun") && path.contains("/templates/")) {
            json(exchange, 200, "{\"name\":\"careful\",\"version\":4,\"changed\":true}");
        } else if (query.containsKey("dryRun")) {
            json(exchange, 200, text(path.endsWith("/rollbacks") ? "dry-rollback" : "dry-upgrade"));
        } else if (path.endsWith("/comparison")) {
            json(exchange, 200, text("config-diff"));
        } else if (path.equals("/api/manifests/diff") || path.equals("/api/artifacts/resolve")) {
            json(exchange, 200, text(service(path)));
        } else if (!method.equals("GET")) {
            boolean begins = path.endsWith("/upgrades") || path.endsWith("/rollbacks");
            json(exchange, 202, begins ? "{\"upgradeId\":\"" + UPGRADE + "\",\"version\":60}" : "{}");
        } else if (path.equals("/api/groups")) {
            list(exchange, query);
        } else if (path.startsWith("/api/groups/")) {
            group(exchange, path.substring("/api/groups/".length()).split("/"));
        } else {
            json(exchange, 200, text(service(path)));
        }
    }

    private static String service(String path) {
        if (path.startsWith("/api/deployments/")) {
            return "deployment";
        }
        if (path.startsWith("/api/releases/")) {
            return "releases";
        }
        if (path.startsWith("/api/config/")) {
            return path.endsWith("/draft")
                    ? "config-draft"
                    : path.endsWith("/current")
                            ? "config-current"
                            : path.endsWith("/diff") ? "config-diff" : "config-revisions";
        }
        if (path.startsWith("/api/gates/")) {
            return "gates-metric";
        }
        if (path.startsWith("/api/route-tables/")) {
            return "route-table";
        }
        return path.substring("/api/".length()).replace('/', '-');
    }

    private String session() {
        return JSON.writeValueAsString(Map.of(
                "subject", "adam",
                "name", "Adam",
                "roles", roles,
                "expires", "2026-11-29T18:00:00Z",
                "csrf", "csrf-1",
                "suite", Map.of("name", "local", "version", "0.1.0")));
    }

    private void list(HttpExchange exchange, Map<String, String> query) throws IOException {
        CountDownLatch waiting = held;
        if (waiting != null) {
            try {
                waiting.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        int limit = Integer.parseInt(query.getOrDefault("limit", "50"));
        String after = query.get("after");
        ObjectNode page = JSON.createObjectNode();
        ArrayNode found = page.putArray("groups");
        String last = null;
        for (var one : (after == null ? groups : groups.tailMap(after, false)).entrySet()) {
            found.add("light".equals(query.get("fields")) ? light(one.getValue()) : one.getValue());
            last = one.getKey();
            if (found.size() == limit) {
                break;
            }
        }
        page.put("next", found.size() < limit ? null : last);
        json(exchange, 200, JSON.writeValueAsString(page));
    }

    /** A group as a list has it. */
    private static ObjectNode light(ObjectNode group) {
        ObjectNode light = JSON.createObjectNode();
        for (String name : List.of("groupId", "application", "environment", "version", "tableVersion")) {
            light.set(name, group.path(name));
        }
        JsonNode upgrade = group.path("upgrade");
        light.put("status", upgrade.isMissingNode() ? "STEADY" : "UPGRADING").put("health", "HEALTHY");
        ObjectNode clusters = light.putObject("clusters");
        group.path("clusters").properties().forEach(named -> {
            JsonNode full = named.getValue();
            ObjectNode cluster = clusters.putObject(named.getKey());
            cluster.set("status", full.path("status"));
            if (full.has("manifest")) {
                cluster.set("release", full.at("/manifest/version"));
            }
            cluster.putObject("takes")
                    .put("all", full.at("/id/all").asBoolean(false))
                    .put("ids", full.at("/id/ids").size())
                    .put("intervals", full.at("/id/intervals").size());
            cluster.put("health", "HEALTHY").put("scaling", false);
            cluster.set("desired", full.path("instances"));
            ObjectNode healthy = cluster.putObject("healthy");
            full.at("/observed/services")
                    .forEach(seen -> healthy.set(seen.path("service").asString(""), seen.path("healthy")));
        });
        if (!upgrade.isMissingNode()) {
            ObjectNode running = light.putObject("upgrade");
            for (String name : List.of(
                    "upgradeId",
                    "mode",
                    "from",
                    "to",
                    "version",
                    "step",
                    "steps",
                    "title",
                    "startedAt",
                    "requestedBy")) {
                running.set(name, upgrade.path(name));
            }
        }
        return light;
    }

    private void group(HttpExchange exchange, String[] segments) throws IOException {
        ObjectNode group = groups.get(segments[0]);
        if (group == null) {
            json(exchange, 404, text("problem-404"));
            return;
        }
        if (segments.length == 1 || segments[1].equals("state")) {
            exchange.getResponseHeaders()
                    .set("ETag", "\"" + group.path("version").asLong() + "\"");
            json(exchange, 200, JSON.writeValueAsString(group));
        } else if (segments[segments.length - 1].equals("instances")) {
            json(exchange, 200, text("instances"));
        } else if (segments[segments.length - 1].equals("log")) {
            json(exchange, 200, "{\"from\":0,\"next\":24,\"ended\":true,\"text\":\"listens on port 13506\\n\"}");
        } else if (segments[1].equals("upgrades")) {
            upgrade(exchange, segments, !group.path("upgrade").isMissingNode());
        } else {
            json(exchange, 200, segments[1].equals("routers") ? routers() : text(segments[1]));
        }
    }

    /** Traffic that goes up and down a little. */
    private String routers() {
        JsonNode all = fixture("group-routers");
        long look = looks.incrementAndGet();
        for (JsonNode router : all.path("routers")) {
            ((ObjectNode) router.path("report"))
                    .putObject("inFlight")
                    .put("A", 24 + Math.round(5 * Math.sin(look / 2.0)))
                    .put("B", 2 + Math.round(Math.cos(look / 1.5)));
        }
        return JSON.writeValueAsString(all);
    }

    private static void upgrade(HttpExchange exchange, String[] segments, boolean isRunning) throws IOException {
        JsonNode all = fixture(isRunning ? "upgrades-metric" : "upgrades-approval");
        if (segments.length == 2) {
            json(exchange, 200, JSON.writeValueAsString(all));
        } else if (segments.length == 4) {
            json(exchange, 200, text("times-metric"));
        } else {
            for (JsonNode one : all.path("upgrades")) {
                if (one.path("upgrade").path("upgradeId").asString("").equals(segments[2])) {
                    json(exchange, 200, JSON.writeValueAsString(one));
                    return;
                }
            }
            json(exchange, 404, "{\"code\":\"UPGRADE_NOT_FOUND\",\"detail\":\"there is none\",\"status\":404}");
        }
    }

    private static void json(HttpExchange exchange, int status, String json) throws IOException {
        byte[] octets = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders()
                .set("Content-Type", status < 400 ? "application/json" : "application/problem+json");
        exchange.sendResponseHeaders(status, octets.length);
        exchange.getResponseBody().write(octets);
    }

    private static JsonNode fixture(String name) {
        return JSON.readTree(text(name));
    }

    private static String text(String name) {
        try (InputStream file = FixtureConsole.class.getResourceAsStream("/fixtures/" + name + ".json")) {
            if (file == null) {
                throw new IllegalArgumentException("no fixture " + name);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
