package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class OrchestratorPropertiesTest {

    @Test
    void refuse_a_kind_that_nobody_knows_and_name_the_key_and_what_there_is() {
        assertThat(new OrchestratorProperties("marathon", List.of("kubernetes")).kind())
                .isEqualTo("marathon");
        assertThatThrownBy(() -> new OrchestratorProperties("swarm", List.of()))
                .hasMessage("tricolor.orchestrator.kind must be one of [kubernetes, marathon], not swarm");
        assertThatThrownBy(() -> new OrchestratorProperties("marathon", List.of("swarm")))
                .hasMessage("tricolor.orchestrator.also must be of [kubernetes, marathon], not [swarm]");
    }
}
