package io.tricolor.deploy.reconcile;

import io.tricolor.contracts.Topics;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.kit.message.MessagePublisher;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Tells what is seen: at once when it changed, else again and again, so that a lost message costs seconds. */
@Component
public class ObservationPublisher implements Observations {

    private static final Logger log = LoggerFactory.getLogger(ObservationPublisher.class);

    private final MessagePublisher messages;
    private final ObservationNumbers numbers;
    private final ReconcilerProperties properties;
    private final InstantSource clock;
    private final Map<String, Sent> last = new ConcurrentHashMap<>();

    private record Sent(ClusterObserved observed, Instant at) {}

    ObservationPublisher(
            MessagePublisher messages,
            ObservationNumbers numbers,
            ReconcilerProperties properties,
            InstantSource clock) {
        this.messages = messages;
        this.numbers = numbers;
        this.properties = properties;
        this.clock = clock;
    }

    /** What was last seen of a cluster since the start of this process. */
    public Optional<ClusterObserved> last(String deploymentId) {
        return Optional.ofNullable(last.get(deploymentId)).map(Sent::observed);
    }

    @Override
    public void publish(ClusterObserved seen) {
        String id = seen.groupId() + "/" + seen.cluster();
        Sent before = last.get(id);
        Instant now = clock.instant();
        if (before != null
                && isSame(before.observed(), seen)
                && now.isBefore(before.at().plus(properties.repeat()))) {
            return;
        }
        ClusterObserved observed = numbered(seen, numbers.next(), seen.failure(), seen.observedAt());
        last.put(id, new Sent(observed, now));
        var sent = messages.publish(Topics.DEPLOY_OBSERVATIONS, observed.groupId(), observed)
                .exceptionally(failure -> {
                    last.remove(id);
                    log.warn("observation of {} did not reach Kafka: {}", id, failure.toString());
                    return null;
                });
        log.debug("observation of {} acknowledged: {}", id, sent.isDone());
    }

    @Override
    public void unchanged(DeploymentState deployment, @Nullable String failure) {
        Sent before = last.get(deployment.deploymentId());
        if (before != null
                && before.observed().epoch() == deployment.epoch()
                && before.observed().fence() == deployment.fence()) {
            ClusterObserved o = before.observed();
            publish(numbered(o, o.observation(), failure, o.observedAt()));
        }
    }

    private static boolean isSame(ClusterObserved a, ClusterObserved b) {
        return a.equals(numbered(b, a.observation(), b.failure(), a.observedAt()));
    }

    private static ClusterObserved numbered(ClusterObserved o, long number, @Nullable String failure, Instant at) {
        return new ClusterObserved(
                o.groupId(), o.cluster(), o.epoch(), o.fence(), o.digest(), number, o.services(), failure, at);
    }
}
