package io.tricolor.deploy.orchestrator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.InstantSource;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Makes the orchestrator that the configuration names. One that nobody knows is refused by {@link
 * OrchestratorProperties}.
 */
@Configuration(proxyBeanMethods = false)
class OrchestratorConfiguration {

    /** Marathon. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(
            name = "tricolor.orchestrator.kind",
            havingValue = OrchestratorProperties.MARATHON,
            matchIfMissing = true)
    static class OnMarathon {

        @Bean
        MarathonOrchestrator marathon(OrchestratorProperties kind, MarathonProperties marathon, ProgressWatch watch) {
            return new MarathonOrchestrator(marathon, watch);
        }

        @Bean
        InstanceLogs marathonLogs(MarathonProperties marathon) {
            return new MarathonLogs(marathon);
        }
    }

    /** Kubernetes. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "tricolor.orchestrator.kind", havingValue = OrchestratorProperties.KUBERNETES)
    static class OnKubernetes {

        @Bean(destroyMethod = "close")
        KubernetesClient kubernetesClient(KubernetesProperties kubernetes) {
            return KubernetesClients.of(kubernetes);
        }

        @Bean
        KubernetesOrchestrator kubernetes(
                KubernetesClient client, KubernetesProperties kubernetes, InstantSource clock, ProgressWatch watch) {
            return new KubernetesOrchestrator(client, kubernetes, clock, watch);
        }

        @Bean
        InstanceLogs kubernetesLogs(KubernetesClient client, KubernetesProperties kubernetes) {
            return new KubernetesLogs(client, kubernetes);
        }
    }
}
