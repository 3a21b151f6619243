package io.tricolor.deploy.reconcile;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.MessagePublisher;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Publishes observations: at once when something changed, else again and again, so that a lost message costs seconds.
 * A thread of
 * its own talks to Kafka, and of a cluster only the newest observation waits for it: Kafka being away holds nobody up.
 */
@Component
public class ObservationPublisher implements Observations, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ObservationPublisher.class);

    private final MessagePublisher messages;
    private final ObservationNumbers numbers;
    private final ReconcilerProperties properties;
    private final InstantSource clock;
    private final Map<String, Sent> last = new ConcurrentHashMap<>();
    private final Map<String, ClusterObserved> waiting = new ConcurrentHashMap<>();
    private final Loop loop;

    private record Sent(ClusterObserved observed, Instant at) {}

    ObservationPublisher(
            MessagePublisher messages,
            ObservationNumbers numbers,
            ReconcilerProperties properties,
            InstantSource clock,
            ProgressWatch watch) {
        this.messages = messages;
        this.numbers = numbers;
        this.properties = properties;
        this.clock = clock;
        this.loop = Loop.named("observation-publisher", this::send)
                .every(properties.repeat())
                .build(watch);
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
        ClusterObserved observed = numbered(seen, numbers.next(), seen.observedAt());
        last.put(id, new Sent(observed, now));
        waiting.put(id, observed);
        loop.wake();
    }

    /** May block while Kafka is away; what could not be sent is sent with the next observation. */
    private void send() {
        for (String id : List.copyOf(waiting.keySet())) {
            ClusterObserved observed = waiting.remove(id);
            if (observed != null) {
                loop.moved();
                try {
                    var sent = messages.publish(Topics.DEPLOY_OBSERVATIONS, observed.groupId(), observed)
                            .exceptionally(failure -> {
                                again(id);
                                log.warn("observation of {} did not reach Kafka: {}", id, failure.toString());
                                return null;
                            });
                    log.debug("observation of {} acknowledged: {}", id, sent.isDone());
                } catch (RuntimeException e) {
                    again(id);
                    throw e;
                }
            }
        }
    }

    /** It counts as not yet sent: the next round sends it. */
    private void again(String id) {
        last.computeIfPresent(id, (key, sent) -> new Sent(sent.observed(), Instant.EPOCH));
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    @Override
    public void unchanged(DeploymentState deployment, @Nullable String failure, @Nullable Rejection problem) {
        Sent before = last.get(deployment.deploymentId());
        if (before != null
                && before.observed().epoch() == deployment.epoch()
                && before.observed().fence() == deployment.fence()) {
            ClusterObserved o = before.observed();
            publish(new ClusterObserved(
                    o.groupId(),
                    o.cluster(),
                    o.epoch(),
                    o.fence(),
                    o.digest(),
                    o.observation(),
                    o.services(),
                    failure,
                    problem,
                    o.observedAt()));
        }
    }

    private static boolean isSame(ClusterObserved a, ClusterObserved b) {
        return a.equals(numbered(b, a.observation(), a.observedAt()));
    }

    private static ClusterObserved numbered(ClusterObserved o, long number, Instant at) {
        return new ClusterObserved(
                o.groupId(),
                o.cluster(),
                o.epoch(),
                o.fence(),
                o.digest(),
                number,
                o.services(),
                o.failure(),
                o.problem(),
                at);
    }
}
