package io.tricolor.strategy.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.query.GroupNotifications;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * The routers that are known and what each last said. A router that falls silent stays known, and is waited for, until it
 * signs off or a person evicts it. Blocking.
 */
@Component
public class RouterRegistry {

    /** How long a router may say nothing before it counts as silent. */
    public static final Duration SILENT_AFTER = Duration.ofSeconds(5);

    private final JdbcClient jdbc;
    private final GroupNotifications notifications;
    private final JsonMapper json = ContractsJson.mapper();

    RouterRegistry(JdbcClient jdbc, GroupNotifications notifications) {
        this.jdbc = jdbc;
        this.notifications = notifications;
    }

    /**
     * A router and its newest report.
     *
     * @param reportedAt when the report came in
     */
    public record KnownRouter(RouterReport report, Instant reportedAt) {}

    /** Takes in a report; it replaces the router's last one. */
    public void take(RouterReport report, Instant at) {
        RouterReport before = find(report.routerId()).map(KnownRouter::report).orElse(null);
        jdbc.sql("""
            insert into router (router_id, boot_id, reported_at, report)
            values (:id, :boot, :at, :report::jsonb)
            on conflict (router_id) do update
                set boot_id = excluded.boot_id, reported_at = excluded.reported_at, report = excluded.report
            """)
                .param("id", report.routerId())
                .param("boot", report.bootId())
                .param("at", Timestamp.from(at))
                .param("report", json.writeValueAsString(report))
                .update();
        if (!report.equals(before)) {
            groups(report).forEach(notifications::groupChanged);
        }
    }

    /** Forgets a router that has stopped serving. ROUTER_NOT_FOUND when it is not known. */
    public void signOff(String routerId) {
        KnownRouter router = find(routerId)
                .orElseThrow(() -> new Rejected(Code.ROUTER_NOT_FOUND, "no router " + routerId + " is known"));
        jdbc.sql("delete from router where router_id = :id")
                .param("id", routerId)
                .update();
        groups(router.report()).forEach(notifications::groupChanged);
    }

    /** A router, if it is known. */
    public java.util.Optional<KnownRouter> find(String routerId) {
        return jdbc.sql("select report, reported_at from router where router_id = :id")
                .param("id", routerId)
                .query((row, number) -> read(row.getString(1), row.getTimestamp(2)))
                .optional();
    }

    /** Every known router, by id. */
    public List<KnownRouter> all() {
        return jdbc.sql("select report, reported_at from router order by router_id")
                .query((row, number) -> read(row.getString(1), row.getTimestamp(2)))
                .list();
    }

    /** What every known router last said of a group, folded over its workers. */
    public List<RouterObservation> observations(String groupId) {
        return all().stream()
                .map(router -> observation(router.report(), groupId))
                .toList();
    }

    /**
     * A router as a group sees it.
     *
     * @param refused the newest report of a worker that refuses a table of the group; null: none does
     */
    public record RouterOfGroup(
            RouterObservation observation,
            String kind,
            Instant reportedAt,
            @Nullable GroupReport refused) {}

    /** Every known router as a group sees it, by id. */
    public List<RouterOfGroup> ofGroup(String groupId) {
        return all().stream()
                .map(router -> new RouterOfGroup(
                        observation(router.report(), groupId),
                        router.report().kind(),
                        router.reportedAt(),
                        refused(router.report(), groupId)))
                .toList();
    }

    private static @Nullable GroupReport refused(RouterReport report, String groupId) {
        GroupReport group = report.groups().get(groupId);
        return group == null || group.rejection() == null ? null : group;
    }

    static RouterObservation observation(RouterReport report, String groupId) {
        GroupReport group = report.groups().getOrDefault(groupId, GroupReport.none());
        Map<String, Map<String, Set<String>>> usable = new HashMap<>();
        group.usableInstances()
                .forEach((cluster, services) -> services.forEach((service, ids) -> usable.computeIfAbsent(
                                cluster, key -> new HashMap<>())
                        .put(service, Set.copyOf(ids))));
        return new RouterObservation(
                report.routerId(),
                report.bootId(),
                group.incomplete() ? 0 : group.epoch(),
                group.incomplete() ? 0 : group.version(),
                group.inFlight(),
                usable);
    }

    private static Set<String> groups(RouterReport report) {
        return report.groups().keySet();
    }

    private KnownRouter read(String report, Timestamp at) {
        return new KnownRouter(json.readValue(report, RouterReport.class), at.toInstant());
    }
}
