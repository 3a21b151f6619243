package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.ConformanceVectors.CohortDecisions;
import io.tricolor.routing.ConformanceVectors.CohortGroup;
import io.tricolor.routing.ConformanceVectors.Decisions;
import io.tricolor.routing.ConformanceVectors.Hash;
import io.tricolor.routing.ConformanceVectors.Hashes;
import io.tricolor.routing.ConformanceVectors.LaneCase;
import io.tricolor.routing.ConformanceVectors.LaneDecisions;
import io.tricolor.routing.ConformanceVectors.LaneGroup;
import io.tricolor.routing.ConformanceVectors.LaneHeaders;
import io.tricolor.routing.ConformanceVectors.Refused;
import io.tricolor.routing.ConformanceVectors.RefusedTable;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.core.JacksonException;

class ConformanceTest {

    @TestFactory
    Stream<DynamicTest> decides_the_hand_picked_requests() {
        return decisions("decisions-handpicked.json");
    }

    @TestFactory
    Stream<DynamicTest> decides_the_generated_requests() {
        return decisions("decisions-generated.json");
    }

    private static Stream<DynamicTest> decisions(String file) {
        Decisions decisions = ConformanceVectors.STRICT.readValue(ConformanceVectors.text(file), Decisions.class);
        return decisions.groups().stream().flatMap(group -> {
            CompiledTable compiled = CompiledTable.of(group.table());
            return group.cases().stream()
                    .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                        Decision decision = compiled.decide(
                                RequestId.of(c.id()),
                                c.service(),
                                (cluster, service) -> c.healthy()
                                        .getOrDefault(cluster, new TreeMap<>())
                                        .getOrDefault(service, 0),
                                Long.parseLong(c.entropy()));
                        assertThat(decision.reason().name())
                                .isEqualTo(c.expect().reason());
                        if (decision instanceof Decision.Routed routed) {
                            assertThat(routed.cluster())
                                    .isEqualTo(c.expect().cluster())
                                    .isIn(c.expect().possible());
                            assertThat(routed.status()).isEqualTo(c.expect().status());
                        } else {
                            assertThat(c.expect().cluster()).isNull();
                            assertThat(c.expect().possible()).isEmpty();
                        }

                        TreeMap<String, Integer> healthy = new TreeMap<>();
                        c.healthy()
                                .forEach(
                                        (cluster, counts) -> healthy.put(cluster, counts.getOrDefault(c.service(), 0)));
                        NaiveRouter.Answer naive = NaiveRouter.decide(
                                group.table(), Optional.ofNullable(c.id()), healthy, new BigInteger(c.entropy()));
                        assertThat(naive.cluster())
                                .isEqualTo(Optional.ofNullable(c.expect().cluster()));
                        assertThat(naive.possible()).isEqualTo(c.expect().possible());
                    }));
        });
    }

    @TestFactory
    Stream<DynamicTest> decides_the_requests_in_lanes() {
        return laneGroups().flatMap(group -> {
            CompiledTable compiled = CompiledTable.of(group.table());
            return group.cases().stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> decidesInLane(compiled, c)));
        });
    }

    private static Stream<LaneGroup> laneGroups() {
        return ConformanceVectors.STRICT
                .readValue(ConformanceVectors.text("decisions-lanes.json"), LaneDecisions.class)
                .groups()
                .stream();
    }

    private static void decidesInLane(CompiledTable compiled, LaneCase c) {
        TreeMap<String, Integer> healthy = new TreeMap<>();
        c.healthy().forEach((cluster, counts) -> healthy.put(cluster, counts.getOrDefault(c.service(), 0)));
        Decision decision = compiled.decide(
                RequestId.of(c.id()),
                c.service(),
                (cluster, service) -> healthy.getOrDefault(cluster, 0),
                Long.parseLong(c.entropy()),
                c.lane());
        NaiveRouter.Answer naive = NaiveRouter.decide(
                compiled.table(),
                Optional.ofNullable(c.id()),
                healthy,
                new BigInteger(c.entropy()),
                Optional.ofNullable(c.lane()));
        assertThat(decision.reason().name()).isEqualTo(c.expect().reason()).isEqualTo(naive.reason());
        assertThat(decision instanceof Decision.Routed routed ? routed.cluster() : null)
                .isEqualTo(c.expect().cluster())
                .isEqualTo(naive.cluster().orElse(null));
        assertThat(decision instanceof Decision.Routed routed ? routed.status() : null)
                .isEqualTo(c.expect().status());
        assertThat(naive.possible()).isEqualTo(c.expect().possible());
    }

    @TestFactory
    Stream<DynamicTest> draws_the_cohorts() {
        return cohortGroups().flatMap(group -> {
            CompiledTable compiled = CompiledTable.of(group.table());
            return group.cases().stream()
                    .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                        Decision decision = compiled.decide(
                                RequestId.of(c.id()),
                                c.service(),
                                (cluster, service) -> c.healthy()
                                        .getOrDefault(cluster, new TreeMap<>())
                                        .getOrDefault(service, 0),
                                Long.parseLong(c.entropy()),
                                c.lane());
                        assertThat(decision).isInstanceOfSatisfying(Decision.Routed.class, routed -> {
                            assertThat(routed.cluster()).isEqualTo(c.expect().cluster());
                            assertThat(routed.reason().name())
                                    .isEqualTo(c.expect().reason());
                            assertThat(
                                            routed.cohort() == null
                                                    ? null
                                                    : routed.cohort().label())
                                    .isEqualTo(c.expect().cohort());
                        });
                    }));
        });
    }

    private static Stream<CohortGroup> cohortGroups() {
        return ConformanceVectors.STRICT
                .readValue(ConformanceVectors.text("decisions-cohorts.json"), CohortDecisions.class)
                .groups()
                .stream();
    }

    @Test
    void both_cohorts_are_among_the_vectors_and_so_is_every_reason_to_be_of_none() {
        Map<String, Long> cohorts = cohortGroups()
                .flatMap(group -> group.cases().stream())
                .collect(Collectors.groupingBy(
                        c -> c.expect().cohort() + " " + c.expect().reason(), Collectors.counting()));
        assertThat(cohorts)
                .containsKeys(
                        "canary PERCENT",
                        "control ALL",
                        "null PERCENT",
                        "null ALL",
                        "null LANE",
                        "null FALLBACK",
                        "null WHITELIST_ID");
        assertThat(cohorts.keySet()).noneMatch(key -> key.matches("canary (?!PERCENT).*|control (?!ALL).*"));
    }

    /**
     * Raising the percent adds users to both and takes none away, so that what was counted of them stays comparable.
     */
    @Test
    void both_cohorts_are_equally_large_and_grow_with_the_percent() {
        Map<String, Set<Integer>> before = Map.of("canary", Set.of(), "control", Set.of());
        for (String share : new String[] {"0.50", "5.00", "20.00", "50.00"}) {
            CompiledTable table = CompiledTable.of(sampling(share));
            Map<String, Set<Integer>> now = Map.of("canary", new HashSet<>(), "control", new HashSet<>());
            for (int id = 0; id < 100_000; id++) {
                if (table.decide(RequestId.of(Integer.toString(id)), "web", (cluster, service) -> 1, 0)
                                instanceof Decision.Routed routed
                        && routed.cohort() != null) {
                    now.get(routed.cohort().label()).add(id);
                }
            }
            double expected = Double.parseDouble(share) * 1_000;
            now.forEach((cohort, ids) -> assertThat((double) ids.size()).isBetween(expected * 0.9, expected * 1.1));
            before.forEach((cohort, ids) ->
                    assertThat(now.get(cohort).containsAll(ids)).as(cohort).isTrue());
            assertThat(Collections.disjoint(now.get("canary"), now.get("control")))
                    .isTrue();
            before = now;
        }
    }

    private static RouteTable sampling(String percent) {
        return new RouteTable(
                "shop",
                1,
                1,
                Affinity.ID,
                IdentitySource.standard(),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of(), List.of(), new BigDecimal(percent))))));
    }

    @TestFactory
    Stream<DynamicTest> reads_headers_of_lanes() {
        LaneHeaders headers =
                ConformanceVectors.STRICT.readValue(ConformanceVectors.text("lane-headers.json"), LaneHeaders.class);
        return headers.cases().stream()
                .map(c -> DynamicTest.dynamicTest(
                        c.name(),
                        () -> assertThat(Lanes.parse(c.header()).clusters()).isEqualTo(c.lanes())));
    }

    @TestFactory
    Stream<DynamicTest> refuses_what_has_to_be_refused() {
        Refused refused =
                ConformanceVectors.STRICT.readValue(ConformanceVectors.text("tables-refused.json"), Refused.class);
        return refused.cases().stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> refuses(c)));
    }

    private static void refuses(RefusedTable refused) {
        Throwable thrown =
                catchThrowable(() -> ConformanceVectors.STRICT.treeToValue(refused.table(), RouteTable.class));
        assertThat(thrown).isInstanceOf(JacksonException.class);
        if (refused.code().equals("MALFORMED")) {
            assertThat(thrown.getCause() instanceof Rejected).isFalse();
        } else {
            assertThat(thrown.getCause())
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            rejected -> assertThat(rejected.rejection().code().name())
                                    .isEqualTo(refused.code()));
        }
    }

    @TestFactory
    Stream<DynamicTest> hashes_as_every_router_does() {
        Hashes hashes = ConformanceVectors.STRICT.readValue(ConformanceVectors.text("hashes.json"), Hashes.class);
        return hashes.cases().stream().map(c -> DynamicTest.dynamicTest("'" + c.text() + "'", () -> hashes(c)));
    }

    private static void hashes(Hash expected) {
        byte[] bytes = expected.text().getBytes(StandardCharsets.UTF_8);
        int hash = Murmur3.hash(bytes, bytes.length);
        assertThat(Integer.toUnsignedString(hash)).isEqualTo(expected.hash());
        assertThat(Integer.remainderUnsigned(hash, CompiledRule.BUCKETS)).isEqualTo(expected.bucket());
    }

    @Test
    void the_generated_files_are_what_the_generator_makes() throws IOException {
        assertIsGenerated("decisions-generated.json", ConformanceVectors.generated());
        assertIsGenerated("decisions-lanes.json", ConformanceVectors.lanes());
        assertIsGenerated("decisions-cohorts.json", ConformanceVectors.cohorts());
    }

    private static void assertIsGenerated(String file, String generated) throws IOException {
        if (Boolean.getBoolean("tricolor.conformance.write")) {
            Files.writeString(
                    Path.of(
                            System.getProperty("tricolor.home"),
                            "common/routing/src/main/resources/io/tricolor/routing/conformance/" + file),
                    generated);
        }
        assertThat(ConformanceVectors.text(file)).isEqualTo(generated);
    }

    @Test
    void there_are_at_least_300_decisions_and_every_reason_is_among_them() {
        for (String file : new String[] {"decisions-handpicked.json", "decisions-generated.json"}) {
            Decisions decisions = ConformanceVectors.STRICT.readValue(ConformanceVectors.text(file), Decisions.class);
            assertThat(decisions.format()).isEqualTo(1);
            assertThat(decisions.groups().stream()
                            .flatMap(group -> group.cases().stream())
                            .map(c -> c.expect().reason())
                            .distinct())
                    .as("without lanes")
                    .hasSize(Decision.Reason.values().length - 1);
        }
        assertThat(laneGroups()
                        .flatMap(group -> group.cases().stream())
                        .map(c -> c.expect().reason())
                        .distinct())
                .contains("LANE", "FALLBACK", "NO_HEALTHY_CLUSTER", "ALL", "WHITELIST_ID", "WHITELIST_INTERVAL");
        assertThat(decisions("decisions-handpicked.json").count()).isGreaterThan(100);
        assertThat(decisions("decisions-generated.json").count()).isGreaterThanOrEqualTo(300);
    }
}
