package io.tricolor.router.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.contracts.router.TableChanges;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.router.sources.Json;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The part of strategy-service that a router talks to. */
public final class FakeStrategy implements AutoCloseable {

    /** Every report as it came; {@link #lastReport} is what they come to. */
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

    /** Answered in the place of changes of tables; null: they are. */
    public volatile @Nullable Canned insteadOfChanges;

    /** A report of this boot is answered as one of an evicted router. */
    public volatile String evictedBoot = "";

    /** The next report is answered by asking for a full round. */
    public volatile boolean asksForResync;

    /** Is told of every report before it is answered. */
    public volatile Consumer<RouterReport> listener = report -> {};

    /** Documents of one answer together, at the most. */
    public volatile int maxBytes = TableChanges.MAX_BYTES;

    /** How often changes were answered by nothing, after the wait. */
    public final AtomicInteger emptyAnswers = new AtomicInteger();

    private final Map<String, Published> tables = new LinkedHashMap<>();
    private final Object news = new Object();
    private final LoopbackServer server;
    private String store = UUID.randomUUID().toString();
    private long position;
    private RouterReport state = nothing();
    private final Set<String> roundSoFar = new TreeSet<>();

    private record Published(long position, TableIdentity identity, String document) {}

    /** An answer as it is. */
    public record Canned(int status, String body) {}

    public FakeStrategy() {
        server = server(path -> {}, () -> 0);
    }

