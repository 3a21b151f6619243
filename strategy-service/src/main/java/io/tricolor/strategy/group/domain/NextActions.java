package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.strategy.group.domain.NextAction.Advance;
import io.tricolor.strategy.group.domain.NextAction.EnsureInstances;
import io.tricolor.strategy.group.domain.NextAction.PublishTable;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
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
        if (state.hasTable() && isTablePending(state, seen)) {
            actions.add(new PublishTable(state.releasedVersion()));
        }
        for (ClusterState cluster : state.clusters().values()) {
            if (cluster.fence() >= 0 && !isDesiredStateKnown(state, cluster, seen) && !mustWait(state, cluster, seen)) {
                actions.add(new EnsureInstances(cluster, upgradeIdOf(state)));
            }
        }
        Upgrade upgrade = state.upgrade();
        if (upgrade != null && !upgrade.position().paused()) {
            advance(state, upgrade, seen, now).map(Advance::new).ifPresent(actions::add);
        }
        return actions;
    }

    /** What the running step waits for, for people; the same look that {@link #next} takes. */
    public static Progress progress(GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        return Goals.progress(state, upgrade, seen, now);
    }

    private static Optional<ClusterGroupCommand> advance(
            GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        Progress progress = Goals.progress(state, upgrade, seen, now);
        int step = upgrade.position().step();
        if (progress.missing().isEmpty()) {
            return Optional.of(
                    progress.begun()
                            ? new CompleteStep(state.groupId(), upgrade.upgradeId(), step)
                            : new BeginStep(state.groupId(), upgrade.upgradeId(), step));
        }
        return Goals.isPast(upgrade, seen) && !Goals.waitsForRelease(state, upgrade)
                ? Optional.of(new ExpireStep(state.groupId(), upgrade.upgradeId(), step))
                : Optional.empty();
    }

    /**
     * A desired state that takes instances away is not sent while a router may still send to them: every live router
     * has to have applied the newest table, the cluster is RED in it, and its last requests have ended or were cut off.
     */
    private static boolean mustWait(GroupState state, ClusterState cluster, Observation seen) {
        if (!state.hasTable() || !takesInstancesAway(cluster, seen)) {
            return false;
        }
        Progress routers = new Progress(true);
        Goals.applied(state, seen, state.live(seen.routers()), routers);
        return !routers.missing().isEmpty()
                || cluster.strategy().status() != ClusterStatus.RED
                || (Goals.inFlight(state.live(seen.routers()), cluster.name()) > 0 && !isCutOff(state, cluster));
    }

    private static boolean isCutOff(GroupState state, ClusterState cluster) {
        return state.upgrade() != null && state.upgrade().position().cutOff().contains(cluster.name());
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

    private static boolean isTablePending(GroupState state, Observation seen) {
        Observation.Published published = seen.published();
        return published.epoch() < state.epoch()
                || (published.epoch() == state.epoch() && published.version() < state.releasedVersion());
    }

    private static boolean isDesiredStateKnown(GroupState state, ClusterState cluster, Observation seen) {
        ClusterObservation observation = seen.clusters().get(cluster.name());
        return observation != null && observation.isOf(state, cluster);
    }

    private static @Nullable String upgradeIdOf(GroupState state) {
        return state.upgrade() == null ? null : state.upgrade().upgradeId();
    }
}
