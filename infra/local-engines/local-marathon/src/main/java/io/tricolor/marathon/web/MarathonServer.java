package io.tricolor.marathon.web;

import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppReader;
import io.tricolor.marathon.app.Refused;
import io.tricolor.marathon.engine.Change;
import io.tricolor.marathon.engine.Counters;
import io.tricolor.marathon.engine.Engine;
import io.tricolor.marathon.engine.TaskLogs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The Marathon v2 API over the {@link Engine}, as far as docs/local-marathon.md says. */
public final class MarathonServer {

    private static final System.Logger LOG = System.getLogger(MarathonServer.class.getName());
    private static final Duration EVENT_PING = Duration.ofSeconds(10);
    private static final int MAX_LOG_BYTES = 1 << 20;
    private static final int MAX_LOG_WAIT_SECONDS = 30;
    private static final Pattern TASK_ID = Pattern.compile(".+\\.instance-.+\\._app\\.\\d+|.+\\.[0-9a-f-]{36}");

    private final Engine engine;
    private final JsonMapper json;
    private final Runnable exit;

    private MarathonServer(Engine engine, JsonMapper json, Runnable exit) {
        this.engine = engine;
        this.json = json;
        this.exit = exit;
    }

    /**
     * Serves until closed.
     *
     * @param exit called once, after the answer to a shutdown request was made
     */
    public static LocalServer start(Engine engine, JsonMapper json, int port, Runnable exit) throws IOException {
        MarathonServer api = new MarathonServer(engine, json, exit);
        LocalServer.Builder server = LocalServer.builder()
                .port(port)
                .json(json)
                .maxBodyBytes(4 << 20)
                .header("X-Marathon-Engine", "tricolor-local-marathon")
                .errors(MarathonServer::error);
        api.routes(server);
        return server.start();
    }

    private void routes(LocalServer.Builder server) {
        server.get("/ping", request -> Response.text(200, "pong"))
                .get("/metrics", request -> metrics())
                .get("/v2/info", request -> info(request))
                .get(
                        "/v2/leader",
                        request -> Response.json(json.createObjectNode().put("leader", leader(request))))
                .get("/v2/apps", this::listApps)
                .post("/v2/apps", this::createApp)
                .put("/v2/apps", this::updateApps)
                .route("PATCH", "/v2/apps", this::updateApps)
                .get("/v2/apps/{id*}", this::getApp)
                .put("/v2/apps/{id*}", this::putApp)
                .route("PATCH", "/v2/apps/{id*}", this::patchApp)
                .delete("/v2/apps/{id*}", this::deleteApp)
                .post(
                        "/v2/apps/{id*}/restart",
                        request -> change(200, engine.restart(id(request), force(request, false))))
                .get("/v2/apps/{id*}/versions", request -> Response.json(engine.read(v -> v.versions(id(request)))))
                .get(
                        "/v2/apps/{id*}/versions/{version}",
                        request -> Response.json(engine.read(v -> v.appAt(id(request), request.path("version")))))
                .get("/v2/apps/{id*}/tasks", this::appTasks)
                .delete("/v2/apps/{id*}/tasks", this::killAppTasks)
                .delete("/v2/apps/{id*}/tasks/{taskId}", this::killAppTask)
                .get("/v2/groups", request -> Response.json(engine.group("/")))
                .get("/v2/groups/{id*}", request -> Response.json(engine.group(id(request))))
                .get("/v2/groups/versions", request -> Response.json(engine.groupVersions("/")))
                .get(
                        "/v2/groups/versions/{version}",
                        request -> Response.json(engine.groupAt("/", request.path("version"))))
                .get("/v2/groups/{id*}/versions", request -> Response.json(engine.groupVersions(id(request))))
                .get(
                        "/v2/groups/{id*}/versions/{version}",
                        request -> Response.json(engine.groupAt(id(request), request.path("version"))))
                .post("/v2/groups", request -> changeGroup(request, "/", true))
                .post("/v2/groups/{id*}", request -> changeGroup(request, id(request), true))
                .put("/v2/groups", request -> changeGroup(request, "/", false))
                .put("/v2/groups/{id*}", request -> changeGroup(request, id(request), false))
                .delete(
                        "/v2/groups/{id*}",
                        request -> change(200, engine.deleteGroup(id(request), force(request, false))))
                .get("/v2/pods", request -> Response.json(json.createArrayNode()))
                .get("/v2/pods/::status", request -> Response.json(json.createArrayNode()))
                .get("/v2/tasks", this::listTasks)
                .post("/v2/tasks/delete", this::killTasks)
                .get("/v2/deployments", request -> Response.json(engine.read(v -> v.deployments())))
                .delete("/v2/deployments/{id}", this::endDeployment)
                .get("/v2/queue", request -> {
                    ObjectNode queue = json.createObjectNode();
                    queue.set("queue", engine.read(v -> v.queue()));
                    return Response.json(queue);
                })
                .delete("/v2/queue/{id*}/delay", request -> {
                    engine.clearLaunchDelay(id(request));
                    return Response.empty(204);
                })
                .get("/v2/events", this::events)
                .get("/engine/tasks/{id}/log", this::log)
                .get(
                        "/engine/logs",
                        request -> Response.json(engine.logs()
                                .of(AppReader.absoluteId(request.query("app").orElse("")))))
                .get("/engine/tasks", request -> Response.json(engine.read(v -> v.processes())))
                .post("/engine/shutdown", this::shutdown);
    }

