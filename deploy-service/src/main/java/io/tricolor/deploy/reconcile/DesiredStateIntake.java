package io.tricolor.deploy.reconcile;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.deployment.EnsureCluster;
import io.tricolor.contracts.deployment.EnsureRejected;
import io.tricolor.deploy.deployment.domain.DeploymentCommand.TakeUp;
import io.tricolor.deploy.deployment.domain.Deployments;
import io.tricolor.deploy.deployment.query.DeploymentStreams;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.inbox.TopicConsumer;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.MessagePublisher;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Takes up desired states from Kafka. A repeated one changes nothing; an older one is refused and says so. */
@Configuration(proxyBeanMethods = false)
class DesiredStateIntake {

    private static final Logger log = LoggerFactory.getLogger(DesiredStateIntake.class);

    @Bean
    TopicConsumer desiredStates(
            DeploymentStreams streams,
            Commands commands,
            MessagePublisher messages,
            InstantSource clock,
            @Value("${spring.application.name}") String service) {
        return TopicConsumer.of(service, Topics.DEPLOY_COMMANDS)
                .on(EnsureCluster.class, (received, envelope) -> {
                    EnsureCluster desired = withDigest(received);
                    TakeUp command = TakeUp.of(desired, clock.instant());
                    try {
                        // Asked before it is sent: a refusal inside the transaction would undo the acknowledgement too.
                        boolean news = !Deployments.decide(
                                        streams.current(command.deploymentId()).orElse(null), command)
                                .isEmpty();
                        if (news) {
                            commands.<Object>sendAndWait(command, context(service, desired, envelope));
                            log.info(
                                    "{} takes up desired state {}.{}",
                                    command.deploymentId(),
                                    desired.epoch(),
                                    desired.fence());
                        }
                    } catch (Rejected e) {
                        refuse(desired, e, messages, clock);
                    }
                })
                .build();
    }

    /** A sender that knows revision 1 only does not state the digest. */
    static EnsureCluster withDigest(EnsureCluster desired) {
        return desired.digest().isEmpty()
                ? new EnsureCluster(
                        desired.commandId(),
                        desired.groupId(),
                        desired.cluster(),
                        desired.epoch(),
                        desired.fence(),
                        CanonicalJson.digestOfDesiredState(
                                desired.manifest(), desired.instances(), desired.withdrawn()),
                        desired.manifest(),
                        desired.instances(),
                        desired.withdrawn(),
                        desired.deadline(),
                        desired.upgradeId())
                : desired;
    }

    private static CommandContext context(String service, EnsureCluster desired, Envelope envelope) {
        return CommandContext.ofService(service, desired.upgradeId(), envelope.id());
    }

    private static void refuse(EnsureCluster desired, Rejected e, MessagePublisher messages, InstantSource clock) {
        log.info("{}", e.getMessage());
        EnsureRejected answer = new EnsureRejected(
                desired.groupId(),
                desired.cluster(),
                desired.commandId(),
                desired.epoch(),
                desired.fence(),
                e.rejection(),
                clock.instant());
        var sent = messages.publish(Topics.DEPLOY_OBSERVATIONS, desired.groupId(), answer)
                .exceptionally(failure -> {
                    log.warn("a refusal of {} did not reach Kafka: {}", desired.commandId(), failure.toString());
                    return null;
                });
        log.debug("refusal of {} acknowledged: {}", desired.commandId(), sent.isDone());
    }
}
