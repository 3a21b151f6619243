package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteRecovery;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueScaling;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.FailStage;
import io.tricolor.contracts.group.ClusterGroupCommand.FollowTrain;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatBatch;
import io.tricolor.contracts.group.ClusterGroupCommand.StopKeptCluster;
import io.tricolor.strategy.group.domain.NextAction.Advance;
import io.tricolor.strategy.group.domain.NextAction.AskJudgement;
import io.tricolor.strategy.group.domain.NextAction.CallWebhook;
import io.tricolor.strategy.group.domain.NextAction.EnsureInstances;
import io.tricolor.strategy.group.domain.NextAction.PublishTable;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done now for a group, from what is stored and what is seen. Asked again and again; whoever asks needs
 * to remember
 * nothing between two questions.
 */
public final class NextActions {

    private NextActions() {}

    /** The actions that are due, in the order in which to do them; empty: nothing but waiting. */
    public static List<NextAction> next(GroupState state, Observation seen, Instant now) {
        List<NextAction> actions = new ArrayList<>();
        if (state.deleted() || !Ahead.evidence(state, seen).isEmpty()) {
            return actions;
        }
        if (state.hasTable() && !state.recovering() && seen.published().isBehind(state)) {
            actions.add(new PublishTable(state.releasedVersion()));
        }
        for (ClusterState cluster : state.clusters().values()) {
            if (cluster.fence() >= 0 && seen.newestOf(state, cluster) == null && !mustWait(state, cluster, seen)) {
                actions.add(new EnsureInstances(cluster, upgradeIdOf(state)));
            }
        }
        Upgrade upgrade = state.upgrade();
        if (upgrade != null
                && !state.recovering()
                && !Trains.back(state, upgrade, seen).isEmpty()) {
            actions.add(new Advance(new FollowTrain(state.groupId(), upgrade.upgradeId())));
        } else if (upgrade != null && !upgrade.position().paused() && !state.recovering()) {
            Gates.toBeJudged(state, upgrade).stream().map(AskJudgement::new).forEach(actions::add);
            Gates.toBeCalled(state, upgrade).stream().map(CallWebhook::new).forEach(actions::add);
            advance(state, upgrade, seen, now).map(Advance::new).ifPresent(actions::add);
        }
        live(state, seen).map(Advance::new).ifPresent(actions::add);
        return actions;
    }

    /** Whether the answer to a question of these would still count: the group waits for it, and is not paused. */
    public static boolean isAsked(GroupState state, WebhookCall call) {
        Upgrade upgrade = state.upgrade();
        return upgrade != null
                && !state.deleted()
                && !upgrade.position().paused()
                && Gates.toBeCalled(state, upgrade).contains(call);
    }

    /** Whether the group waits for somebody else to judge a gate, so that it is of interest what that one says. */
    public static boolean isJudgedElsewhere(GroupState state) {
        return state.upgrade() != null && !Gates.lookedAt(state.upgrade()).isEmpty();
    }

    /** What is to be recorded besides an upgrade; one thing at a time, since each is decided on the present version. */
    private static Optional<ClusterGroupCommand> live(GroupState state, Observation seen) {
        if (state.recovering() && Epochs.recovery(state, seen).missing().isEmpty()) {
            return Optional.of(new CompleteRecovery(state.groupId()));
        }
        for (ClusterState cluster : state.clusters().values()) {
            if (Scalings.isDue(state, cluster, seen, new Progress(true))) {
                return Optional.of(new ContinueScaling(state.groupId(), cluster.name()));
            }
            if (state.decommission() == null && Scalings.isKeptLongEnough(state, cluster, seen)) {
                return Optional.of(new StopKeptCluster(state.groupId(), cluster.name()));
            }
        }
        Decommission decommission = state.decommission();
        return decommission != null
                        && Decommissions.progress(state, decommission, seen)
                                .missing()
                                .isEmpty()
                ? Optional.of(new ContinueDecommission(state.groupId()))
                : Optional.empty();
    }

    /** Why something is recorded that is no step of an upgrade: what the person said that asked for it. */
    public static String reason(GroupState state, ClusterGroupCommand command) {
        Scaling scaling = command instanceof ContinueScaling c
                ? state.cluster(c.cluster()).scaling()
                : null;
        if (scaling != null) {
            return scaling.reason();
        }
        Kept kept = command instanceof StopKeptCluster c
                ? state.cluster(c.cluster()).kept()
                : null;
        if (kept != null) {
            return Scalings.reason(kept);
        }
        return state.decommission() != null && command instanceof ContinueDecommission
                ? state.decommission().reason()
                : "the clusters of the new epoch serve";
    }

