package io.tricolor.kit.eventstore;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventEntry;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackedDomainEventData;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventsourcing.EventStreamUtils;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.upcasting.event.EventUpcaster;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Reads streams without an aggregate: history, time travel, rebuilds, audits. Blocking; call it off the event loop. A
 * page is read in one statement and sees only committed events.
 */
public final class StreamReader {

    /** Of a walk along a stream: most of them end soon, and what is read beyond is for nothing. */
    private static final int FIRST_PAGE = 40;

    private static final int PAGE = 500;

    private static final String COLUMNS = """
            select global_position, aggregate_type, aggregate_id, sequence_number, event_id, payload_type,
                   payload_revision, payload, metadata, recorded_at
            from domain_event
            """;

    private static final RowMapper<TrackedDomainEventData<byte[]>> ROW = StreamReader::row;

    private final JdbcClient jdbc;
    private final Serializer serializer;
    private final EventUpcaster upcasters;

    StreamReader(JdbcClient jdbc, Serializer serializer, EventUpcaster upcasters) {
        this.jdbc = jdbc;
        this.serializer = serializer;
        this.upcasters = upcasters;
    }

    /**
     * Events of one stream in order, from {@code fromSequence} (inclusive, the first event has 0). Empty when the
     * stream is not there or has no event at or after it.
     *
     * @param limit at most so many events, 1 or more
     */
    public List<StoredEvent> read(String aggregateId, long fromSequence, int limit) {
        return upcast(jdbc.sql(COLUMNS + """
                        where aggregate_id = :id and sequence_number >= :from
                        order by sequence_number limit :limit
                        """)
                .param("id", aggregateId)
                .param("from", fromSequence)
                .param("limit", limit)
                .query(ROW)
                .list());
    }

    /** Hands every event of one stream from {@code fromSequence} on to {@code consumer}, in order, page by page. */
    public void forEach(String aggregateId, long fromSequence, Consumer<StoredEvent> consumer) {
        forEachWhile(aggregateId, fromSequence, event -> {
            consumer.accept(event);
            return true;
        });
    }

    /**
     * The same up to the first event that {@code consumer} does not want: it answers false, and nothing is read beyond
     * its page.
     */
    public void forEachWhile(String aggregateId, long fromSequence, Predicate<StoredEvent> consumer) {
        long next = fromSequence;
        int size = FIRST_PAGE;
        while (true) {
            List<StoredEvent> page = read(aggregateId, next, size);
            if (!page.stream().allMatch(consumer) || page.size() < size) {
                return;
            }
            next = page.getLast().sequence() + 1;
            size = Math.min(2 * size, PAGE);
        }
    }

    /**
     * Events of all streams after {@code globalPosition} (exclusive; 0 or less reads from the start), in order of
     * position.
     */
    public List<StoredEvent> readAll(long globalPosition, int limit) {
        return upcast(jdbc.sql(COLUMNS + """
                        where global_position > :after order by global_position limit :limit
                        """)
                .param("after", globalPosition)
                .param("limit", limit)
                .query(ROW)
                .list());
    }

    /**
     * Events of all streams as they are stored, in order of position, from {@code globalPosition} on (inclusive). What
     * is in them is read by {@link #decode}.
     *
     * @param limit at most so many, 1 or more
     */
    public List<TrackedDomainEventData<byte[]>> stored(long globalPosition, int limit) {
        return jdbc.sql(COLUMNS + """
                        where global_position >= :from order by global_position limit :limit
                        """)
                .param("from", globalPosition)
                .param("limit", limit)
                .query(ROW)
                .list();
    }

    /** What is in stored events, in their order. */
    public List<StoredEvent> decode(List<TrackedDomainEventData<byte[]>> stored) {
        return upcast(stored);
    }

    /** Ids of the streams of a kind, sorted, after {@code after} (exclusive; null reads from the start). */
    public List<String> aggregateIds(String aggregateType, @Nullable String after, int limit) {
        return jdbc.sql("""
                        select aggregate_id from domain_event
                        where aggregate_type = :type and sequence_number = 0 and (:after::text is null or aggregate_id > :after::text)
                        order by aggregate_id limit :limit
                        """)
                .param("type", aggregateType)
                .param("after", after)
                .param("limit", limit)
                .query(String.class)
                .list();
    }

    /** Sequence of the last event of a stream, empty when there is no such stream. */
    public OptionalLong lastSequence(String aggregateId) {
        Long last = jdbc.sql("select max(sequence_number) from domain_event where aggregate_id = :id")
                .param("id", aggregateId)
                .query((ResultSet row, int n) -> row.getObject(1, Long.class))
                .list()
                .getFirst();
        return last == null ? OptionalLong.empty() : OptionalLong.of(last);
    }

    /** Largest global position, 0 in an empty store. */
    public long headPosition() {
        return jdbc.sql("select coalesce(max(global_position), 0) from domain_event")
                .query(Long.class)
                .single();
    }

    private List<StoredEvent> upcast(List<TrackedDomainEventData<byte[]>> rows) {
        try (Stream<? extends DomainEventMessage<?>> events = EventStreamUtils.upcastAndDeserializeDomainEvents(
                        rows.stream(), serializer, upcasters)
                .asStream()) {
            return events.map(StreamReader::stored).toList();
        }
    }

    private static StoredEvent stored(DomainEventMessage<?> event) {
        Map<String, String> metadata = new TreeMap<>();
        event.getMetaData().forEach((key, value) -> metadata.put(key, String.valueOf(value)));
        long position =
                ((TrackedEventMessage<?>) event).trackingToken().position().orElseThrow();
        return new StoredEvent(
                position,
                event.getType(),
                event.getAggregateIdentifier(),
                event.getSequenceNumber(),
                event.getIdentifier(),
                event.getTimestamp(),
                event.getPayload(),
                metadata);
    }

    private static TrackedDomainEventData<byte[]> row(ResultSet row, int number) throws SQLException {
        return new TrackedDomainEventData<>(
                new GlobalSequenceTrackingToken(row.getLong("global_position")),
                new GenericDomainEventEntry<>(
                        row.getString("aggregate_type"),
                        row.getString("aggregate_id"),
                        row.getLong("sequence_number"),
                        row.getString("event_id"),
                        row.getString("recorded_at"),
                        row.getString("payload_type"),
                        row.getString("payload_revision"),
                        row.getBytes("payload"),
                        row.getBytes("metadata")));
    }
}
