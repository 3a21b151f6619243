package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterAdded;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.RestoreRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.ClusterGroupCreated;
import io.tricolor.contracts.group.ClusterGroupDeleted;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterRemoved;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RollbackPointCreated;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.RouterEvicted;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.StageApproved;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeAborting;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePaused;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeResumed;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.contracts.group.UpgradeStepExpired;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
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
            return create(state, create, context);
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
        return switch (command) {
            case CreateClusterGroup c -> throw new IllegalStateException("unreachable: " + c);
            case ChangeClusterGroup c -> change(state, c, context);
            case DeleteClusterGroup c -> delete(state, c, context);
            case AddCluster c -> add(state, c, context);
            case RemoveCluster c -> remove(state, c, context);
            case ChangeRouteStrategies c -> direct(state, c, context);
            case StartUpgrade c -> start(state, c, context);
            case StartRollback c -> rollBack(state, c, context);
            case PauseUpgrade c -> pause(state, c, context);
            case ResumeUpgrade c -> resume(state, c, context);
            case AbortUpgrade c -> abort(state, c, context);
            case ApproveStage c -> approve(state, c, context);
            case CompleteStep c -> complete(state, c, context);
            case ExpireStep c -> expire(state, c, context);
            case EvictRouter c -> evict(state, c, context);
            case ConfigureRouters c -> Releases.configure(state, c, context);
            case TryRouteTable c -> Releases.tryOut(state, c, context);
            case ReleaseRouteTable c -> Releases.release(state, c, context);
            case RestoreRouteTable c -> restore(state, c, context);
        };
    }

    private static List<ClusterGroupEvent> create(
            @Nullable GroupState state, CreateClusterGroup c, DecisionContext context) {
        if (state != null && !state.deleted()) {
            throw new Rejected(Code.GROUP_EXISTS, "there is a cluster group " + c.groupId() + " already");
        }
        Checks.name("group id", c.groupId());
        Checks.text("application", c.application());
        Checks.text("environment", c.environment());
        if (c.clusters().isEmpty()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a group has at least one cluster");
        }
        if (c.clusters().stream().distinct().count() != c.clusters().size()) {
            throw new Rejected(Code.CLUSTER_EXISTS, "a cluster is named twice: " + c.clusters());
        }
        c.clusters().forEach(Checks::cluster);
        Checks.entries(c.entries());
        Checks.identity(c.identity());
        if (state != null && c.epoch() <= state.epoch()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "epoch must be above " + state.epoch());
        }
        return List.of(new ClusterGroupCreated(
                c.groupId(),
                c.application(),
                c.environment(),
                c.epoch(),
                List.copyOf(c.clusters()),
                c.entries(),
                c.identity(),
                c.affinity(),
                context.at()));
    }

    private static List<ClusterGroupEvent> change(GroupState state, ChangeClusterGroup c, DecisionContext context) {
        if (c.entries().equals(state.entries())
                && c.identity().equals(state.identity())
                && c.affinity() == state.affinity()) {
            return List.of();
        }
        refuseWhileUpgrading(state);
        Checks.entries(c.entries());
        Checks.identity(c.identity());
        for (ClusterState cluster : state.clusters().values()) {
            Manifest manifest = cluster.manifest();
            if (cluster.strategy().status() != ClusterStatus.RED && manifest != null) {
                Checks.servesEntries(manifest, c.entries());
            }
        }
        return List.of(new ClusterGroupChanged(
                state.groupId(), c.entries(), c.identity(), c.affinity(), state.tableVersion() + 1, context.at()));
    }

    private static List<ClusterGroupEvent> delete(GroupState state, DeleteClusterGroup c, DecisionContext context) {
        refuseWhileUpgrading(state);
        state.clusters().values().forEach(cluster -> {
            if (cluster.strategy().status() != ClusterStatus.RED || cluster.wantsInstances()) {
                throw new Rejected(
                        Code.GROUP_IN_SERVICE,
                        "cluster " + cluster.name() + " of " + state.groupId() + " is in service");
            }
        });
        return List.of(new ClusterGroupDeleted(state.groupId(), c.reason(), context.at()));
    }

    private static List<ClusterGroupEvent> add(GroupState state, AddCluster c, DecisionContext context) {
        Checks.cluster(c.cluster());
        if (state.clusters().containsKey(c.cluster())) {
            throw new Rejected(Code.CLUSTER_EXISTS, state.groupId() + " has a cluster " + c.cluster() + " already");
        }
        refuseWhileUpgrading(state);
        return List.of(new ClusterAdded(state.groupId(), c.cluster(), state.tableVersion() + 1, context.at()));
    }

    private static List<ClusterGroupEvent> remove(GroupState state, RemoveCluster c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        refuseWhileUpgrading(state);
        if (cluster.strategy().status() != ClusterStatus.RED) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + c.cluster() + " is " + cluster.strategy().status()
                            + "; only a RED one can be removed");
        }
        if (cluster.wantsInstances()) {
            throw new Rejected(Code.CLUSTER_IN_SERVICE, "cluster " + c.cluster() + " still has instances");
        }
        if (state.clusters().size() == 1) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the last cluster of a group cannot be removed");
        }
        return List.of(new ClusterRemoved(state.groupId(), c.cluster(), state.tableVersion() + 1, context.at()));
    }

    private static List<ClusterGroupEvent> direct(GroupState state, ChangeRouteStrategies c, DecisionContext context) {
        refuseWhileUpgrading(state);
        SortedMap<String, RouteStrategy> strategies = directed(state, c.strategies());
        if (strategies.equals(state.strategies())) {
            return List.of();
        }
        requireServed(strategies);
        return List.of(new RouteStrategiesChanged(
                state.groupId(), state.tableVersion() + 1, strategies, null, c.reason(), context.at()));
    }

    /** The present strategies with some of them replaced; a colour only for a cluster that runs. */
    private static SortedMap<String, RouteStrategy> directed(
            GroupState state, SortedMap<String, RouteStrategy> replacements) {
        SortedMap<String, RouteStrategy> strategies = state.strategies();
        replacements.forEach((name, strategy) -> {
            ClusterState cluster = state.cluster(name);
            if (strategy.status() != ClusterStatus.RED && !cluster.wantsInstances()) {
                throw new Rejected(
                        Code.CLUSTER_NOT_RUNNING,
                        "cluster " + name + " has no instances; it cannot become " + strategy.status());
            }
            Checks.rule(strategy.id());
            strategies.put(name, strategy);
        });
        return strategies;
    }

    private static void requireServed(SortedMap<String, RouteStrategy> strategies) {
        if (strategies.values().stream().noneMatch(RouteStrategy::takesRequestsWithoutId)) {
            throw new Rejected(Code.ROUTES_UNSERVED, "no cluster would take a request without id");
        }
    }

    /**
     * Says again what an earlier table said, as a new one for all routers. Clusters that were added since are RED; that one was removed
     * since matters only if it took requests.
     */
    private static List<ClusterGroupEvent> restore(GroupState state, RestoreRouteTable c, DecisionContext context) {
        refuseWhileUpgrading(state);
        if (c.epoch() != state.epoch() || c.version() < 1 || c.version() > state.tableVersion() || !state.hasTable()) {
            throw new Rejected(
                    Code.ROUTE_TABLE_NOT_FOUND,
                    state.groupId() + " has no route table " + c.epoch() + "/" + c.version());
        }
        SortedMap<String, RouteStrategy> earlier = new TreeMap<>(c.strategies());
        earlier.entrySet()
                .removeIf(named -> !state.clusters().containsKey(named.getKey())
                        && named.getValue().status() == ClusterStatus.RED);
        state.clusters().keySet().forEach(name -> earlier.putIfAbsent(name, RouteStrategy.red()));
        SortedMap<String, RouteStrategy> strategies = directed(state, earlier);
        requireServed(strategies);
        Decision decision = new Decision(state);
        change(state, new ChangeClusterGroup(state.groupId(), c.entries(), c.identity(), c.affinity()), context)
                .forEach(decision::append);
        strategies.forEach((name, strategy) -> {
            Manifest manifest = state.cluster(name).manifest();
            if (strategy.status() != ClusterStatus.RED && manifest != null) {
                Checks.servesEntries(manifest, c.entries());
            }
        });
        if (!strategies.equals(state.strategies())) {
            decision.append(new RouteStrategiesChanged(
                    state.groupId(),
                    decision.state.tableVersion() + 1,
                    strategies,
                    null,
                    "as in table " + c.version() + ": " + c.reason(),
                    context.at()));
        }
        Releases.everybody(decision.state, decision.state.tableVersion(), c.reason(), context)
                .forEach(decision::append);
        return decision.events;
    }

    private static List<ClusterGroupEvent> start(GroupState state, StartUpgrade c, DecisionContext context) {
        if (isRunning(state, c.upgradeId())) {
            return List.of();
        }
        refuseWhileUpgrading(state);
        ClusterState to = state.cluster(c.to());
        if (to.strategy().status() != ClusterStatus.RED) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + to.name() + " is " + to.strategy().status() + "; an upgrade goes to a RED one");
        }
        requireStopped(to);
        Checks.policy(c.policy());
        ClusterState from = state.serving().orElse(null);
        Checks.manifest(c.manifest(), state.entries());
        SortedMap<String, Integer> instances =
                resolveInstances(c.manifest(), from == null ? new TreeMap<>() : from.instances());
        if (c.mode() == UpgradeMode.INSTALL) {
            if (from != null) {
                throw new Rejected(
                        Code.ALREADY_GREEN,
                        "cluster " + from.name() + " serves already; upgrade by GRAYSCALE or SWITCH instead");
            }
            return begin(
                    state,
                    c.upgradeId(),
                    c.mode(),
                    null,
                    to,
                    c.manifest(),
                    instances,
                    UpgradePlan.install(state, to.name(), c.policy()),
                    c.policy(),
                    null,
                    c.reason(),
                    context);
        }
        if (from == null) {
            throw new Rejected(
                    Code.NO_GREEN_CLUSTER, "no cluster of " + state.groupId() + " serves yet; begin with INSTALL");
        }
        List<UpgradeStep> steps = switch (c.mode()) {
            case GRAYSCALE -> {
                Checks.stages(c.stages());
                yield UpgradePlan.grayscale(state, from.name(), to.name(), c.stages(), c.policy());
            }
            case SWITCH -> UpgradePlan.switchOver(state, from.name(), to.name(), c.policy());
            case INSTALL, ROLLBACK ->
                throw new Rejected(Code.INVALID_ARGUMENT, c.mode() + " is not started this way; ask for a rollback");
        };
        return begin(
                state,
                c.upgradeId(),
                c.mode(),
                from,
                to,
                c.manifest(),
                instances,
                steps,
                c.policy(),
                null,
                c.reason(),
                context);
    }

    private static List<ClusterGroupEvent> rollBack(GroupState state, StartRollback c, DecisionContext context) {
        if (isRunning(state, c.upgradeId())) {
            return List.of();
        }
        refuseWhileUpgrading(state);
        Checks.policy(c.policy());
        ClusterState from = state.serving()
                .orElseThrow(() -> new Rejected(
                        Code.NO_GREEN_CLUSTER, "no cluster of " + state.groupId() + " serves; nothing to roll back"));
        RollbackPoint point = rollbackPoint(state, from, c.rollbackPointId());
        ClusterState to = rollbackTarget(state, point);
        requireStopped(to);
        Checks.manifest(point.manifest(), state.entries());
        return begin(
                state,
                c.upgradeId(),
                UpgradeMode.ROLLBACK,
                from,
                to,
                point.manifest(),
                point.instances(),
                UpgradePlan.rollback(state, from.name(), to.name(), c.policy()),
                c.policy(),
                point.rollbackPointId(),
                c.reason(),
                context);
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

    /** The cluster that served at the point, or, if that one serves now, another RED one. */
    private static ClusterState rollbackTarget(GroupState state, RollbackPoint point) {
        ClusterState home = state.clusters().get(point.cluster());
        if (home != null && home.strategy().status() == ClusterStatus.RED) {
            return home;
        }
        return state.clusters().values().stream()
                .filter(cluster -> cluster.strategy().status() == ClusterStatus.RED)
                .findFirst()
                .orElseThrow(() -> new Rejected(
                        Code.CLUSTER_NOT_RED, "no cluster of " + state.groupId() + " is RED and free to roll back to"));
    }

    private static List<ClusterGroupEvent> begin(
            GroupState state,
            String upgradeId,
            UpgradeMode mode,
            @Nullable ClusterState from,
            ClusterState to,
            Manifest manifest,
            SortedMap<String, Integer> instances,
            List<UpgradeStep> steps,
            UpgradePolicy policy,
            @Nullable String rollbackPointId,
            String reason,
            DecisionContext context) {
        Decision decision = new Decision(state);
        if (from != null && from.manifest() != null) {
            decision.append(new RollbackPointCreated(
                    state.groupId(),
                    "rp-" + upgradeId,
                    state.version(),
                    from.name(),
                    from.manifest(),
                    from.instances(),
                    state.strategies(),
                    context.at()));
        }
        decision.append(new UpgradeStarted(
                state.groupId(),
                upgradeId,
                mode,
                from == null ? null : from.name(),
                to.name(),
                manifest,
                instances,
                steps,
                policy,
                rollbackPointId,
                context.actor(),
                reason,
                context.at()));
        decision.beginStep(context.at(), false);
        return decision.events;
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

    private static List<ClusterGroupEvent> pause(GroupState state, PauseUpgrade c, DecisionContext context) {
        Upgrade upgrade = running(state, c.upgradeId());
        return upgrade.paused()
                ? List.of()
                : List.of(new UpgradePaused(state.groupId(), c.upgradeId(), context.actor(), c.reason(), context.at()));
    }

    private static List<ClusterGroupEvent> resume(GroupState state, ResumeUpgrade c, DecisionContext context) {
        Upgrade upgrade = running(state, c.upgradeId());
        if (!upgrade.paused()) {
            return List.of();
        }
        Decision decision = new Decision(state);
        decision.append(new UpgradeResumed(state.groupId(), c.upgradeId(), context.actor(), c.reason(), context.at()));
        decision.beginStep(context.at(), true);
        return decision.events;
    }

    private static List<ClusterGroupEvent> abort(GroupState state, AbortUpgrade c, DecisionContext context) {
        Upgrade upgrade = running(state, c.upgradeId());
        if (upgrade.aborting()) {
            return List.of();
        }
        Decision decision = new Decision(state);
        decision.turnBack(upgrade, context.actor(), c.reason(), context.at());
        return decision.events;
    }

    private static List<ClusterGroupEvent> approve(GroupState state, ApproveStage c, DecisionContext context) {
        Upgrade upgrade = running(state, c.upgradeId());
        Stage stage = upgrade.current().stage();
        if (stage == null || !stage.approval() || !stage.name().equals(c.stage())) {
            throw new Rejected(
                    Code.NO_APPROVAL_PENDING,
                    "stage " + c.stage() + " does not wait for an approval; the upgrade is at: "
                            + upgrade.current().title());
        }
        if (upgrade.approvedBy() != null) {
            return List.of();
        }
        if (context.actor().equals(upgrade.requestedBy())) {
            throw new Rejected(
                    Code.APPROVER_IS_REQUESTER, context.actor() + " asked for this upgrade; someone else must approve");
        }
        return List.of(new StageApproved(
                state.groupId(),
                c.upgradeId(),
                upgrade.step(),
                stage.name(),
                context.actor(),
                c.reason(),
                context.at()));
    }

    private static List<ClusterGroupEvent> complete(GroupState state, CompleteStep c, DecisionContext context) {
        requireVersion(context);
        Upgrade upgrade = atStep(state, c.upgradeId(), c.step());
        if (upgrade.paused()) {
            throw new Rejected(Code.UPGRADE_PAUSED, "upgrade " + upgrade.upgradeId() + " is paused");
        }
        requireGatePassed(upgrade, context.at());
        Decision decision = new Decision(state);
        decision.append(new UpgradeStepCompleted(
                state.groupId(), c.upgradeId(), c.step(), upgrade.current().kind(), c.evidence(), context.at()));
        if (upgrade.isLastStep()) {
            decision.end(upgrade, context.at());
        } else {
            decision.beginStep(context.at(), false);
        }
        return decision.events;
    }

    private static void requireGatePassed(Upgrade upgrade, Instant at) {
        Stage stage = upgrade.current().stage();
        if (stage == null) {
            return;
        }
        if (stage.approval() && upgrade.approvedBy() == null) {
            throw new Rejected(Code.APPROVAL_MISSING, "stage " + stage.name() + " is not approved");
        }
        if (stage.bakeTime() != null && at.isBefore(upgrade.stepStartedAt().plus(stage.bakeTime()))) {
            throw new Rejected(Code.STEP_NOT_CURRENT, "stage " + stage.name() + " has not lasted " + stage.bakeTime());
        }
    }

    private static List<ClusterGroupEvent> expire(GroupState state, ExpireStep c, DecisionContext context) {
        requireVersion(context);
        Upgrade upgrade = atStep(state, c.upgradeId(), c.step());
        if (upgrade.paused()) {
            throw new Rejected(Code.UPGRADE_PAUSED, "upgrade " + upgrade.upgradeId() + " is paused");
        }
        ExpiryPolicy outcome = outcomeOfExpiry(upgrade);
        Decision decision = new Decision(state);
        decision.append(new UpgradeStepExpired(
                state.groupId(), c.upgradeId(), c.step(), upgrade.attempt(), outcome, c.evidence(), context.at()));
        String reason = "'" + upgrade.current().title() + "' did not reach its goal in time";
        switch (outcome) {
            case RETRY -> decision.beginStep(context.at(), true);
            case PAUSE ->
                decision.append(new UpgradePaused(state.groupId(), c.upgradeId(), SELF, reason, context.at()));
            case ROLL_BACK -> decision.turnBack(upgrade, SELF, reason, context.at());
        }
        return decision.events;
    }

    /** A way back is tried until it succeeds; and a release that serves everybody is not undone because its old cluster is slow to stop. */
    private static ExpiryPolicy outcomeOfExpiry(Upgrade upgrade) {
        if (upgrade.aborting()) {
            return ExpiryPolicy.RETRY;
        }
        ExpiryPolicy asked = upgrade.policy().onExpiry();
        return asked == ExpiryPolicy.ROLL_BACK && upgrade.current().kind() == UpgradeStep.Kind.STOP
                ? ExpiryPolicy.PAUSE
                : asked;
    }

    private static List<ClusterGroupEvent> evict(GroupState state, EvictRouter c, DecisionContext context) {
        return state.isEvicted(c.routerId(), c.bootId())
                ? List.of()
                : List.of(new RouterEvicted(state.groupId(), c.routerId(), c.bootId(), c.reason(), context.at()));
    }

    /** The manifest of a cluster changes only while nothing of it runs. */
    private static void requireStopped(ClusterState cluster) {
        if (cluster.wantsInstances()) {
            throw new Rejected(Code.CLUSTER_IN_SERVICE, "cluster " + cluster.name() + " still has instances");
        }
    }

    private static void refuseWhileUpgrading(GroupState state) {
        if (state.upgrade() != null) {
            throw new Rejected(
                    Code.UPGRADE_RUNNING,
                    "upgrade " + state.upgrade().upgradeId() + " of " + state.groupId() + " is running");
        }
    }

    private static boolean isRunning(GroupState state, String upgradeId) {
        return state.upgrade() != null && state.upgrade().upgradeId().equals(upgradeId);
    }

    private static Upgrade running(GroupState state, String upgradeId) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null || !upgrade.upgradeId().equals(upgradeId)) {
            throw new Rejected(
                    Code.UPGRADE_NOT_RUNNING, "upgrade " + upgradeId + " of " + state.groupId() + " is not running");
        }
        return upgrade;
    }

    private static Upgrade atStep(GroupState state, String upgradeId, int step) {
        Upgrade upgrade = running(state, upgradeId);
        if (upgrade.step() != step) {
            throw new Rejected(
                    Code.STEP_NOT_CURRENT, "upgrade " + upgradeId + " is at step " + upgrade.step() + ", not " + step);
        }
        return upgrade;
    }

    private static void requireVersion(DecisionContext context) {
        if (context.expectedVersion() == null) {
            throw new Rejected(Code.VERSION_MISMATCH, "a step is completed only on a stated version of the group");
        }
    }

    /** Events of one decision, and the state they lead to so far. */
    private static final class Decision {

        private final List<ClusterGroupEvent> events = new ArrayList<>();
        private GroupState state;

        Decision(GroupState state) {
            this.state = state;
        }

        void append(ClusterGroupEvent event) {
            events.add(event);
            state = Evolver.evolve(state, event);
        }

        /**
         * What the step that now runs changes at its start.
         *
         * @param again whether to ask for instances anew although nothing about the desired state changed: an earlier desired state may have been given up
         */
        void beginStep(Instant at, boolean again) {
            Upgrade upgrade = Objects.requireNonNull(state.upgrade());
            UpgradeStep step = upgrade.current();
            switch (step.kind()) {
                case ROUTE -> {
                    SortedMap<String, RouteStrategy> strategies = Objects.requireNonNull(step.strategies());
                    if (!strategies.equals(state.strategies()) || state.tableVersion() == 0) {
                        append(new RouteStrategiesChanged(
                                state.groupId(),
                                state.tableVersion() + 1,
                                strategies,
                                upgrade.upgradeId(),
                                step.title(),
                                at));
                    }
                }
                case START -> {
                    boolean target = Objects.requireNonNull(step.cluster()).equals(upgrade.to());
                    desire(
                            upgrade,
                            state.cluster(step.cluster()),
                            target ? upgrade.manifest() : Objects.requireNonNull(upgrade.fromManifest()),
                            target ? upgrade.instances() : upgrade.fromInstances(),
                            at,
                            again);
                }
                case STOP -> {
                    ClusterState cluster = state.cluster(Objects.requireNonNull(step.cluster()));
                    if (cluster.manifest() != null) {
                        SortedMap<String, Integer> none = new TreeMap<>();
                        cluster.manifest().services().forEach(service -> none.put(service.name(), 0));
                        desire(upgrade, cluster, cluster.manifest(), none, at, again);
                    }
                }
                case GATE, DRAIN -> {
                    // nothing to ask for: these wait
                }
            }
        }

        private void desire(
                Upgrade upgrade,
                ClusterState cluster,
                Manifest manifest,
                SortedMap<String, Integer> instances,
                Instant at,
                boolean again) {
            if (again || !manifest.equals(cluster.manifest()) || !instances.equals(cluster.instances())) {
                append(new ClusterDesiredStateChanged(
                        state.groupId(), cluster.name(), manifest, instances, upgrade.upgradeId(), at));
            }
        }

        void turnBack(Upgrade upgrade, String actor, String reason, Instant at) {
            List<UpgradeStep> steps = UpgradePlan.wayBack(state, upgrade);
            append(new UpgradeAborting(state.groupId(), upgrade.upgradeId(), upgrade.step(), steps, actor, reason, at));
            if (steps.isEmpty()) {
                end(Objects.requireNonNull(state.upgrade()), at);
            } else {
                beginStep(at, false);
            }
        }

        void end(Upgrade upgrade, Instant at) {
            String serving = state.serving().map(ClusterState::name).orElse(null);
            if (upgrade.aborting()) {
                append(new UpgradeAborted(state.groupId(), upgrade.upgradeId(), serving, at));
            } else {
                append(new UpgradeCompleted(state.groupId(), upgrade.upgradeId(), Objects.requireNonNull(serving), at));
            }
        }
    }
}
