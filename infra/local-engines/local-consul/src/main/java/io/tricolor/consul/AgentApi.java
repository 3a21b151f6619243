package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code /v1/agent}. */
final class AgentApi {
    private static final int MAX_OUTPUT_BYTES = 4096;

    private final Engine engine;
    private final CheckRunner runner;
    private final Definitions definitions;

    AgentApi(Engine engine, CheckRunner runner, Definitions definitions) {
        this.engine = engine;
        this.runner = runner;
        this.definitions = definitions;
    }

    void addTo(LocalServer.Builder server) {
        server.get("/v1/agent/self", Queries.guarded(request -> self()))
                .get("/v1/agent/members", Queries.guarded(request -> Response.json(List.of(member()))))
                .get("/v1/agent/health/service/id/{id*}", Queries.guarded(this::healthOfInstance))
                .get("/v1/agent/health/service/name/{name*}", Queries.guarded(this::healthOfService))
                .get("/v1/agent/services", Queries.filtered(this::services))
                .get("/v1/agent/service/{id}", Queries.guarded(this::service))
                .get("/v1/agent/checks", Queries.filtered(this::checks))
                .put("/v1/agent/service/register", Queries.guarded(this::register))
                .put("/v1/agent/service/deregister/{id*}", Queries.guarded(this::deregister))
                .put("/v1/agent/service/maintenance/{id*}", Queries.guarded(this::maintainService))
                .put("/v1/agent/maintenance", Queries.guarded(this::maintainNode))
                .put("/v1/agent/check/register", Queries.guarded(this::registerCheck))
                .put("/v1/agent/check/deregister/{id*}", Queries.guarded(this::deregisterCheck))
                .put("/v1/agent/check/pass/{id*}", Queries.guarded(request -> note(request, CheckStatus.PASSING)))
                .put("/v1/agent/check/warn/{id*}", Queries.guarded(request -> note(request, CheckStatus.WARNING)))
                .put("/v1/agent/check/fail/{id*}", Queries.guarded(request -> note(request, CheckStatus.CRITICAL)))
                .put("/v1/agent/check/update/{id*}", Queries.guarded(this::update));
    }

    private static Response self() {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("Datacenter", Node.DATACENTER);
        config.put("NodeName", Node.NAME);
        config.put("NodeID", Node.ID);
        config.put("Server", true);
        config.put("Version", "0.0.0+local-consul");
        return Response.json(Map.of("Config", config, "Member", member(), "Meta", Map.of()));
    }

    private static Map<String, Object> member() {
        Map<String, Object> member = new LinkedHashMap<>();
        member.put("Name", Node.NAME);
        member.put("Addr", Node.ADDRESS);
        member.put("Port", 8301);
        member.put("Tags", Map.of("dc", Node.DATACENTER, "id", Node.ID, "role", "consul"));
        member.put("Status", 1);
        member.put("ProtocolMin", 1);
        member.put("ProtocolMax", 5);
        member.put("ProtocolCur", 2);
        member.put("DelegateMin", 2);
        member.put("DelegateMax", 5);
        member.put("DelegateCur", 4);
        return member;
    }

    /** The status says it too: 200 passing, 429 warning, 503 critical, 404 nothing there. */
    private Response healthOfInstance(Request request) {
        String id = request.path("id");
        List<Health> found = health(service -> service.id().equals(id));
        if (found.isEmpty()) {
            return asText(request) ? Response.text(404, "ServiceId " + id + " not found") : Response.json(404, null);
        }
        Health health = found.getFirst();
        return asText(request)
                ? Response.text(health.httpStatus(), health.word())
                : Response.json(health.httpStatus(), health.view());
    }

    private Response healthOfService(Request request) {
        String name = request.path("name");
        List<Health> found = health(service -> service.name().equals(name));
        if (found.isEmpty()) {
            return asText(request)
                    ? Response.text(404, "ServiceName " + name + " Not Found")
                    : Response.json(404, List.of());
        }
        Health worst =
                found.stream().max(Comparator.comparingInt(Health::httpStatus)).orElseThrow();
        return asText(request)
                ? Response.text(worst.httpStatus(), worst.word())
                : Response.json(
                        worst.httpStatus(), found.stream().map(Health::view).toList());
    }

    /**
     * An instance with what its checks say together.
     *
     * @param httpStatus the worse, the higher
     */
    private record Health(String word, int httpStatus, Map<String, @Nullable Object> view) {}

    private static boolean asText(Request request) {
        return request.query("format").filter("text"::equals).isPresent();
    }

