package io.tricolor.strategy.routing;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.kit.message.ContractsJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * What routers had applied in the past: of each router and group the last {@value #MOST} changes of the table or of the
 * number of instances, of the last {@value #DAYS} days. Blocking.
 */
@Component
class RouterAcks {

    /** Most of one router and group that are kept. */
    static final int MOST = 100;

    /** Older ones are not kept. */
    static final int DAYS = 90;

    private static final TypeReference<TreeMap<String, TreeMap<String, Integer>>> COUNTS = new TypeReference<>() {};

    private final JdbcClient jdbc;
    private final JsonMapper json = ContractsJson.mapper();

    RouterAcks(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * What a router routed by.
     *
     * @param at when it said so first; it had applied the table shortly before
     * @param usable healthy instances by cluster and service
     */
    record Ack(
            String routerId,
            String bootId,
            Instant at,
            TableIdentity table,
            Map<String, TreeMap<String, Integer>> usable) {

        int count(String cluster, String service) {
            return usable.getOrDefault(cluster, new TreeMap<>()).getOrDefault(service, 0);
        }
    }

    /**
     * Keeps what a report says of these groups, where it is something else than before. A report that lacks the word of
     * a worker says nothing.
     */
    void keep(RouterReport report, Collection<String> groups) {
        int kept = jdbc.sql("""
                        insert into router_ack (group_id, router_id, boot_id, at, epoch, version, sha256, usable)
                        select s.key, :router, :boot, clock_timestamp(), (s.value->>'epoch')::bigint,
                            (s.value->>'version')::bigint, coalesce(s.value->>'sha256', ''), u.usable
                        from jsonb_each(:groups::jsonb) s
                            cross join lateral (
                                select coalesce(jsonb_object_agg(c.key, coalesce((
                                        select jsonb_object_agg(v.key, jsonb_array_length(v.value))
                                        from jsonb_each(c.value) v), '{}'::jsonb)), '{}'::jsonb) as usable
                                from jsonb_each(coalesce(s.value->'usableInstances', '{}'::jsonb)) c) u
                            left join lateral (
                                select a.boot_id, a.epoch, a.version, a.sha256, a.usable from router_ack a
                                where a.group_id = s.key and a.router_id = :router
                                order by a.number desc limit 1) l on true
                        where s.key = any(:changed::text[])
                            and not coalesce((s.value->>'incomplete')::boolean, false)
                            and (s.value->>'version')::bigint > 0
                            and (l.boot_id, l.epoch, l.version, l.sha256, l.usable) is distinct from
                                (:boot, (s.value->>'epoch')::bigint, (s.value->>'version')::bigint,
                                    coalesce(s.value->>'sha256', ''), u.usable)
                        """)
                .param("router", report.routerId())
                .param("boot", report.bootId())
                .param("groups", json.writeValueAsString(report.groups()))
                .param("changed", groups.toArray(String[]::new))
                .update();
        if (kept > 0) {
            forget(report.routerId(), groups);
        }
    }

    private void forget(String routerId, Collection<String> groups) {
        jdbc.sql("""
                        delete from router_ack a using unnest(:groups::text[]) g(id)
                        where a.group_id = g.id and a.router_id = :router and a.number <= (
                            select o.number from router_ack o where o.group_id = g.id and o.router_id = :router
                            order by o.number desc offset :most limit 1)
                        """)
                .param("groups", groups.toArray(String[]::new))
                .param("router", routerId)
                .param("most", MOST)
                .update();
        jdbc.sql("""
                        delete from router_ack where number in (
                            select number from router_ack
                            where at < clock_timestamp() - make_interval(days => :days) order by at limit 100)
                        """).param("days", DAYS).update();
    }

    /**
     * What routers had applied of a group at an instant, by their ids.
     *
     * @param routerId null: each that had applied a table by then
     */
    List<Ack> at(String groupId, @Nullable String routerId, Instant at, int limit) {
        return jdbc.sql("""
                        select distinct on (router_id) * from router_ack
                        where group_id = :group and at <= :at and (:router::text is null or router_id = :router)
                        order by router_id, number desc limit :limit
                        """)
                .param("group", groupId)
                .param("at", Timestamp.from(at))
                .param("router", routerId)
                .param("limit", limit)
                .query((row, n) -> read(row))
                .list();
    }

    private Ack read(ResultSet row) throws SQLException {
        return new Ack(
                row.getString("router_id"),
                row.getString("boot_id"),
                row.getTimestamp("at").toInstant(),
                new TableIdentity(row.getLong("epoch"), row.getLong("version"), row.getString("sha256")),
                json.readValue(row.getString("usable"), COUNTS));
    }
}
