package io.tricolor.strategy.stream;

import io.tricolor.kit.eventstore.EventMetadata;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** The event store, without what is in the events. */
@Component
class StoredEvents implements EventSource {

    private static final String GROUP = "ClusterGroup";

    private final JdbcClient jdbc;

    StoredEvents(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** An event, null where it is of something else than a group. */
    private record Row(long position, @Nullable StreamedEvent event) {}

    @Override
    public long head() {
        return jdbc.sql("select coalesce(max(global_position), 0) from domain_event")
                .query(Long.class)
                .single();
    }

    @Override
    public EventPage after(long position, int limit) {
        List<Row> rows = jdbc.sql("""
                        select global_position, aggregate_type, aggregate_id, sequence_number, payload_type,
                               recorded_at, metadata
                        from domain_event where global_position > :after order by global_position limit :limit
                        """)
                .param("after", position)
                .param("limit", limit)
                .query(StoredEvents::row)
                .list();
        return new EventPage(
                rows.isEmpty() ? position : rows.getLast().position(),
                rows.stream()
                        .<StreamedEvent>mapMulti((row, found) -> {
                            if (row.event() != null) {
                                found.accept(row.event());
                            }
                        })
                        .toList(),
                rows.size() < limit);
    }

    private static Row row(ResultSet row, int number) throws SQLException {
        long position = row.getLong("global_position");
        if (!GROUP.equals(row.getString("aggregate_type"))) {
            return new Row(position, null);
        }
        long sequence = row.getLong("sequence_number");
        byte[] metadata = row.getBytes("metadata");
        return new Row(
                position,
                new StreamedEvent(
                        position,
                        row.getString("aggregate_id"),
                        sequence,
                        sequence,
                        row.getString("payload_type"),
                        Instant.parse(row.getString("recorded_at")),
                        metadata == null
                                ? null
                                : JsonMapper.shared()
                                        .readTree(metadata)
                                        .path(EventMetadata.ACTOR)
                                        .asString(null)));
    }
}