    private List<Health> health(Predicate<ServiceEntry> wanted) {
        return engine.read(state -> state.services().stream()
                .filter(wanted)
                .map(service -> {
                    List<CheckEntry> checks = state.checksFor(service.id());
                    boolean maintained = checks.stream()
                            .anyMatch(check -> check.checkId().startsWith(CheckEntry.SERVICE_MAINTENANCE_PREFIX)
                                    || check.checkId().equals(CheckEntry.NODE_MAINTENANCE));
                    boolean critical = checks.stream().anyMatch(check -> check.status() == CheckStatus.CRITICAL);
                    boolean warning = checks.stream().anyMatch(check -> check.status() == CheckStatus.WARNING);
                    String word = maintained ? "maintenance" : critical ? "critical" : warning ? "warning" : "passing";
                    int status = maintained || critical ? 503 : warning ? 429 : 200;
                    Map<String, @Nullable Object> view = new LinkedHashMap<>();
                    view.put("AggregatedStatus", word);
                    view.put("Service", service.agentView());
                    view.put(
                            "Checks",
                            checks.stream()
                                    .map(check -> check.view(state.tagsOf(check)))
                                    .toList());
                    return new Health(word, status, view);
                })
                .toList());
    }

    private Response services(Request request) {
        Filter filter = Filter.of(request, FilterField.SERVICE);
        Map<String, Object> services = engine.read(state -> {
            Map<String, Object> views = new TreeMap<>();
            state.services().forEach(service -> show(views, service.id(), service.agentView(), filter));
            return views;
        });
        return Response.json(services);
    }

    /** With {@code hash} it waits until the content has another one. */
    private Response service(Request request) throws InterruptedException {
        String id = request.path("id");
        String known = request.query("hash").orElse("");
        long deadline = System.nanoTime() + Queries.patience(request).toNanos();
        ServiceEntry service = engine.read(state -> state.service(id));
        if (service != null && service.contentHash().equals(known)) {
            try (Watches.Watch watch = engine.watches().open(new Topic.Service(service.name()))) {
                service = engine.read(state -> state.service(id));
                long left = deadline - System.nanoTime();
                while (service != null && service.contentHash().equals(known) && left > 0) {
                    watch.await(left);
                    service = engine.read(state -> state.service(id));
                    left = deadline - System.nanoTime();
                }
            }
        }
        if (service == null) {
            throw new HttpFailure(404, "unknown service ID: \"" + id + "\"");
        }
        Map<String, @Nullable Object> view = service.agentView();
        view.put("ContentHash", service.contentHash());
        return Response.json(view).header("X-Consul-ContentHash", service.contentHash());
    }

    private static void show(Map<String, Object> views, String id, Map<String, @Nullable Object> view, Filter filter) {
        if (filter.matches(view)) {
            views.put(id, view);
        }
    }

    private Response checks(Request request) {
        Filter filter = Filter.of(request, FilterField.CHECK);
        Map<String, Object> checks = engine.read(state -> {
            Map<String, Object> views = new TreeMap<>();
            state.checks().stream()
                    .filter(check -> !check.checkId().equals(CheckEntry.NODE_CHECK))
                    .forEach(check -> show(views, check.checkId(), check.view(state.tagsOf(check)), filter));
            return views;
        });
        return Response.json(checks);
    }

    private Response register(Request request) throws IOException, InterruptedException {
        Definitions.Registration registration = definitions.service(request.json());
        boolean replaceChecks = Queries.flag(request, "replace-existing-checks");
        engine.<Void>write(tx -> {
            Registry.register(tx, registration.service(), registration.checks(), replaceChecks);
            return null;
        });
        return ok();
    }

    private Response deregister(Request request) throws InterruptedException {
        String id = request.path("id");
        engine.<Void>write(tx -> {
            Registry.deregister(tx, requireService(tx.state(), id));
            return null;
        });
        return ok();
    }

    private Response maintainService(Request request) throws InterruptedException {
        String id = request.path("id");
        String checkId = CheckEntry.SERVICE_MAINTENANCE_PREFIX + id;
        boolean enable = enable(request);
        String reason = request.query("reason")
                .filter(r -> !r.isEmpty())
                .orElse("Maintenance mode is enabled for this service, but no reason was provided. This is a default"
                        + " message.");
        engine.<Void>write(tx -> {
            ServiceEntry service = requireService(tx.state(), id);
            maintain(
                    tx,
                    enable,
                    CheckEntry.maintenance(checkId, "Service Maintenance Mode", reason, id, service.name()));
            return null;
        });
        return ok();
    }

