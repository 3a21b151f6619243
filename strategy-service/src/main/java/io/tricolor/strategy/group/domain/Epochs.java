package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.EpochBegun;
import io.tricolor.contracts.group.RecoveryCompleted;
import io.tricolor.contracts.group.RecoveryStarted;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.util.List;
import java.util.SortedMap;

/** The part of {@link Decider} about a group that others are ahead of. */
final class Epochs {

    private Epochs() {}

    static List<ClusterGroupEvent> begin(GroupState state, BeginEpoch c, DecisionContext context) {
        Observation seen = Upgrades.seen(context);
        SortedMap<String, String> evidence = Ahead.evidence(state, seen);
        if (evidence.isEmpty()) {
            return List.of();
        }
        Decision decision = new Decision(state);
        decision.append(new EpochBegun(
                state.groupId(),
                Ahead.highestEpoch(state, seen) + 1,
                state.tableVersion() + 1,
                evidence,
                c.reason(),
                context.at()));
        List<String> serving = state.clusters().values().stream()
                .filter(ClusterState::takesRequests)
                .map(ClusterState::name)
                .toList();
        if (!serving.isEmpty()) {
            decision.append(new RecoveryStarted(state.groupId(), serving, context.at()));
        }
        for (ClusterState cluster : state.clusters().values()) {
            ClusterObservation observed = seen.clusters().get(cluster.name());
            if (cluster.takesRequests() && observed != null && observed.runsMoreThan(cluster)) {
                backToScale(decision, cluster, observed, c.reason(), context);
            }
        }
        return decision.events();
    }

    /**
     * More run of a cluster than this stream knows of, and routers may send to each: those that are too many leave as
     * if a person had asked for it.
     */
    private static void backToScale(
            Decision decision,
            ClusterState cluster,
            ClusterObservation observed,
            String reason,
            DecisionContext context) {
        Scaling scaling = cluster.scaling();
        decision.appendAll(Scalings.started(
                decision.state(),
                cluster,
                scaling == null ? cluster.instances() : scaling.target(),
                scaling == null ? UpgradePolicy.standard().drainTimeout() : scaling.drainTimeout(),
                reason,
                context.actor(),
                observed,
                context.at()));
    }

    static List<ClusterGroupEvent> recovered(GroupState state, DecisionContext context) {
        if (!state.recovering()) {
            return List.of();
        }
        Upgrades.requireVersion(context);
        Observation seen = Upgrades.seen(context);
        Progress progress = recovery(state, seen);
        if (!progress.missing().isEmpty()) {
            throw new Rejected(
                    Code.GOAL_NOT_REACHED, "the recovery of " + state.groupId() + " still lacks " + progress.missing());
        }
        Decision decision = new Decision(state);
        decision.append(new RecoveryCompleted(state.groupId(), progress.evidence(), context.at()));
        for (ClusterState cluster : state.clusters().values()) {
            ClusterObservation observed = seen.clusters().get(cluster.name());
            if (cluster.takesRequests()
                    && cluster.scaling() == null
                    && observed != null
                    && observed.runsMoreThan(cluster)) {
                backToScale(decision, cluster, observed, "more run than are desired", context);
            }
        }
        return decision.events();
    }

    /** Every cluster that takes requests in the table of the epoch is whole, and every live router knows that. */
    static Progress recovery(GroupState state, Observation seen) {
        Progress progress = new Progress(true);
        List<RouterObservation> routers = state.live(seen.routers());
        Goals.heard(state, seen, routers, progress);
        for (ClusterState cluster : state.clusters().values()) {
            if (cluster.takesRequests()) {
                Goals.started(state, cluster, seen, routers, progress);
            }
        }
        return progress;
    }

    static void refuseWhileRecovering(GroupState state) {
        if (state.recovering()) {
            throw new Rejected(
                    Code.GROUP_RECOVERING,
                    state.groupId() + " has begun a new epoch and waits for the clusters that take requests");
        }
    }

    /**
     * Refuses to record anything about a group that others know more of: positions in the stream would be used twice,
     * and whoever reads the events would take the new ones for those that it has.
     */
    static void refuseWhileAhead(GroupState state, Observation seen) {
        SortedMap<String, String> evidence = Ahead.evidence(state, seen);
        if (!evidence.isEmpty()) {
            throw new Rejected(
                    Code.GROUP_AHEAD, "others are ahead of the stream of " + state.groupId() + ": " + evidence);
        }
    }
}
