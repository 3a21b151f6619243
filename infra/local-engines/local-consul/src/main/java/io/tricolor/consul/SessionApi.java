package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** {@code /v1/session}. */
final class SessionApi {
    private static final Duration DEFAULT_LOCK_DELAY = Duration.ofSeconds(15);
    private static final Duration MAX_LOCK_DELAY = Duration.ofMinutes(1);
    private static final Duration MAX_TTL = Duration.ofDays(1);

    private final Engine engine;
    private final Queries queries;
    private final CheckRunner runner;
    private final Settings settings;

    SessionApi(Engine engine, Queries queries, CheckRunner runner, Settings settings) {
        this.engine = engine;
        this.queries = queries;
        this.runner = runner;
        this.settings = settings;
    }

    void addTo(LocalServer.Builder server) {
        server.put("/v1/session/create", Queries.guarded(this::create))
                .put("/v1/session/renew/{id}", Queries.guarded(this::renew))
                .put("/v1/session/destroy/{id}", Queries.guarded(this::destroy))
                .get("/v1/session/info/{id}", Queries.guarded(request -> {
                    String id = request.path("id");
                    return list(request, session -> session.id().equals(id));
                }))
                .get("/v1/session/list", Queries.guarded(request -> list(request, session -> true)))
                .get("/v1/session/node/{node}", Queries.guarded(request -> {
                    boolean ours = request.path("node").equals(Node.NAME);
                    return list(request, session -> ours);
                }));
    }

    private Response create(Request request) throws IOException, InterruptedException {
        JsonNode body = request.body().length == 0 ? JsonNodeFactory.instance.objectNode() : request.json();
        Fields fields = new Fields("session", body);
        String node = fields.text("Node", Node.NAME);
        if (!node.isEmpty() && !node.equals(Node.NAME)) {
            throw new HttpFailure(501, "sessions of another node than " + Node.NAME + " are not supported: " + node);
        }
        Duration ttl = fields.duration("TTL").orElse(Duration.ZERO);
        if (!ttl.isZero() && (ttl.compareTo(settings.minSessionTtl()) < 0 || ttl.compareTo(MAX_TTL) > 0)) {
            throw new HttpFailure(
                    400,
                    "Invalid Session TTL '" + GoDuration.format(ttl) + "', must be between ["
                            + GoDuration.format(settings.minSessionTtl()) + "=" + GoDuration.format(MAX_TTL) + "]");
        }
        Duration lockDelay =
                fields.duration("LockDelay").map(SessionApi::seconds).orElse(DEFAULT_LOCK_DELAY);
        if (lockDelay.compareTo(MAX_LOCK_DELAY) > 0) {
            throw new HttpFailure(400, "Invalid LockDelay, must be at most " + GoDuration.format(MAX_LOCK_DELAY));
        }
        String behavior = fields.text("Behavior", "release");
        if (!behavior.isEmpty() && !behavior.equals("release") && !behavior.equals("delete")) {
            throw new HttpFailure(400, "Invalid Behavior setting '" + behavior + "'");
        }
        boolean named = has(body, "Checks") || has(body, "NodeChecks");
        List<String> nodeChecks = new ArrayList<>(fields.texts("NodeChecks"));
        nodeChecks.addAll(fields.texts("Checks"));
        if (!named) {
            nodeChecks.add(CheckEntry.NODE_CHECK);
        }
        List<String> serviceChecks = new ArrayList<>();
        for (JsonNode check : fields.list("ServiceChecks")) {
            Fields of = new Fields("ServiceChecks", check);
            serviceChecks.add(of.text("ID", ""));
            of.refuseOthers();
        }
        String name = fields.text("Name", "");
        fields.refuseOthers();
        String id = UUID.randomUUID().toString();
        engine.<Void>write(tx -> {
            for (List<String> checks : List.of(nodeChecks, serviceChecks)) {
                for (String checkId : checks) {
                    CheckEntry check = tx.state().check(checkId);
                    if (check == null) {
                        throw new HttpFailure(500, "Missing check '" + checkId + "' registration");
                    }
                    if (check.status() == CheckStatus.CRITICAL) {
                        throw new HttpFailure(500, "Check '" + checkId + "' is in critical state");
                    }
                }
            }
            tx.emit(new Change.SessionPut(new SessionEntry(
                    id,
                    name,
                    lockDelay,
                    behavior.equals("delete"),
                    ttl,
                    List.copyOf(nodeChecks),
                    List.copyOf(serviceChecks),
                    tx.index())));
            return null;
        });
        return Response.json(Map.of("ID", id));
    }

    private Response renew(Request request) {
        String id = request.path("id");
        SessionEntry session = engine.read(state -> state.session(id));
        if (session == null) {
            throw new HttpFailure(404, "Session id '" + id + "' not found");
        }
        runner.renew(id);
        return Response.json(List.of(session.view()));
    }

    private Response destroy(Request request) throws InterruptedException {
        String id = request.path("id");
        engine.<Void>write(tx -> {
            Registry.end(tx, tx.state().session(id));
            return null;
        });
        return Response.json(true);
    }

    private Response list(Request request, Predicate<SessionEntry> wanted) throws InterruptedException {
        return queries.read(
                request,
                new Topic.Sessions(),
                state -> Queries.Found.json(
                        state.sessionIndex(),
                        state.sessions().stream()
                                .filter(wanted)
                                .map(SessionEntry::view)
                                .toList()));
    }

    /** Small bare numbers mean seconds, as in Consul. */
    private static Duration seconds(Duration duration) {
        return duration.compareTo(Duration.ofNanos(1000)) < 0 ? Duration.ofSeconds(duration.toNanos()) : duration;
    }

    private static boolean has(JsonNode body, String name) {
        return body.isObject() && body.propertyNames().stream().anyMatch(name::equalsIgnoreCase);
    }
}
