package io.tricolor.monitor.drain.domain;

import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.routing.RouteTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges a drain from what routers say. DRAINED needs everything: the newest table with the cluster RED, at least one
 * router, every known router heard of
 * lately, on that table, at zero by its report and, where it has metrics, by these as well. Anything that is missing
 * makes it INCONCLUSIVE, unless
 * somebody certainly still has requests.
 *
 * @param staleAfter a report that is older says nothing
 */
public record DrainCheck(Duration staleAfter) {

    /**
     * A router as strategy-service knows it.
     *
     * @param silent whether strategy-service misses its reports
     */
    public record KnownRouter(RouterReport report, Instant reportedAt, boolean silent) {}

    /**
     * What a router's metrics page says.
     *
     * @param inFlight null when the page does not tell
     * @param failure why the page could not be read, null when it could
     */
    public record Counted(
            @Nullable Integer inFlight, @Nullable String failure) {}

    /** The verdict with everything it is based on. */
    public record Judgement(Verdict verdict, String reason, List<RouterEvidence> evidence) {}

    /**
     * Judges the drain of {@code cluster}.
     *
     * @param table the newest table of the group, empty when there is none or it could not be read
     * @param routers all that are known, empty optional when that could not be read
     * @param counted by router id, for routers with metrics
     */
    public Judgement judge(
            String cluster,
            Optional<RouteTable> table,
            Optional<List<KnownRouter>> routers,
            Map<String, Counted> counted,
            Instant now) {
        if (routers.isEmpty()) {
            return inconclusive("the routers' reports cannot be read", List.of());
        }
        if (table.isEmpty()) {
            return inconclusive("the newest route table cannot be read", List.of());
        }
        RouteStrategy strategy = table.get().clusters().get(cluster);
        if (strategy == null) {
            return inconclusive("cluster " + cluster + " is not in the newest route table", List.of());
        }
        if (strategy.status() != ClusterStatus.RED) {
            return inconclusive(
                    "cluster " + cluster + " is " + strategy.status() + " in the newest route table: nothing drains it",
                    List.of());
        }
        List<RouterEvidence> evidence = routers.get().stream()
                .map(router -> evidence(
                        router,
                        table.get().group(),
                        cluster,
                        counted.get(router.report().routerId()),
                        now))
                .toList();
        return judge(table.get(), evidence);
    }

    private static Judgement judge(RouteTable table, List<RouterEvidence> evidence) {
        for (RouterEvidence router : evidence) {
            Integer counted = router.counted();
            if (router.doubt() == null && (router.inFlight() > 0 || (counted != null && counted > 0))) {
                return new Judgement(
                        Verdict.DRAINING, "router " + router.routerId() + " has requests in flight", evidence);
            }
        }
        for (RouterEvidence router : evidence) {
            if (router.doubt() != null) {
                return inconclusive("router " + router.routerId() + ": " + router.doubt(), evidence);
            }
        }
        for (RouterEvidence router : evidence) {
            if (compare(router, table) > 0) {
                return inconclusive(
                        "router " + router.routerId() + " has applied a newer table than the one that was read",
                        evidence);
            }
        }
        for (RouterEvidence router : evidence) {
            if (compare(router, table) < 0) {
                return new Judgement(
                        Verdict.DRAINING,
                        "router " + router.routerId() + " has not applied table " + table.epoch() + "."
                                + table.version(),
                        evidence);
            }
        }
        return evidence.isEmpty()
                ? inconclusive("no router is known", evidence)
                : new Judgement(Verdict.DRAINED, "every router is at zero", evidence);
    }

    /** Below zero when the router has an older table than this one, or none. */
    private static int compare(RouterEvidence router, RouteTable table) {
        Long epoch = router.epoch();
        Long version = router.version();
        if (epoch == null || version == null) {
            return -1;
        }
        int byEpoch = Long.compare(epoch, table.epoch());
        return byEpoch != 0 ? byEpoch : Long.compare(version, table.version());
    }

    private RouterEvidence evidence(
            KnownRouter router, String group, String cluster, @Nullable Counted counted, Instant now) {
        GroupReport report = router.report().groups().get(group);
        List<String> doubts = new ArrayList<>();
        if (router.silent() || router.reportedAt().plus(staleAfter).isBefore(now)) {
            doubts.add("silent since " + router.reportedAt());
        }
        if (report == null || report.version() == 0) {
            doubts.add("it does not know the group");
        } else if (report.incomplete()) {
            doubts.add("the word of one of its workers is missing");
        }
        if (report != null && report.rejectedVersion() != null && report.rejectedVersion() > report.version()) {
            doubts.add("it refused table " + report.rejectedVersion());
        }
        if (counted != null && counted.failure() != null) {
            doubts.add("its metrics cannot be read: " + counted.failure());
        }
        return new RouterEvidence(
                router.report().routerId(),
                router.reportedAt(),
                report == null ? null : (Long) report.epoch(),
                report == null ? null : (Long) report.version(),
                report == null ? 0 : report.inFlight().getOrDefault(cluster, 0),
                counted == null ? null : counted.inFlight(),
                doubts.isEmpty() ? null : String.join("; ", doubts));
    }

    private static Judgement inconclusive(String reason, List<RouterEvidence> evidence) {
        return new Judgement(Verdict.INCONCLUSIVE, reason, evidence);
    }
}
