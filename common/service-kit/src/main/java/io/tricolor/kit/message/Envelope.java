package io.tricolor.kit.message;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a message, CloudEvents 1.0.
 *
 * @param id equal for every repetition of the same message
 * @param source {@code /tricolor/<service>}
 * @param subject the stream that a message is a fact of; null for one that is not
 * @param epoch of the stream, from 0: within an epoch sequences rise, and a higher epoch uses them again
 * @param sequence position in the stream, from 0; null for a message that is not a fact of a stream
 * @param actor who, null when unknown
 * @param correlationId what it belongs to
 * @param causationId the message that led to it
 */
public record Envelope(
        String id,
        String source,
        @Nullable String subject,
        Instant time,
        long epoch,
        @Nullable Long sequence,
        @Nullable String actor,
        @Nullable String correlationId,
        @Nullable String causationId,
        @Nullable String traceId) {

    /** Refuses an epoch below 0. */
    public Envelope {
        if (epoch < 0) {
            throw new IllegalArgumentException("epochs begin with 0, not " + epoch);
        }
    }

    /** In the first epoch of the stream, 0. */
    public Envelope(
            String id,
            String source,
            @Nullable String subject,
            Instant time,
            @Nullable Long sequence,
            @Nullable String actor,
            @Nullable String correlationId,
            @Nullable String causationId,
            @Nullable String traceId) {
        this(id, source, subject, time, 0, sequence, actor, correlationId, causationId, traceId);
    }
}