    /** What a cluster on its way to another number of instances waits for, for people. */
    public static Progress progress(GroupState state, ClusterState cluster, Observation seen) {
        Progress progress = new Progress(true);
        Scalings.isDue(state, cluster, seen, progress);
        return progress;
    }

    /** What the end of a group waits for, for people. */
    public static Progress progress(GroupState state, Decommission decommission, Observation seen) {
        return Decommissions.progress(state, decommission, seen);
    }

    /** What a group that recovers waits for, for people. */
    public static Progress recovery(GroupState state, Observation seen) {
        return Epochs.recovery(state, seen);
    }

    /** What the running step waits for, for people; the same look that {@link #next} takes. */
    public static Progress progress(GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        return Goals.progress(state, upgrade, seen, now);
    }

    private static Optional<ClusterGroupCommand> advance(
            GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        int step = upgrade.position().step();
        if (!Gates.failed(state, upgrade, seen, now).isEmpty()) {
            return Optional.of(new FailStage(state.groupId(), upgrade.upgradeId(), step));
        }
        if (!Goals.broken(state, upgrade, seen).isEmpty()) {
            return Optional.of(new RepeatBatch(state.groupId(), upgrade.upgradeId(), step));
        }
        Progress progress = Goals.progress(state, upgrade, seen, now);
        if (progress.missing().isEmpty()) {
            return Optional.of(
                    progress.begun()
                            ? new CompleteStep(state.groupId(), upgrade.upgradeId(), step)
                            : new BeginStep(state.groupId(), upgrade.upgradeId(), step));
        }
        return Goals.isPast(upgrade, seen) && !Goals.isUntimed(state, upgrade, seen)
                ? Optional.of(new ExpireStep(state.groupId(), upgrade.upgradeId(), step))
                : Optional.empty();
    }

    /**
     * A desired state that takes instances away is not sent while a router may still send to them. Every live router
     * has to have applied the newest table, the cluster is RED in it, and its last requests have ended or were cut off;
     * or those that go are withdrawn, no live router names them, and the last requests to them have ended or were cut
     * off. deploy-service stops none that serves and is not withdrawn, as long as some are desired.
     */
    private static boolean mustWait(GroupState state, ClusterState cluster, Observation seen) {
        if (!state.hasTable() || !takesInstancesAway(cluster, seen)) {
            return false;
        }
        List<RouterObservation> routers = state.live(seen.routers());
        Progress progress = new Progress(true);
        if (cluster.takesRequests()) {
            Goals.heard(state, seen, routers, progress);
            return !progress.missing().isEmpty()
                    || routers.stream()
                            .anyMatch(router ->
                                    !Withdrawals.named(cluster, router).isEmpty())
                    || (Withdrawals.inFlightToWithdrawn(cluster, routers) > 0 && !isCutOff(state, cluster));
        }
        Goals.applied(state, seen, routers, progress);
        return !progress.missing().isEmpty()
                || (Goals.inFlight(routers, cluster.name()) > 0 && !isCutOff(state, cluster));
    }

    private static boolean isCutOff(GroupState state, ClusterState cluster) {
        Decommission decommission = state.decommission();
        return (state.upgrade() != null && state.upgrade().position().cutOff().contains(cluster.name()))
                || (cluster.scaling() != null && cluster.scaling().cutOff())
                || (decommission != null && decommission.cutOff());
    }

    private static boolean takesInstancesAway(ClusterState cluster, Observation seen) {
        ClusterObservation observation = seen.clusters().get(cluster.name());
        if (observation == null) {
            return !cluster.wantsInstances();
        }
        for (var service : observation.services().entrySet()) {
            ServiceObservation observed = service.getValue();
            if (observed.running() > cluster.instances().getOrDefault(service.getKey(), 0)) {
                return true;
            }
        }
        return !cluster.wantsInstances();
    }

    private static @Nullable String upgradeIdOf(GroupState state) {
        return state.upgrade() == null ? null : state.upgrade().upgradeId();
    }
}
