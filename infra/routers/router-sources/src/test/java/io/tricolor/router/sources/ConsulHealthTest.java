package io.tricolor.router.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsulHealthTest {

    private static final ServiceKey WEB = new ServiceKey("shop", "web");

    private final HttpClient client = HttpClient.newHttpClient();
    private Answers consul;

    @BeforeEach
    void start() throws IOException {
        consul = new Answers();
    }

    @AfterEach
    void stop() {
        consul.close();
        client.close();
    }

    private SortedMap<String, List<Instance>> ask() throws IOException, InterruptedException {
        return ConsulHealth.instances(
                WEB, new Peer(client, consul.url(), null).get(ConsulHealth.path(WEB), Duration.ofSeconds(10)));
    }

    private static String entry(String id, String address, int port, String meta) {
        return ("{'Node':{'Node':'n','Address':'10.0.0.9'},'Service':{'ID':'" + id
                        + "','Service':'shop-web','Address':'" + address + "','Port':" + port + ",'Meta':" + meta
                        + "},'Checks':[]}")
                .replace('\'', '"');
    }

    private void answer(String... entries) {
        consul.body = ("[" + String.join(",", entries) + "]").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void reads_instances_by_cluster_in_their_order() throws Exception {
        String ours = "{'tricolor-group':'shop','tricolor-service':'web','tricolor-cluster':";
        answer(
                entry("b", "10.0.0.1", 80, ours + "'B'}"),
                entry("a2", "", 81, ours + "'A'}"),
                entry("a1", "fe80::1", 82, "{'tricolor-cluster':'A'}"));
        assertThat(ask())
                .isEqualTo(Map.of(
                        "A", List.of(new Instance("a2", "10.0.0.9", 81), new Instance("a1", "fe80::1", 82)),
                        "B", List.of(new Instance("b", "10.0.0.1", 80))));
        assertThat(new Instance("a1", "fe80::1", 82).authority()).isEqualTo("[fe80::1]:82");
        assertThat(consul.asked).containsExactly("GET /v1/health/service/shop-web?passing null");
        answer();
        assertThat(ask()).isEmpty();
    }

    @Test
    void passes_over_what_is_of_others_or_cannot_be_reached() throws Exception {
        answer(
                entry("none", "10.0.0.1", 80, "null"),
                entry("group", "10.0.0.1", 80, "{'tricolor-cluster':'A','tricolor-group':'shop-web'}"),
                entry("service", "10.0.0.1", 80, "{'tricolor-cluster':'A','tricolor-service':'cart'}"),
                entry("port", "10.0.0.1", 0, "{'tricolor-cluster':'A'}"));
        assertThat(ask()).isEmpty();
    }

    @Test
    void an_answer_that_cannot_be_trusted_is_none() {
        answer();
        consul.headers = Map.of("X-Consul-KnownLeader", "false");
        assertThatIOException().isThrownBy(this::ask).withMessage("Consul has no leader");
        consul.headers = Map.of("X-Consul-Results-Filtered-By-ACLs", "true");
        assertThatIOException()
                .isThrownBy(this::ask)
                .isInstanceOf(FilteredAnswer.class)
                .withMessageContaining("may not see");
        consul.headers = Map.of("X-Consul-KnownLeader", "true");
        consul.status = 500;
        assertThatIOException().isThrownBy(this::ask).withMessage("Consul answered 500 for shop-web");
        consul.status = 200;
        consul.body = "{}".getBytes(StandardCharsets.UTF_8);
        assertThatIOException().isThrownBy(this::ask).withMessageStartingWith("Consul sent no list of instances: ");
    }
}