    private Response listApps(Request request) {
        Predicate<App> wanted = app -> true;
        for (String text : request.queryAll("id")) {
            wanted = wanted.and(app -> contains(app.id(), text));
        }
        for (String text : request.queryAll("cmd")) {
            wanted = wanted.and(app -> contains(String.valueOf(app.definition().cmd()), text));
        }
        for (String text : request.queryAll("label")) {
            Predicate<Map<String, String>> labels = LabelSelector.parse(text);
            wanted = wanted.and(app -> labels.test(app.definition().labels()));
        }
        Predicate<App> all = wanted;
        ObjectNode answer = json.createObjectNode();
        List<String> embedded = request.queryAll("embed");
        boolean withTasks = embedded.contains("apps.tasks");
        boolean withFailures = embedded.contains("apps.lastTaskFailure") || embedded.contains("apps.failures");
        answer.set("apps", engine.read(v -> {
            ArrayNode apps = v.apps(all);
            if (withTasks) {
                apps.forEach(app -> ((ObjectNode) app)
                        .set("tasks", v.tasks(List.of(app.get("id").stringValue()))));
            }
            if (embedded.contains("apps.taskStats")) {
                apps.forEach(app -> v.addTaskStats((ObjectNode) app));
            }
            if (withFailures) {
                apps.forEach(app -> v.addLastFailure((ObjectNode) app));
            }
            if (embedded.contains("apps.readiness")) {
                apps.forEach(
                        app -> v.addReadiness((ObjectNode) app, app.get("id").stringValue()));
            }
            return apps;
        }));
        return Response.json(answer);
    }

    private Response createApp(Request request) throws IOException {
        ObjectNode body = object(body(request));
        JsonNode id = body.get("id");
        if (id == null || !id.isString()) {
            throw Refused.invalidJson(List.of(
                    new Refused.Detail("/id", List.of(id == null ? "error.path.missing" : "error.expected.jsstring"))));
        }
        String appId = AppReader.absoluteId(id.stringValue());
        ObjectNode app = engine.create(appId, body, force(request, false));
        tell(request, app);
        return Response.json(201, app)
                .header("Location", appId)
                .header(
                        "Marathon-Deployment-Id",
                        app.path("deployments").path(0).path("id").stringValue());
    }

    /** The id in the body counts, below the one in the path. */
    private Response changeGroup(Request request, String base, boolean create) throws IOException {
        ObjectNode body = object(body(request));
        String id = base;
        if (body.path("id").isString()) {
            String named = body.path("id").stringValue();
            String relative = named.startsWith("/") ? named : base + "/" + named;
            id = create || base.equals("/") ? AppReader.absoluteId(relative) : base;
        }
        if (flag(request, "dryRun", false)) {
            ObjectNode answer = json.createObjectNode();
            ArrayNode steps = answer.putArray("steps");
            engine.planGroup(id, body).forEach(steps::add);
            return Response.json(answer);
        }
        Change change = engine.updateGroup(id, body, create, force(request, false));
        return create ? change(201, change).header("Location", id) : change(200, change);
    }

