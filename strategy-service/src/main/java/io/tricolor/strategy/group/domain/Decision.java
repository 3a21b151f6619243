package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.OldClusterKept;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeAborting;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Events of one decision, and the state that they lead to so far. */
final class Decision {

    private final List<ClusterGroupEvent> events = new ArrayList<>();
    private GroupState state;

    Decision(GroupState state) {
        this.state = state;
    }

    GroupState state() {
        return state;
    }

    List<ClusterGroupEvent> events() {
        return events;
    }

    void append(ClusterGroupEvent event) {
        events.add(event);
        state = Evolver.evolve(state, event);
    }

    void appendAll(List<ClusterGroupEvent> more) {
        more.forEach(this::append);
    }

    /**
     * What the step that now runs does at its beginning. What takes traffic or instances away waits when what is seen
     * forbids it: the
     * step then runs without having begun, and {@link NextActions} asks for its beginning when that has changed.
     *
     * @param seen null: nothing is known of what runs
     * @param again whether to ask for instances anew although nothing about the desired state changed: an earlier
     *     desired state may have been given up
     */
    void beginStep(Instant at, @Nullable Observation seen, boolean again) {
        Upgrade upgrade = Objects.requireNonNull(state.upgrade());
        UpgradeStep step = upgrade.current();
        switch (step.kind()) {
            case START -> {
                Release release = upgrade.started(step);
                ClusterState started = state.cluster(release.cluster());
                if (started.scaling() != null && upgrade.scales(started)) {
                    scale(upgrade, started, release.instances(), seen, at);
                    return;
                }
                desire(
                        upgrade,
                        release.manifest(),
                        atLeastWhatLeaves(state.cluster(release.cluster()), release.instances()),
                        at,
                        again);
            }
            case ROUTE -> {
                if (mayBegin(upgrade, seen, at)) {
                    route(upgrade, at);
                }
            }
            case STOP -> {
                if (step.instances() != null) {
                    ClusterState cluster = state.cluster(Objects.requireNonNull(step.cluster()));
                    boolean asked = again && !Goals.isBeginningDue(state, upgrade) && cluster.scaling() != null;
                    if (asked || mayBegin(upgrade, seen, at)) {
                        scale(upgrade, cluster, Upgrade.left(step, cluster), seen, at);
                    }
                    return;
                }
                boolean wasAsked = again && !Goals.isBeginningDue(state, upgrade);
                if (wasAsked || mayBegin(upgrade, seen, at)) {
                    ClusterState cluster = state.cluster(Objects.requireNonNull(step.cluster()));
                    if (cluster.manifest() != null) {
                        desire(upgrade, cluster.manifest(), Upgrade.left(step, cluster), at, again);
                    }
                }
            }
            case GATE, DRAIN -> {
                // nothing to do: these wait
            }
        }
    }

    /** Brings a cluster to another number as a person's word would, and in the upgrade's name. */
    private void scale(
            Upgrade upgrade,
            ClusterState cluster,
            SortedMap<String, Integer> target,
            @Nullable Observation seen,
            Instant at) {
        appendAll(Scalings.started(
                state,
                cluster,
                target,
                upgrade.plan().policy().drainTimeout(),
                upgrade.current().title(),
                upgrade.plan().request().by(),
                seen == null ? null : seen.newestOf(state, cluster),
                at));
    }

    private boolean mayBegin(Upgrade upgrade, @Nullable Observation seen, Instant at) {
        return Goals.isBeginningDue(state, upgrade)
                && seen != null
                && Goals.progress(state, upgrade, seen, at).missing().isEmpty();
    }

    private void route(Upgrade upgrade, Instant at) {
        SortedMap<String, RouteStrategy> strategies = Goals.tableOf(state, upgrade);
        append(new RouteStrategiesChanged(
                state.groupId(),
                state.tableVersion() + 1,
                strategies,
                upgrade.upgradeId(),
                Restoration.of(state, upgrade).reason(upgrade.current().title()),
                at));
    }

    /** Another number of instances, or others to leave, of the release that the cluster has. */
    void desire(
            ClusterState cluster,
            SortedMap<String, Integer> instances,
            SortedMap<String, List<String>> withdrawn,
            @Nullable String upgradeId,
            Instant at) {
        desire(cluster, Objects.requireNonNull(cluster.manifest()), instances, withdrawn, upgradeId, at);
    }

    /** Instances of a release. */
    void desire(
            ClusterState cluster,
            Manifest manifest,
            SortedMap<String, Integer> instances,
            SortedMap<String, List<String>> withdrawn,
            @Nullable String upgradeId,
            Instant at) {
        append(new ClusterDesiredStateChanged(
                state.groupId(), cluster.name(), manifest, instances, withdrawn, upgradeId, at));
    }

    private void desire(
            Upgrade upgrade, Manifest manifest, SortedMap<String, Integer> instances, Instant at, boolean again) {
        UpgradeStep step = upgrade.current();
        ClusterState cluster = state.cluster(Objects.requireNonNull(step.cluster()));
        SortedMap<String, List<String>> withdrawn = cluster.scaling() == null ? step.withdraw() : cluster.withdrawn();
        if (again
                || !manifest.equals(cluster.manifest())
                || !instances.equals(cluster.instances())
                || !withdrawn.equals(cluster.withdrawn())) {
            append(new ClusterDesiredStateChanged(
                    state.groupId(), cluster.name(), manifest, instances, withdrawn, upgrade.upgradeId(), at));
        }
    }

    /** A cluster that is on its way to fewer instances goes on with that: what leaves was not withdrawn yet. */
    private static SortedMap<String, Integer> atLeastWhatLeaves(
            ClusterState cluster, SortedMap<String, Integer> instances) {
        if (cluster.scaling() == null) {
            return instances;
        }
        SortedMap<String, Integer> more = new TreeMap<>(instances);
        cluster.instances().forEach((service, count) -> more.merge(service, count, Math::max));
        return more;
    }

    void turnBack(Upgrade upgrade, String actor, String reason, Instant at) {
        List<UpgradeStep> steps = Plans.wayBack(state, upgrade);
        append(new UpgradeAborting(
                state.groupId(), upgrade.upgradeId(), upgrade.position().step(), steps, actor, reason, at));
        if (steps.isEmpty()) {
            end(Objects.requireNonNull(state.upgrade()), at);
        } else {
            beginStep(at, null, false);
        }
    }

    private void keepOld(Upgrade upgrade, Instant at) {
        UpgradePolicy policy = upgrade.plan().policy();
        Release from = upgrade.plan().from();
        if (policy.keepOld() != null
                && from != null
                && state.cluster(from.cluster()).wantsInstances()) {
            append(new OldClusterKept(
                    state.groupId(), upgrade.upgradeId(), from.cluster(), policy.keepOld(), policy.drainTimeout(), at));
        }
    }

    void end(Upgrade upgrade, Instant at) {
        String serving = state.serving().map(ClusterState::name).orElse(null);
        if (upgrade.position().aborting()) {
            append(new UpgradeAborted(state.groupId(), upgrade.upgradeId(), serving, at));
        } else {
            keepOld(upgrade, at);
            append(new UpgradeCompleted(state.groupId(), upgrade.upgradeId(), Objects.requireNonNull(serving), at));
        }
    }
}
