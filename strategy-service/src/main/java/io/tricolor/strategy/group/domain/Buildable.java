package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.routing.RouteTable;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Builds the route tables that a decision leads to, before it is stored: what routers would refuse is no decision.
 * That is the newest table, and the one of each stage of an upgrade that begins.
 */
final class Buildable {

    private Buildable() {}

    /** Throws {@link Rejected} when a table of what {@code events} lead to cannot be. */
    static List<ClusterGroupEvent> checked(@Nullable GroupState before, List<ClusterGroupEvent> events) {
        GroupState after = before;
        for (ClusterGroupEvent event : events) {
            after = Evolver.evolve(after, event);
            if (event instanceof UpgradeStarted started) {
                for (Stage stage : started.stages()) {
                    SortedMap<String, RouteStrategy> strategies = after.strategies();
                    strategies.put(started.to(), RouteStrategy.yellow(stage.rule()));
                    build(after, strategies);
                }
            }
        }
        if (after != null && !after.deleted() && (before == null || differ(before, after))) {
            build(after, after.strategies());
        }
        return events;
    }

    private static boolean differ(GroupState before, GroupState after) {
        return !before.entries().equals(after.entries())
                || !before.identity().equals(after.identity())
                || !before.strategies().equals(after.strategies());
    }

    /** Where nobody takes requests without an id yet, one does for the sake of the rest. */
    private static void build(GroupState state, SortedMap<String, RouteStrategy> strategies) {
        if (strategies.values().stream().noneMatch(RouteStrategy::takesRequestsWithoutId)) {
            strategies.put(strategies.firstKey(), RouteStrategy.green());
        }
        var _ = new RouteTable(
                state.groupId(),
                state.epoch(),
                Math.max(1, state.tableVersion()),
                state.affinity(),
                state.identity(),
                state.entries(),
                strategies);
    }
}
