package io.tricolor.marathon.engine;

import io.tricolor.marathon.app.App;
import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.app.AppReader;
import io.tricolor.marathon.app.AppWriter;
import io.tricolor.marathon.app.Refused;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Groups of apps. A group is there while an app or a group is below it, or since somebody made it; of itself it has
 * nothing but dependencies. To be used on the engine's thread.
 */
final class Groups {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEEPEST = 30;

    private final State state;

    Groups(State state) {
        this.state = state;
    }

    /**
     * A change of apps and groups.
     *
     * @param targets apps as they shall be; empty: removed
     * @param groups all groups that somebody made, with what they depend on
     */
    record Plan(Map<String, Optional<AppDefinition>> targets, NavigableMap<String, List<String>> groups) {}

    boolean exists(String id) {
        return id.equals("/")
                || state.groups.containsKey(id)
                || state.groups.keySet().stream().anyMatch(other -> isBelow(other, id))
                || state.apps.keySet().stream().anyMatch(app -> isBelow(app, id));
    }

    /** What a body asks for: a whole group, {@code scaleBy}, or {@code version} to go back to. */
    Plan update(String id, ObjectNode body) {
        Plan plan = new Plan(new LinkedHashMap<>(), new TreeMap<>(state.groups));
        if (body.hasNonNull("version") && !body.has("apps") && !body.has("groups")) {
            goBack(id, body.path("version").asString(""), plan);
        } else if (body.hasNonNull("scaleBy")) {
            double factor = body.path("scaleBy").asDouble(-1);
            if (!(factor >= 0) || factor > 1000) {
                throw invalid("/scaleBy", "must be a number from 0 to 1000");
            }
            below(id).forEach(app -> {
                AppDefinition definition = existing(app).definition();
                int instances = (int) Math.min(10_000, Math.round(definition.instances() * factor));
                plan.targets().put(app, Optional.of(definition.withInstances(instances)));
            });
        } else {
            update(id, body, plan, 0);
        }
        return plan;
    }

    /** The end of a group with all that is below it. */
    Plan removal(String id) {
        if (!exists(id)) {
            throw noSuchGroup(id);
        }
        Plan plan = new Plan(new LinkedHashMap<>(), new TreeMap<>(state.groups));
        remove(id, plan);
        return plan;
    }

    private void update(String id, ObjectNode body, Plan plan, int depth) {
        if (depth > DEEPEST) {
            throw invalid("/groups", "are too deep");
        }
        if (!id.equals("/")) {
            AppReader.checkGroupId(id);
        }
        List<String> dependencies = plan.groups().getOrDefault(id, List.of());
        if (body.hasNonNull("dependencies")) {
            List<String> named = new ArrayList<>();
            for (JsonNode one : array(body, "dependencies")) {
                named.add(resolved(id, one.asString("")));
            }
            dependencies = named;
        }
        plan.groups().put(id, List.copyOf(dependencies));
        if (body.hasNonNull("apps")) {
            NavigableSet<String> left = new TreeSet<>();
            below(id).stream().filter(app -> parent(app).equals(id)).forEach(left::add);
            for (JsonNode one : array(body, "apps")) {
                ObjectNode app = object(one, "/apps");
                String appId = resolved(id, app.path("id").asString(""));
                if (!parent(appId).equals(id)) {
                    throw invalid("/apps", "identifier " + appId + " is not child of " + id);
                }
                ObjectNode definition = app.deepCopy();
                if (definition.has("portDefinitions")) {
                    definition.remove("ports"); // a group that was read has both
                }
                plan.targets().put(appId, Optional.of(AppReader.read(appId, definition)));
                left.remove(appId);
            }
            left.forEach(gone -> plan.targets().put(gone, Optional.empty()));
        }
        if (body.hasNonNull("groups")) {
            NavigableSet<String> left = new TreeSet<>(children(id));
            for (JsonNode one : array(body, "groups")) {
                ObjectNode group = object(one, "/groups");
                String groupId = resolved(id, group.path("id").asString(""));
                if (!parent(groupId).equals(id)) {
                    throw invalid("/groups", "identifier " + groupId + " is not child of " + id);
                }
                update(groupId, group, plan, depth + 1);
                left.remove(groupId);
            }
            left.forEach(gone -> remove(gone, plan));
        }
    }

    private void remove(String id, Plan plan) {
        below(id).forEach(app -> plan.targets().put(app, Optional.empty()));
        plan.groups().keySet().removeIf(group -> group.equals(id) || isBelow(group, id));
    }

    private void goBack(String id, String version, Plan plan) {
        Map<String, App> then = at(id, version);
        then.forEach((app, old) -> plan.targets().put(app, Optional.of(old.definition())));
        below(id).stream()
                .filter(app -> !then.containsKey(app))
                .forEach(app -> plan.targets().put(app, Optional.empty()));
    }

