package io.tricolor.monitor.gate.watch;

import io.tricolor.contracts.Topics;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.load.ObserveLoad;
import io.tricolor.kit.inbox.TopicConsumer;
import io.tricolor.monitor.load.watch.LoadRequests;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Takes up what is to be judged from Kafka. What nobody could judge by is passed over. */
@Configuration(proxyBeanMethods = false)
class GateIntake {

    private static final Logger log = LoggerFactory.getLogger(GateIntake.class);

    @Bean
    TopicConsumer judgements(
            GateJudgements judgements, LoadRequests load, @Value("${spring.application.name}") String service) {
        return TopicConsumer.of(service, Topics.MONITOR_COMMANDS)
                .on(JudgeGate.class, (command, envelope) -> {
                    if (isSound(command)) {
                        judgements.hear(command);
                    } else {
                        log.warn("gate {} of {} cannot be judged", command.gate(), command.groupId());
                    }
                })
                .on(ObserveLoad.class, (command, envelope) -> load.hear(command))
                .build();
    }

    /** What strategy-service checks too, before it decides on a plan. */
    static boolean isSound(JudgeGate command) {
        return command.gate() != null
                && command.gate().toleratedRatio() >= 1
                && command.gate().toleratedRatio() <= 10
                && command.gate().alpha() > 0
                && command.gate().alpha() <= 0.2
                && command.gate().minimumRequests() >= 1
                && isShare(command.gate().limit())
                && !command.gate().notLookedAt().isNegative()
                && (command.gate().source() == null || command.gate().source().fault() == null)
                && !command.services().isEmpty()
                && !command.canary().equals(command.baseline());
    }

    private static boolean isShare(@Nullable Double limit) {
        return limit == null || (limit > 0 && limit < 1);
    }
}
