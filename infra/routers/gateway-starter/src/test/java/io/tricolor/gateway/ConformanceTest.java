package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.Peer;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.Tables;
import io.tricolor.routing.RouteTable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The vectors of tricolor-routing, asked over HTTP of a started gateway. */
@Tag("slow")
class ConformanceTest {

    @TempDir
    private Path directory;

    private static JsonNode read(String file) {
        try (InputStream in = RouteTable.class.getResourceAsStream("conformance/" + file)) {
            return Json.STRICT.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"decisions-handpicked.json", "decisions-generated.json", "decisions-lanes.json"})
    void decides_as_the_vectors_say(String file) throws Exception {
        Map<String, FakeInstance> clusters = new TreeMap<>();
        for (String cluster : List.of("A", "B", "C", "D")) {
            clusters.put(cluster, new FakeInstance(cluster, cluster));
        }
        int asked = 0;
        try (FakeStrategy strategy = new FakeStrategy();
                FakeConsul consul = new FakeConsul();
                HttpClient client = HttpClient.newHttpClient()) {
            consul.register("shop-web");
            strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green())));
            try (GatewayProcess gateway = new GatewayProcess(
                    strategy.url(), consul.url(), directory, "--tricolor.gateway.trust-lanes=true")) {
                long version = 1;
                for (JsonNode group : read(file).path("groups")) {
                    RouteTable table =
                            renumbered(Json.STRICT.treeToValue(group.path("table"), RouteTable.class), ++version);
                    strategy.publish(table);
                    long applied = version;
                    Await.until("table " + version, () -> table.equals(applied(gateway, applied)));
                    for (JsonNode request : group.path("cases")) {
                        asked++;
                        ask(client, gateway, consul, clusters, request);
                    }
                }
            }
        } finally {
            clusters.values().forEach(FakeInstance::close);
        }
        assertThat(asked).isGreaterThan(100);
    }

    private static RouteTable applied(GatewayProcess gateway, long version) {
        var table = gateway.state().snapshot().tables().get("shop");
        return table != null && table.table().version() == version ? table.table() : null;
    }

    private static RouteTable renumbered(RouteTable table, long version) {
        return new RouteTable(
                table.group(), 1, version, table.affinity(), table.identity(), table.entries(), table.clusters());
    }

    private static void ask(
            HttpClient client,
            GatewayProcess gateway,
            FakeConsul consul,
            Map<String, FakeInstance> clusters,
            JsonNode request)
            throws IOException, InterruptedException {
        String service = request.path("service").asString();
        List<FakeConsul.Instance> instances = new ArrayList<>();
        Map<String, Integer> healthy = new TreeMap<>();
        request.path("healthy").properties().forEach(cluster -> {
            int count = cluster.getValue().path(service).asInt(0);
            if (count > 0) {
                healthy.put(cluster.getKey(), count);
            }
            for (int i = 0; i < count; i++) {
                instances.add(new FakeConsul.Instance(
                        "shop",
                        service,
                        cluster.getKey(),
                        cluster.getKey() + i,
                        clusters.get(cluster.getKey()).port()));
            }
        });
        consul.register("shop-" + service, instances.toArray(FakeConsul.Instance[]::new));
        Await.until("instances " + healthy, () -> healthy.equals(counts(gateway, service)));
        gateway.entropy.set(Long.parseLong(request.path("entropy").asString()));

        String query = request.path("id").isNull()
                ? ""
                : "?userId=" + URLEncoder.encode(request.path("id").asString(), StandardCharsets.UTF_8);
        HttpRequest.Builder asked = HttpRequest.newBuilder(URI.create(gateway.url() + "/" + query));
        if (request.path("lane").isString()) {
            asked.header(
                    "X-Tricolor-Lane", "bank=C,shop=" + request.path("lane").asString());
        }
        HttpResponse<String> response = client.send(asked.build(), HttpResponse.BodyHandlers.ofString());

        JsonNode expected = request.path("expect");
        String name = request.path("name").asString();
        if (expected.path("cluster").isNull()) {
            assertThat(response.statusCode()).as(name).isEqualTo(503);
            assertThat(response.headers().firstValue("X-Tricolor-Reason"))
                    .as(name)
                    .hasValue(expected.path("reason").asString());
        } else {
            String cluster = expected.path("cluster").asString();
            assertThat(response.headers().firstValue("X-Tricolor-Cluster"))
                    .as(name)
                    .hasValue(cluster);
            assertThat(response.body()).as(name).isEqualTo(cluster + " GET 0");
        }
    }

    private static Map<String, Integer> counts(GatewayProcess gateway, String service) {
        Map<String, Integer> counts = new TreeMap<>();
        gateway.state()
                .snapshot()
                .endpoints(new ServiceKey("shop", service))
                .byCluster()
                .forEach((cluster, list) -> counts.put(cluster, list.size()));
        return counts;
    }

    /** No list of ids can be fetched: nobody listens there. */
    private TableStore store(RoutingState state) {
        return new TableStore(
                state,
                new StateFiles(directory),
                new IdListFiles(
                        directory.resolve("id-lists"),
                        new Peer(HttpClient.newHttpClient(), "http://127.0.0.1:9", null),
                        Duration.ZERO),
                true,
                new GatewayMetrics(new CollectorRegistry(), state));
    }

    @TestFactory
    Stream<DynamicTest> refuses_what_has_to_be_refused() {
        RoutingState state = new RoutingState();
        TableStore store = store(state);
        return read("tables-refused.json")
                .path("cases")
                .valueStream()
                .map(refused -> DynamicTest.dynamicTest(refused.path("name").asString(), () -> {
                    JsonNode table = refused.path("table");
                    String group = table.path("group").asString("shop");
                    assertThat(store.offer(group, table.toString(), t -> {})).isEqualTo(TableStore.Outcome.REFUSED);
                    assertThat(state.snapshot().tables()).isEmpty();
                }));
    }

    @Test
    void the_same_store_applies_what_is_right() {
        RoutingState state = new RoutingState();
        TableStore store = store(state);
        RouteTable table = Tables.table(1, 1, Map.of("A", RouteStrategy.green()));
        assertThat(table.affinity()).isEqualTo(Affinity.ID);
        assertThat(store.offer("shop", Json.STRICT.writeValueAsString(table), t -> {}))
                .isEqualTo(TableStore.Outcome.APPLIED);
        assertThat(store.offer("bank", Json.STRICT.writeValueAsString(table), t -> {}))
                .isEqualTo(TableStore.Outcome.REFUSED);
    }
}
