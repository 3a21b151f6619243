package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueScaling;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.group.ClusterGroupCommand.StopCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.StopKeptCluster;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterScalingCompleted;
import io.tricolor.contracts.group.ClusterScalingDrained;
import io.tricolor.contracts.group.ClusterScalingStarted;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.ScalingMoves.Move;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link Decider} about the number of instances of a cluster that a person asks for.
 *
 * <p>What is next follows from the newest desired state, the goal, and what runs. Of a cluster that may be sent to,
 * first those that are to leave are withdrawn from the registry while the number stays; when no router names them any
 * more and nothing is under way to them, the number becomes the goal, and deploy-service stops those that are withdrawn
 * and no others. An instance that died meanwhile has been started again under another name: then others are withdrawn.
 */
final class Scalings {

    private Scalings() {}

    static List<ClusterGroupEvent> stop(GroupState state, StopCluster c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        if (cluster.takesRequests()) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + cluster.name() + " is " + cluster.strategy().status()
                            + "; only a RED one can be stopped");
        }
        return bring(state, cluster, cluster.none(), c.drainTimeout(), c.reason(), context);
    }

    static List<ClusterGroupEvent> set(GroupState state, SetInstances c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        if (c.manifest() != null) {
            return release(state, cluster, c.manifest(), c, context);
        }
        Manifest manifest = cluster.manifest();
        if (manifest == null) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RUNNING,
                    "cluster " + cluster.name()
                            + " has never had a release; begin with an upgrade, or name a manifest");
        }
        Checks.instances(c.instances());
        SortedMap<String, Integer> target = new TreeMap<>();
        for (ServiceManifest service : manifest.services()) {
            String name = service.name();
            int now = cluster.scaling() == null
                    ? cluster.instances().getOrDefault(name, 0)
                    : cluster.scaling().target().getOrDefault(name, 0);
            target.put(name, c.instances().getOrDefault(name, now));
        }
        for (String service : c.instances().keySet()) {
            if (!target.containsKey(service)) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "release " + manifest.version() + " of cluster " + cluster.name() + " has no service "
                                + service);
            }
        }
        if (cluster.takesRequests() && target.containsValue(0)) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + cluster.name() + " is " + cluster.strategy().status()
                            + " and keeps at least one instance of every service");
        }
        return bring(state, cluster, target, c.drainTimeout(), c.reason(), context);
    }

    /** A RED cluster that is stopped gets another release; nobody is sent to it before somebody directs them there. */
    private static List<ClusterGroupEvent> release(
            GroupState state, ClusterState cluster, Manifest manifest, SetInstances c, DecisionContext context) {
        refuseOfUpgrade(state, cluster);
        if (cluster.takesRequests()) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + cluster.name() + " is " + cluster.strategy().status()
                            + "; only a RED one gets another release this way");
        }
        refuseWhileScaling(cluster);
        if (cluster.wantsInstances()) {
            throw new Rejected(
                    Code.CLUSTER_IN_SERVICE, "cluster " + cluster.name() + " still has instances; stop it first");
        }
        Checks.timeout(c.drainTimeout());
        Checks.text("reason", c.reason());
        if (!c.instances().isEmpty()) {
            Checks.instances(c.instances());
        }
        Manifests.check(manifest, state.entries());
        Manifests.holdsNoSecrets(manifest);
        SortedMap<String, Integer> target = new TreeMap<>();
        for (ServiceManifest service : manifest.services()) {
            int standard = service.instances() == null ? 1 : service.instances();
            target.put(service.name(), c.instances().getOrDefault(service.name(), standard));
        }
        for (String service : c.instances().keySet()) {
            if (!target.containsKey(service)) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT, "release " + manifest.version() + " has no service " + service);
            }
        }
        Decision decision = new Decision(state);
        decision.append(new ClusterScalingStarted(
                state.groupId(), cluster.name(), target, c.drainTimeout(), context.actor(), c.reason(), context.at()));
        decision.desire(cluster, manifest, target, new TreeMap<>(), null, context.at());
        return decision.events();
    }

    /**
     * Whether the time of a kept cluster has passed, no upgrade needs it, and what serves in its place is whole: else
     * it may be wanted back in the next moment.
     */
    static boolean isKeptLongEnough(GroupState state, ClusterState cluster, Observation seen) {
        Progress progress = new Progress(true);
        Goals.beside(state, cluster, seen, state.live(seen.routers()), progress);
        Kept kept = cluster.kept();
        Upgrade upgrade = state.upgrade();
        return kept != null
                && !state.recovering()
                && (upgrade == null || !upgrade.touches(cluster.name()))
                && seen.elapsed().of(kept.since()).compareTo(kept.time()) >= 0
                && progress.missing().isEmpty();
    }

    static String reason(Kept kept) {
        return "was kept for " + kept.time() + " after " + kept.upgradeId();
    }

    static List<ClusterGroupEvent> stopKept(GroupState state, StopKeptCluster c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        Kept kept = cluster.kept();
        if (kept == null) {
            return List.of();
        }
        Upgrades.requireVersion(context);
        Observation seen = Upgrades.seen(context);
        if (!isKeptLongEnough(state, cluster, seen)) {
            throw new Rejected(
                    Code.GOAL_NOT_REACHED,
                    "cluster " + cluster.name() + " is kept for " + kept.time()
                            + ", and until what serves in its place is whole");
        }
        return started(
                state,
                cluster,
                cluster.none(),
                kept.drainTimeout(),
                reason(kept),
                Decider.SELF,
                seen.newestOf(state, cluster),
                context.at());
    }

    private static List<ClusterGroupEvent> bring(
            GroupState state,
            ClusterState cluster,
            SortedMap<String, Integer> target,
            Duration drainTimeout,
            String reason,
            DecisionContext context) {
        refuseOfUpgrade(state, cluster);
        Checks.timeout(drainTimeout);
        Checks.text("reason", reason);
        SortedMap<String, Integer> now = cluster.scaling() == null
                ? cluster.instances()
                : cluster.scaling().target();
        Observation seen = Upgrades.seen(context);
        ClusterObservation observed = seen.newestOf(state, cluster);
        // Somebody may have scaled behind our back.
        boolean runsMore = observed != null && observed.runsMoreThan(cluster);
        if (target.equals(now) && (cluster.scaling() != null || !runsMore)) {
            return List.of();
        }
        return started(state, cluster, target, drainTimeout, reason, context.actor(), observed, context.at());
    }

    /**
     * Every goal begins with a desired state of its own, since deploy-service may have given up the one before. More
     * instances are asked for at once. Where there are to be fewer, as many as run stay at first; what could not be
     * started so far is not asked for any longer.
     */
    static List<ClusterGroupEvent> started(
            GroupState state,
            ClusterState cluster,
            SortedMap<String, Integer> target,
            Duration drainTimeout,
            String reason,
            String actor,
            @Nullable ClusterObservation observed,
            Instant at) {
        SortedMap<String, Integer> instances = new TreeMap<>();
        target.forEach((service, goal) -> {
            int desired = cluster.instances().getOrDefault(service, 0);
            int running = observed == null ? 0 : observed.of(service).running();
            boolean isStuck = observed != null && !observed.failure().isEmpty();
            instances.put(service, Math.max(goal, isStuck ? running : Math.max(desired, running)));
        });
        Decision decision = new Decision(state);
        decision.append(
                new ClusterScalingStarted(state.groupId(), cluster.name(), target, drainTimeout, actor, reason, at));
        decision.desire(cluster, instances, cluster.withdrawn(), upgradeIdOf(state, cluster), at);
        return decision.events();
    }

    static List<ClusterGroupEvent> proceed(GroupState state, ContinueScaling c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        Scaling scaling = cluster.scaling();
        if (scaling == null) {
            return List.of();
        }
        Upgrades.requireVersion(context);
        if (isHeld(state, cluster)) {
            throw new Rejected(Code.UPGRADE_PAUSED, "the upgrade that scales cluster " + cluster.name() + " is paused");
        }
        Observation seen = Upgrades.seen(context);
        Progress progress = new Progress(true);
        Decision decision = new Decision(state);
        switch (ScalingMoves.next(state, cluster, scaling, seen, progress)) {
            case Move.Wait wait ->
                throw new Rejected(
                        Code.GOAL_NOT_REACHED,
                        "the scaling of cluster " + cluster.name() + " still lacks " + progress.missing());
            case Move.Desire desire -> {
                if (desire.drained() != null) {
                    decision.append(
                            new ClusterScalingDrained(state.groupId(), cluster.name(), desire.drained(), context.at()));
                }
                decision.desire(
                        cluster, desire.instances(), desire.withdrawn(), upgradeIdOf(state, cluster), context.at());
            }
            case Move.Done done ->
                decision.append(new ClusterScalingCompleted(
                        state.groupId(), cluster.name(), progress.evidence(), context.at()));
        }
        return decision.events();
    }

    /** Whether there is something to record; {@code progress} takes what was seen and what is waited for. */
    static boolean isDue(GroupState state, ClusterState cluster, Observation seen, Progress progress) {
        Scaling scaling = cluster.scaling();
        if (isHeld(state, cluster)) {
            return false;
        }
        return scaling != null && !(ScalingMoves.next(state, cluster, scaling, seen, progress) instanceof Move.Wait);
    }

    /** A paused upgrade takes no instance away. */
    private static boolean isHeld(GroupState state, ClusterState cluster) {
        Upgrade upgrade = state.upgrade();
        return upgrade != null && upgrade.scales(cluster) && upgrade.position().paused();
    }

    /** For desired states of a cluster: the upgrade whose step they are part of. */
    private static @Nullable String upgradeIdOf(GroupState state, ClusterState cluster) {
        Upgrade upgrade = state.upgrade();
        return upgrade != null && upgrade.scales(cluster) ? upgrade.upgradeId() : null;
    }

    /** An upgrade has planned with what its two clusters have, and with what it goes back to. */
    private static void refuseOfUpgrade(GroupState state, ClusterState cluster) {
        Upgrade upgrade = state.upgrade();
        if (upgrade != null && upgrade.touches(cluster.name())) {
            throw new Rejected(
                    Code.CLUSTER_UPGRADING,
                    "upgrade " + upgrade.upgradeId() + " decides how many instances cluster " + cluster.name()
                            + " has");
        }
    }

    static void refuseWhileScaling(ClusterState cluster) {
        if (cluster.scaling() != null) {
            throw new Rejected(
                    Code.CLUSTER_SCALING,
                    "cluster " + cluster.name() + " is on its way to "
                            + cluster.scaling().target() + " instances");
        }
    }
}
