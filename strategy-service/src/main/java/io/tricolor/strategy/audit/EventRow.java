package io.tricolor.strategy.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A row of the event store exactly as it is stored; neither decoded nor brought up to date.
 *
 * @param position over all streams
 * @param sequence in its stream
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record EventRow(
        long position,
        @Nullable String aggregateType,
        String aggregateId,
        long sequence,
        String eventId,
        String payloadType,
        @Nullable String payloadRevision,
        byte[] payload,
        byte @Nullable [] metadata,
        String recordedAt) {

    static final String COLUMNS = """
            select global_position, aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                   payload_revision, payload, metadata, recorded_at from domain_event
            """;

    static EventRow of(ResultSet row) throws SQLException {
        return new EventRow(
                row.getLong("global_position"),
                row.getString("aggregate_type"),
                row.getString("aggregate_id"),
                row.getLong("sequence_number"),
                row.getString("event_id"),
                row.getString("payload_type"),
                row.getString("payload_revision"),
                row.getBytes("payload"),
                row.getBytes("metadata"),
                row.getString("recorded_at"));
    }

    /** The row without its place. */
    byte[] content() {
        return new Hash("tricolor-audit-content-1")
                .text(aggregateType)
                .text(aggregateId)
                .text(eventId)
                .text(payloadType)
                .text(payloadRevision)
                .bytes(payload)
                .bytes(metadata)
                .text(recordedAt)
                .done();
    }

    /** The link that follows {@code previous}. */
    byte[] link(byte[] previous) {
        return new Hash("tricolor-audit-link-1")
                .bytes(previous)
                .number(sequence)
                .number(position)
                .bytes(content())
                .done();
    }
}