    private Response getApp(Request request) {
        String id = id(request);
        ObjectNode answer = json.createObjectNode();
        if (id.endsWith("/*")) {
            String group = id.equals("/*") ? "/" : id.substring(0, id.length() - 2);
            answer.set("*", engine.read(v -> {
                ArrayNode apps = json.createArrayNode();
                v.appsOfGroup(group).forEach(app -> apps.add(v.app(app)));
                return apps;
            }));
        } else {
            boolean withStats = request.queryAll("embed").contains("app.taskStats");
            boolean withReadiness = request.queryAll("embed").contains("app.readiness");
            answer.set("app", engine.read(v -> {
                ObjectNode app = v.app(id);
                if (withStats) {
                    v.addTaskStats(app);
                }
                if (withReadiness) {
                    v.addReadiness(app, id);
                }
                return app;
            }));
        }
        return Response.json(answer);
    }

    private Response putApp(Request request) throws IOException {
        Change change = engine.update(
                Map.of(id(request), object(body(request))),
                flag(request, "partialUpdate", true),
                true,
                force(request, false));
        tell(request, appOf(id(request)));
        return change(change.created() ? 201 : 200, change);
    }

    private Response patchApp(Request request) throws IOException {
        Change change = engine.update(Map.of(id(request), object(body(request))), true, false, force(request, false));
        tell(request, appOf(id(request)));
        return change(200, change);
    }

    private JsonNode appOf(String id) {
        ArrayNode found = engine.read(v -> v.apps(app -> app.id().equals(id)));
        return found.isEmpty() ? json.createObjectNode().put("id", id) : found.get(0);
    }

    private void tell(Request request, JsonNode app) {
        engine.events().apiPost("127.0.0.1", request.uri().getPath(), app);
    }

    private Response updateApps(Request request) throws IOException {
        if (!(body(request) instanceof ArrayNode apps)) {
            throw Refused.invalidJson(List.of(new Refused.Detail("/", List.of("error.expected.jsarray"))));
        }
        Map<String, ObjectNode> bodies = new LinkedHashMap<>();
        for (JsonNode app : apps) {
            JsonNode id = object(app).path("id");
            if (!id.isString()) {
                throw Refused.invalidJson(List.of(new Refused.Detail("/id", List.of("error.expected.jsstring"))));
            }
            bodies.put(AppReader.absoluteId(id.stringValue()), object(app));
        }
        boolean put = request.method().equals("PUT");
        return change(
                200, engine.update(bodies, !put || flag(request, "partialUpdate", true), put, force(request, false)));
    }

    private Response deleteApp(Request request) {
        JsonNode app = appOf(id(request));
        Change change = engine.delete(id(request), force(request, true));
        tell(request, app);
        return change(200, change);
    }

    private Response appTasks(Request request) {
        String id = id(request);
        ArrayNode tasks = engine.read(v -> {
            if (id.endsWith("/*")) {
                return v.tasks(v.appsOfGroup(id.equals("/*") ? "/" : id.substring(0, id.length() - 2)));
            }
            v.taskIds(id); // refuses an unknown app
            return v.tasks(List.of(id));
        });
        return tasksAnswer(request, tasks);
    }

    private Response listTasks(Request request) {
        List<String> statuses = new ArrayList<>(request.queryAll("status"));
        statuses.addAll(request.queryAll("status[]"));
        ArrayNode all = engine.read(v -> v.allTasks());
        ArrayNode tasks = json.createArrayNode();
        for (JsonNode task : all) {
            boolean staging = task.path("state").stringValue("").equals("TASK_STAGING");
            if (statuses.isEmpty() || statuses.contains(staging ? "staging" : "running")) {
                tasks.add(task);
            }
        }
        return tasksAnswer(request, tasks);
    }

    private Response tasksAnswer(Request request, ArrayNode tasks) {
        if (request.header("Accept")
                .filter(accept -> accept.startsWith("text/plain"))
                .isPresent()) {
            StringBuilder lines = new StringBuilder();
            for (JsonNode task : tasks) {
                for (int i = 0; i < task.path("ports").size(); i++) {
                    lines.append(task.path("appId").stringValue("").substring(1).replace('/', '_'))
                            .append('\t')
                            .append(task.path("servicePorts").path(i).asString(""))
                            .append('\t')
                            .append(task.path("host").stringValue(""))
                            .append(':')
                            .append(task.path("ports").path(i).asString(""))
                            .append('\n');
                }
            }
            return Response.text(200, lines.toString());
        }
        ObjectNode answer = json.createObjectNode();
        answer.set("tasks", tasks);
        return Response.json(answer);
    }

