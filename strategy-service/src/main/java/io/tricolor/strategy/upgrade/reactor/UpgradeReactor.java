package io.tricolor.strategy.upgrade.reactor;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.deployment.EnsureCluster;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.Train;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.strategy.group.domain.Ahead;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.Decider;
import io.tricolor.strategy.group.domain.DecisionContext;
import io.tricolor.strategy.group.domain.GroupInstruction;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.GroupVersion;
import io.tricolor.strategy.group.domain.NextAction;
import io.tricolor.strategy.group.domain.NextActions;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.group.domain.WebhookCall;
import io.tricolor.strategy.group.query.GroupNotifications;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.NewestEvents;
import io.tricolor.strategy.hook.Hooks;
import io.tricolor.strategy.routing.Evictions;
import io.tricolor.strategy.routing.RouteTableDocument;
import io.tricolor.strategy.routing.RouteTableDocuments;
import io.tricolor.strategy.routing.RouteTablePublisher;
import io.tricolor.strategy.routing.RouterMetrics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;

/**
 * Looks at each group once at its start and when there is news about it, and on every tick at those that have
 * something under way: an upgrade, a
 * desired state that is not met, a table that is not in the registry. Asks {@link NextActions} what is due, and does
 * it. One thread. What it
 * remembers only saves work: it may be killed at any moment, and any number of reactors may work on the same groups.
 */
