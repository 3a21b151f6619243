package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class CompiledTableTest {

    private static final long SEED = 20_251_123;

    @Test
    void decides_as_the_naive_router_does_on_200_000_random_requests() {
        Cases cases = new Cases(SEED);
        Map<String, Integer> reasons = new HashMap<>();
        for (int t = 0; t < 10_000; t++) {
            RouteTable table = cases.table();
            CompiledTable compiled = CompiledTable.of(table);
            for (int r = 0; r < 20; r++) {
                Optional<String> id = cases.requestId(table);
                Map<String, Integer> healthy = cases.healthy(table);
                long entropy = cases.entropy();
                Optional<String> lane = r % 2 == 0 ? Optional.empty() : cases.lane(table);
                NaiveRouter.Answer expected = NaiveRouter.decide(table, id, healthy, BigInteger.valueOf(entropy), lane);

                Decision decision = compiled.decide(
                        RequestId.of(id.orElse(null)),
                        "web",
                        (cluster, service) -> healthy.getOrDefault(cluster, 0),
                        entropy,
                        lane.orElse(null));

                assertThat(cluster(decision))
                        .as(
                                "seed %d, %s, id %s, healthy %s, entropy %d, lane %s",
                                SEED, table, id, healthy, entropy, lane)
                        .isEqualTo(expected.cluster());
                assertThat(decision.reason().name())
                        .as(
                                "seed %d, %s, id %s, healthy %s, entropy %d, lane %s",
                                SEED, table, id, healthy, entropy, lane)
                        .isEqualTo(expected.reason());
                if (decision instanceof Decision.Routed routed) {
                    assertThat(routed.status())
                            .isNotEqualTo(ClusterStatus.RED)
                            .isEqualTo(table.clusters().get(routed.cluster()).status());
                }
                reasons.merge(decision.reason().name(), 1, Integer::sum);
            }
        }
        assertThat(reasons.keySet())
                .as("every way to decide was met: %s", reasons)
                .hasSize(Decision.Reason.values().length);
        assertThat(reasons.values()).allMatch(count -> count > 500);
    }

    @Test
    void raising_the_percent_never_moves_an_id_back() {
        Random random = new Random(SEED);
        Set<String> inside = new HashSet<>();
        List<String> ids = random.longs(5_000).mapToObj(Long::toString).toList();
        for (int hundredths = 0; hundredths <= 10_000; hundredths += 50) {
            CompiledTable table = CompiledTable.of(withPercent("shop", BigDecimal.valueOf(hundredths, 2)));
            Set<String> now = new HashSet<>();
            for (String id : ids) {
                if (decide(table, id, Map.of("A", 1, "B", 1), 0).reason() == Decision.Reason.PERCENT) {
                    now.add(id);
                }
            }
            assertThat(now).containsAll(inside);
            inside = now;
        }
        assertThat(inside).hasSize(5_000);
    }

    @Test
    void percent_takes_its_share_of_the_ids_within_four_standard_deviations() {
        int ids = 100_000;
        for (String percent : List.of("0", "0.01", "1", "12.34", "50", "99.99", "100")) {
            CompiledTable table = CompiledTable.of(withPercent("shop", new BigDecimal(percent)));
            int inside = 0;
            for (int id = 1; id <= ids; id++) {
                if (decide(table, Integer.toString(id), Map.of("A", 1, "B", 1), 0)
                                .reason()
                        == Decision.Reason.PERCENT) {
                    inside++;
                }
            }
            double share = Double.parseDouble(percent) / 100;
            assertThat((double) inside)
                    .as(percent)
                    .isCloseTo(ids * share, within(4 * Math.sqrt(ids * share * (1 - share))));
        }
    }

    @Test
    void two_groups_with_the_same_percent_take_different_users() {
        CompiledTable shop = CompiledTable.of(withPercent("shop", new BigDecimal("10")));
        CompiledTable bank = CompiledTable.of(withPercent("bank", new BigDecimal("10")));
        int both = 0;
        for (int id = 0; id < 100_000; id++) {
            String text = Integer.toString(id);
            if (decide(shop, text, Map.of("A", 1, "B", 1), 0).reason() == Decision.Reason.PERCENT
                    && decide(bank, text, Map.of("A", 1, "B", 1), 0).reason() == Decision.Reason.PERCENT) {
                both++;
            }
        }
        assertThat((double) both).isCloseTo(1_000, within(4 * Math.sqrt(1_000)));
    }

    @Test
    void affinity_weighs_clusters_by_instances_within_four_standard_deviations() {
        CompiledTable table = CompiledTable.of(greens(Affinity.ID));
        Map<String, Integer> healthy = Map.of("A", 1, "B", 3, "C", 6);
        Map<String, Integer> hits = new HashMap<>();
        int ids = 100_000;
        for (int id = 0; id < ids; id++) {
            hits.merge(cluster(decide(table, "user-" + id, healthy, 0)).orElseThrow(), 1, Integer::sum);
        }
        healthy.forEach((cluster, weight) -> {
            double share = weight / 10.0;
            assertThat((double) hits.get(cluster))
                    .isCloseTo(ids * share, within(4 * Math.sqrt(ids * share * (1 - share))));
        });
    }

    @Test
    void an_added_instance_draws_ids_to_its_cluster_only_and_a_removed_one_gives_only_its_own_away() {
        CompiledTable table = CompiledTable.of(greens(Affinity.ID));
        Map<String, Integer> before = Map.of("A", 2, "B", 3, "C", 1);
        Map<String, Integer> after = Map.of("A", 2, "B", 4, "C", 1);
        int moved = 0;
        for (int id = 0; id < 20_000; id++) {
            String small =
                    cluster(decide(table, Integer.toString(id), before, id)).orElseThrow();
            String large =
                    cluster(decide(table, Integer.toString(id), after, -id)).orElseThrow();
            if (!small.equals(large)) {
                assertThat(large).isEqualTo("B");
                moved++;
            }
        }
        assertThat(moved).as("1/7 of the tickets, only those not in B already").isBetween(1_200, 1_700);
    }

    @Test
    void an_added_cluster_takes_ids_only_to_itself() {
        CompiledTable table = CompiledTable.of(greens(Affinity.ID));
        for (int id = 0; id < 20_000; id++) {
            String two = cluster(decide(table, Integer.toString(id), Map.of("A", 2, "B", 3), 0))
                    .orElseThrow();
            String three = cluster(decide(table, Integer.toString(id), Map.of("A", 2, "B", 3, "C", 5), 0))
                    .orElseThrow();
            assertThat(three).isIn(two, "C");
        }
    }

    @Test
    void without_affinity_every_slot_of_the_entropy_is_an_instance() {
        CompiledTable table = CompiledTable.of(greens(Affinity.NONE));
        Map<String, Integer> healthy = Map.of("A", 1, "B", 2, "C", 1);
        assertThat(List.of(0L, 1L, 2L, 3L, 4L, -1L))
                .extracting(entropy ->
                        cluster(decide(table, "42", healthy, entropy)).orElseThrow())
                .containsExactly("A", "B", "B", "C", "A", "C");
    }

    @Test
    void asks_once_for_the_instances_of_each_matching_cluster() {
        CompiledTable table = CompiledTable.of(greens(Affinity.ID));
        TreeSet<String> asked = new TreeSet<>();
        table.decide(
                RequestId.of("1"),
                "web",
                (cluster, service) -> {
                    assertThat(asked.add(cluster + "/" + service)).isTrue();
                    return 2;
                },
                0);
        assertThat(asked).containsExactly("A/web", "B/web", "C/web");
    }

    @Test
    void finds_every_id_of_the_longest_lists() {
        List<String> ids =
                new Random(SEED).longs(IdRule.MAX_IDS).mapToObj(Long::toString).toList();
        List<IdInterval> intervals = new Random(SEED + 1)
                .longs(IdRule.MAX_INTERVALS, 0, Long.MAX_VALUE - 10)
                .mapToObj(from -> new IdInterval(from, from + 10))
                .toList();
        CompiledTable table = CompiledTable.of(Cases.table(
                "shop",
                Affinity.ID,
                Map.of(
                        "A", RouteStrategy.green(),
                        "B", RouteStrategy.yellow(new IdRule(false, ids, intervals, null)))));
        Map<String, Integer> healthy = Map.of("A", 1, "B", 1);
        assertThat(ids).allMatch(id -> decide(table, id, healthy, 0).reason() == Decision.Reason.WHITELIST_ID);
        assertThat(intervals)
                .allMatch(interval -> decide(table, Long.toString(interval.from() + 10), healthy, 0)
                                .reason()
                        == Decision.Reason.WHITELIST_INTERVAL);
    }

    private static RouteTable withPercent(String group, BigDecimal percent) {
        return Cases.table(
                group,
                Affinity.ID,
                Map.of(
                        "A", RouteStrategy.green(),
                        "B", RouteStrategy.yellow(new IdRule(false, List.of(), List.of(), percent))));
    }

    private static RouteTable greens(Affinity affinity) {
        return Cases.table(
                "shop",
                affinity,
                Map.of("A", RouteStrategy.green(), "B", RouteStrategy.green(), "C", RouteStrategy.green()));
    }

    private static Decision decide(CompiledTable table, String id, Map<String, Integer> healthy, long entropy) {
        return table.decide(RequestId.of(id), "web", (cluster, service) -> healthy.getOrDefault(cluster, 0), entropy);
    }

    private static Optional<String> cluster(Decision decision) {
        return decision instanceof Decision.Routed routed ? Optional.of(routed.cluster()) : Optional.empty();
    }
}
