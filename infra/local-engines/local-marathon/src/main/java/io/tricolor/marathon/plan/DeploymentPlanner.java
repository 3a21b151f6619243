package io.tricolor.marathon.plan;

import io.tricolor.marathon.app.AppDefinition;
import io.tricolor.marathon.plan.Step.Action;
import io.tricolor.marathon.plan.Step.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The difference between two sets of apps as an ordered list of steps: removed apps first, new ones made known, then
 * layer by layer.
 */
public final class DeploymentPlanner {

    private DeploymentPlanner() {}

    /**
     * Plans the way from one set of apps to another.
     *
     * @param restarts apps whose instances are to be replaced although their definition may be the same
     * @return empty when there is nothing to do
     */
    public static List<Step> plan(
            Map<String, AppDefinition> before, Map<String, AppDefinition> after, Set<String> restarts) {
        return plan(before, after, restarts, Map.of());
    }

    /**
     * Plans the way from one set of apps to another.
     *
     * @param restarts apps whose instances are to be replaced although their definition may be the same
     * @param groups what groups of apps depend on, apps or groups
     * @return empty when there is nothing to do
     */
    public static List<Step> plan(
            Map<String, AppDefinition> before,
            Map<String, AppDefinition> after,
            Set<String> restarts,
            Map<String, List<String>> groups) {
        List<Step> steps = new ArrayList<>();
        addIfAny(
                steps,
                Kind.STOP,
                before.keySet().stream()
                        .filter(id -> !after.containsKey(id))
                        .sorted()
                        .toList());
        addIfAny(
                steps,
                Kind.START,
                after.keySet().stream()
                        .filter(id -> !before.containsKey(id))
                        .sorted()
                        .toList());
        for (List<String> layer : layers(after, groups).values()) {
            List<Action> actions = new ArrayList<>();
            for (String id : layer) {
                AppDefinition target = after.get(id);
                AppDefinition origin = before.get(id);
                if (target == null) {
                    continue;
                }
                if (origin == null) {
                    actions.add(new Action(Kind.SCALE, id));
                } else if (restarts.contains(id) && target.instances() > 0) {
                    actions.add(new Action(Kind.RESTART, id));
                } else if (!target.equals(origin) || restarts.contains(id)) {
                    boolean scalesOnly = target.instances() == 0 || target.sameConfigurationAs(origin);
                    actions.add(new Action(scalesOnly ? Kind.SCALE : Kind.RESTART, id));
                }
            }
            if (!actions.isEmpty()) {
                steps.add(new Step(List.copyOf(actions)));
            }
        }
        return List.copyOf(steps);
    }

    /** Whether the dependencies of these apps run in a circle. */
    public static boolean hasCycle(Map<String, AppDefinition> apps) {
        return hasCycle(apps, Map.of());
    }

    /**
     * Whether the dependencies of these apps run in a circle.
     *
     * @param groups what groups of apps depend on, apps or groups
     */
    public static boolean hasCycle(Map<String, AppDefinition> apps, Map<String, List<String>> groups) {
        return layers(apps, groups).isEmpty() && !apps.isEmpty();
    }

    private static void addIfAny(List<Step> steps, Kind kind, List<String> ids) {
        if (!ids.isEmpty()) {
            steps.add(new Step(ids.stream().map(id -> new Action(kind, id)).toList()));
        }
    }

    /** Apps by the length of their longest path of dependencies; empty when there is a circle. */
    private static SortedMap<Integer, List<String>> layers(
            Map<String, AppDefinition> apps, Map<String, List<String>> groups) {
        SortedMap<Integer, List<String>> layers = new TreeMap<>();
        Map<String, Integer> depths = new HashMap<>();
        for (String id : new TreeMap<>(apps).keySet()) {
            int depth = depth(id, apps, groups, depths, new HashSet<>());
            if (depth < 0) {
                return new TreeMap<>();
            }
            layers.computeIfAbsent(depth, any -> new ArrayList<>()).add(id);
        }
        return layers;
    }

    /** Apps that an app needs, by itself or by the groups that it is in. */
    private static Set<String> needs(
            AppDefinition app, Map<String, AppDefinition> apps, Map<String, List<String>> groups) {
        Set<String> named = new HashSet<>(app.dependencies());
        groups.forEach((group, dependencies) -> {
            if (isBelow(app.id(), group)) {
                named.addAll(dependencies);
            }
        });
        Set<String> needs = new HashSet<>();
        for (String name : named) {
            if (apps.containsKey(name)) {
                needs.add(name);
            }
            // Of a group that it is in itself nothing is needed.
            if (!isBelow(app.id(), name)) {
                apps.keySet().stream().filter(id -> isBelow(id, name)).forEach(needs::add);
            }
        }
        return needs;
    }

    private static boolean isBelow(String id, String group) {
        return group.equals("/") || id.startsWith(group + "/");
    }

    private static int depth(
            String id,
            Map<String, AppDefinition> apps,
            Map<String, List<String>> groups,
            Map<String, Integer> known,
            Set<String> path) {
        Integer cached = known.get(id);
        if (cached != null) {
            return cached;
        }
        AppDefinition app = apps.get(id);
        if (app == null) {
            return 0;
        }
        if (!path.add(id)) {
            return -1;
        }
        int depth = 0;
        for (String dependency : needs(app, apps, groups)) {
            int below = depth(dependency, apps, groups, known, path);
            if (below < 0) {
                return -1;
            }
            depth = Math.max(depth, below + 1);
        }
        path.remove(id);
        known.put(id, depth);
        return depth;
    }
}
