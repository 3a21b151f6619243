package io.tricolor.standalone.demo;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Where a table of routes sends users: YELLOW clusters that name the user first, then GREEN ones. Written from the
 * documentation and not with the routers' own code, so that it can find them wrong. Knows ids, intervals and everybody.
 */
final class Rule {

    private final Map<String, Strategy> clusters;

    private Rule(Map<String, Strategy> clusters) {
        this.clusters = clusters;
    }

    /** @param strategies by cluster, as in the event {@code cluster-group.route-strategies-changed} */
    static Rule of(JsonNode strategies) {
        Map<String, Strategy> clusters = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : strategies.properties()) {
            clusters.put(entry.getKey(), Strategy.of(entry.getValue()));
        }
        return new Rule(clusters);
    }

    /** Clusters that may answer a user; several only if the table leaves it open; none if nobody may. */
    Set<String> allowed(@Nullable String userId) {
        Set<String> yellow = matching("YELLOW", userId);
        return yellow.isEmpty() ? matching("GREEN", userId) : yellow;
    }

    private Set<String> matching(String status, @Nullable String userId) {
        Set<String> found = new TreeSet<>();
        clusters.forEach((name, strategy) -> {
            if (strategy.status().equals(status) && strategy.matches(userId)) {
                found.add(name);
            }
        });
        return found;
    }

    private record Strategy(String status, boolean all, Set<String> ids, List<long[]> intervals) {

        static Strategy of(JsonNode node) {
            JsonNode id = node.path("id");
            Set<String> ids = new HashSet<>();
            id.path("ids").forEach(one -> ids.add(one.asString()));
            List<long[]> intervals = new ArrayList<>();
            id.path("intervals")
                    .forEach(pair -> intervals.add(new long[] {
                        Long.parseLong(pair.get(0).asString()),
                        Long.parseLong(pair.get(1).asString())
                    }));
            return new Strategy(
                    node.path("status").asString(), id.path("all").asBoolean(false), ids, List.copyOf(intervals));
        }

        boolean matches(@Nullable String userId) {
            if (all) {
                return true;
            }
            if (userId == null) {
                return false;
            }
            if (ids.contains(userId)) {
                return true;
            }
            if (!userId.matches("0|-?[1-9][0-9]{0,17}")) {
                return false;
            }
            long number = Long.parseLong(userId);
            return intervals.stream().anyMatch(interval -> interval[0] <= number && number <= interval[1]);
        }
    }
}
