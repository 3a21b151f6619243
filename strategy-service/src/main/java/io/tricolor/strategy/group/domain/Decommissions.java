package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupCommand.CancelDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteRecovery;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueScaling;
import io.tricolor.contracts.group.ClusterGroupCommand.DecommissionGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupDeleted;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.DecommissionCancelled;
import io.tricolor.contracts.group.DecommissionStarted;
import io.tricolor.contracts.group.TrafficDrained;
import io.tricolor.contracts.group.TrafficEnded;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * The part of {@link Decider} about the end of a group that may be in service. No table can leave requests without a
 * target, so the table that takes the traffic is the one by which routers drop the group; clusters are stopped after
 * that, and the group is deleted when nothing of it runs.
 */
final class Decommissions {

    /** What a group on its way to its end can be asked. */
    private static final Set<Class<? extends ClusterGroupCommand>> TAKEN = Set.of(
            DecommissionGroup.class,
            CancelDecommission.class,
            ContinueDecommission.class,
            ContinueScaling.class,
            CompleteRecovery.class,
            BeginEpoch.class,
            EvictRouter.class);

    private Decommissions() {}

    static List<ClusterGroupEvent> start(GroupState state, DecommissionGroup c, DecisionContext context) {
        if (state.decommission() != null) {
            return List.of();
        }
        if (!state.groupId().equals(c.confirmation())) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    "confirmation must be the name of the group, " + state.groupId() + ", not " + c.confirmation());
        }
        Upgrades.refuseWhileUpgrading(state);
        Checks.text("reason", c.reason());
        Checks.grace(c.grace());
        Checks.timeout(c.drainTimeout());
        return List.of(new DecommissionStarted(
                state.groupId(), c.grace(), c.drainTimeout(), context.actor(), c.reason(), context.at()));
    }

    static List<ClusterGroupEvent> cancel(GroupState state, CancelDecommission c, DecisionContext context) {
        if (state.decommission() == null) {
            throw new Rejected(Code.GROUP_NOT_DECOMMISSIONING, state.groupId() + " is not on its way to its end");
        }
        if (state.isTrafficEnded()) {
            throw new Rejected(
                    Code.GROUP_DECOMMISSIONING, "the traffic of " + state.groupId() + " was taken; it cannot go back");
        }
        return List.of(new DecommissionCancelled(state.groupId(), context.actor(), c.reason(), context.at()));
    }

    static List<ClusterGroupEvent> proceed(GroupState state, DecisionContext context) {
        Decommission decommission = state.decommission();
        if (decommission == null) {
            return List.of();
        }
        Upgrades.requireVersion(context);
        Observation seen = Upgrades.seen(context);
        Progress progress = progress(state, decommission, seen);
        if (!progress.missing().isEmpty()) {
            throw new Rejected(
                    Code.GOAL_NOT_REACHED, "the end of " + state.groupId() + " still lacks " + progress.missing());
        }
        return switch (decommission.phase()) {
            case GRACE ->
                List.of(new TrafficEnded(state.groupId(), state.tableVersion() + 1, progress.evidence(), context.at()));
            case DRAINING -> stop(state, progress, context);
            case STOPPING -> List.of(new ClusterGroupDeleted(state.groupId(), decommission.reason(), context.at()));
        };
    }

    private static List<ClusterGroupEvent> stop(GroupState state, Progress progress, DecisionContext context) {
        Decision decision = new Decision(state);
        decision.append(new TrafficDrained(state.groupId(), progress.evidence(), context.at()));
        for (ClusterState cluster : state.clusters().values()) {
            if (cluster.wantsInstances()) {
                decision.desire(cluster, cluster.none(), new TreeMap<>(), null, context.at());
            }
        }
        return decision.events();
    }

    /** What the present phase has seen, and what it waits for. */
    static Progress progress(GroupState state, Decommission decommission, Observation seen) {
        Progress progress = new Progress(true);
        List<RouterObservation> routers = state.live(seen.routers());
        Duration passed = seen.elapsed().of(decommission.since());
        progress.note("routers", routers.isEmpty() ? "none registered" : Integer.toString(routers.size()));
        switch (decommission.phase()) {
            case GRACE -> {
                if (passed.compareTo(decommission.grace()) < 0) {
                    progress.lack("time of grace", passed.toSeconds() + " s of " + decommission.grace());
                } else {
                    progress.note("time of grace", decommission.grace().toString());
                }
                Goals.heard(state, seen, routers, progress);
            }
            case DRAINING -> {
                Goals.applied(state, seen, routers, progress);
                state.clusters()
                        .keySet()
                        .forEach(cluster -> Goals.ended(
                                cluster,
                                Goals.inFlight(routers, cluster),
                                passed,
                                decommission.drainTimeout(),
                                progress));
            }
            case STOPPING ->
                state.clusters().values().forEach(cluster -> Goals.stopped(state, cluster, seen, progress));
        }
        return progress;
    }

    /** A group that is to end takes no orders but those about its end. */
    static void refuseOthers(GroupState state, ClusterGroupCommand command) {
        if (state.decommission() != null && !TAKEN.contains(command.getClass())) {
            throw new Rejected(Code.GROUP_DECOMMISSIONING, state.groupId() + " is on its way to its end");
        }
    }
}
