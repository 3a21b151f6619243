package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterAdded;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupChanged;
import io.tricolor.contracts.group.ClusterGroupCreated;
import io.tricolor.contracts.group.ClusterGroupDeleted;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterRemoved;
import io.tricolor.contracts.group.ClusterScalingCompleted;
import io.tricolor.contracts.group.ClusterScalingDrained;
import io.tricolor.contracts.group.ClusterScalingStarted;
import io.tricolor.contracts.group.DecommissionCancelled;
import io.tricolor.contracts.group.DecommissionStarted;
import io.tricolor.contracts.group.EpochBegun;
import io.tricolor.contracts.group.FreezeOverridden;
import io.tricolor.contracts.group.GateJudged;
import io.tricolor.contracts.group.OldClusterKept;
import io.tricolor.contracts.group.RecoveryCompleted;
import io.tricolor.contracts.group.RecoveryStarted;
import io.tricolor.contracts.group.RollbackPointCreated;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.RouterConfigurationChanged;
import io.tricolor.contracts.group.RouterEvicted;
import io.tricolor.contracts.group.StageApproved;
import io.tricolor.contracts.group.StageChanged;
import io.tricolor.contracts.group.StageRepeated;
import io.tricolor.contracts.group.StageSkipped;
import io.tricolor.contracts.group.TrafficDrained;
import io.tricolor.contracts.group.TrafficEnded;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeAborting;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradePaused;
import io.tricolor.contracts.group.UpgradeResumed;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.contracts.group.UpgradeStepExpired;
import io.tricolor.strategy.group.domain.GroupState.Life;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Takes events into the state. Never refuses one: what is in the stream has happened. */
public final class Evolver {

    private Evolver() {}

    /** Folds a whole stream, or the front part of it; null for no events. */
    public static @Nullable GroupState fold(Iterable<? extends ClusterGroupEvent> events) {
        GroupState state = null;
        for (ClusterGroupEvent event : events) {
            state = evolve(state, event);
        }
        return state;
    }

    /**
     * The state after {@code event}, which is the next one in the stream.
     *
     * @param state null before the first event
     * @throws IllegalStateException if a stream does not begin with {@link ClusterGroupCreated}
     */
    public static GroupState evolve(@Nullable GroupState state, ClusterGroupEvent event) {
        if (event instanceof ClusterGroupCreated created) {
            return created(state, created);
        }
        if (state == null) {
            throw new IllegalStateException("stream of " + event.groupId() + " begins with "
                    + event.getClass().getSimpleName());
        }
        return change(state, event, state.version() + 1).atVersion(state.version() + 1);
    }

