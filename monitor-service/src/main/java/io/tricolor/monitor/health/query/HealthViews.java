package io.tricolor.monitor.health.query;

import io.tricolor.contracts.health.HealthChanged;
import io.tricolor.contracts.health.HealthForgotten;
import io.tricolor.contracts.health.HealthStatus;
import io.tricolor.kit.message.ContractsJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.axonframework.config.ProcessingGroup;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.ResetHandler;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Read model of the last status of every subject. Blocking. */
@Component
@ProcessingGroup("health-view")
public class HealthViews {

    private static final TypeReference<TreeMap<String, String>> DETAILS = new TypeReference<>() {};
    /**
     * The registry as a subject. While it is not UP, what is recorded of the others is old, and they are shown as
     * UNKNOWN.
     */
    public static final String REGISTRY = "registry/consul";

    private static final String COLUMNS = """
            select subject_id, status, recorded, sequence, since, details
            from (select subject_id, sequence, since, details, status as recorded,
                         case when subject_id <> 'registry/consul' and exists (
                                  select 1 from health_view registry
                                  where registry.subject_id = 'registry/consul' and registry.status <> 'UP')
                              then 'UNKNOWN' else status end as status
                  from health_view) subject
            """;

    private final JdbcClient jdbc;
    private final JsonMapper json = ContractsJson.mapper();

    HealthViews(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @EventHandler
    void on(HealthChanged event) {
        jdbc.sql("""
                        insert into health_view (subject_id, status, sequence, since, details)
                        values (:subject, :status, :sequence, :since, :details::jsonb)
                        on conflict (subject_id) do update set status = excluded.status, sequence = excluded.sequence,
                            since = excluded.since, details = excluded.details
                        where health_view.sequence < excluded.sequence
                        """)
                .param("subject", event.subjectId())
                .param("status", event.now().name())
                .param("sequence", event.sequence())
                .param("since", Timestamp.from(event.at()))
                .param("details", json.writeValueAsString(event.details()))
                .update();
    }

    @EventHandler
    void on(HealthForgotten event) {
        jdbc.sql("delete from health_view where subject_id = :subject and sequence < :sequence")
                .param("subject", event.subjectId())
                .param("sequence", event.sequence())
                .update();
    }

    @ResetHandler
    void reset() {
        // not truncate: readers go on with what is there until the new rows are committed
        jdbc.sql("delete from health_view").update();
    }

    /** The subject, if it is known. */
    public Optional<HealthView> find(String subjectId) {
        return jdbc.sql(COLUMNS + "where subject_id = :subject")
                .param("subject", subjectId)
                .query(this::view)
                .optional();
    }

    /**
     * Subjects by id.
     *
     * @param status only these, null for all
     * @param prefix only those whose id begins so
     * @param after only those after this id, null from the start
     */
    public List<HealthView> list(@Nullable HealthStatus status, String prefix, @Nullable String after, int limit) {
        return jdbc.sql(COLUMNS + """
                        where (:status::text is null or status = :status::text)
                          and starts_with(subject_id, :prefix)
                          and (:after::text is null or subject_id > :after::text collate "C")
                        order by subject_id limit :limit
                        """)
                .param("status", status == null ? null : status.name())
                .param("prefix", prefix)
                .param("after", after)
                .param("limit", limit)
                .query(this::view)
                .list();
    }

    private HealthView view(ResultSet row, int number) throws SQLException {
        return new HealthView(
                row.getString("subject_id"),
                HealthStatus.valueOf(row.getString("status")),
                HealthStatus.valueOf(row.getString("recorded")),
                row.getLong("sequence"),
                row.getTimestamp("since").toInstant(),
                json.readValue(row.getString("details"), DETAILS));
    }
}
