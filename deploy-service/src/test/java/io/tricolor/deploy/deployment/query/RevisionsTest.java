package io.tricolor.deploy.deployment.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.deployment.ClusterDeploymentEvent;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.kit.message.ContractsJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Golden samples of revision 1, brought to revision 2. */
class RevisionsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"cluster-deployment.desired", "cluster-deployment.failed", "cluster-deployment.instances-changed"
            })
    void keep_everything_and_add_epoch_0(String name) throws IOException {
        JsonNode old = sample(name + ".v1");
        JsonNode today = Revisions.revision2(name, old);
        ClusterDeploymentEvent event = (ClusterDeploymentEvent) ContractsJson.mapper()
                .treeToValue(today, EventTypes.byName(name).orElseThrow());
        ObjectNode written = (ObjectNode)
                ContractsJson.mapper().readTree(ContractsJson.mapper().writeValueAsString(event));
        assertThat(written).isEqualTo(today);
        assertThat(written.get("epoch").asLong()).isZero();
        old.propertyNames().forEach(member -> assertThat(written.get(member)).isEqualTo(old.get(member)));
    }

    @Test
    void give_a_desired_state_the_digest_that_it_would_have_today() throws IOException {
        DeploymentDesired event = ContractsJson.mapper()
                .treeToValue(
                        Revisions.revision2("cluster-deployment.desired", sample("cluster-deployment.desired.v1")),
                        DeploymentDesired.class);
        assertThat(event.digest())
                .isEqualTo(CanonicalJson.digestOfDesiredState(event.manifest(), event.instances(), new TreeMap<>()))
                .matches("[0-9a-f]{64}");
        assertThat(event.withdrawn()).isEmpty();
    }

    private static JsonNode sample(String name) throws IOException {
        try (InputStream in =
                EventTypes.class.getResourceAsStream("/io/tricolor/contracts/samples/" + name + ".json")) {
            return ContractsJson.mapper().readTree(Objects.requireNonNull(in));
        }
    }
}
