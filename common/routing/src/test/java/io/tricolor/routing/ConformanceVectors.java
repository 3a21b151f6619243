package io.tricolor.routing;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.ClusterStatus;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
