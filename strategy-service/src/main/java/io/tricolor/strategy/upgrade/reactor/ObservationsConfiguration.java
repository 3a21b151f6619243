package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.contracts.Topics;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.contracts.config.ConfigRolledBack;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.deployment.EnsureRejected;
import io.tricolor.contracts.gate.GateObserved;
import io.tricolor.contracts.load.LoadObserved;
import io.tricolor.kit.inbox.TopicConsumer;
import io.tricolor.strategy.group.query.GateJudgements;
import io.tricolor.strategy.scaling.query.Measurements;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Listens to deploy-service, monitor-service and config-service. */
@Configuration(proxyBeanMethods = false)
class ObservationsConfiguration {

    private static final Logger log = LoggerFactory.getLogger(ObservationsConfiguration.class);

    @Bean
    TopicConsumer deployObservations(ClusterObservations observations) {
        return TopicConsumer.of("strategy-service", Topics.DEPLOY_OBSERVATIONS)
                .on(ClusterObserved.class, (observed, envelope) -> observations.take(observed))
                .on(
                        EnsureRejected.class,
                        (rejected, envelope) -> log.info(
                                "deploy-service refused {}: {}",
                                rejected.commandId(),
                                rejected.rejection().message()))
                .build();
    }

    @Bean
    TopicConsumer publishedConfiguration(ConfigRevisions revisions) {
        return TopicConsumer.of("strategy-service", Topics.CONFIG_EVENTS)
                .on(
                        ConfigRevisionPublished.class,
                        (published, envelope) -> revisions.take(published.namespace(), published.revision()))
                .on(
                        ConfigRolledBack.class,
                        (published, envelope) -> revisions.take(published.namespace(), published.revision()))
                .build();
    }

    @Bean
    TopicConsumer gateObservations(GateJudgements judgements, Measurements measurements) {
        return TopicConsumer.of("strategy-service", Topics.MONITOR_OBSERVATIONS)
                .on(GateObserved.class, (observed, envelope) -> judgements.take(observed))
                .on(LoadObserved.class, (observed, envelope) -> measurements.take(observed))
                .build();
    }
}