    private Response killAppTasks(Request request) {
        String id = id(request);
        List<String> ids = engine.read(v -> v.taskIds(id));
        boolean elsewhere =
                request.query("host").filter(host -> !host.equals("127.0.0.1")).isPresent();
        return kill(request, elsewhere ? List.of() : ids, false);
    }

    private Response killAppTask(Request request) {
        String id = id(request);
        String taskId = request.path("taskId");
        if (!engine.read(v -> v.taskIds(id)).contains(taskId)) {
            throw Refused.with(404, "Task '" + taskId + "' does not exist");
        }
        return kill(request, List.of(taskId), true);
    }

    private Response killTasks(Request request) throws IOException {
        List<String> ids = new ArrayList<>();
        for (JsonNode id : object(body(request)).path("ids")) {
            if (!id.isString() || !TASK_ID.matcher(id.stringValue()).matches()) {
                throw Refused.with(400, "Invalid task id '" + id.asString("") + "'.");
            }
            ids.add(id.stringValue());
        }
        return kill(request, ids, false);
    }

    private Response kill(Request request, List<String> ids, boolean single) {
        boolean scale = flag(request, "scale", false);
        if (scale && flag(request, "wipe", false)) {
            throw Refused.with(400, "You cannot use scale and wipe at the same time.");
        }
        if (scale) {
            return change(200, engine.killAndScale(ids, force(request, false)));
        }
        List<ObjectNode> killed = engine.kill(ids);
        ObjectNode answer = json.createObjectNode();
        if (single && !killed.isEmpty()) {
            answer.set("task", killed.getFirst());
        } else {
            answer.putArray("tasks").addAll(killed);
        }
        return Response.json(answer);
    }

    private Response endDeployment(Request request) {
        String id = request.path("id");
        if (force(request, false)) {
            engine.cancel(id);
            return Response.empty(202);
        }
        return change(200, engine.revert(id));
    }

    private Response events(Request request) {
        String accept = request.header("Accept").orElse("");
        if (!accept.contains("text/event-stream")) {
            throw new HttpFailure(405, "only for Accept: text/event-stream");
        }
        Set<String> types = Set.copyOf(request.queryAll("event_type"));
        return Response.events(EVENT_PING, sink -> engine.events().subscribe(sink, types, "127.0.0.1"));
    }

    private Response info(Request request) {
        String leader = leader(request);
        String frameworkId = engine.read(v -> v.frameworkId());
        ObjectNode info = json.createObjectNode();
        info.put("name", "marathon")
                .put("version", "1.11.0-tricolor-local")
                .put("buildref", "local")
                .put("elected", true)
                .put("leader", leader)
                .put("frameworkId", frameworkId);
        int port = Integer.parseInt(leader.substring(leader.lastIndexOf(':') + 1));
        info.putObject("marathon_config")
                .put("master", "local")
                .put("hostname", "127.0.0.1")
                .put("framework_name", "tricolor-local-marathon")
                .put("ha", false)
                .put("checkpoint", true)
                .put("local_port_min", 10_000)
                .put("local_port_max", 20_000)
                .put("webui_url", "http://" + leader);
        info.putObject("zookeeper_config").put("zk", "none");
        info.putObject("http_config").put("http_port", port).put("https_port", 0);
        return Response.json(info);
    }

    private static String leader(Request request) {
        String host = request.header("Host").orElse("127.0.0.1:80");
        return host.matches(".*:\\d+") ? host : host + ":80";
    }

    /** Bytes as the task wrote them; where they stand and where to go on is in the headers. */
    private Response log(Request request) throws IOException, InterruptedException {
        String taskId = request.path("id");
        String stream = request.query("stream").orElse("stdout");
        int maxBytes = Math.clamp(request.queryInt("limit").orElse(MAX_LOG_BYTES), 1, MAX_LOG_BYTES);
        Optional<Long> from = request.queryLong("from");
        Duration wait = Duration.ofSeconds(Math.clamp(request.queryInt("wait").orElse(0), 0, MAX_LOG_WAIT_SECONDS));
        TaskLogs.Part part = from.isPresent()
                ? engine.logs().read(taskId, stream, from.get(), maxBytes, wait)
                : engine.logs()
                        .tail(
                                taskId,
                                stream,
                                Math.max(1, request.queryInt("lines").orElse(200)),
                                maxBytes);
        return Response.bytes(200, "text/plain; charset=utf-8", part.piece().content())
                .header("X-Log-From", Long.toString(part.piece().from()))
                .header("X-Log-Next", Long.toString(part.piece().next()))
                .header("X-Log-Ended", Boolean.toString(part.ended()));
    }