@Component
class UpgradeReactor implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(UpgradeReactor.class);

    private static final int MOST_STEPS_AT_ONCE = 100;
    private static final int MOST_GROUPS_AT_ONCE = 50;

    private static final Counter RECONCILIATIONS = Counter.build(
                    "tricolor_reactor_reconciliations_total", "Times a group was reconciled")
            .register();
    private static final Counter FAILURES = Counter.build(
                    "tricolor_reactor_failures_total", "Times reconciling a group failed; it is tried again")
            .register();
    private static final Counter LIFE = Counter.build(
                    "tricolor_group_life_steps_total",
                    "Steps of scaling, recovering and ending groups that were recorded, by command")
            .labelNames("command")
            .register();
    private static final Counter STEPS = Counter.build(
                    "tricolor_upgrade_steps_total", "Steps of upgrades that ended, by kind and by how")
            .labelNames("kind", "outcome")
            .register();

    private final NewestEvents events;
    private final GroupStreams streams;
    private final Observations observations;
    private final RouteTablePublisher tables;
    private final RouteTableDocuments documents;
    private final RouterMetrics metrics;
    private final Evictions evictions;
    private final Commands commands;
    private final MessagePublisher messages;
    private final Hooks hooks;
    private final GroupNotifications notifications;
    private final ReactorProperties properties;
    private final InstantSource clock;

    private final SequencedSet<String> due = new LinkedHashSet<>();
    private final Set<String> underWay = new HashSet<>();
    private final Map<String, Sent> sent = new HashMap<>();
    private final Map<String, Sent> asked = new HashMap<>();
    private final Map<String, Long> toldCompanions = new HashMap<>();
    private final Loop loop;
    private long tickNanos;
    private @Nullable Disposable subscription;

    /**
     * What another service was last told to bring about, and when.
     *
     * @param what names it: something else is told at once
     */
    private record Sent(Object what, Instant at) {}

    UpgradeReactor(
            NewestEvents events,
            GroupStreams streams,
            Observations observations,
            RouteTablePublisher tables,
            RouteTableDocuments documents,
            RouterMetrics metrics,
            Evictions evictions,
            Commands commands,
            MessagePublisher messages,
            Hooks hooks,
            GroupNotifications notifications,
            ReactorProperties properties,
            InstantSource clock,
            ProgressWatch watch) {
        this.events = events;
        this.streams = streams;
        this.observations = observations;
        this.tables = tables;
        this.documents = documents;
        this.metrics = metrics;
        this.evictions = evictions;
        this.commands = commands;
        this.messages = messages;
        this.hooks = hooks;
        this.notifications = notifications;
        this.properties = properties;
        this.clock = clock;
        this.loop = Loop.named("upgrade-reactor", this::turn)
                .every(properties.tick())
                .backOff(Duration.ofMillis(100), properties.tick())
                .onPlatformThread()
                .build(watch);
    }

    @Override
    public void start() {
        subscription = notifications.changes().subscribe(this::enqueue);
        loop.start();
    }

    @Override
    public void stop() {
        if (subscription != null) {
            subscription.dispose();
        }
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    private void enqueue(String groupId) {
        synchronized (due) {
            due.add(groupId);
        }
        loop.wake();
    }

    /** All that is due, and on a tick also what is under way. */
    private void turn() {
        long now = System.nanoTime();
        if (now - tickNanos >= properties.tick().toNanos()) {
            tickNanos = now;
            synchronized (due) {
                due.addAll(underWay);
            }
        }
        for (List<String> groupIds = take(); !groupIds.isEmpty(); groupIds = take()) {
            Map<String, Observations.Reports> reports = reports(groupIds);
            for (String groupId : groupIds) {
                reconcile(groupId, reports.get(groupId));
                loop.moved();
            }
        }
    }

    private List<String> take() {
        List<String> taken = new ArrayList<>();
        synchronized (due) {
            while (!due.isEmpty() && taken.size() < MOST_GROUPS_AT_ONCE) {
                taken.add(due.removeFirst());
            }
        }
        return taken;
    }

    /** What is read for several groups at once; nothing when that fails: then each group is read by itself. */
    private Map<String, Observations.Reports> reports(List<String> groupIds) {
        try {
            events.catchUp();
            return observations.reports(groupIds);
        } catch (RuntimeException e) {
            log.debug("{} groups are looked at one by one", groupIds.size(), e);
            return Map.of();
        }
    }

    /** {@code first}: what was just read, together with all that was committed; null: nothing was. */
    private void reconcile(String groupId, Observations.@Nullable Reports first) {
        try {
            RECONCILIATIONS.inc();
            boolean advanced = first == null
                    ? advance(streams.current(groupId).orElse(null), null, groupId)
                    : advance(streams.takenIn(groupId).orElse(null), first, groupId);
            for (int steps = 1; advanced && steps < MOST_STEPS_AT_ONCE; steps++) {
                RECONCILIATIONS.inc();
                advanced = advance(streams.current(groupId).orElse(null), null, groupId);
            }
        } catch (Rejected e) {
            // Somebody else was faster. What is due now is asked anew.
            log.debug("{}: {}", groupId, e.getMessage());
            underWay.add(groupId);
        } catch (
                RuntimeException
                        e) { // the loop goes on: the database, or anything below it, may be back at the next tick
            underWay.add(groupId);
            failed(groupId, e);
        }
    }

    private static void failed(String what, RuntimeException e) {
        FAILURES.inc();
        log.warn("could not reconcile {}: {}", what, e.toString());
        log.debug("cause", e);
    }

    /** Does what is due; whether a step was recorded, so that there may be more to do at once. */
    private boolean advance(@Nullable GroupState state, Observations.@Nullable Reports said, String groupId) {
        if (state == null) {
            rests(groupId);
            return false;
        }
        evictions.saw(state);
        wakeCompanions(state);
        Observation seen = said == null ? observations.of(state) : observations.of(state, said);
        boolean isAhead = !Ahead.evidence(state, seen).isEmpty();
        boolean isInRegistry = isAhead || keepInRegistry(state);
        metrics.saw(state, seen.routers(), isAhead);
        List<NextAction> actions = NextActions.next(state, seen, clock.instant());
        if (actions.isEmpty() && !state.isUnderWay() && isInRegistry) {
            rests(groupId);
        } else {
            underWay.add(groupId);
        }
        boolean advanced = false;
        for (NextAction action : actions) {
            switch (action) {
                case NextAction.PublishTable publish ->
                    documents.at(state, publish.version()).ifPresent(tables::publish);
                case NextAction.EnsureInstances ensure -> ensure(state, ensure);
                case NextAction.AskJudgement ask -> judge(ask.command());
                case NextAction.CallWebhook call -> call(call.call());
                case NextAction.Advance advance -> {
                    record(state, advance.command());
                    advanced = true;
                }
            }
        }
        return advanced;
    }

    /** Groups of a train wait for each other: what is new of one is looked at by the others at once. */
    private void wakeCompanions(GroupState state) {
        Upgrade upgrade = state.upgrade();
        Train train = upgrade == null ? null : upgrade.plan().train();
        if (train == null) {
            return;
        }
        Long known = toldCompanions.put(state.groupId(), state.version());
        if (known == null || known != state.version()) {
            train.groups().stream()
                    .filter(group -> !group.equals(state.groupId()))
                    .forEach(this::enqueue);
        }
    }

    private void rests(String groupId) {
        toldCompanions.remove(groupId);
        underWay.remove(groupId);
        asked.keySet().removeIf(key -> key.startsWith(groupId + "/"));
    }

    /**
     * Replaces a copy of the same place with another content, and brings the table that ends a group; whether there is
     * nothing of the kind to do.
     */
    private boolean keepInRegistry(GroupState state) {
        RouteTableDocument meant = documents.meant(state, null).orElse(null);
        if (meant == null) {
            return true;
        }
        TableIdentity there = tables.published(state.groupId());
        boolean isDue = meant.identity().contradicts(there)
                || (state.deleted() && meant.identity().supersedes(there));
        if (isDue) {
            tables.publish(meant);
        }
        return !isDue;
    }

    private void ensure(GroupState state, NextAction.EnsureInstances ensure) {
        ClusterState cluster = ensure.cluster();
        String key = state.groupId() + "/" + cluster.name();
        String commandId = key + "/" + state.epoch() + "." + cluster.fence();
        if (!isDue(sent, key, commandId)) {
            return;
        }
        Manifest manifest = Objects.requireNonNull(cluster.manifest());
        EnsureCluster command = new EnsureCluster(
                commandId,
                state.groupId(),
                cluster.name(),
                state.epoch(),
                cluster.fence(),
                DesiredStates.digest(cluster),
                manifest,
                cluster.instances(),
                cluster.withdrawn(),
                null,
                ensure.upgradeId());
        tell(
                Topics.DEPLOY_COMMANDS,
                state.groupId(),
                command,
                "desired state " + commandId,
                commandId,
                ensure.upgradeId());
    }

    private void judge(JudgeGate command) {
        String key =
                command.groupId() + "/" + command.stage() + "/" + command.gate().name();
        if (!isDue(asked, key, command)) {
            return;
        }
        String commandId = key + "/" + command.epoch() + "." + command.fence();
        tell(
                Topics.MONITOR_COMMANDS,
                command.groupId(),
                command,
                "judgement " + commandId,
                commandId,
                command.upgradeId());
    }

    private void call(WebhookCall call) {
        String key = call.groupId() + "/" + call.stage() + "/" + call.gate();
        if (isDue(asked, key, call)) {
            hooks.ask(call);
        }
    }

    /** Whether it has not been told, or so long ago that it is told again; then it counts as told now. */
    private boolean isDue(Map<String, Sent> told, String key, Object what) {
        Instant now = clock.instant();
        Sent last = told.get(key);
        if (last != null && last.what().equals(what) && now.isBefore(last.at().plus(properties.resend()))) {
            return false;
        }
        told.put(key, new Sent(what, now));
        return true;
    }

    private void tell(
            String topic, String groupId, Object command, String name, String commandId, @Nullable String upgradeId) {
        var published = messages.publish(topic, groupId, command, commandId, upgradeId, null)
                .exceptionally(failure -> {
                    log.warn("{} did not reach Kafka and is sent again: {}", name, failure.toString());
                    return null;
                });
        log.debug("sent {}, acknowledged: {}", name, published.isDone());
    }

    private void record(GroupState state, ClusterGroupCommand command) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null || !isOfUpgrade(command)) {
            recordOfLife(state, command);
            return;
        }
        UpgradeStep step = upgrade.current();
        GroupVersion answer = send(
                state, command, upgrade.upgradeId(), upgrade.plan().request().reason());
        String outcome = switch (command) {
            case ClusterGroupCommand.BeginStep begin -> "begun";
            case ClusterGroupCommand.CompleteStep complete -> "completed";
            case ClusterGroupCommand.FailStage fail -> "failed";
            case ClusterGroupCommand.RepeatBatch repeat -> "repeated";
            case ClusterGroupCommand.FollowTrain follow -> "taken_back";
            default -> "expired";
        };
        if (!outcome.equals("begun")) {
            STEPS.labels(step.kind().name(), outcome).inc();
        }
        log.info(
                "{} {}: {} '{}', now at version {}",
                state.groupId(),
                upgrade.upgradeId(),
                outcome,
                step.title(),
                answer.version());
    }

    private static boolean isOfUpgrade(ClusterGroupCommand command) {
        return command instanceof ClusterGroupCommand.BeginStep
                || command instanceof ClusterGroupCommand.CompleteStep
                || command instanceof ClusterGroupCommand.ExpireStep
                || command instanceof ClusterGroupCommand.FailStage
                || command instanceof ClusterGroupCommand.RepeatBatch
                || command instanceof ClusterGroupCommand.FollowTrain;
    }

    /** What is no step of an upgrade: scaling, recovery, the end of the group. */
    private void recordOfLife(GroupState state, ClusterGroupCommand command) {
        String kind = command.getClass().getSimpleName();
        GroupVersion answer = send(state, command, null, NextActions.reason(state, command));
        LIFE.labels(kind).inc();
        log.info("{}: {}, now at version {}", state.groupId(), kind, answer.version());
    }

    private GroupVersion send(
            GroupState state, ClusterGroupCommand command, @Nullable String upgradeId, String reason) {
        return commands.sendAndWait(
                GroupInstruction.of(
                        command,
                        new DecisionContext(Decider.SELF, clock.instant(), state.version(), observations.of(state))),
                CommandContext.ofService(Decider.SELF, upgradeId, null).because(reason));
    }
}
