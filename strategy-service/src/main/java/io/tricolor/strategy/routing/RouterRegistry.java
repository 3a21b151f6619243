package io.tricolor.strategy.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.contracts.router.RouterReport.WorkerReport;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.query.GroupNotifications;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
        GroupReport newest = null;
        long highest = -1;
        for (WorkerReport worker : report.workers()) {
            GroupReport group = worker.groups().get(groupId);
            Long version = group == null ? null : group.rejectedVersion();
            if (version != null && version > highest) {
                newest = group;
                highest = version;
            }
        }
        return newest;
    }

    static RouterObservation observation(RouterReport report, String groupId) {
        GroupReport oldest = null;
        boolean everyWorkerKnows = !report.workers().isEmpty();
        Map<String, Integer> inFlight = new HashMap<>();
        Map<String, Map<String, Set<String>>> usable = null;
        for (WorkerReport worker : report.workers()) {
            GroupReport group = worker.groups().get(groupId);
            if (group == null) {
                everyWorkerKnows = false;
                continue;
            }
            if (oldest == null || isOlder(group, oldest)) {
                oldest = group;
            }
            group.inFlight().forEach((cluster, count) -> inFlight.merge(cluster, count, Integer::sum));
            usable = common(usable, group.usableInstances());
        }
        if (!everyWorkerKnows || oldest == null || usable == null) {
            return new RouterObservation(
                    report.routerId(), report.bootId(), 0, 0, "", true, false, inFlight, Map.of(), Map.of());
        }
        return new RouterObservation(
                report.routerId(),
                report.bootId(),
                oldest.epoch(),
                oldest.version(),
                "",
                false,
                false,
                inFlight,
                Map.of(),
                usable);
    }

    private static boolean isOlder(GroupReport a, GroupReport b) {
        return a.epoch() < b.epoch() || (a.epoch() == b.epoch() && a.version() < b.version());
    }

    private static Map<String, Map<String, Set<String>>> common(
            @Nullable Map<String, Map<String, Set<String>>> soFar, Map<String, Map<String, List<String>>> more) {
        Map<String, Map<String, Set<String>>> all = new HashMap<>();
        more.forEach((cluster, services) -> services.forEach((service, ids) -> {
            Set<String> both = new HashSet<>(ids);
            if (soFar != null) {
                both.retainAll(soFar.getOrDefault(cluster, Map.of()).getOrDefault(service, Set.of()));
            }
            all.computeIfAbsent(cluster, key -> new HashMap<>()).put(service, both);
        }));
        return all;
    }

    private static Set<String> groups(RouterReport report) {
        Set<String> groups = new TreeSet<>();
        report.workers().forEach(worker -> groups.addAll(worker.groups().keySet()));
        return groups;
    }

    private KnownRouter read(String report, Timestamp at) {
        return new KnownRouter(json.readValue(report, RouterReport.class), at.toInstant());
    }
}
