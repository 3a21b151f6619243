package io.tricolor.strategy.scaling.reactor;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.load.ObserveLoad;
import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingRule;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.Decider;
import io.tricolor.strategy.group.domain.DecisionContext;
import io.tricolor.strategy.group.domain.GroupInstruction;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.scaling.domain.GroupScaling;
import io.tricolor.strategy.scaling.domain.Measurement;
import io.tricolor.strategy.scaling.domain.Scaler;
import io.tricolor.strategy.scaling.domain.ScalingRules;
import io.tricolor.strategy.scaling.domain.ScalingVerdict;
import io.tricolor.strategy.scaling.domain.ScalingVerdict.Change;
import io.tricolor.strategy.scaling.domain.Situation;
import io.tricolor.strategy.scaling.query.Measurements;
import io.tricolor.strategy.scaling.query.ScalingStreams;
import io.tricolor.strategy.upgrade.reactor.Observations;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Asks every rule what it says, records what is to change with its evidence, and has the group change it. A decision
 * that was recorded by an instance which was killed before it acted is carried out by the next look, of whichever
 * instance. It holds nothing in memory that would be missed.
 */
@Component
public class ScalingReactor implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ScalingReactor.class);

    /** So long a decision that was not carried out is tried again; after that the rule is asked anew. */
    private static final Duration PENDING = Duration.ofMinutes(1);

    private static final Duration CLEAN_UP = Duration.ofHours(1);
    private static final int WINDOW = 10_000;

    private static final Gauge RULES =
            Gauge.build("tricolor_scaling_rules", "Scaling rules of groups").register();
    private static final Counter DECISIONS = Counter.build(
                    "tricolor_scaling_decisions_total", "Decisions by rules that this instance recorded")
            .labelNames("direction")
            .register();
    private static final Counter REFUSALS = Counter.build(
                    "tricolor_scaling_refusals_total", "Decisions that were not recorded, or that a group refused")
            .labelNames("code")
            .register();

    private final ScalingStreams streams;
    private final Measurements measurements;
    private final GroupStreams groups;
    private final Observations observations;
    private final Commands commands;
    private final MessagePublisher messages;
    private final ScalingProperties properties;
    private final InstantSource clock;
    private final Loop loop;
    private final Map<String, Instant> asked = new HashMap<>();
    private Instant cleaned = Instant.MIN;

    ScalingReactor(
            ScalingStreams streams,
            Measurements measurements,
            GroupStreams groups,
            Observations observations,
            Commands commands,
            MessagePublisher messages,
            ScalingProperties properties,
            InstantSource clock,
            ProgressWatch watch) {
        this.streams = streams;
        this.measurements = measurements;
        this.groups = groups;
        this.observations = observations;
        this.commands = commands;
        this.messages = messages;
        this.properties = properties;
        this.clock = clock;
        this.loop = Loop.named("scaling", this::round).every(properties.tick()).build(watch);
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    /** What a rule says of a service in a cluster at this moment. */
    public ScalingVerdict verdict(
            GroupState state, ClusterState cluster, String service, ScalingRule rule, ScalingRules rules, Instant now) {
        return Scaler.decide(
                rule, Situations.of(state, cluster, service, rules), window(state, cluster, service, rule, now), now);
    }

    private List<Measurement> window(
            GroupState state, ClusterState cluster, String service, ScalingRule rule, Instant now) {
        Duration longest = rule.cooldownDown().plus(Duration.ofMinutes(2));
        // A clock of another machine may be a little ahead.
        return measurements.of(
                state.groupId(), cluster.name(), service, now.minus(longest), now.plusSeconds(60), WINDOW);
    }

    private void round() {
        Instant now = now();
        if (cleaned.isBefore(now.minus(CLEAN_UP))) {
            measurements.forget(properties.keep());
            cleaned = now;
        }
        int count = 0;
        for (String groupId : streams.groups()) {
            ScalingRules rules = streams.of(groupId);
            GroupState state =
                    rules.rules().isEmpty() ? null : groups.current(groupId).orElse(null);
            if (state == null || state.deleted()) {
                asked.remove(groupId);
                continue;
            }
            count += rules.rules().size();
            ask(groupId, rules, now);
            try {
                follow(state, rules, now);
            } catch (Rejected e) {
                // Another instance was faster, or the group has changed in between: the next look decides anew.
                REFUSALS.labels(e.rejection().code().name()).inc();
                log.debug("{}: {}", groupId, e.getMessage());
            }
            loop.moved();
        }
        RULES.set(count);
    }

    /** One change a round: what is decided next is decided on the group that it leads to. */
    private void follow(GroupState state, ScalingRules rules, Instant now) {
        for (var rule : rules.rules().values()) {
            for (ClusterState cluster : Situations.clusters(state, rule.service())) {
                Situation situation = Situations.of(state, cluster, rule.service(), rules);
                ScalingDecided last = situation.last();
                if (last != null && isPending(last, situation, now)) {
                    carryOut(state, last, rule.rule());
                    return;
                }
                if (verdict(state, cluster, rule.service(), rule.rule(), rules, now) instanceof Change change) {
                    ScalingDecided decision = new ScalingDecided(
                            state.groupId(),
                            rule.service(),
                            cluster.name(),
                            situation.instances(),
                            change.to(),
                            state.version(),
                            change.reason(),
                            new TreeMap<>(change.evidence()),
                            now);
                    record(decision, rules);
                    carryOut(state, decision, rule.rule());
                    return;
                }
            }
        }
    }

    private static boolean isPending(ScalingDecided last, Situation situation, Instant now) {
        return situation.busy().isEmpty()
                && situation.instances() == last.from()
                && last.from() != last.to()
                && last.at().plus(PENDING).isAfter(now);
    }

    private void record(ScalingDecided decision, ScalingRules rules) {
        String stream = ScalingRules.streamOf(decision.groupId());
        commands.<Long>sendAndWait(
                new GroupScaling.Keep(stream, decision, rules.version()),
                CommandContext.ofService(Decider.SELF, null, null).because(decision.reason()));
        DECISIONS.labels(decision.to() > decision.from() ? "up" : "down").inc();
        log.info(
                "{}: {} of cluster {} goes from {} to {}: {}",
                decision.groupId(),
                decision.service(),
                decision.cluster(),
                decision.from(),
                decision.to(),
                decision.reason());
    }

    private void carryOut(GroupState state, ScalingDecided decision, ScalingRule rule) {
        String why = "scaling rule: " + decision.reason();
        SetInstances command = new SetInstances(
                decision.groupId(),
                decision.cluster(),
                new TreeMap<>(Map.of(decision.service(), decision.to())),
                null,
                rule.drainTimeout(),
                why);
        commands.sendAndWait(
                GroupInstruction.of(
                        command, new DecisionContext(Decider.SELF, now(), state.version(), observations.of(state))),
                CommandContext.ofService(Decider.SELF, null, null).because(why));
    }

    private void ask(String groupId, ScalingRules rules, Instant now) {
        Instant last = asked.get(groupId);
        if (last != null && now.isBefore(last.plus(properties.ask()))) {
            return;
        }
        asked.put(groupId, now);
        ObserveLoad command =
                new ObserveLoad(groupId, new TreeSet<>(rules.rules().keySet()));
        var published = messages.publish(
                        Topics.MONITOR_COMMANDS, groupId, command, "load/" + groupId + "/" + now, null, null)
                .exceptionally(failure -> {
                    log.warn("monitor-service was not asked for the load of {}: {}", groupId, failure.toString());
                    return null;
                });
        log.trace("asked for the load of {}, acknowledged: {}", groupId, published.isDone());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