    private Response shutdown(Request request) {
        boolean tasks = flag(request, "tasks", false);
        if (tasks) {
            engine.stopTasks().join();
        }
        var _ = Thread.ofPlatform().daemon().name("exit").start(exit);
        return Response.json(json.createObjectNode()
                .put("message", tasks ? "All tasks have ended; the engine ends." : "The engine ends; tasks run on."));
    }

    private Response metrics() {
        int[] sizes = engine.read(v -> v.sizes());
        Counters counters = engine.counters();
        StringBuilder text = new StringBuilder();
        metric(text, "apps", "gauge", "Apps that are defined.", sizes[0]);
        metric(text, "tasks", "gauge", "Tasks that are staged, run or are being ended.", sizes[1]);
        metric(text, "tasks_healthy", "gauge", "Tasks that run and pass their checks.", sizes[2]);
        metric(text, "deployments", "gauge", "Deployments that run.", sizes[3]);
        metric(
                text,
                "event_listeners",
                "gauge",
                "Open event streams.",
                engine.events().listeners());
        metric(
                text,
                "tasks_launched_total",
                "counter",
                "Processes started.",
                counters.launched().sum());
        metric(
                text,
                "tasks_adopted_total",
                "counter",
                "Processes found again.",
                counters.adopted().sum());
        metric(
                text,
                "tasks_failed_total",
                "counter",
                "Tasks that ended by themselves.",
                counters.failed().sum());
        metric(
                text,
                "tasks_killed_total",
                "counter",
                "Tasks told to end.",
                counters.killed().sum());
        metric(
                text,
                "health_checks_total",
                "counter",
                "Health checks made.",
                counters.healthChecks().sum());
        return Response.bytes(
                200,
                "text/plain; version=0.0.4; charset=utf-8",
                text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static void metric(StringBuilder text, String name, String type, String help, long value) {
        String full = "tricolor_local_marathon_" + name;
        text.append("# HELP ").append(full).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(full).append(' ').append(type).append('\n');
        text.append(full).append(' ').append(value).append('\n');
    }

    private Response change(int status, Change change) {
        return Response.json(
                        status,
                        json.createObjectNode()
                                .put("version", App.timestamp(change.version()))
                                .put("deploymentId", change.deploymentId()))
                .header("Marathon-Deployment-Id", change.deploymentId());
    }

    private JsonNode body(Request request) throws IOException {
        try {
            return json.readTree(request.body());
        } catch (JacksonException e) {
            throw Refused.brokenJson(e.getOriginalMessage());
        }
    }

    private static ObjectNode object(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw Refused.invalidJson(List.of(new Refused.Detail("/", List.of("error.expected.jsobject"))));
    }

    private static String id(Request request) {
        return AppReader.absoluteId(request.path("id"));
    }

    private static boolean force(Request request, boolean otherwise) {
        return flag(request, "force", otherwise);
    }

    /** Python clients write True and False. */
    private static boolean flag(Request request, String name, boolean otherwise) {
        return request.query(name)
                .map(value -> switch (value.toLowerCase(Locale.ROOT)) {
                    case "true", "1" -> true;
                    case "false", "0" -> false;
                    default -> throw Refused.with(400, "query parameter " + name + " is true or false, not: " + value);
                })
                .orElse(otherwise);
    }

    private static boolean contains(String text, String part) {
        return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
    }

    private static Response error(Throwable failure) {
        return switch (failure) {
            case Refused refused -> Response.json(refused.status(), refused.body());
            case HttpFailure http ->
                Response.json(http.status(), Map.of("message", http.reason())).headers(http.headers());
            default -> {
                LOG.log(System.Logger.Level.ERROR, "a request failed", failure);
                yield Response.json(500, Map.of("message", "internal error; see the engine's log"));
            }
        };
    }
}
