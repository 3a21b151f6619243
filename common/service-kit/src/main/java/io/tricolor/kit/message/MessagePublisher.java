package io.tricolor.kit.message;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages that are not events of a stream: commands and observations. Events go out by themselves, see
 * {@link io.tricolor.kit.relay.RelayRoute}.
 */
public final class MessagePublisher {

    private final SendQueue queue;
    private final String source;

    MessagePublisher(SendQueue queue, String source) {
        this.queue = queue;
        this.source = source;
    }

    /**
     * Sends a message with a new id. The future completes after the broker has acknowledged the record, or
     * exceptionally when it did not within the producer's delivery timeout, or when Kafka cannot be reached. Never
     * blocks. Messages of one caller with one key leave in the order of the calls.
     */
    public CompletableFuture<Void> publish(String topic, String key, Object message) {
        return publish(topic, key, message, UUID.randomUUID().toString(), null, null);
    }

    /**
     * Sends a message with a given id, for messages that are repeated.
     *
     * @param id equal for every repetition
     * @param correlationId what it belongs to
     * @param causationId the message that led to it
     */
    public CompletableFuture<Void> publish(
            String topic,
            String key,
            Object message,
            String id,
            @Nullable String correlationId,
            @Nullable String causationId) {
        return publish(
                topic,
                key,
                message,
                new Envelope(id, source, null, Instant.now(), null, null, correlationId, causationId, null));
    }

    /**
     * Sends a message under an envelope of the caller's; for a service that publishes facts of its own streams by hand.
     */
    public CompletableFuture<Void> publish(String topic, String key, Object message, Envelope envelope) {
        return queue.send(CloudEvents.encode(topic, key, message, envelope));
    }

    /** What {@code ce_source} says for this service. */
    public String source() {
        return source;
    }
}
