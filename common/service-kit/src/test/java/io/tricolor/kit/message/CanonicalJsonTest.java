package io.tricolor.kit.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.deployment.EnsureCluster;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class CanonicalJsonTest {

    private final EnsureCluster desired = read("deploy.ensure-cluster.v2");

    @Test
    void is_compact_and_sorts_maps() {
        Map<String, Integer> unsorted = new LinkedHashMap<>();
        unsorted.put("b", 1);
        unsorted.put("a", 2);
        assertThat(CanonicalJson.text(unsorted)).isEqualTo("{\"a\":2,\"b\":1}");
    }

    @Test
    void a_desired_state_keeps_its_digest_for_ever() {
        assertThat(digest(desired.withdrawn()))
                .as("a change of this value puts every cluster out of step with what deploy-service holds")
                .isEqualTo(desired.digest());
    }

    @Test
    void a_digest_depends_on_what_is_said_and_not_on_the_order() {
        assertThat(digest(Map.of("web", List.of("b", "a", "a"), "cart", List.of())))
                .isEqualTo(digest(Map.of("web", List.of("a", "b"))))
                .isNotEqualTo(digest(Map.of("web", List.of("a"))));
        assertThat(CanonicalJson.digestOfDesiredState(
                        desired.manifest(), new TreeMap<>(Map.of("web", 1)), desired.withdrawn()))
                .isNotEqualTo(digest(desired.withdrawn()));
    }

    @Test
    void a_message_of_an_older_revision_is_read_with_defaults() throws Exception {
        ConsumerRecord<String, byte[]> old = new ConsumerRecord<>("t", 0, 0, "shop", bytes("deploy.ensure-cluster.v1"));
        old.headers().add(CloudEvents.TYPE, "io.tricolor.deploy.ensure-cluster.v1".getBytes());
        assertThat(CloudEvents.payloadOf(old)).isInstanceOfSatisfying(EnsureCluster.class, read -> {
            assertThat(read.epoch()).isZero();
            assertThat(read.digest()).isEmpty();
            assertThat(read.withdrawn()).isEmpty();
            assertThat(read.manifest()).isEqualTo(desired.manifest());
        });
    }

    private String digest(Map<String, List<String>> withdrawn) {
        return CanonicalJson.digestOfDesiredState(desired.manifest(), desired.instances(), withdrawn);
    }

    private static EnsureCluster read(String sample) {
        return ContractsJson.mapper().readValue(bytes(sample), EnsureCluster.class);
    }

    private static byte[] bytes(String sample) {
        String file = "/io/tricolor/contracts/samples/" + sample + ".json";
        try (InputStream in = EventTypes.class.getResourceAsStream(file)) {
            return Objects.requireNonNull(in).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