    private static GroupState change(GroupState state, ClusterGroupEvent event, long sequence) {
        return switch (event) {
            case ClusterGroupCreated e -> throw new IllegalStateException("unreachable: " + e);
            case ClusterGroupChanged e ->
                state.with(new Traffic(state.epoch(), e.tableVersion(), e.entries(), e.identity(), e.affinity()));
            case ClusterGroupDeleted e -> state.ended();
            case ClusterAdded e -> {
                SortedMap<String, ClusterState> clusters = new TreeMap<>(state.clusters());
                clusters.put(e.cluster(), ClusterState.fresh(e.cluster()));
                yield state.withClusters(clusters).with(state.traffic().atTable(e.tableVersion()));
            }
            case ClusterRemoved e -> {
                SortedMap<String, ClusterState> clusters = new TreeMap<>(state.clusters());
                clusters.remove(e.cluster());
                yield state.withClusters(clusters).with(state.traffic().atTable(e.tableVersion()));
            }
            case RouteStrategiesChanged e -> timed(directed(state, e), e.upgradeId(), sequence, e.at());
            case ClusterDesiredStateChanged e ->
                timed(
                        state.withCluster(e.cluster(), cluster -> cluster.withDesired(e, sequence)),
                        e.upgradeId(),
                        sequence,
                        e.at());
            case RollbackPointCreated e ->
                state.withRollbackPoints(append(
                        state.rollbackPoints(),
                        new RollbackPoint(
                                e.rollbackPointId(),
                                e.sequence(),
                                e.cluster(),
                                e.manifest(),
                                e.instances(),
                                e.strategies(),
                                e.at())));
            case UpgradeStarted e ->
                state.withUpgrade(new Upgrade(plan(state, e), UpgradePosition.first(sequence, e.at())));
            case UpgradeStepCompleted e -> moved(state, completed(running(state), e, sequence));
            case UpgradeStepExpired e -> moved(state, expired(running(state), e, sequence));
            case StageApproved e -> moved(state, position(state).approved(e.approvedBy()));
            case GateJudged e -> state;
            case StageSkipped e -> moved(state, position(state).atStep(e.step() + 1, sequence, e.at()));
            case StageRepeated e -> moved(state, position(state).atStep(e.step(), sequence, e.at()));
            case StageChanged e ->
                state.withUpgrade(new Upgrade(
                        running(state).plan().with(e.stage()), position(state).unapproved()));
            case FreezeOverridden e -> moved(state, position(state).unfrozen());
            case UpgradePaused e -> moved(state, position(state).pausedNow());
            case UpgradeResumed e -> moved(state, position(state).resumed(sequence, e.at()));
            case UpgradeAborting e ->
                state.withUpgrade(new Upgrade(
                        running(state).plan().withWayBack(e.firstStep(), e.steps()),
                        position(state).turnedBack(e.firstStep(), sequence, e.at())));
            case UpgradeCompleted e -> state.withUpgrade(null);
            case UpgradeAborted e -> state.withUpgrade(null);
            case EpochBegun e -> begun(state, e, sequence);
            case RecoveryStarted e -> state.with(new Life(state.decommission(), true));
            case RecoveryCompleted e -> recovered(state, sequence, e.at());
            case ClusterScalingStarted e ->
                state.withCluster(
                        e.cluster(),
                        cluster -> cluster.with(Scaling.of(e, sequence)).keptAs(null));
            case ClusterScalingDrained e ->
                state.withCluster(e.cluster(), cluster -> drained(cluster, isDeadlinePassed(e.evidence())));
            case OldClusterKept e -> state.withCluster(e.cluster(), cluster -> cluster.keptAs(Kept.of(e, sequence)));
            case ClusterScalingCompleted e -> state.withCluster(e.cluster(), cluster -> cluster.with(null));
            case DecommissionStarted e -> state.with(new Life(Decommission.of(e, sequence), state.recovering()));
            case DecommissionCancelled e -> state.with(new Life(null, state.recovering()));
            case TrafficEnded e -> ended(state, e, sequence);
            case TrafficDrained e ->
                state.with(new Life(decommission(state).stopping(isDeadlinePassed(e.evidence())), state.recovering()));
            case RouterEvicted e -> state.with(state.routers().evicted(e.routerId(), e.bootId()));
            case RouterConfigurationChanged e -> configured(state, e, sequence);
        };
    }

    private static GroupState created(@Nullable GroupState before, ClusterGroupCreated e) {
        SortedMap<String, ClusterState> clusters = new TreeMap<>();
        e.clusters().forEach(name -> clusters.put(name, ClusterState.fresh(name)));
        return new GroupState(
                e.groupId(),
                before == null ? 0 : before.version() + 1,
                false,
                new GroupState.Application(e.application(), e.environment()),
                new Traffic(e.epoch(), 0, List.copyOf(e.entries()), e.identity(), e.affinity()),
                Collections.unmodifiableSortedMap(clusters),
                null,
                List.of(),
                Routers.none(),
                Life.USUAL);
    }

    private static GroupState directed(GroupState state, RouteStrategiesChanged e) {
        SortedMap<String, ClusterState> clusters = new TreeMap<>(state.clusters());
        e.strategies()
                .forEach((name, strategy) ->
                        clusters.computeIfPresent(name, (key, cluster) -> cluster.withStrategy(strategy)));
        return state.withClusters(clusters).with(state.traffic().atTable(e.tableVersion()));
    }

    private static UpgradePlan plan(GroupState state, UpgradeStarted e) {
        ClusterState from = e.from() == null ? null : state.cluster(e.from());
        return new UpgradePlan(
                e.upgradeId(),
                e.mode(),
                from == null || from.manifest() == null
                        ? null
                        : new Release(from.name(), from.manifest(), from.instances()),
                new Release(e.to(), e.manifest(), e.instances()),
                List.copyOf(e.stages()),
                List.copyOf(e.steps()),
                e.policy(),
                e.rollbackPointId(),
                new UpgradePlan.Request(e.requestedBy(), e.reason(), e.at()),
                e.source(),
                e.train());
    }