    /** Versions at which an app below changed, newest first. Apps that were removed are forgotten with theirs. */
    List<String> versions(String id) {
        if (!exists(id)) {
            throw noSuchGroup(id);
        }
        NavigableSet<String> versions = new TreeSet<>();
        below(id)
                .forEach(app -> state.versions
                        .getOrDefault(app, new TreeMap<>())
                        .keySet()
                        .forEach(version -> versions.add(App.timestamp(version))));
        return List.copyOf(versions.descendingSet());
    }

    private Map<String, App> at(String id, String version) {
        if (!versions(id).contains(version)) {
            throw Refused.with(404, "Group '" + id + "' does not exist in version " + version);
        }
        Instant time = Instant.parse(version);
        Map<String, App> then = new TreeMap<>();
        for (String app : below(id)) {
            var entry = state.versions.getOrDefault(app, new TreeMap<>()).floorEntry(time);
            if (entry != null) {
                then.put(app, entry.getValue());
            }
        }
        return then;
    }

    /** A group as it is, with all that is below it. */
    ObjectNode show(String id, Views views) {
        if (!exists(id)) {
            throw noSuchGroup(id);
        }
        ObjectNode json = frame(id);
        ArrayNode apps = json.putArray("apps");
        below(id).stream()
                .filter(app -> parent(app).equals(id))
                .forEach(app -> views.apps(one -> one.id().equals(app)).forEach(apps::add));
        ArrayNode groups = json.putArray("groups");
        children(id).forEach(child -> groups.add(show(child, views)));
        return json;
    }

    /** A group as it was. */
    ObjectNode showAt(String id, String version) {
        return showAt(id, at(id, version), version);
    }

    private ObjectNode showAt(String id, Map<String, App> then, String version) {
        ObjectNode json = frame(id);
        json.put("version", version);
        ArrayNode apps = json.putArray("apps");
        NavigableSet<String> children = new TreeSet<>();
        then.forEach((app, old) -> {
            if (parent(app).equals(id)) {
                apps.add(AppWriter.app(old));
            } else if (isBelow(app, id)) {
                children.add(childOf(id, app));
            }
        });
        ArrayNode groups = json.putArray("groups");
        children.forEach(child -> groups.add(showAt(child, then, version)));
        return json;
    }

    private ObjectNode frame(String id) {
        ObjectNode json = NODES.objectNode();
        json.put("id", id);
        Instant newest = below(id).stream()
                .map(app -> existing(app).version())
                .max(Instant::compareTo)
                .orElse(state.lastVersion);
        json.put("version", App.timestamp(newest));
        ArrayNode dependencies = json.putArray("dependencies");
        state.groups.getOrDefault(id, List.of()).forEach(dependencies::add);
        json.putArray("pods");
        return json.put("enforceRole", false);
    }

    private List<String> below(String id) {
        return state.apps.keySet().stream().filter(app -> isBelow(app, id)).toList();
    }

    private NavigableSet<String> children(String id) {
        NavigableSet<String> children = new TreeSet<>();
        below(id).stream().filter(app -> !parent(app).equals(id)).forEach(app -> children.add(childOf(id, app)));
        state.groups.keySet().stream()
                .filter(group -> isBelow(group, id))
                .forEach(group -> children.add(childOf(id, group)));
        return children;
    }

    private static String childOf(String id, String below) {
        int start = id.equals("/") ? 1 : id.length() + 1;
        int end = below.indexOf('/', start);
        return end < 0 ? below : below.substring(0, end);
    }

    private static boolean isBelow(String id, String group) {
        return group.equals("/") ? id.length() > 1 : id.startsWith(group + "/");
    }

    private static String parent(String id) {
        int slash = id.lastIndexOf('/');
        return slash <= 0 ? "/" : id.substring(0, slash);
    }

    private static String resolved(String base, String text) {
        if (text.isEmpty()) {
            throw invalid("/id", "must not be empty");
        }
        return AppReader.absoluteId(text.startsWith("/") ? text : base + "/" + text);
    }

    private App existing(String id) {
        App app = state.apps.get(id);
        if (app == null) {
            throw Engine.noSuchApp(id);
        }
        return app;
    }

    private static Iterable<JsonNode> array(ObjectNode body, String name) {
        if (body.get(name) instanceof ArrayNode array) {
            return array;
        }
        throw Refused.invalidJson(List.of(new Refused.Detail("/" + name, List.of("error.expected.jsarray"))));
    }

    private static ObjectNode object(JsonNode node, String path) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw Refused.invalidJson(List.of(new Refused.Detail(path, List.of("error.expected.jsobject"))));
    }

    private static Refused invalid(String path, String error) {
        return Refused.notValid(List.of(new Refused.Detail(path, List.of(error))));
    }

    private static Refused noSuchGroup(String id) {
        return Refused.with(404, "Group '" + id + "' does not exist");
    }
}
