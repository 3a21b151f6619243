package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import io.tricolor.localhttp.LocalServer;
import io.tricolor.localhttp.Request;
import io.tricolor.localhttp.Response;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /v1/status}, {@code /v1/catalog} and {@code /v1/health}. */
final class CatalogApi {
    private static final String SERVER_ADDRESS = Node.ADDRESS + ":8300";

    private final Queries queries;

    CatalogApi(Queries queries) {
        this.queries = queries;
    }

    void addTo(LocalServer.Builder server) {
        server.get("/v1/status/leader", Queries.guarded(request -> Response.json(SERVER_ADDRESS)))
                .get("/v1/status/peers", Queries.guarded(request -> Response.json(List.of(SERVER_ADDRESS))))
                .get("/v1/catalog/datacenters", Queries.guarded(request -> Response.json(List.of(Node.DATACENTER))))
                .get("/v1/catalog/nodes", Queries.guarded(this::nodes))
                .get("/v1/catalog/node/{node}", Queries.guarded(this::node))
                .get("/v1/catalog/node-services/{node}", Queries.guarded(this::nodeServices))
                .get("/v1/catalog/services", Queries.guarded(this::services))
                .get("/v1/catalog/service/{name}", Queries.filtered(this::service))
                .get("/v1/health/service/{name}", Queries.filtered(this::health))
                .get("/v1/health/checks/{name}", Queries.filtered(this::checks))
                .get("/v1/health/node/{node}", Queries.filtered(this::nodeChecks))
                .get("/v1/health/state/{state}", Queries.filtered(this::checksIn));
    }

    private Response nodes(Request request) throws InterruptedException {
        return queries.read(
                request,
                new Topic.Nothing(),
                state -> Queries.Found.json(1, Queries.asksForOtherNodes(request) ? List.of() : List.of(Node.view())));
    }

    private Response node(Request request) throws InterruptedException {
        boolean ours = request.path("node").equals(Node.NAME);
        return queries.read(request, new Topic.Catalog(), state -> {
            if (!ours) {
                return Queries.Found.json(state.catalogIndex(), null);
            }
            Map<String, Object> services = new TreeMap<>();
            state.services().forEach(service -> services.put(service.id(), service.healthView()));
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("Node", Node.view());
            answer.put("Services", services);
            return Queries.Found.json(state.catalogIndex(), answer);
        });
    }

    /** As {@link #node}, with a list. */
    private Response nodeServices(Request request) throws InterruptedException {
        boolean ours = request.path("node").equals(Node.NAME);
        return queries.read(request, new Topic.Catalog(), state -> {
            Map<String, @Nullable Object> answer = new LinkedHashMap<>();
            answer.put("Node", ours ? Node.view() : null);
            answer.put(
                    "Services",
                    ours
                            ? state.services().stream()
                                    .map(ServiceEntry::healthView)
                                    .toList()
                            : List.of());
            return Queries.Found.json(state.catalogIndex(), answer);
        });
    }

    private Response services(Request request) throws InterruptedException {
        return queries.read(request, new Topic.Catalog(), state -> {
            Map<String, TreeSet<String>> tags = new TreeMap<>();
            if (Queries.asksForOtherNodes(request)) {
                return Queries.Found.json(state.catalogIndex(), tags);
            }
            tags.put("consul", new TreeSet<>());
            state.services()
                    .forEach(service -> tags.computeIfAbsent(service.name(), n -> new TreeSet<>())
                            .addAll(service.tags()));
            return Queries.Found.json(state.catalogIndex(), tags);
        });
    }

    private Response service(Request request) throws InterruptedException {
        String name = request.path("name");
        List<String> tags = request.queryAll("tag");
        Filter filter = Filter.of(request, FilterField.CATALOG);
        boolean elsewhere = Queries.asksForOtherNodes(request);
        return queries.read(
                request,
                new Topic.Service(name),
                state -> Queries.Found.json(
                        state.serviceIndex(name),
                        Registry.instances(state, name, tags)
                                .map(ServiceEntry::catalogView)
                                .filter(view -> !elsewhere && filter.matches(view))
                                .toList()));
    }

    private Response health(Request request) throws InterruptedException {
        String name = request.path("name");
        List<String> tags = request.queryAll("tag");
        boolean passing = Queries.flag(request, "passing");
        Filter filter = Filter.of(request, FilterField.HEALTH);
        boolean elsewhere = Queries.asksForOtherNodes(request);
        return queries.read(request, new Topic.Service(name), state -> {
            List<Map<String, @Nullable Object>> entries = Registry.instances(state, name, tags)
                    .filter(service -> !passing
                            || state.checksFor(service.id()).stream()
                                    .allMatch(check -> check.status() == CheckStatus.PASSING))
                    .map(service -> {
                        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
                        entry.put("Node", Node.view());
                        entry.put("Service", service.healthView());
                        entry.put(
                                "Checks",
                                views(state, new Filter.Everything(), state.checksFor(service.id()).stream()));
                        return entry;
                    })
                    .filter(entry -> !elsewhere && filter.matches(entry))
                    .toList();
            return Queries.Found.json(state.serviceIndex(name), entries);
        });
    }

    private Response checks(Request request) throws InterruptedException {
        String name = request.path("name");
        Filter filter = Filter.of(request, FilterField.CHECK);
        boolean elsewhere = Queries.asksForOtherNodes(request);
        return queries.read(
                request,
                new Topic.Service(name),
                state -> Queries.Found.json(
                        state.serviceIndex(name),
                        views(
                                state,
                                filter,
                                state.checks().stream()
                                        .filter(check -> !elsewhere
                                                && check.serviceName().equals(name)))));
    }

    private Response nodeChecks(Request request) throws InterruptedException {
        boolean ours = request.path("node").equals(Node.NAME);
        Filter filter = Filter.of(request, FilterField.CHECK);
        return queries.read(
                request,
                new Topic.Checks(),
                state -> Queries.Found.json(
                        state.checkIndex(),
                        views(state, filter, state.checks().stream().filter(check -> ours))));
    }

    private Response checksIn(Request request) throws InterruptedException {
        String word = request.path("state");
        Filter filter = Filter.of(request, FilterField.CHECK);
        boolean elsewhere = Queries.asksForOtherNodes(request);
        CheckStatus wanted = word.equals("any")
                ? null
                : CheckStatus.of(word).orElseThrow(() -> new HttpFailure(400, "unknown state: " + word));
        return queries.read(
                request,
                new Topic.Checks(),
                state -> Queries.Found.json(
                        state.checkIndex(),
                        views(
                                state,
                                filter,
                                state.checks().stream()
                                        .filter(check -> !elsewhere && (wanted == null || check.status() == wanted)))));
    }

    private static List<Map<String, @Nullable Object>> views(State state, Filter filter, Stream<CheckEntry> checks) {
        return checks.map(check -> check.view(state.tagsOf(check)))
                .filter(filter::matches)
                .toList();
    }
}
