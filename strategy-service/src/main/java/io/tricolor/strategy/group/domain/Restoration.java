package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a rollback makes of the clusters beside the two that it exchanges: what they were at its rollback point, and on
 * the way back what they were before it began. Those that were added since, and those that have no instances, are RED.
 *
 * @param strategies of the clusters beside the two
 * @param lost clusters whose strategy of the point cannot be had again, and why
 */
record Restoration(SortedMap<String, RouteStrategy> strategies, SortedMap<String, String> lost) {

    private static final Restoration NONE = new Restoration(new TreeMap<>(), new TreeMap<>());

    /** Of the step that runs; nothing unless it is the one that exchanges the colours of a rollback. */
    static Restoration of(GroupState state, Upgrade upgrade) {
        return exchanges(upgrade)
                ? point(state, upgrade)
                        .map(point -> at(point, state, upgrade.plan()))
                        .orElse(NONE)
                : NONE;
    }

    private static boolean exchanges(Upgrade upgrade) {
        SortedMap<String, RouteStrategy> changes = upgrade.current().strategies();
        return upgrade.plan().isRollback()
                && changes != null
                && changes.values().stream().anyMatch(strategy -> strategy.status() == ClusterStatus.RED);
    }

    private static Optional<RollbackPoint> point(GroupState state, Upgrade upgrade) {
        String id = upgrade.position().aborting()
                ? RollbackPoint.idBefore(upgrade.upgradeId())
                : Objects.requireNonNull(upgrade.plan().rollbackPointId());
        return state.rollbackPoints().stream()
                .filter(point -> point.rollbackPointId().equals(id))
                .findFirst();
    }

    private static Restoration at(RollbackPoint point, GroupState state, UpgradePlan plan) {
        String from = Objects.requireNonNull(plan.from()).cluster();
        String to = plan.to().cluster();
        SortedMap<String, RouteStrategy> strategies = new TreeMap<>();
        SortedMap<String, String> lost = new TreeMap<>();
        state.clusters().keySet().stream()
                .filter(name -> !List.of(from, to).contains(name))
                .forEach(name -> strategies.put(name, RouteStrategy.red()));
        point.strategies().forEach((name, strategy) -> {
            ClusterState cluster = state.clusters().get(name);
            boolean isPlaced = name.equals(point.cluster()) && List.of(from, to).contains(name);
            if (strategy.status() == ClusterStatus.RED || isPlaced) {
                return;
            }
            if (cluster == null) {
                lost.put(name, "it was removed");
            } else if (name.equals(from)) {
                lost.put(name, "its release is the one that is rolled back");
            } else if (name.equals(to) || name.equals(point.cluster())) {
                lost.put(name, to + " takes the place of " + point.cluster());
            } else if (!cluster.wantsInstances()) {
                lost.put(name, "it has no instances");
            } else {
                strategies.put(name, strategy);
            }
        });
        return new Restoration(strategies, lost);
    }

    /** A title with what was restored beside it, and what was not. */
    String reason(String title) {
        StringBuilder reason = new StringBuilder(title);
        strategies.forEach((name, strategy) -> {
            if (strategy.status() != ClusterStatus.RED) {
                reason.append("; ")
                        .append(name)
                        .append(' ')
                        .append(strategy.status())
                        .append(" again");
            }
        });
        lost.forEach((name, why) ->
                reason.append("; ").append(name).append(" not restored: ").append(why));
        return reason.toString();
    }
}
