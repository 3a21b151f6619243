package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RollbackPointCreated;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Observation.Freeze;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The part of {@link Decider} about upgrades and rollbacks that begin. */
final class Starts {

    private Starts() {}

    static List<ClusterGroupEvent> start(GroupState state, StartUpgrade c, DecisionContext context) {
        if (isRunning(state, c.upgradeId())) {
            return List.of();
        }
        Upgrades.refuseWhileUpgrading(state);
        if (!c.overrideFreeze()) {
            Freezes.refuseStart(state, context);
        }
        ClusterState to = c.to() == null ? free(state) : state.cluster(c.to());
        if (to.strategy().status() != ClusterStatus.RED) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + to.name() + " is " + to.strategy().status() + "; an upgrade goes to a RED one");
        }
        requireStopped(to);
        Checks.policy(c.policy());
        Manifests.check(c.manifest(), state.entries());
        Manifests.holdsNoSecrets(c.manifest());
        Checks.stages(c.stages());
        if (c.mode() != UpgradeMode.GRAYSCALE && !c.stages().isEmpty()) {
            throw new Rejected(Code.INVALID_STAGES, c.mode() + " moves everybody at once: it has no stages");
        }
        ClusterState from = state.serving().orElse(null);
        if (from != null) {
            Scalings.refuseWhileScaling(from);
        }
        if (c.mode() != UpgradeMode.ROLLING && c.rolling() != null) {
            throw new Rejected(Code.INVALID_ROLLING, c.mode() + " does not go instance by instance");
        }
        if (c.mode() == UpgradeMode.ROLLING || c.mode() == UpgradeMode.INSTALL) {
            refuseToKeep(c.policy(), c.mode());
        }
        Trains.check(state.groupId(), c.train(), c.mode());
        RollingPolicy rolling = c.rolling() == null ? RollingPolicy.standard() : c.rolling();
        SortedMap<String, Integer> instances =
                resolveInstances(c.manifest(), from == null ? new TreeMap<>() : from.instances());
        Release fresh = new Release(to.name(), c.manifest(), instances);
        List<Stage> stages = Gates.withWatch(c.stages());
        if (c.mode() == UpgradeMode.ROLLING) {
            Checks.rolling(rolling);
            stages = Plans.batches(release(served(state, from)), fresh, rolling);
            Checks.stages(stages.subList(0, Math.min(1, stages.size()))); // all have the same gates
        }
        List<UpgradeStep> steps = switch (c.mode()) {
            case INSTALL -> {
                if (from != null) {
                    throw new Rejected(
                            Code.ALREADY_GREEN,
                            "cluster " + from.name() + " serves already; upgrade by GRAYSCALE or SWITCH instead");
                }
                yield Plans.install(fresh, c.policy());
            }
            case GRAYSCALE ->
                Plans.grayscale(served(state, from).name(), new Plans.Start(fresh, false), c.stages(), c.policy());
            case ROLLING -> Plans.rolling(release(served(state, from)), fresh, rolling, c.policy());
            case SWITCH -> Plans.switchOver(served(state, from).name(), fresh, c.policy());
            case ROLLBACK ->
                throw new Rejected(Code.INVALID_ARGUMENT, c.mode() + " is not started this way; ask for a rollback");
        };
        UpgradeStarted started = new UpgradeStarted(
                state.groupId(),
                c.upgradeId(),
                c.mode(),
                from == null ? null : from.name(),
                to.name(),
                c.manifest(),
                instances,
                stages,
                steps,
                c.policy(),
                null,
                c.mode() == UpgradeMode.ROLLING ? rolling : null,
                c.source(),
                c.train(),
                context.actor(),
                c.reason(),
                context.at());
        return begin(state, from, started, c.overrideFreeze(), context);
    }

    private static Release release(ClusterState serving) {
        return new Release(serving.name(), Objects.requireNonNull(serving.manifest()), serving.instances());
    }

    private static ClusterState served(GroupState state, @Nullable ClusterState from) {
        if (from == null) {
            throw new Rejected(
                    Code.NO_GREEN_CLUSTER, "no cluster of " + state.groupId() + " serves yet; begin with INSTALL");
        }
        return from;
    }

    static List<ClusterGroupEvent> rollBack(GroupState state, StartRollback c, DecisionContext context) {
        if (isRunning(state, c.upgradeId())) {
            return List.of();
        }
        Upgrades.refuseWhileUpgrading(state);
        Checks.policy(c.policy());
        Checks.stages(c.stages());
        ClusterState from = state.serving()
                .orElseThrow(() -> new Rejected(
                        Code.NO_GREEN_CLUSTER, "no cluster of " + state.groupId() + " serves; nothing to roll back"));
        RollbackPoint point = rollbackPoint(state, from, c.rollbackPointId());
        Scalings.refuseWhileScaling(from);
        Manifests.check(point.manifest(), state.entries());
        SortedMap<String, Integer> instances = atLeastServing(point, from);
        ClusterState to = rollbackTarget(state, point, c.rolling() != null);
        to.instances()
                .forEach(
                        (service, runs) -> instances.computeIfPresent(service, (name, count) -> Math.max(count, runs)));
        Release back = new Release(to.name(), point.manifest(), instances);
        List<Stage> stages = Gates.withWatch(c.stages());
        List<UpgradeStep> steps;
        if (c.rolling() != null) {
            if (!c.stages().isEmpty()) {
                throw new Rejected(Code.INVALID_STAGES, "a rollback goes by stages or instance by instance, not both");
            }
            Checks.rolling(c.rolling());
            refuseToKeep(c.policy(), UpgradeMode.ROLLING);
            stages = Plans.batches(release(from), back, c.rolling());
            Checks.stages(stages.subList(0, Math.min(1, stages.size()))); // all have the same gates
            steps = Plans.rolling(release(from), back, c.rolling(), c.policy());
        } else if (!stages.isEmpty()) {
            steps = Plans.grayscale(from.name(), Plans.Start.of(back, to), c.stages(), c.policy());
        } else if (runs(to, point.manifest(), instances)) {
            steps = Plans.atOnce(from.name(), to.name(), c.policy());
        } else {
            steps = Plans.rollback(from.name(), Plans.Start.of(back, to), c.policy());
        }
        UpgradeStarted started = new UpgradeStarted(
                state.groupId(),
                c.upgradeId(),
                c.rolling() == null ? UpgradeMode.ROLLBACK : UpgradeMode.ROLLING,
                from.name(),
                to.name(),
                point.manifest(),
                instances,
                stages,
                steps,
                c.policy(),
                point.rollbackPointId(),
                c.rolling(),
                null,
                null,
                context.actor(),
                c.reason(),
                context.at());
        return begin(state, from, started, false, context);
    }

    /** Whether a cluster has at least so many instances of a release, all of which are to stay. */
    private static boolean runs(ClusterState cluster, Manifest manifest, SortedMap<String, Integer> instances) {
        return manifest.equals(cluster.manifest())
                && cluster.scaling() == null
                && instances.entrySet().stream()
                        .allMatch(
                                service -> cluster.instances().getOrDefault(service.getKey(), 0) >= service.getValue());
    }

    private static void refuseToKeep(UpgradePolicy policy, UpgradeMode mode) {
        if (policy.keepOld() != null) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    "keepOld is for a cluster that an upgrade leaves as a whole; " + mode + " leaves none");
        }
    }

    /** With a rollback point of the moment before. */
    private static List<ClusterGroupEvent> begin(
            GroupState state,
            @Nullable ClusterState from,
            UpgradeStarted started,
            boolean overrideFreeze,
            DecisionContext context) {
        Decision decision = new Decision(state);
        if (from != null && from.manifest() != null) {
            decision.append(new RollbackPointCreated(
                    state.groupId(),
                    RollbackPoint.idBefore(started.upgradeId()),
                    state.version(),
                    from.name(),
                    from.manifest(),
                    from.instances(),
                    state.strategies(),
                    context.at()));
        }
        decision.append(started);
        Preflight.require(Objects.requireNonNull(decision.state().upgrade()).plan(), context.configured());
        List<Freeze> frozen = Freezes.inForce(context);
        if (overrideFreeze && !frozen.isEmpty()) {
            decision.append(Freezes.overridden(state, started.upgradeId(), frozen, started.reason(), context));
        }
        decision.beginStep(context.at(), context.seen(), false);
        return decision.events();
    }

    private static RollbackPoint rollbackPoint(GroupState state, ClusterState serving, @Nullable String id) {
        List<RollbackPoint> newestFirst = state.rollbackPoints().reversed();
        if (id != null) {
            return newestFirst.stream()
                    .filter(point -> point.rollbackPointId().equals(id))
                    .findFirst()
                    .orElseThrow(() -> new Rejected(
                            Code.ROLLBACK_POINT_NOT_FOUND, state.groupId() + " has no rollback point " + id));
        }
        return newestFirst.stream()
                .filter(point -> !point.manifest().equals(serving.manifest()))
                .findFirst()
                .orElseThrow(() -> new Rejected(
                        Code.ROLLBACK_POINT_NOT_FOUND,
                        state.groupId() + " has no rollback point with another release than the serving one"));
    }

    /**
     * A cluster that still runs the release of the point; else the one that served there, or, if that one is not free,
     * another one that is.
     *
     * @param empty whether it is to be one of which nothing runs
     */
    private static ClusterState rollbackTarget(GroupState state, RollbackPoint point, boolean empty) {
        ClusterState home = state.clusters().get(point.cluster());
        if (home != null && (isFree(home) || (!empty && isLeft(home, point)))) {
            return home;
        }
        return state.clusters().values().stream()
                .filter(cluster -> !empty && isLeft(cluster, point))
                .findFirst()
                .orElseGet(() -> free(state));
    }

    private static boolean isLeft(ClusterState cluster, RollbackPoint point) {
        return !cluster.takesRequests()
                && cluster.wantsInstances()
                && cluster.scaling() == null
                && point.manifest().equals(cluster.manifest());
    }

    /**
     * A RED cluster of which nothing runs. What still runs of a RED one may be wanted again, and is not overwritten.
     * The home of the newest rollback point comes last.
     */
    private static ClusterState free(GroupState state) {
        String home = state.rollbackPoints().isEmpty()
                ? ""
                : state.rollbackPoints().getLast().cluster();
        List<ClusterState> red = state.clusters().values().stream()
                .filter(cluster -> !cluster.takesRequests())
                .toList();
        return red.stream()
                .filter(Starts::isFree)
                .min(Comparator.comparing(cluster -> cluster.name().equals(home)))
                .orElseThrow(() -> red.isEmpty()
                        ? new Rejected(
                                Code.CLUSTER_NOT_RED, "no cluster of " + state.groupId() + " is RED; add a cluster")
                        : new Rejected(
                                Code.CLUSTER_IN_SERVICE,
                                "every RED cluster of " + state.groupId() + " still has instances; stop one"));
    }

    private static boolean isFree(ClusterState cluster) {
        return !cluster.takesRequests() && !cluster.wantsInstances() && cluster.scaling() == null;
    }

    /**
     * As many as served at the point, and not fewer than serve now: the load is the one of now, whichever release
     * carries it.
     */
    private static SortedMap<String, Integer> atLeastServing(RollbackPoint point, ClusterState serving) {
        SortedMap<String, Integer> instances = new TreeMap<>(point.instances());
        serving.instances()
                .forEach(
                        (service, count) -> instances.computeIfPresent(service, (name, then) -> Math.max(then, count)));
        return instances;
    }

    private static SortedMap<String, Integer> resolveInstances(
            Manifest manifest, SortedMap<String, Integer> ofServing) {
        SortedMap<String, Integer> instances = new TreeMap<>();
        manifest.services().forEach(service -> {
            Integer wanted = service.instances() != null ? service.instances() : ofServing.get(service.name());
            instances.put(service.name(), wanted == null || wanted < 1 ? 1 : wanted);
        });
        return instances;
    }

    /** The manifest of a cluster changes only while nothing of it runs. */
    private static void requireStopped(ClusterState cluster) {
        Scalings.refuseWhileScaling(cluster);
        if (cluster.wantsInstances()) {
            throw new Rejected(Code.CLUSTER_IN_SERVICE, "cluster " + cluster.name() + " still has instances");
        }
    }

    private static boolean isRunning(GroupState state, String upgradeId) {
        return state.upgrade() != null && state.upgrade().upgradeId().equals(upgradeId);
    }
}
