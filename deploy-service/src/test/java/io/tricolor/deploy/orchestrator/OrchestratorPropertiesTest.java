package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OrchestratorPropertiesTest {

    @Test
    void refuse_a_kind_that_nobody_knows_and_name_the_key_and_what_there_is() {
        assertThat(new OrchestratorProperties("marathon").kind()).isEqualTo("marathon");
        assertThatThrownBy(() -> new OrchestratorProperties("swarm"))
                .hasMessage("tricolor.orchestrator.kind must be one of [kubernetes, marathon], not swarm");
    }
}