    private LoopbackServer server(Consumer<String> asked, IntSupplier instead) {
        Map<String, HttpHandler> answers = Map.of(
                "/api/route-tables/", this::tables,
                "/api/routers/", this::routers,
                "/api/id-lists/", this::idLists);
        Map<String, HttpHandler> contexts = new HashMap<>();
        answers.forEach((path, answer) -> contexts.put(path, exchange -> {
            asked.accept(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            if (instead.getAsInt() == 0) {
                answer.handle(exchange);
            } else {
                answer(exchange, instead.getAsInt(), "{}");
            }
        }));
        return new LoopbackServer(0, contexts);
    }

    /** Another instance, which shares with this one all that is known. */
    public final class Instance implements AutoCloseable {

        /** Methods, paths and queries of all requests here. */
        public final List<String> asked = new CopyOnWriteArrayList<>();

        /** What everything is answered by; 0: properly. */
        public volatile int status;

        private final LoopbackServer door = server(asked::add, () -> status);

        private Instance() {}

        public String url() {
            return door.url();
        }

        public void goDown() {
            door.goDown();
        }

        public void comeBack() {
            door.comeBack();
        }

        @Override
        public void close() {
            door.goDown();
        }
    }

    public Instance another() {
        return new Instance();
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

    /** Publishes a document, which need not be one; of what cannot be read the identity is that of the table before. */
    public void publish(String group, String json) {
        synchronized (news) {
            JsonNode table = read(json);
            Published before = tables.get(group);
            long epoch = table.path("epoch")
                    .asLong(before == null ? 0 : before.identity().epoch());
            long version = table.path("version")
                    .asLong(before == null ? 1 : before.identity().version() + 1);
            publish(group, TableIdentity.of(Math.max(epoch, 0), Math.max(version, 0), json), json);
        }
    }

    /** Publishes a document as if it had this identity. */
    public void publish(String group, TableIdentity identity, String json) {
        synchronized (news) {
            tables.remove(group);
            tables.put(group, new Published(++position, identity, json));
            news.notifyAll();
        }
    }

    /** Ends a group: publishes the table that says so, as the next version. */
    public void delete(String group) {
        synchronized (news) {
            TableIdentity last = Objects.requireNonNull(tables.get(group)).identity();
            publish(RouteTable.deleted(group, last.epoch(), last.version() + 1));
        }
    }

    /** As with an empty database: no group is known, and no cursor. */
    public void forgetEverything() {
        synchronized (news) {
            tables.clear();
            store = UUID.randomUUID().toString();
            news.notifyAll();
        }
    }

    /** What the reports of the present boot come to: the newest word on each group. */
    public RouterReport lastReport() {
        synchronized (news) {
            return state;
        }
    }

    private static RouterReport nothing() {
        return new RouterReport("", "", "", null, 0, 0, false, new TreeMap<>());
    }

    private void take(RouterReport report) {
        synchronized (news) {
            boolean sameBoot = report.bootId().equals(state.bootId());
            if (sameBoot && report.sequence() <= state.sequence()) {
                return;
            }
            TreeMap<String, GroupReport> groups = new TreeMap<>(sameBoot ? state.groups() : Map.of());
            groups.putAll(report.groups());
            if (!sameBoot || (report.round() > 0 && report.round() != state.round())) {
                roundSoFar.clear();
            }
            if (report.round() > 0) {
                roundSoFar.addAll(report.groups().keySet());
                if (report.last()) {
                    groups.keySet().retainAll(roundSoFar);
                }
            }
            state = new RouterReport(
                    report.routerId(),
                    report.bootId(),
                    report.kind(),
                    report.address(),
                    report.sequence(),
                    report.round(),
                    report.last(),
                    groups);
            reports.add(report);
        }
    }

    private void tables(HttpExchange exchange) throws IOException {
        tokens.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        polls.add(exchange.getRequestURI().getPath() + "?"
                + exchange.getRequestURI().getRawQuery());
        if (broken) {
            answer(exchange, 500, "{}");
            return;
        }
        String group = exchange.getRequestURI().getPath().substring("/api/route-tables/".length());
        if (group.equals("changes")) {
            changes(exchange);
            return;
        }
        Published table;
        synchronized (news) {
            table = tables.get(group);
        }
        if (table == null) {
            answer(exchange, 404, "{\"code\":\"GROUP_NOT_FOUND\"}");
        } else {
            exchange.getResponseHeaders().set("ETag", "\"" + table.identity() + "\"");
            answer(exchange, 200, table.document());
        }
    }

    private void changes(HttpExchange exchange) throws IOException {
        Canned instead = insteadOfChanges;
        if (instead != null) {
            answer(exchange, instead.status(), instead.body());
            return;
        }
        String since = parameter(exchange, "since");
        String wait = parameter(exchange, "wait");
        long deadline = System.nanoTime() + seconds(wait == null ? "0s" : wait) * 1_000_000_000L;
        TableChanges answer;
        synchronized (news) {
            try {
                answer = since(since);
                long left = deadline - System.nanoTime();
                while (answer.tables().isEmpty()
                        && !answer.reset()
                        && since != null
                        && left > 0
                        && !broken
                        && insteadOfChanges == null) {
                    news.wait(Math.max(1, left / 1_000_000));
                    answer = since(since);
                    left = deadline - System.nanoTime();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.close();
                return;
            }
        }
        instead = insteadOfChanges;
        if (instead == null && broken) {
            instead = new Canned(500, "{}");
        }
        if (instead != null) {
            answer(exchange, instead.status(), instead.body());
            return;
        }
        if (answer.tables().isEmpty()) {
            emptyAnswers.incrementAndGet();
        }
        answer(exchange, 200, Json.STRICT.writeValueAsString(answer));
    }

    private TableChanges since(@Nullable String cursor) {
        boolean known = cursor == null || cursor.startsWith(store + "@");
        long after = cursor != null && known ? Long.parseLong(cursor.substring(store.length() + 1)) : 0;
        List<TableChanges.Change> changes = new ArrayList<>();
        int bytes = 0;
        long upTo = after;
        for (Map.Entry<String, Published> entry : tables.entrySet()) {
            Published table = entry.getValue();
            if (table.position() > after) {
                bytes += table.document().getBytes(StandardCharsets.UTF_8).length;
                if (bytes > maxBytes && !changes.isEmpty()) {
                    return new TableChanges(store + "@" + upTo, false, !known, changes);
                }
                TableIdentity identity = table.identity();
                changes.add(new TableChanges.Change(
                        entry.getKey(), identity.epoch(), identity.version(), identity.sha256(), table.document()));
                upTo = table.position();
            }
        }
        return new TableChanges(store + "@" + Math.max(after, position), true, !known, changes);
    }

    private static JsonNode read(String json) {
        try {
            return Json.LENIENT.readTree(json);
        } catch (JacksonException e) {
            return Json.LENIENT.createObjectNode();
        }
    }

    private static long seconds(String wait) {
        return Long.parseLong(wait.replace("s", ""));
    }

    private static @Nullable String parameter(HttpExchange exchange, String name) {
        String query = exchange.getRequestURI().getRawQuery();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (pair.startsWith(name + "=")) {
                    return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
                }
            }
        }
        return null;
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
        take(report);
        listener.accept(report);
        boolean resync = asksForResync;
        asksForResync = false;
        answer(
                exchange,
                200,
                Json.STRICT.writeValueAsString(
                        new RouterReport.Answer(report.bootId().equals(evictedBoot), resync)));
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
