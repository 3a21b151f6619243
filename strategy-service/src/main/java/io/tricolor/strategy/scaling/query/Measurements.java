package io.tricolor.strategy.scaling.query;

import io.prometheus.client.Counter;
import io.tricolor.contracts.load.LoadObserved;
import io.tricolor.strategy.scaling.domain.Measurement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What was measured of services, kept for some days. Blocking. */
@Component
public class Measurements {

    private static final Counter TAKEN = Counter.build(
                    "tricolor_scaling_measurements_total", "Measurements of services that were taken in")
            .register();

    private final JdbcClient jdbc;

    Measurements(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Takes one in; one that came before is there already. */
    public void take(LoadObserved observed) {
        int added = jdbc.sql("""
                        insert into scaling_measurement (group_id, cluster, service, measured_at, measured_since,
                            instances, requests, requests_complete, cores, cores_complete)
                        values (:group, :cluster, :service, :at, :since, :instances, :requests, :requestsComplete,
                            :cores, :coresComplete)
                        on conflict (group_id, cluster, service, measured_at) do nothing
                        """)
                .param("group", observed.groupId())
                .param("cluster", observed.cluster())
                .param("service", observed.service())
                .param("at", Timestamp.from(observed.at()))
                .param("since", Timestamp.from(observed.since()))
                .param("instances", observed.instances())
                .param("requests", observed.requestsPerSecond())
                .param("requestsComplete", observed.requestsComplete())
                .param("cores", observed.cores())
                .param("coresComplete", observed.coresComplete())
                .update();
        TAKEN.inc(added);
    }

    /** Those of a service of a cluster from {@code from} on, before {@code until}, the oldest first. */
    public List<Measurement> of(
            String groupId, String cluster, String service, Instant from, Instant until, int limit) {
        return jdbc.sql("""
                        select * from scaling_measurement
                        where group_id = :group and cluster = :cluster and service = :service
                            and measured_at >= :from and measured_at < :until
                        order by measured_at limit :limit
                        """)
                .param("group", groupId)
                .param("cluster", cluster)
                .param("service", service)
                .param("from", Timestamp.from(from))
                .param("until", Timestamp.from(until))
                .param("limit", limit)
                .query(Measurements::read)
                .list();
    }

    /** Takes away what is older. */
    public int forget(Duration age) {
        return jdbc.sql("""
                        delete from scaling_measurement
                        where measured_at < clock_timestamp() - :seconds * interval '1 second'
                        """).param("seconds", age.toSeconds()).update();
    }

    private static Measurement read(ResultSet row, int number) throws SQLException {
        return new Measurement(
                row.getTimestamp("measured_since").toInstant(),
                row.getTimestamp("measured_at").toInstant(),
                row.getInt("instances"),
                row.getObject("requests", Double.class),
                row.getBoolean("requests_complete"),
                row.getObject("cores", Double.class),
                row.getBoolean("cores_complete"));
    }
}