    private Response maintainNode(Request request) throws InterruptedException {
        boolean enable = enable(request);
        String reason = request.query("reason")
                .filter(r -> !r.isEmpty())
                .orElse("Maintenance mode is enabled for this node, but no reason was provided. This is a default"
                        + " message.");
        engine.<Void>write(tx -> {
            maintain(
                    tx,
                    enable,
                    CheckEntry.maintenance(CheckEntry.NODE_MAINTENANCE, "Node Maintenance Mode", reason, "", ""));
            return null;
        });
        return ok();
    }

    private static void maintain(Transaction tx, boolean enable, CheckEntry check) {
        CheckEntry before = tx.state().check(check.checkId());
        if (enable && before == null) {
            Registry.putCheck(tx, check);
        } else if (!enable && before != null) {
            Registry.removeCheck(tx, before);
        }
    }

    private static boolean enable(Request request) {
        if (request.query("enable").filter(value -> !value.isEmpty()).isEmpty()) {
            throw new HttpFailure(400, "Missing value for enable");
        }
        return Queries.flag(request, "enable");
    }

    private Response registerCheck(Request request) throws IOException, InterruptedException {
        JsonNode body = request.json();
        String serviceId = new Fields("check", body).text("ServiceID", "");
        engine.<Void>write(tx -> {
            String serviceName = "";
            if (!serviceId.isEmpty()) {
                ServiceEntry service = tx.state().service(serviceId);
                if (service == null) {
                    throw new HttpFailure(400, "ServiceID \"" + serviceId + "\" does not exist");
                }
                serviceName = service.name();
            }
            CheckEntry check = definitions.check(body, "", "", serviceId, serviceName);
            refuseReserved(check.checkId());
            Registry.putCheck(tx, check);
            return null;
        });
        return ok();
    }

    private Response deregisterCheck(Request request) throws InterruptedException {
        String id = request.path("id");
        refuseReserved(id);
        engine.<Void>write(tx -> {
            Registry.removeCheck(tx, requireCheck(tx.state(), id));
            return null;
        });
        return ok();
    }

    private Response note(Request request, CheckStatus status) throws InterruptedException {
        return report(request.path("id"), status, request.query("note").orElse(""));
    }

    private Response update(Request request) throws IOException, InterruptedException {
        Fields fields = new Fields("update", request.json());
        String word = fields.text("Status", "");
        CheckStatus status =
                CheckStatus.of(word).orElseThrow(() -> new HttpFailure(400, "Invalid check status: '" + word + "'"));
        String output = fields.text("Output", "");
        fields.refuseOthers();
        byte[] bytes = output.getBytes(StandardCharsets.UTF_8);
        return report(
                request.path("id"),
                status,
                bytes.length <= MAX_OUTPUT_BYTES
                        ? output
                        : new String(bytes, 0, MAX_OUTPUT_BYTES, StandardCharsets.UTF_8));
    }

    private Response report(String checkId, CheckStatus status, String output) throws InterruptedException {
        CheckEntry now = engine.read(state -> requireCheck(state, checkId));
        if (!(now.definition() instanceof CheckDefinition.Ttl)) {
            throw new HttpFailure(404, "CheckID \"" + checkId + "\" does not have associated TTL");
        }
        runner.beat(checkId);
        engine.<Void>write(tx -> {
            Registry.report(tx, requireCheck(tx.state(), checkId), status, output);
            return null;
        });
        if (!now.output().equals(output)) {
            engine.show(state -> state.showOutput(checkId, output));
        }
        return ok();
    }

    private static void refuseReserved(String checkId) {
        if (checkId.equals(CheckEntry.NODE_CHECK)
                || checkId.equals(CheckEntry.NODE_MAINTENANCE)
                || checkId.startsWith(CheckEntry.SERVICE_MAINTENANCE_PREFIX)) {
            throw new HttpFailure(400, "CheckID \"" + checkId + "\" is reserved");
        }
    }

    private static ServiceEntry requireService(State state, String id) {
        ServiceEntry service = state.service(id);
        if (service == null) {
            throw new HttpFailure(
                    404,
                    "Unknown service ID \"" + id + "\". Ensure that the service ID is passed, not the service name.");
        }
        return service;
    }

    private static CheckEntry requireCheck(State state, String id) {
        CheckEntry check = state.check(id);
        if (check == null) {
            throw new HttpFailure(
                    404, "Unknown check ID \"" + id + "\". Ensure that the check ID is passed, not the check name.");
        }
        return check;
    }

    private static Response ok() {
        return Response.empty(200);
    }
}
