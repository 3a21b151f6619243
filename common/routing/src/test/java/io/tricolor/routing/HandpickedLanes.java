package io.tricolor.routing;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.ConformanceVectors.Expected;
import io.tricolor.routing.ConformanceVectors.LaneCase;
import io.tricolor.routing.ConformanceVectors.LaneGroup;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Requests in lanes whose expectations were thought out and not computed. */
final class HandpickedLanes {

    private static final Map<String, Integer> ALL = Map.of("A", 1, "B", 1, "C", 1);

    private HandpickedLanes() {}

    static List<LaneGroup> groups() {
        RouteTable grayscale = table(Map.of(
                "A",
                RouteStrategy.green(),
                "B",
                RouteStrategy.yellow(new IdRule(false, List.of("1"), List.of(), null)),
                "C",
                RouteStrategy.red()));
        RouteTable twoGreen = table(Map.of(
                "A", RouteStrategy.green(),
                "B", RouteStrategy.green(),
                "C", RouteStrategy.yellow(IdRule.nobody())));
        RouteTable noGreen = table(Map.of(
                "A", RouteStrategy.yellow(IdRule.everybody()),
                "B", RouteStrategy.yellow(new IdRule(false, List.of("1"), List.of(), null)),
                "C", RouteStrategy.red()));
        return List.of(
                new LaneGroup(
                        grayscale,
                        List.of(
                                routed(
                                        "a lane to YELLOW without an id",
                                        null,
                                        "B",
                                        ALL,
                                        "B",
                                        ClusterStatus.YELLOW,
                                        "LANE"),
                                routed(
                                        "a lane to YELLOW for an id that its rule does not name",
                                        "2",
                                        "B",
                                        ALL,
                                        "B",
                                        ClusterStatus.YELLOW,
                                        "LANE"),
                                routed(
                                        "a lane to GREEN for an id that YELLOW names",
                                        "1",
                                        "A",
                                        ALL,
                                        "A",
                                        ClusterStatus.GREEN,
                                        "LANE"),
                                routed(
                                        "a lane to YELLOW for an id that it names",
                                        "1",
                                        "B",
                                        ALL,
                                        "B",
                                        ClusterStatus.YELLOW,
                                        "LANE"),
                                routed("a lane to RED", null, "C", ALL, "A", ClusterStatus.GREEN, "FALLBACK"),
                                routed(
                                        "a lane to RED for an id that YELLOW names",
                                        "1",
                                        "C",
                                        ALL,
                                        "A",
                                        ClusterStatus.GREEN,
                                        "FALLBACK"),
                                routed(
                                        "a lane to an unknown cluster",
                                        "2",
                                        "Z",
                                        ALL,
                                        "A",
                                        ClusterStatus.GREEN,
                                        "FALLBACK"),
                                routed(
                                        "names of clusters are told apart by case",
                                        null,
                                        "b",
                                        ALL,
                                        "A",
                                        ClusterStatus.GREEN,
                                        "FALLBACK"),
                                routed(
                                        "a lane to YELLOW without a healthy instance of the service",
                                        "1",
                                        "B",
                                        Map.of("A", 2, "B", 0),
                                        "A",
                                        ClusterStatus.GREEN,
                                        "FALLBACK"),
                                routed(
                                        "a lane to RED, GREEN is without instance: decided as if there were no lane",
                                        "1",
                                        "C",
                                        Map.of("B", 1, "C", 1),
                                        "B",
                                        ClusterStatus.YELLOW,
                                        "WHITELIST_ID"),
                                unrouted(
                                        "a lane to GREEN without instance, nobody else takes it",
                                        "2",
                                        "A",
                                        Map.of("B", 1)),
                                unrouted(
                                        "a lane to RED is never taken, even when it alone runs",
                                        null,
                                        "C",
                                        Map.of("C", 3)),
                                routed(
                                        "no lane, as ever: YELLOW",
                                        "1",
                                        null,
                                        ALL,
                                        "B",
                                        ClusterStatus.YELLOW,
                                        "WHITELIST_ID"),
                                routed(
                                        "the pair of another group is no lane: GREEN",
                                        "2",
                                        null,
                                        ALL,
                                        "A",
                                        ClusterStatus.GREEN,
                                        "ALL"))),
                new LaneGroup(
                        twoGreen,
                        List.of(
                                routed("one of two GREEN", "7", "B", ALL, "B", ClusterStatus.GREEN, "LANE"),
                                routed("the other of two GREEN", "7", "A", ALL, "A", ClusterStatus.GREEN, "LANE"),
                                routed("YELLOW for nobody", null, "C", ALL, "C", ClusterStatus.YELLOW, "LANE"),
                                among(
                                        "several GREEN take what left its lane, by entropy: 0",
                                        "Z",
                                        "0",
                                        "A",
                                        List.of("A", "B")),
                                among(
                                        "several GREEN take what left its lane, by entropy: 1",
                                        "Z",
                                        "1",
                                        "B",
                                        List.of("A", "B")))),
                new LaneGroup(
                        noGreen,
                        List.of(
                                routed(
                                        "no GREEN, a lane that is usable",
                                        null,
                                        "B",
                                        ALL,
                                        "B",
                                        ClusterStatus.YELLOW,
                                        "LANE"),
                                routed(
                                        "no GREEN, a lane to RED: decided as if there were no lane",
                                        null,
                                        "C",
                                        ALL,
                                        "A",
                                        ClusterStatus.YELLOW,
                                        "ALL"),
                                unrouted("no GREEN, a lane to RED, nobody runs", null, "C", Map.of("C", 1)))));
    }

    private static RouteTable table(Map<String, RouteStrategy> clusters) {
        return Cases.table("shop", Affinity.ID, clusters);
    }

    private static LaneCase routed(
            String name,
            @Nullable String id,
            @Nullable String lane,
            Map<String, Integer> healthy,
            String cluster,
            ClusterStatus status,
            String reason) {
        return request(name, id, lane, healthy, "0", new Expected(cluster, status, reason, only(cluster)));
    }

    private static LaneCase among(String name, String lane, String entropy, String cluster, List<String> possible) {
        return request(
                name,
                null,
                lane,
                ALL,
                entropy,
                new Expected(cluster, ClusterStatus.GREEN, "FALLBACK", new TreeSet<>(possible)));
    }

    private static LaneCase unrouted(
            String name, @Nullable String id, @Nullable String lane, Map<String, Integer> healthy) {
        return request(name, id, lane, healthy, "0", new Expected(null, null, "NO_HEALTHY_CLUSTER", new TreeSet<>()));
    }

    private static LaneCase request(
            String name,
            @Nullable String id,
            @Nullable String lane,
            Map<String, Integer> healthy,
            String entropy,
            Expected expected) {
        return new LaneCase(name, "web", id, lane, ConformanceVectors.byService(healthy), entropy, expected);
    }

    private static SortedSet<String> only(String cluster) {
        return new TreeSet<>(List.of(cluster));
    }
}