    private static UpgradePosition completed(Upgrade upgrade, UpgradeStepCompleted e, long sequence) {
        UpgradePosition next = upgrade.position().atStep(e.step() + 1, sequence, e.at());
        return e.kind() == UpgradeStep.Kind.DRAIN
                ? next.drained(Objects.requireNonNull(upgrade.current().cluster()), isDeadlinePassed(e.evidence()))
                : next;
    }

    /** Gates that have more time go on with what they have seen. */
    private static UpgradePosition expired(Upgrade upgrade, UpgradeStepExpired e, long sequence) {
        return upgrade.current().kind() == UpgradeStep.Kind.GATE
                ? upgrade.position().extended(e.attempt())
                : upgrade.position().retried(e.attempt(), sequence, e.at());
    }

    private static boolean isDeadlinePassed(SortedMap<String, String> evidence) {
        return evidence.containsKey(Progress.DRAIN_DEADLINE_PASSED);
    }

    private static ClusterState drained(ClusterState cluster, boolean deadlinePassed) {
        return cluster.scaling() == null
                ? cluster
                : cluster.with(cluster.scaling().drained(deadlinePassed));
    }

    /** No cluster takes anything any more, whatever was under way; and no router is kept from that. */
    private static GroupState ended(GroupState state, TrafficEnded e, long sequence) {
        SortedMap<String, ClusterState> clusters = new TreeMap<>();
        state.clusters()
                .forEach((name, cluster) -> clusters.put(
                        name, cluster.withStrategy(RouteStrategy.red()).with(null)));
        return state.withClusters(clusters)
                .with(state.traffic().atTable(e.tableVersion()))
                .with(state.routers().configured(RouterConfiguration.following()))
                .with(new Life(decommission(state).draining(sequence), state.recovering()));
    }

    private static Decommission decommission(GroupState state) {
        return Objects.requireNonNull(state.decommission());
    }

    /** The running step could do nothing until now. */
    private static GroupState recovered(GroupState state, long sequence, Instant at) {
        GroupState next = state.with(new Life(state.decommission(), false));
        return state.upgrade() == null ? next : moved(next, position(state).timedFrom(sequence, at));
    }

    /** What a step does at its beginning may come late, after a wait: its time counts from then on. */
    private static GroupState timed(GroupState state, @Nullable String upgradeId, long sequence, Instant at) {
        return upgradeId == null || state.upgrade() == null
                ? state
                : moved(state, position(state).timedFrom(sequence, at));
    }

    /** A step that waited for a person to release its table has its whole time from then on. */
    private static GroupState configured(GroupState state, RouterConfigurationChanged e, long sequence) {
        GroupState next = state.with(state.routers().configured(RouterConfiguration.of(e)));
        boolean released = state.holdsRoutersBack() && !next.holdsRoutersBack();
        return state.upgrade() != null && released ? moved(next, position(state).timedFrom(sequence, e.at())) : next;
    }

    /** Pins are of the epoch that has ended. */
    private static GroupState begun(GroupState state, EpochBegun e, long sequence) {
        Traffic before = state.traffic();
        GroupState next = state.with(new Traffic(
                        e.epoch(), e.tableVersion(), before.entries(), before.identity(), before.affinity()))
                .with(state.routers().configured(RouterConfiguration.following()));
        return state.upgrade() == null ? next : moved(next, position(state).timedFrom(sequence, e.at()));
    }

    private static GroupState moved(GroupState state, UpgradePosition position) {
        return state.withUpgrade(running(state).at(position));
    }

    private static UpgradePosition position(GroupState state) {
        return running(state).position();
    }

    private static Upgrade running(GroupState state) {
        if (state.upgrade() == null) {
            throw new IllegalStateException("no upgrade runs in the stream of " + state.groupId());
        }
        return state.upgrade();
    }

    private static <T> List<T> append(List<T> list, T last) {
        List<T> longer = new ArrayList<>(list);
        longer.add(last);
        return List.copyOf(longer);
    }
}
