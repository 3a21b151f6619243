package io.tricolor.monitor.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.kit.registry.ConsulProperties;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is read from Consul, whichever it is. */
abstract class ConsulContract {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String name = "shop web " + UUID.randomUUID();
    private Consul consul;

    /** Base address of the agent. */
    abstract URI agent();

    @BeforeEach
    void connect() {
        consul = new Consul(new ConsulProperties(agent(), Duration.ofSeconds(10)));
    }

    @AfterEach
    void clean() throws Exception {
        put("/v1/agent/service/deregister/one", "");
        put("/v1/agent/service/deregister/two", "");
        consul.close();
    }

    @Test
    void registrations_have_their_meta_data_and_the_worst_of_their_checks() throws Exception {
        register("""
                {"ID":"one","Name":"%s","Address":"127.0.0.9","Port":4711,
                 "Meta":{"tricolor-group":"shop","tricolor-cluster":"A","tricolor-service":"web"},
                 "Checks":[{"CheckID":"first","Name":"first","TTL":"60s","Status":"passing"},
                           {"CheckID":"second","Name":"second","TTL":"60s","Status":"warning"}]}
                """);
        register("{\"ID\":\"two\",\"Name\":\"%s\",\"Port\":4712}");
        await().atMost(PATIENCE).until(() -> ours().size() == 2);
        assertThat(ours())
                .containsExactlyInAnyOrder(
                        new Registration(
                                name,
                                "one",
                                "127.0.0.9",
                                4711,
                                Map.of("tricolor-group", "shop", "tricolor-cluster", "A", "tricolor-service", "web"),
                                false,
                                "warning"),
                        new Registration(name, "two", "127.0.0.1", 4712, Map.of(), true, "passing"));
        put("/v1/agent/check/pass/second", "");
        await().atMost(PATIENCE).until(() -> ours().stream().allMatch(Registration::passing));
        put("/v1/agent/check/fail/first", "");
        await().atMost(PATIENCE)
                .until(() -> ours().stream()
                        .anyMatch(registration -> registration.checks().equals("critical")));
    }

    @Test
    void what_signs_off_is_gone_and_consul_itself_is_not_listed() throws Exception {
        register("{\"ID\":\"one\",\"Name\":\"%s\",\"Port\":4711}");
        await().atMost(PATIENCE).until(() -> ours().size() == 1);
        put("/v1/agent/service/deregister/one", "");
        await().atMost(PATIENCE).until(() -> ours().isEmpty());
        assertThat(consul.registrations())
                .noneMatch(registration -> registration.service().equals("consul"));
    }

    private List<Registration> ours() throws IOException, InterruptedException {
        return consul.registrations().stream()
                .filter(registration -> registration.service().equals(name))
                .toList();
    }

    private void register(String body) throws IOException, InterruptedException {
        put("/v1/agent/service/register", body.formatted(name));
    }

    private void put(String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(agent() + path))
                .PUT(BodyPublishers.ofString(body))
                .build();
        assertThat(HTTP.send(request, BodyHandlers.ofString()).statusCode()).isIn(200, 404);
    }
}
