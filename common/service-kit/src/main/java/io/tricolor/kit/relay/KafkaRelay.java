package io.tricolor.kit.relay;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.kit.eventstore.EventMetadata;
import io.tricolor.kit.message.CloudEvents;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.relay.RelayRoute.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.ReplayToken;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.messaging.unitofwork.BatchingUnitOfWork;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.core.KafkaOperations;

/**
 * Copies committed events to Kafka, at least once and in order for each key. The position advances only after the
 * broker has acknowledged the whole batch. A failure ends the batch, which is sent again from its start: no event is
 * skipped.
 */
@ProcessingGroup(KafkaRelay.NAME)
class KafkaRelay {

    static final String NAME = "kafka-relay";

    private static final String BATCH = KafkaRelay.class.getName() + ".batch";

    private static final Counter SENT = Counter.build("tricolor_relay_events_total", "Events acknowledged by Kafka")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_relay_failures_total", "Batches that Kafka did not acknowledge; they are sent again")
            .register();
    private static final Gauge POSITION = Gauge.build(
                    "tricolor_relay_position", "Global position of the last event acknowledged by Kafka")
            .register();

    private final KafkaOperations<String, byte[]> kafka;
    private final RelayRoute route;
    private final String source;
    private final Duration ackTimeout;
    private final RelayState state;

    KafkaRelay(
            KafkaOperations<String, byte[]> kafka,
            RelayRoute route,
            String source,
            Duration ackTimeout,
            RelayState state) {
        this.kafka = kafka;
        this.route = route;
        this.source = source;
        this.ackTimeout = ackTimeout;
        this.state = state;
    }

    @EventHandler
    void on(DomainEventMessage<?> event, TrackingToken token, UnitOfWork<?> unitOfWork) {
        Batch batch = unitOfWork.root().getOrComputeResource(BATCH, key -> {
            Batch created = new Batch();
            // for a batch that ends without its last event having come here
            unitOfWork.root().onPrepareCommit(unit -> created.await());
            return created;
        });
        Target target = route.targetOf(event.getPayload());
        if (target != null) {
            batch.send(CloudEvents.encode(target.topic(), target.key(), event.getPayload(), envelopeOf(event)));
            if (target.last()) {
                batch.send(new ProducerRecord<>(target.topic(), target.key(), null));
            }
        }
        batch.position = position(token);
        if (unitOfWork instanceof BatchingUnitOfWork<?> all && all.isLastMessage()) {
            // Before the position is stored, whose row is locked from then on: meanwhile the claim on it can be
            // extended.
            batch.await();
        }
    }

    private static long position(TrackingToken token) {
        TrackingToken current = token instanceof ReplayToken replay ? replay.getCurrentToken() : token;
        return current == null ? 0 : current.position().orElse(0);
    }

    private Envelope envelopeOf(DomainEventMessage<?> event) {
        return new Envelope(
                event.getIdentifier(),
                source,
                event.getAggregateIdentifier(),
                event.getTimestamp(),
                EventMetadata.epochOf(event.getMetaData()),
                event.getSequenceNumber(),
                text(event, EventMetadata.ACTOR),
                text(event, EventMetadata.CORRELATION_ID),
                text(event, EventMetadata.CAUSATION_ID),
                text(event, EventMetadata.TRACE_ID));
    }

    private static @Nullable String text(DomainEventMessage<?> event, String key) {
        Object value = event.getMetaData().get(key);
        return value == null ? null : value.toString();
    }

    /** What one transaction sends. */
    private final class Batch {

        private final List<CompletableFuture<?>> sent = new ArrayList<>();
        private int acknowledged = -1;
        private long position;

        void send(ProducerRecord<String, byte[]> message) {
            try {
                sent.add(kafka.send(message));
            } catch (RuntimeException e) {
                throw failed(e);
            }
        }

        void await() {
            if (acknowledged == sent.size()) {
                return;
            }
            try {
                kafka.flush();
                CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new))
                        .get(ackTimeout.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                throw failed(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw failed(e);
            }
            SENT.inc(sent.size() - Math.max(0, acknowledged));
            acknowledged = sent.size();
            POSITION.set((double) position);
            state.advanced(position);
        }

        private RelayFailed failed(Exception cause) {
            FAILURES.inc();
            state.failed(cause);
            return new RelayFailed(cause);
        }
    }

    /** Stops a batch. */
    static final class RelayFailed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        RelayFailed(Exception cause) {
            super("Kafka did not acknowledge: " + cause.getMessage(), cause);
        }
    }
}
