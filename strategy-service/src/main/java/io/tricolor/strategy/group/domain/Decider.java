package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CancelDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeStage;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteRecovery;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueScaling;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.DecommissionGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.FailStage;
import io.tricolor.contracts.group.ClusterGroupCommand.FollowTrain;
import io.tricolor.contracts.group.ClusterGroupCommand.OverrideFreeze;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatBatch;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatStage;
import io.tricolor.contracts.group.ClusterGroupCommand.RestoreRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.group.ClusterGroupCommand.SkipStage;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.StopCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.StopKeptCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.ClusterGroupEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns a command into events, or refuses it. An empty list says that the command is fulfilled already. Several events
 * of one decision are appended together or not at all.
 */
public final class Decider {

    /** Actor in events that Tricolor decides by itself. */
    public static final String SELF = "tricolor";

    private Decider() {}

    /**
     * Decides.
     *
     * @param state null: the stream has no event yet
     * @throws Rejected when the command cannot be; nothing is to be stored then
     */
    public static List<ClusterGroupEvent> decide(
            @Nullable GroupState state, ClusterGroupCommand command, DecisionContext context) {
        if (command instanceof CreateClusterGroup create) {
            return Buildable.checked(state, Groups.create(state, create, context));
        }
        if (state == null || state.deleted()) {
            throw new Rejected(Code.GROUP_NOT_FOUND, "there is no cluster group " + command.groupId());
        }
        if (context.expectedVersion() != null && context.expectedVersion() != state.version()) {
            throw new Rejected(
                    Code.VERSION_MISMATCH,
                    "group " + state.groupId() + " is at version " + state.version() + ", not "
                            + context.expectedVersion());
        }
        if (context.seen() != null && !(command instanceof BeginEpoch)) {
            Epochs.refuseWhileAhead(state, context.seen());
        }
        Decommissions.refuseOthers(state, command);
        return Buildable.checked(
                state,
                switch (command) {
                    case CreateClusterGroup c -> throw new IllegalStateException("unreachable: " + c);
                    case ChangeClusterGroup c -> Groups.change(state, c, context);
                    case DeleteClusterGroup c -> Groups.delete(state, c, context);
                    case AddCluster c -> Groups.add(state, c, context);
                    case RemoveCluster c -> Groups.remove(state, c, context);
                    case ChangeRouteStrategies c -> Strategies.direct(state, c, context);
                    case StartUpgrade c -> Starts.start(state, c, context);
                    case StartRollback c -> Starts.rollBack(state, c, context);
                    case PauseUpgrade c -> Upgrades.pause(state, c, context);
                    case ResumeUpgrade c -> Upgrades.resume(state, c, context);
                    case AbortUpgrade c -> Upgrades.abort(state, c, context);
                    case BeginStep c -> Upgrades.begin(state, c, context);
                    case CompleteStep c -> Upgrades.complete(state, c, context);
                    case ExpireStep c -> Upgrades.expire(state, c, context);
                    case FailStage c -> Upgrades.fail(state, c, context);
                    case ApproveStage c -> Gates.approve(state, c, context);
                    case SkipStage c -> Stages.skip(state, c, context);
                    case RepeatStage c -> Stages.repeat(state, c, context);
                    case RepeatBatch c -> Upgrades.repeatBatch(state, c, context);
                    case FollowTrain c -> Trains.follow(state, c, context);
                    case OverrideFreeze c -> Freezes.override(state, c, context);
                    case ChangeStage c -> Stages.change(state, c, context);
                    case BeginEpoch c -> Epochs.begin(state, c, context);
                    case CompleteRecovery c -> Epochs.recovered(state, context);
                    case StopCluster c -> Scalings.stop(state, c, context);
                    case SetInstances c -> Scalings.set(state, c, context);
                    case StopKeptCluster c -> Scalings.stopKept(state, c, context);
                    case ContinueScaling c -> Scalings.proceed(state, c, context);
                    case DecommissionGroup c -> Decommissions.start(state, c, context);
                    case CancelDecommission c -> Decommissions.cancel(state, c, context);
                    case ContinueDecommission c -> Decommissions.proceed(state, context);
                    case EvictRouter c -> Releases.evict(state, c, context);
                    case ConfigureRouters c -> Releases.configure(state, c, context);
                    case TryRouteTable c -> Releases.tryOut(state, c, context);
                    case ReleaseRouteTable c -> Releases.release(state, c, context);
                    case RestoreRouteTable c -> Strategies.restore(state, c, context);
                });
    }
}
