package io.tricolor.standalone.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * How many instances a group's history asked for.
 *
 * @param most that were to run at any moment
 * @param moves each change, for people
 */
record Desired(int most, List<String> moves) {

    /** @param history entries of one group, oldest first */
    static Desired in(List<JsonNode> history) {
        Map<String, Integer> instances = new TreeMap<>();
        Map<String, Integer> withdrawn = new TreeMap<>();
        int most = 0;
        List<String> moves = new ArrayList<>();
        for (JsonNode entry : history) {
            if (!entry.path("type").asString("").equals("cluster-group.cluster-desired-state-changed")) {
                continue;
            }
            JsonNode event = entry.path("event");
            String cluster = event.path("cluster").asString("");
            instances.put(
                    cluster,
                    event.path("instances")
                            .valueStream()
                            .mapToInt(JsonNode::asInt)
                            .sum());
            withdrawn.put(
                    cluster,
                    event.path("withdrawn")
                            .valueStream()
                            .mapToInt(JsonNode::size)
                            .sum());
            most = Math.max(
                    most,
                    instances.values().stream().mapToInt(Integer::intValue).sum());
            String move = inWords(instances, withdrawn);
            if (moves.isEmpty() || !moves.getLast().equals(move)) {
                moves.add(move);
            }
        }
        return new Desired(most, List.copyOf(moves));
    }

    private static String inWords(Map<String, Integer> instances, Map<String, Integer> withdrawn) {
        List<String> words = new ArrayList<>();
        instances.forEach((cluster, count) -> {
            int out = withdrawn.getOrDefault(cluster, 0);
            words.add(cluster + " " + count + (out == 0 ? "" : " (" + out + " withdrawn)"));
        });
        return String.join(", ", words);
    }
}
