package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.RestoreRouteTable;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The part of {@link Decider} about traffic that is directed by hand. */
final class Strategies {

    private Strategies() {}

    static List<ClusterGroupEvent> direct(GroupState state, ChangeRouteStrategies c, DecisionContext context) {
        SortedMap<String, RouteStrategy> strategies = directed(state, c.strategies());
        besideUpgrade(state, strategies);
        if (strategies.equals(state.strategies())) {
            return List.of();
        }
        requireServed(strategies);
        return List.of(new RouteStrategiesChanged(
                state.groupId(), state.tableVersion() + 1, strategies, null, c.reason(), context.at()));
    }

    /** The present strategies with some of them replaced; a colour only for a cluster that runs. */
    private static SortedMap<String, RouteStrategy> directed(
            GroupState state, SortedMap<String, RouteStrategy> replacements) {
        SortedMap<String, RouteStrategy> strategies = state.strategies();
        replacements.forEach((name, strategy) -> {
            ClusterState cluster = state.cluster(name);
            if (strategy.status() != ClusterStatus.RED && !cluster.wantsInstances()) {
                throw new Rejected(
                        Code.CLUSTER_NOT_RUNNING,
                        "cluster " + name + " has no instances; it cannot become " + strategy.status());
            }
            if (strategy.status() != ClusterStatus.RED && !cluster.takesRequests()) {
                Scalings.refuseWhileScaling(cluster); // any instance of a RED one may be about to be stopped
            }
            Checks.rule(strategy.id());
            strategies.put(name, strategy);
        });
        return strategies;
    }

    /**
     * While an upgrade runs, only other clusters than its own are directed by hand, and only named users to or from a
     * YELLOW one: who serves everybody is the upgrade's.
     */
    private static void besideUpgrade(GroupState state, SortedMap<String, RouteStrategy> strategies) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null) {
            return;
        }
        strategies.forEach((name, next) -> {
            RouteStrategy now = state.cluster(name).strategy();
            if (now.equals(next)) {
                return;
            }
            boolean servesAll = Stream.of(now, next)
                    .anyMatch(
                            strategy -> strategy.status() == ClusterStatus.GREEN || strategy.takesRequestsWithoutId());
            if (upgrade.touches(name) || servesAll) {
                throw new Rejected(
                        Code.UPGRADE_RUNNING,
                        "upgrade " + upgrade.upgradeId() + " of " + state.groupId() + " is running: "
                                + (upgrade.touches(name)
                                        ? "cluster " + name + " is its own"
                                        : "cluster " + name + " may be YELLOW for some, and nothing else"));
            }
        });
    }

    private static void requireServed(SortedMap<String, RouteStrategy> strategies) {
        if (strategies.values().stream().noneMatch(RouteStrategy::takesRequestsWithoutId)) {
            throw new Rejected(Code.ROUTES_UNSERVED, "no cluster would take a request without id");
        }
    }

    /**
     * Says again what an earlier table said, as a new one for all routers. Clusters that were added since are RED;
     * that one was removed
     * since matters only if it took requests.
     */
    static List<ClusterGroupEvent> restore(GroupState state, RestoreRouteTable c, DecisionContext context) {
        Upgrades.refuseWhileUpgrading(state);
        if (c.epoch() != state.epoch() || c.version() < 1 || c.version() > state.tableVersion() || !state.hasTable()) {
            throw new Rejected(
                    Code.ROUTE_TABLE_NOT_FOUND,
                    state.groupId() + " has no route table " + c.epoch() + "/" + c.version());
        }
        SortedMap<String, RouteStrategy> earlier = new TreeMap<>(c.strategies());
        earlier.entrySet()
                .removeIf(named -> !state.clusters().containsKey(named.getKey())
                        && named.getValue().status() == ClusterStatus.RED);
        state.clusters().keySet().forEach(name -> earlier.putIfAbsent(name, RouteStrategy.red()));
        SortedMap<String, RouteStrategy> strategies = directed(state, earlier);
        requireServed(strategies);
        Decision decision = new Decision(state);
        Groups.change(state, new ChangeClusterGroup(state.groupId(), c.entries(), c.identity(), c.affinity()), context)
                .forEach(decision::append);
        strategies.forEach((name, strategy) -> {
            Manifest manifest = state.cluster(name).manifest();
            if (strategy.status() != ClusterStatus.RED && manifest != null) {
                Manifests.servesEntries(manifest, c.entries());
            }
        });
        if (!strategies.equals(state.strategies())) {
            decision.append(new RouteStrategiesChanged(
                    state.groupId(),
                    decision.state().tableVersion() + 1,
                    strategies,
                    null,
                    "as in table " + c.version() + ": " + c.reason(),
                    context.at()));
        }
        Releases.everybody(decision.state(), decision.state().tableVersion(), c.reason(), context)
                .forEach(decision::append);
        return decision.events();
    }
}
