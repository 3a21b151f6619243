package io.tricolor.deploy.deployment.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.kit.message.ContractsJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DeploymentStreamsTest {

    @Test
    void give_a_desired_state_of_revision_1_the_digest_that_it_would_have_today() throws IOException {
        DeploymentDesired old = sample("cluster-deployment.desired.v1");
        assertThat(old.digest()).isEmpty();
        DeploymentDesired event = (DeploymentDesired) DeploymentStreams.withDigest(old);
        assertThat(event.digest()).matches("[0-9a-f]{64}");
        assertThat(event.epoch()).isZero();
        assertThat(event.withdrawn()).isEmpty();
        assertThat(event.manifest()).isEqualTo(old.manifest());
        assertThat(DeploymentStreams.withDigest(event)).isSameAs(event);
    }

    private static DeploymentDesired sample(String name) throws IOException {
        try (InputStream in =
                EventTypes.class.getResourceAsStream("/io/tricolor/contracts/samples/" + name + ".json")) {
            return ContractsJson.mapper().readValue(Objects.requireNonNull(in), DeploymentDesired.class);
        }
    }
}
