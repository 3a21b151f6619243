package io.tricolor.deploy.orchestrator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Makes the orchestrators that the configuration names. One that nobody knows is refused by {@link
 * OrchestratorProperties}.
 */
@Configuration(proxyBeanMethods = false)
class OrchestratorConfiguration {

    @Bean
    Orchestrators orchestrators(
            OrchestratorProperties names,
            ObjectProvider<MarathonOrchestrator> marathon,
            ObjectProvider<KubernetesOrchestrator> kubernetes) {
        Map<String, Orchestrator> byName = new HashMap<>();
        marathon.ifAvailable(orchestrator -> byName.put(OrchestratorProperties.MARATHON, orchestrator));
        kubernetes.ifAvailable(orchestrator -> byName.put(OrchestratorProperties.KUBERNETES, orchestrator));
        return new Orchestrators(names.kind(), byName);
    }

    @Bean
    @Primary
    InstanceLogs logs(ObjectProvider<MarathonLogs> marathon, ObjectProvider<KubernetesLogs> kubernetes) {
        return new LogsOfAll(Stream.<InstanceLogs>concat(marathon.stream(), kubernetes.stream())
                .toList());
    }

    /** Marathon. */
    @Configuration(proxyBeanMethods = false)
    @Conditional(MarathonIsNamed.class)
    static class OnMarathon {

        @Bean
        MarathonOrchestrator marathon(MarathonProperties marathon, ProgressWatch watch) {
            return new MarathonOrchestrator(marathon, watch);
        }

        @Bean
        MarathonLogs marathonLogs(MarathonProperties marathon) {
            return new MarathonLogs(marathon);
        }
    }

    /** Kubernetes. */
    @Configuration(proxyBeanMethods = false)
    @Conditional(KubernetesIsNamed.class)
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
        KubernetesLogs kubernetesLogs(KubernetesClient client, KubernetesProperties kubernetes) {
            return new KubernetesLogs(client, kubernetes);
        }
    }

    /** Whether Marathon is named. */
    static final class MarathonIsNamed extends IsNamed {
        MarathonIsNamed() {
            super(OrchestratorProperties.MARATHON);
        }
    }

    /** Whether Kubernetes is named. */
    static final class KubernetesIsNamed extends IsNamed {
        KubernetesIsNamed() {
            super(OrchestratorProperties.KUBERNETES);
        }
    }

    /** Whether the configuration names an orchestrator. */
    abstract static class IsNamed implements Condition {

        private final String orchestrator;

        IsNamed(String orchestrator) {
            this.orchestrator = orchestrator;
        }

        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            Binder binder = Binder.get(context.getEnvironment());
            return binder.bind(OrchestratorProperties.PREFIX + ".kind", String.class)
                            .orElse(OrchestratorProperties.MARATHON)
                            .equals(orchestrator)
                    || binder.bind(OrchestratorProperties.PREFIX + ".also", Bindable.listOf(String.class))
                            .orElse(List.of())
                            .contains(orchestrator);
        }
    }
}
