package io.tricolor.deploy.orchestrator;

import io.tricolor.kit.loop.ProgressWatch;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Makes the orchestrator that the configuration names. One that nobody knows is refused by {@link
 * OrchestratorProperties}.
 */
@Configuration(proxyBeanMethods = false)
class OrchestratorConfiguration {

    @Bean
    @ConditionalOnProperty(
            name = "tricolor.orchestrator.kind",
            havingValue = OrchestratorProperties.MARATHON,
            matchIfMissing = true)
    MarathonOrchestrator marathon(OrchestratorProperties kind, MarathonProperties marathon, ProgressWatch watch) {
        return new MarathonOrchestrator(marathon, watch);
    }

    @Bean
    @ConditionalOnProperty(
            name = "tricolor.orchestrator.kind",
            havingValue = OrchestratorProperties.MARATHON,
            matchIfMissing = true)
    InstanceLogs marathonLogs(MarathonProperties marathon) {
        return new MarathonLogs(marathon);
    }
}
