package io.tricolor.routing;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The conformance files: their shape, how they are read, and the generator of those that are not written by hand. */
final class ConformanceVectors {

    static final long SEED = 20_251_123;

    private static final int TABLES = 80;
    private static final int LANE_TABLES = 40;
    private static final int REQUESTS_PER_TABLE = 5;

    static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private ConformanceVectors() {}

    record Decisions(int format, List<Group> groups) {}

    record Group(RouteTable table, List<Case> cases) {}

    record Case(
            String name,
            String service,
            @JsonInclude @Nullable String id,
            SortedMap<String, SortedMap<String, Integer>> healthy,
            String entropy,
            Expected expect) {}

    record Expected(
            @Nullable String cluster, @Nullable ClusterStatus status, String reason, SortedSet<String> possible) {}

    record LaneDecisions(int format, List<LaneGroup> groups) {}

    record LaneGroup(RouteTable table, List<LaneCase> cases) {}

    record LaneCase(
            String name,
            String service,
            @JsonInclude @Nullable String id,
            @JsonInclude @Nullable String lane,
            SortedMap<String, SortedMap<String, Integer>> healthy,
            String entropy,
            Expected expect) {}

    record CohortDecisions(int format, List<CohortGroup> groups) {}

    record CohortGroup(RouteTable table, List<CohortCase> cases) {}

    record CohortCase(
            String name,
            String service,
            @JsonInclude @Nullable String id,
            @JsonInclude @Nullable String lane,
            SortedMap<String, SortedMap<String, Integer>> healthy,
            String entropy,
            CohortExpected expect) {}

    record CohortExpected(
            @Nullable String cluster,
            @Nullable ClusterStatus status,
            String reason,
            SortedSet<String> possible,
            @JsonInclude @Nullable String cohort) {}

    record LaneHeaders(int format, List<LaneHeader> cases) {}

    record LaneHeader(String name, String header, Map<String, String> lanes) {}

    record Refused(int format, List<RefusedTable> cases) {}

    record RefusedTable(String name, String code, JsonNode table) {}

    record Hashes(int format, List<Hash> cases) {}

    record Hash(String text, String hash, int bucket) {}

