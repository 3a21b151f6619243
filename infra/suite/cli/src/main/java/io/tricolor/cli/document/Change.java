package io.tricolor.cli.document;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * One thing that differs between what there is and its document.
 *
 * @param path of the member
 * @param before as it is; missing node: there is none
 * @param after as the document has it; missing node: it has none
 */
public record Change(String path, JsonNode before, JsonNode after) {

    private static final List<String> PARTS = List.of("application", "environment", "entries", "identity", "affinity");

    /** All changes that lead from one to the other; what the document does not speak of stays as it is. */
    public static List<Change> between(GroupDocument group, GroupDocument wanted) {
        List<Change> changes = new ArrayList<>();
        for (String part : PARTS) {
            JsonNode after = wanted.part(part);
            if (!after.isMissingNode() && !after.equals(group.part(part))) {
                changes.add(new Change(part, group.part(part), after));
            }
        }
        Set<String> names = new TreeSet<>(group.clusters());
        names.addAll(wanted.clusters());
        for (String name : names) {
            JsonNode before = group.part("clusters").path(name);
            JsonNode after = wanted.part("clusters").path(name);
            String path = "clusters." + name;
            if (before.isMissingNode() || after.isMissingNode()) {
                changes.add(new Change(path, before, after));
                continue;
            }
            for (String member : List.of("status", "id")) {
                if (!before.path(member).equals(after.path(member))) {
                    changes.add(new Change(path + "." + member, before.path(member), after.path(member)));
                }
            }
        }
        return changes;
    }

    /** Everything that the document says, for something that is not there yet. */
    public static Change creation(Declared wanted) {
        return new Change(
                Character.toLowerCase(wanted.title().charAt(0)) + wanted.title().substring(1),
                MissingNode.getInstance(),
                wanted.toJson());
    }

    /** What differs between two trees, as far down as both have the same form. */
    static List<Change> betweenTrees(String path, JsonNode before, JsonNode after) {
        if (before.equals(after)) {
            return List.of();
        }
        List<Change> changes = new ArrayList<>();
        if (before.isObject() && after.isObject()) {
            Set<String> names = new LinkedHashSet<>(before.propertyNames());
            names.addAll(after.propertyNames());
            for (String name : names) {
                changes.addAll(
                        betweenTrees(path.isEmpty() ? name : path + "." + name, before.path(name), after.path(name)));
            }
        } else if (before.isArray() && after.isArray() && before.size() == after.size()) {
            for (int i = 0; i < before.size(); i++) {
                changes.addAll(betweenTrees(path + "[" + i + "]", before.path(i), after.path(i)));
            }
        } else {
            changes.add(new Change(path, before, after));
        }
        return changes;
    }

    /** Whether it is about one of these. */
    public boolean isOf(String... parts) {
        for (String part : parts) {
            if (path.equals(part)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a cluster comes. */
    public boolean addsCluster() {
        return path.matches("clusters\\.[^.]+") && before.isMissingNode();
    }

    /** Whether a cluster goes. */
    public boolean removesCluster() {
        return path.matches("clusters\\.[^.]+") && after.isMissingNode();
    }

    /** Whether it changes who goes where. */
    public boolean changesStrategy() {
        return path.startsWith("clusters.") && !removesCluster();
    }

    /** One line. */
    public String words() {
        if (before.isMissingNode()) {
            return "+ " + path + ": " + after;
        }
        return after.isMissingNode() ? "- " + path + ": " + before : "~ " + path + ": " + before + " -> " + after;
    }
}
