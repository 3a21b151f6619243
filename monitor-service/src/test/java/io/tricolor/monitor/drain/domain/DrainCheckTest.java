package io.tricolor.monitor.drain.domain;

import static io.tricolor.monitor.drain.domain.Verdict.DRAINED;
import static io.tricolor.monitor.drain.domain.Verdict.DRAINING;
import static io.tricolor.monitor.drain.domain.Verdict.INCONCLUSIVE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.monitor.drain.domain.DrainCheck.Counted;
import io.tricolor.monitor.drain.domain.DrainCheck.Judgement;
import io.tricolor.monitor.drain.domain.DrainCheck.KnownRouter;
import io.tricolor.routing.RouteTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DrainCheckTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");
    private static final DrainCheck CHECK = new DrainCheck(Duration.ofSeconds(5));
    private static final RouteTable TABLE = table(7, "RED");

    static Stream<Arguments> cases() {
        KnownRouter zero = router("r1", 1, NOW, group(1, 7, 0));
        KnownRouter busy = router("r2", 1, NOW, group(1, 7, 2));
        KnownRouter silent = router("r3", 9, NOW, group(1, 7, 0));
        return Stream.of(
                row("one router at zero", DRAINED, TABLE, List.of(zero)),
                row(
                        "a cluster that is missing in the report is at zero",
                        DRAINED,
                        TABLE,
                        List.of(router("r1", 1, NOW, group(1, 7, null)))),
                row("one of two routers is busy", DRAINING, TABLE, List.of(zero, busy)),
                row("a silent router", INCONCLUSIVE, TABLE, List.of(zero, silent)),
                row("a router that strategy-service misses", INCONCLUSIVE, TABLE, List.of(zero, missed("r3"))),
                row("a busy and a silent router", DRAINING, TABLE, List.of(busy, silent)),
                row(
                        "only a silent router, busy when last heard of",
                        INCONCLUSIVE,
                        TABLE,
                        List.of(router("r1", 9, NOW, group(1, 7, 5)))),
                row("a router on an older table", DRAINING, TABLE, List.of(zero, router("r4", 1, NOW, group(1, 6, 0)))),
                row(
                        "a router that a worker's word is missing of",
                        INCONCLUSIVE,
                        TABLE,
                        List.of(router("r4", 1, NOW, incomplete()))),
                row(
                        "a router of an older epoch with a higher version",
                        DRAINING,
                        TABLE,
                        List.of(router("r4", 1, NOW, group(0, 99, 0)))),
                row(
                        "a router on a newer table than the one read",
                        INCONCLUSIVE,
                        TABLE,
                        List.of(router("r4", 1, NOW, group(1, 8, 0)))),
                row(
                        "a router that does not know the group",
                        INCONCLUSIVE,
                        TABLE,
                        List.of(zero, router("r5", 1, NOW, null))),
                row("a router that refused a newer table", INCONCLUSIVE, TABLE, List.of(refusing())),
                row("no router", INCONCLUSIVE, TABLE, List.of()),
                row("reports that cannot be read", INCONCLUSIVE, TABLE, null),
                row("a table that cannot be read", INCONCLUSIVE, null, List.of(zero)),
                row("a green cluster", INCONCLUSIVE, table(7, "GREEN"), List.of(zero)),
                row("a yellow cluster", INCONCLUSIVE, table(7, "YELLOW"), List.of(zero)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("cases")
    void judges(String name, Verdict expected, @Nullable RouteTable table, @Nullable List<KnownRouter> routers) {
        Judgement judgement = CHECK.judge("A", Optional.ofNullable(table), Optional.ofNullable(routers), Map.of(), NOW);
        assertThat(judgement.verdict()).as(judgement.reason()).isEqualTo(expected);
        assertThat(judgement.reason()).isNotBlank();
    }

    @Test
    void cluster_that_is_not_in_the_table_is_inconclusive() {
        assertThat(CHECK.judge("Z", Optional.of(TABLE), Optional.of(List.of()), Map.of(), NOW)
                        .verdict())
                .isEqualTo(INCONCLUSIVE);
    }

    @Test
    void own_metrics_of_a_router_must_agree() {
        assertThat(withMetrics(new Counted(0, null))).isEqualTo(DRAINED);
        assertThat(withMetrics(new Counted(null, null))).isEqualTo(DRAINED);
        assertThat(withMetrics(new Counted(3, null))).isEqualTo(DRAINING);
        assertThat(withMetrics(new Counted(null, "unreachable"))).isEqualTo(INCONCLUSIVE);
    }

    @Test
    void evidence_names_version_count_and_doubt_of_every_router() {
        Judgement judgement = CHECK.judge(
                "A",
                Optional.of(TABLE),
                Optional.of(List.of(router("r1", 1, NOW, group(1, 6, 3)), router("r2", 9, NOW, group(1, 7, 0)))),
                Map.of("r1", new Counted(4, null)),
                NOW);
        assertThat(judgement.evidence())
                .containsExactly(
                        new RouterEvidence("r1", NOW.minusSeconds(1), 1L, 6L, 3, 4, null),
                        new RouterEvidence(
                                "r2", NOW.minusSeconds(9), 1L, 7L, 0, null, "silent since " + NOW.minusSeconds(9)));
    }

    @Test
    void drained_needs_every_router_whatever_the_others_say() {
        List<KnownRouter> all = cases().map(row -> row.get()[3])
                .filter(List.class::isInstance)
                .flatMap(routers -> ((List<?>) routers).stream())
                .map(KnownRouter.class::cast)
                .toList();
        for (KnownRouter one : all) {
            for (KnownRouter other : all) {
                Verdict alone = judge(List.of(one));
                Verdict both = judge(List.of(one, other));
                if (alone != DRAINED) {
                    assertThat(both).isNotEqualTo(DRAINED);
                }
                assertThat(judge(List.of(other, one))).isEqualTo(both);
            }
        }
    }

    private static Verdict judge(List<KnownRouter> routers) {
        return CHECK.judge("A", Optional.of(TABLE), Optional.of(routers), Map.of(), NOW)
                .verdict();
    }

    private static Verdict withMetrics(Counted counted) {
        return CHECK.judge(
                        "A",
                        Optional.of(TABLE),
                        Optional.of(List.of(router("r1", 1, NOW, group(1, 7, 0)))),
                        Map.of("r1", counted),
                        NOW)
                .verdict();
    }

    private static Arguments row(
            String name, Verdict expected, @Nullable RouteTable table, @Nullable List<KnownRouter> routers) {
        return Arguments.of(name, expected, table, routers);
    }

    private static KnownRouter router(String id, int secondsAgo, Instant now, @Nullable GroupReport shop) {
        TreeMap<String, GroupReport> groups = new TreeMap<>();
        if (shop != null) {
            groups.put("shop", shop);
        }
        RouterReport report = new RouterReport(id, "boot", "gateway", null, 1, 1, true, groups);
        return new KnownRouter(report, now.minusSeconds(secondsAgo), false);
    }

    private static KnownRouter missed(String id) {
        return new KnownRouter(router(id, 1, NOW, group(1, 7, 0)).report(), NOW.minusSeconds(1), true);
    }

    private static KnownRouter refusing() {
        return router(
                "r7",
                1,
                NOW,
                new GroupReport(1, 7, "", new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), false, 8L, "broken"));
    }

    private static GroupReport incomplete() {
        return new GroupReport(1, 7, "", new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), true, null, null);
    }

    private static GroupReport group(long epoch, long version, @Nullable Integer inFlight) {
        TreeMap<String, Integer> counts = new TreeMap<>();
        if (inFlight != null) {
            counts.put("A", inFlight);
        }
        return new GroupReport(epoch, version, "", counts, new TreeMap<>(), new TreeMap<>(), false, null, null);
    }

    private static RouteTable table(long version, String status) {
        List<String> statuses = new ArrayList<>(List.of(status, "GREEN"));
        TreeMap<String, RouteStrategy> clusters = new TreeMap<>();
        for (int i = 0; i < statuses.size(); i++) {
            boolean all = ClusterStatus.valueOf(statuses.get(i)) == ClusterStatus.GREEN;
            clusters.put(
                    i == 0 ? "A" : "B",
                    ContractsJson.mapper()
                            .readValue(
                                    "{\"status\":\"" + statuses.get(i) + "\",\"id\":{\"all\":" + all
                                            + ",\"ids\":[],\"intervals\":[]}}",
                                    RouteStrategy.class));
        }
        return ContractsJson.mapper()
                .readValue(
                        "{\"group\":\"shop\",\"epoch\":1,\"version\":" + version + ",\"clusters\":"
                                + ContractsJson.mapper().writeValueAsString(clusters) + "}",
                        RouteTable.class);
    }
}
