package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterAdded;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupChanged;
import io.tricolor.contracts.group.ClusterGroupCreated;
import io.tricolor.contracts.group.ClusterGroupDeleted;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterRemoved;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RollbackPointCreated;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouterConfigurationChanged;
import io.tricolor.contracts.group.RouterEvicted;
import io.tricolor.contracts.group.StageApproved;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeAborting;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradePaused;
import io.tricolor.contracts.group.UpgradeResumed;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.contracts.group.UpgradeStepExpired;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns an event into the next state. Never refuses: what is in the stream has happened. */
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
        Draft next = new Draft(state);
        switch (event) {
            case ClusterGroupCreated e -> throw new IllegalStateException("unreachable: " + e);
            case ClusterGroupChanged e -> {
                next.entries = e.entries();
                next.identity = e.identity();
                next.affinity = e.affinity();
                next.tableVersion = e.tableVersion();
            }
            case ClusterGroupDeleted e -> next.deleted = true;
            case ClusterAdded e -> {
                next.clusters.put(e.cluster(), ClusterState.fresh(e.cluster()));
                next.tableVersion = e.tableVersion();
            }
            case ClusterRemoved e -> {
                next.clusters.remove(e.cluster());
                next.tableVersion = e.tableVersion();
            }
            case RouteStrategiesChanged e -> {
                next.tableVersion = e.tableVersion();
                e.strategies()
                        .forEach((name, strategy) ->
                                next.clusters.computeIfPresent(name, (key, cluster) -> cluster.withStrategy(strategy)));
            }
            case ClusterDesiredStateChanged e ->
                next.clusters.computeIfPresent(
                        e.cluster(),
                        (key, cluster) -> cluster.withDesired(e.manifest(), e.instances(), state.version() + 1));
            case RollbackPointCreated e ->
                next.rollbackPoints = append(
                        state.rollbackPoints(),
                        new RollbackPoint(
                                e.rollbackPointId(),
                                e.sequence(),
                                e.cluster(),
                                e.manifest(),
                                e.instances(),
                                e.strategies(),
                                e.at()));
            case UpgradeStarted e -> next.upgrade = started(state, e);
            case UpgradeStepCompleted e -> next.upgrade = running(state).atStep(e.step() + 1, e.at());
            case UpgradeStepExpired e -> next.upgrade = running(state).retried(e.attempt(), e.at());
            case StageApproved e -> next.upgrade = running(state).approved(e.approvedBy());
            case UpgradePaused e -> next.upgrade = running(state).pausedNow();
            case UpgradeResumed e -> next.upgrade = running(state).resumedAt(e.at());
            case UpgradeAborting e -> {
                Upgrade upgrade = running(state);
                List<UpgradeStep> steps = new ArrayList<>(upgrade.steps().subList(0, e.firstStep()));
                steps.addAll(e.steps());
                next.upgrade = upgrade.turnedBack(List.copyOf(steps), e.firstStep(), e.at());
            }
            case UpgradeCompleted e -> next.upgrade = null;
            case UpgradeAborted e -> next.upgrade = null;
            case RouterEvicted e -> {
                SortedSet<String> evicted = new TreeSet<>(state.evictedBoots());
                evicted.add(e.routerId() + "/" + e.bootId());
                next.evictedBoots = Collections.unmodifiableSortedSet(evicted);
            }
            case RouterConfigurationChanged e -> {
                next.routerConfiguration = RouterConfiguration.of(e);
                next.upgrade = releasedTo(state, next, e.at());
            }
        }
        return next.build(state);
    }

    private static GroupState created(@Nullable GroupState before, ClusterGroupCreated e) {
        SortedMap<String, ClusterState> clusters = new TreeMap<>();
        e.clusters().forEach(name -> clusters.put(name, ClusterState.fresh(name)));
        return new GroupState(
                e.groupId(),
                before == null ? 0 : before.version() + 1,
                false,
                e.application(),
                e.environment(),
                e.epoch(),
                List.copyOf(e.entries()),
                e.identity(),
                e.affinity(),
                0,
                Collections.unmodifiableSortedMap(clusters),
                null,
                List.of(),
                Collections.emptySortedSet(),
                RouterConfiguration.following());
    }

    private static Upgrade started(GroupState state, UpgradeStarted e) {
        ClusterState from = e.from() == null ? null : state.cluster(e.from());
        return new Upgrade(
                e.upgradeId(),
                e.mode(),
                e.from(),
                from == null ? null : from.manifest(),
                from == null ? new TreeMap<>() : from.instances(),
                e.to(),
                e.manifest(),
                e.instances(),
                List.copyOf(e.steps()),
                e.policy(),
                e.rollbackPointId(),
                e.requestedBy(),
                e.reason(),
                e.at(),
                0,
                1,
                e.at(),
                null,
                false,
                false);
    }

    /** A step that waited for a person to release its table has its whole time from then on. */
    private static @Nullable Upgrade releasedTo(GroupState before, Draft next, Instant at) {
        Upgrade upgrade = before.upgrade();
        boolean released = before.holdsRoutersBack() && !next.build(before).holdsRoutersBack();
        return upgrade != null && released ? upgrade.withClockRestarted(at) : upgrade;
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

    /** The next state while it is put together. */
    private static final class Draft {

        private boolean deleted;
        private List<Entry> entries;
        private IdentitySource identity;
        private Affinity affinity;
        private long tableVersion;
        private final SortedMap<String, ClusterState> clusters;
        private @Nullable Upgrade upgrade;
        private List<RollbackPoint> rollbackPoints;
        private SortedSet<String> evictedBoots;
        private RouterConfiguration routerConfiguration;

        Draft(GroupState state) {
            deleted = state.deleted();
            entries = state.entries();
            identity = state.identity();
            affinity = state.affinity();
            tableVersion = state.tableVersion();
            clusters = new TreeMap<>(state.clusters());
            upgrade = state.upgrade();
            rollbackPoints = state.rollbackPoints();
            evictedBoots = state.evictedBoots();
            routerConfiguration = state.routerConfiguration();
        }

        GroupState build(GroupState before) {
            return new GroupState(
                    before.groupId(),
                    before.version() + 1,
                    deleted,
                    before.application(),
                    before.environment(),
                    before.epoch(),
                    entries,
                    identity,
                    affinity,
                    tableVersion,
                    Collections.unmodifiableSortedMap(clusters),
                    upgrade,
                    rollbackPoints,
                    evictedBoots,
                    routerConfiguration);
        }
    }
}
