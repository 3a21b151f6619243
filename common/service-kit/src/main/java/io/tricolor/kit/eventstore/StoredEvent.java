package io.tricolor.kit.eventstore;

import java.time.Instant;
import java.util.Map;

/**
 * One fact of a stream, as read back.
 *
 * @param globalPosition position over all streams of the store; rises, with holes
 * @param aggregateType kind of the stream, as Axon stores it
 * @param aggregateId the stream
 * @param sequence position in the stream, from 0 without holes
 * @param eventId unique
 * @param at when it was recorded
 * @param payload today's class, after the upcasters
 * @param metadata see {@link EventMetadata}
 */
public record StoredEvent(
        long globalPosition,
        String aggregateType,
        String aggregateId,
        long sequence,
        String eventId,
        Instant at,
        Object payload,
        Map<String, String> metadata) {}
