package io.tricolor.strategy.group.web;

import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.kit.message.ContractsJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How a group was different at two points of its stream.
 *
 * @param equal whether there is no change but of the version
 * @param more changes that are not shown, because there are too many
 */
record StateDiff(String groupId, long from, long to, boolean equal, List<Change> changes, int more) {

    static final int MOST_SHOWN = 200;

    private static final String VERSION = "/version";

    /**
     * One difference.
     *
     * @param path JSON pointer into the view of the group
     * @param from null where there was nothing
     * @param to null where there is nothing any more
     */
    @Schema(name = "StateChange")
    record Change(
            String path, @Nullable JsonNode from, @Nullable JsonNode to) {}

    static StateDiff between(String groupId, long from, GroupView before, long to, GroupView after) {
        List<Change> changes = new ArrayList<>();
        differ(
                "",
                ContractsJson.mapper().valueToTree(before),
                ContractsJson.mapper().valueToTree(after),
                changes);
        changes.removeIf(change -> change.path().equals(VERSION));
        return new StateDiff(
                groupId,
                from,
                to,
                changes.isEmpty(),
                List.copyOf(changes.subList(0, Math.min(changes.size(), MOST_SHOWN))),
                Math.max(0, changes.size() - MOST_SHOWN));
    }

    /** Objects are looked into; lists are taken as a whole. */
    private static void differ(String path, @Nullable JsonNode from, @Nullable JsonNode to, List<Change> changes) {
        if (Objects.equals(from, to)) {
            return;
        }
        if (from == null || to == null || !from.isObject() || !to.isObject()) {
            changes.add(new Change(path, from, to));
            return;
        }
        Set<String> names = new TreeSet<>(from.propertyNames());
        names.addAll(to.propertyNames());
        names.forEach(name ->
                differ(path + "/" + name.replace("~", "~0").replace("/", "~1"), from.get(name), to.get(name), changes));
    }
}
