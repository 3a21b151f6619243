package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeStrategy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the gateway takes from Consul, whichever it is: healthy instances, and tables while strategy-service does not
 * answer.
 */
abstract class ConsulSourcesContract {

    private final HttpClient http = HttpClient.newHttpClient();
    private final String group = "g" + UUID.randomUUID().toString().substring(0, 8);
    private final ServiceKey web = new ServiceKey(group, "web");

    @TempDir
    private Path directory;

    private FakeStrategy strategy;
    private GatewayProcess gateway;

    /** Base address of the agent. */
    abstract URI consul();

    @BeforeEach
    void startGateway() {
        strategy = new FakeStrategy();
        gateway = new GatewayProcess(strategy.url(), consul().toString(), directory);
    }

    @AfterEach
    void stopGateway() throws Exception {
        gateway.close();
        strategy.close();
        for (String id : Set.of("a1", "a2", "b1", "foreign")) {
            put("/v1/agent/service/deregister/" + group + "-" + id, "");
        }
        delete("/v1/kv/tricolor/route-tables/" + group);
        http.close();
    }

    @Test
    void instances_are_those_of_the_service_that_pass() throws Exception {
        strategy.publish(group, table(1));
        register("a1", "A", "web", "passing");
        register("b1", "B", "web", "critical");
        register("foreign", "A", "other", "passing");
        Await.until("a1 serves", () -> instances().equals(Set.of("A a1")));
        register("a2", "A", "web", "passing");
        Await.until("a2 serves too", () -> instances().equals(Set.of("A a1", "A a2")));
        put("/v1/agent/check/pass/service:" + group + "-b1", "");
        Await.until("b1 passes", () -> instances().equals(Set.of("A a1", "A a2", "B b1")));
        put("/v1/agent/service/maintenance/" + group + "-a2?enable=true", "");
        Await.until("a2 is out", () -> instances().equals(Set.of("A a1", "B b1")));
        put("/v1/agent/service/deregister/" + group + "-a1", "");
        Await.until("a1 is out", () -> instances().equals(Set.of("B b1")));
        // The last healthy one is used on when none is healthy any more, as long as it is there.
        put("/v1/agent/check/fail/service:" + group + "-b1", "");
        put("/v1/agent/service/deregister/" + group + "-b1", "");
        Await.until("none is left", () -> instances().isEmpty());
    }

    @Test
    void tables_come_from_the_copies_while_strategy_does_not_answer() throws Exception {
        strategy.publish(group, table(3));
        Await.until("the table of strategy-service", () -> version() == 3);
        strategy.goDown();
        put("/v1/kv/tricolor/route-tables/" + group, table(5));
        Await.until("the newer copy", () -> version() == 5);
        put("/v1/kv/tricolor/route-tables/" + group, table(4));
        put("/v1/kv/tricolor/route-tables/" + group + "x", "not a table");
        strategy.comeBack();
        strategy.publish(group, table(6));
        Await.until("the newest table", () -> version() == 6);
        delete("/v1/kv/tricolor/route-tables/" + group + "x");
        assertThat(gateway.state().snapshot().tables()).doesNotContainKey(group + "x");
    }

    private long version() {
        RoutingState.Snapshot now = gateway.state().snapshot();
        return now.tables().containsKey(group) ? now.tables().get(group).table().version() : 0;
    }

    private Set<String> instances() {
        return gateway.state().snapshot().endpoints(web).byCluster().entrySet().stream()
                .flatMap(cluster -> cluster.getValue().stream()
                        .map(endpoint -> cluster.getKey() + endpoint.id().replace(group + "-", " ")))
                .collect(Collectors.toSet());
    }

    private String table(long version) {
        return """
                {"group":"%s","epoch":1,"version":%d,"entries":[{"host":"%s.example","pathPrefix":"/","service":"web"}],
                 "clusters":{"A":{"status":"GREEN","id":{"all":true}},"B":{"status":"YELLOW","id":{"all":false,"ids":["1"]}}}}
                """.formatted(group, version, group);
    }

    private void register(String id, String cluster, String service, String status) throws Exception {
        put("/v1/agent/service/register", """
                {"ID":"%1$s-%2$s","Name":"%1$s-web","Address":"127.0.0.1","Port":4711,
                 "Meta":{"tricolor-group":"%1$s","tricolor-cluster":"%3$s","tricolor-service":"%4$s"},
                 "Check":{"CheckID":"service:%1$s-%2$s","TTL":"60s","Status":"%5$s"}}
                """.formatted(group, id, cluster, service, status));
    }

    private void put(String path, String body) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(consul() + path)).PUT(BodyPublishers.ofString(body)));
    }

    private void delete(String path) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(consul() + path)).DELETE());
    }

    private void send(HttpRequest.Builder request) throws IOException, InterruptedException {
        assertThat(http.send(request.build(), BodyHandlers.ofString()).statusCode())
                .isIn(200, 404);
    }
}