    static String text(String file) {
        try (InputStream in = RouteTable.class.getResourceAsStream("conformance/" + file)) {
            if (in == null) {
                throw new IllegalStateException("no resource conformance/" + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Content of {@code decisions-generated.json}: expectations come from {@link NaiveRouter}. */
    static String generated() {
        Cases random = new Cases(SEED);
        List<Group> groups = new ArrayList<>();
        for (int t = 1; t <= TABLES; t++) {
            RouteTable table = random.table();
            List<Case> cases = new ArrayList<>();
            for (int r = 1; r <= REQUESTS_PER_TABLE; r++) {
                Optional<String> id = random.requestId(table);
                SortedMap<String, Integer> healthy = random.healthy(table);
                long entropy = random.entropy();
                NaiveRouter.Answer answer = NaiveRouter.decide(table, id, healthy, BigInteger.valueOf(entropy));
                cases.add(new Case(
                        "table " + t + ", request " + r,
                        "web",
                        id.orElse(null),
                        byService(healthy),
                        Long.toString(entropy),
                        expected(answer)));
            }
            groups.add(new Group(table, cases));
        }
        return text(new Decisions(1, groups));
    }

    /**
     * Content of {@code decisions-lanes.json}: requests picked by hand, then random ones with expectations of
     * {@link NaiveRouter}.
     */
    static String lanes() {
        List<LaneGroup> groups = new ArrayList<>(HandpickedLanes.groups());
        Cases random = new Cases(SEED + 1);
        for (int t = 1; t <= LANE_TABLES; t++) {
            RouteTable table = random.table();
            List<LaneCase> cases = new ArrayList<>();
            for (int r = 1; r <= REQUESTS_PER_TABLE; r++) {
                Optional<String> id = random.requestId(table);
                Optional<String> lane = random.lane(table);
                SortedMap<String, Integer> healthy = random.healthy(table);
                long entropy = random.entropy();
                cases.add(new LaneCase(
                        "table " + t + ", request " + r,
                        "web",
                        id.orElse(null),
                        lane.orElse(null),
                        byService(healthy),
                        Long.toString(entropy),
                        expected(NaiveRouter.decide(table, id, healthy, BigInteger.valueOf(entropy), lane))));
            }
            groups.add(new LaneGroup(table, cases));
        }
        return text(new LaneDecisions(1, groups));
    }

    /** Content of {@code decisions-cohorts.json}: tables with percent, expectations of {@link NaiveRouter}. */
    static String cohorts() {
        Random random = new Random(SEED + 2);
        List<CohortGroup> groups = new ArrayList<>();
        List<String> shares = List.of("0.01", "1.00", "12.50", "33.33", "50.00", "50.01", "100.00", "0.00");
        List<IdRule> others = List.of(
                IdRule.nobody(),
                new IdRule(false, List.of("7"), List.of(), null),
                new IdRule(false, List.of(), List.of(), new BigDecimal("20.00")));
        for (String share : shares) {
            for (boolean names : new boolean[] {false, true}) {
                for (IdRule other : others) {
                    IdRule rule = new IdRule(false, names ? List.of("8") : List.of(), List.of(), new BigDecimal(share));
                    RouteTable table = new RouteTable(
                            "shop",
                            1,
                            groups.size() + 1,
                            Affinity.ID,
                            IdentitySource.standard(),
                            List.of(new Entry(null, "/", "web")),
                            new TreeMap<>(Map.of(
                                    "A", RouteStrategy.green(),
                                    "B", RouteStrategy.yellow(rule),
                                    "C", RouteStrategy.yellow(other),
                                    "D", RouteStrategy.green())));
                    groups.add(new CohortGroup(table, cohortCases(random, table, share)));
                }
            }
        }
        return text(new CohortDecisions(1, groups));
    }

    private static List<CohortCase> cohortCases(Random random, RouteTable table, String share) {
        // The first and the last bucket of either cohort, and those beside them.
        int buckets = new BigDecimal(share).movePointRight(2).intValueExact();
        List<String> ids = new ArrayList<>(List.of("7", "8"));
        for (int bucket : new int[] {0, buckets - 1, buckets, 9_999 - buckets, 10_000 - buckets, 9_999}) {
            if (bucket >= 0 && bucket < 10_000) {
                ids.add(idInBucket(bucket));
            }
        }
        ids.add(null);
        List<CohortCase> cases = new ArrayList<>();
        for (String id : ids) {
            int pick = random.nextInt(8);
            Optional<String> lane = pick == 0 ? Optional.of("B") : pick == 1 ? Optional.of("A") : Optional.empty();
            SortedMap<String, Integer> healthy = new TreeMap<>(Map.of("A", 1, "B", pick == 2 ? 0 : 2, "C", 1, "D", 1));
            long entropy = random.nextLong();
            NaiveRouter.Answer answer =
                    NaiveRouter.decide(table, Optional.ofNullable(id), healthy, BigInteger.valueOf(entropy), lane);
            cases.add(new CohortCase(
                    share + " percent, table " + table.version() + ", request " + (cases.size() + 1),
                    "web",
                    id,
                    lane.orElse(null),
                    byService(healthy),
                    Long.toString(entropy),
                    new CohortExpected(
                            answer.cluster().orElse(null),
                            answer.status().orElse(null),
                            answer.reason(),
                            answer.possible(),
                            NaiveRouter.cohort(table, Optional.ofNullable(id), answer)
                                    .orElse(null))));
        }
        return cases;
    }

    /** The lowest number whose bucket in the group "shop" it is. */
    private static String idInBucket(int bucket) {
        long id = 100;
        while (NaiveRouter.murmur("shop:" + id) % 10_000 != bucket) {
            id++;
        }
        return Long.toString(id);
    }

    static SortedMap<String, SortedMap<String, Integer>> byService(Map<String, Integer> healthy) {
        SortedMap<String, SortedMap<String, Integer>> byService = new TreeMap<>();
        healthy.forEach((cluster, count) -> byService.put(cluster, new TreeMap<>(Map.of("web", count))));
        return byService;
    }

    private static Expected expected(NaiveRouter.Answer answer) {
        return new Expected(
                answer.cluster().orElse(null), answer.status().orElse(null), answer.reason(), answer.possible());
    }

    private static String text(Object vectors) {
        return STRICT.writeValueAsString(vectors).replace("\r\n", "\n") + "\n";
    }
}
