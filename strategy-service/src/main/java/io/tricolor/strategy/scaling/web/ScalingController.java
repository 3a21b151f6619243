package io.tricolor.strategy.scaling.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.scaling.ScalingBounds;
import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingRule;
import io.tricolor.contracts.scaling.ScalingRuleSet;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.scaling.domain.GroupScaling;
import io.tricolor.strategy.scaling.domain.Measurement;
import io.tricolor.strategy.scaling.domain.ScalingRules;
import io.tricolor.strategy.scaling.domain.ScalingVerdict.Change;
import io.tricolor.strategy.scaling.domain.Simulation;
import io.tricolor.strategy.scaling.query.Measurements;
import io.tricolor.strategy.scaling.query.ScalingStreams;
import io.tricolor.strategy.scaling.reactor.ScalingReactor;
import io.tricolor.strategy.scaling.reactor.Situations;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Rules by which the services of a group are scaled, what they decided, and what another one would have done. */
@RestController
@RequestMapping("/api/groups/{groupId}/scaling-rules")
class ScalingController {

    private static final int MAX_REASON = 500;
    private static final int DECISIONS = 50;
    private static final int MEASUREMENTS = 50_000;
    private static final Duration SIMULATED = Duration.ofDays(1);
    private static final Duration LATELY = Duration.ofMinutes(5);

    private final Commands commands;
    private final GroupStreams groups;
    private final ScalingStreams streams;
    private final Measurements measurements;
    private final ScalingReactor reactor;
    private final InstantSource clock;

    ScalingController(
            Commands commands,
            GroupStreams groups,
            ScalingStreams streams,
            Measurements measurements,
            ScalingReactor reactor,
            InstantSource clock) {
        this.commands = commands;
        this.groups = groups;
        this.streams = streams;
        this.measurements = measurements;
        this.reactor = reactor;
        this.clock = clock;
    }

    /** A rule as clients send it; what is missing is the standard. */
    @Schema(name = "ScalingRuleBody")
    record RuleBody(
            @Nullable Integer min,
            @Nullable Integer max,
            @Nullable Double requestsPerInstance,
            @Nullable Integer cpuPercent,
            @Nullable Double tolerance,
            @Nullable Duration cooldownUp,
            @Nullable Duration cooldownDown,
            @Nullable Integer stepUp,
            @Nullable Integer stepDown,
            @Nullable Duration drainTimeout,
            @Nullable List<ScalingBounds> schedule,
            @Nullable String reason) {

        ScalingRule toRule() {
            if (max == null) {
                throw new Rejected(
                        Code.INVALID_SCALING_RULE, "max is missing: the most instances that a rule may ask for");
            }
            ScalingRule rule = new ScalingRule(
                    Objects.requireNonNullElse(min, 1),
                    max,
                    requestsPerInstance,
                    cpuPercent,
                    Objects.requireNonNullElse(tolerance, 0.1),
                    Objects.requireNonNullElse(cooldownUp, Duration.ofSeconds(30)),
                    Objects.requireNonNullElse(cooldownDown, Duration.ofMinutes(5)),
                    Objects.requireNonNullElse(stepUp, 4),
                    Objects.requireNonNullElse(stepDown, 1),
                    Objects.requireNonNullElse(drainTimeout, Duration.ofSeconds(30)),
                    Objects.requireNonNullElse(schedule, List.of()));
            ScalingRules.check(rule);
            return rule;
        }
    }

    /**
     * What is to be simulated.
     *
     * @param rule null: the one that is set
     * @param cluster whose measurements; null: of the one that serves
     * @param from null: a day before {@code until}
     * @param until null: now
     */
    @Schema(name = "ScalingSimulationBody")
    record SimulationBody(
            @Nullable RuleBody rule,
            @Nullable String cluster,
            @Nullable Instant from,
            @Nullable Instant until) {}

    /** Rules by service. */
    record ScalingRuleList(long version, List<ScalingRuleSet> rules) {}

    /**
     * How a service stands in a cluster.
     *
     * @param to as many it would have next; null: the number stays
     * @param reason why it changes or stays
     * @param measured null: nothing lately
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ScaledCluster(
            String cluster,
            int instances,
            @Nullable Integer to,
            String reason,
            @Nullable Measurement measured) {}

    /**
     * A rule.
     *
     * @param clusters those that take requests
     * @param decisions the newest first
     */
    record ScalingRuleView(ScalingRuleSet rule, List<ScaledCluster> clusters, List<ScalingDecided> decisions) {}

    @GetMapping
    @Operation(summary = "Scaling rules of a group")
    Mono<ScalingRuleList> list(@PathVariable String groupId) {
        return RequestSteps.blocking("scaling", () -> {
            groups.existing(groupId);
            ScalingRules rules = streams.of(groupId);
            return new ScalingRuleList(
                    rules.version(), List.copyOf(rules.rules().values()));
        });
    }

    @GetMapping("/{service}")
    @Operation(summary = "A scaling rule, what it says now, and what it decided")
    Mono<ScalingRuleView> get(@PathVariable String groupId, @PathVariable String service) {
        return RequestSteps.blocking("scaling", () -> {
            GroupState state = groups.existing(groupId);
            ScalingRules rules = streams.of(groupId);
            ScalingRuleSet rule = rules.get(groupId, service);
            Instant now = now();
            return new ScalingRuleView(
                    rule,
                    Situations.clusters(state, service).stream()
                            .map(cluster -> view(state, cluster, rule, rules, now))
                            .toList(),
                    streams.decisions(groupId, service, DECISIONS));
        });
    }

    private ScaledCluster view(
            GroupState state, ClusterState cluster, ScalingRuleSet rule, ScalingRules rules, Instant now) {
        String service = rule.service();
        var verdict = reactor.verdict(state, cluster, service, rule.rule(), rules, now);
        List<Measurement> lately = measurements.of(
                state.groupId(), cluster.name(), service, now.minus(LATELY), now.plus(LATELY), MEASUREMENTS);
        return new ScaledCluster(
                cluster.name(),
                cluster.instances().getOrDefault(service, 0),
                verdict instanceof Change change ? change.to() : null,
                verdict.reason(),
                lately.isEmpty() ? null : lately.getLast());
    }

    @PutMapping("/{service}")
    @Operation(summary = "Scale a service by a rule")
    Mono<ScalingRuleSet> put(
            @PathVariable String groupId,
            @PathVariable String service,
            @RequestBody RuleBody body,
            CommandContext context) {
        String why = reason(body.reason());
        ScalingRule rule = body.toRule();
        return send(groupId, service, rule, why, context)
                .then(RequestSteps.blocking("scaling", () -> streams.of(groupId).get(groupId, service)));
    }

    @DeleteMapping("/{service}")
    @Operation(summary = "Scale a service by hand again")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> remove(
            @PathVariable String groupId,
            @PathVariable String service,
            @RequestParam(required = false) @Nullable String reason,
            CommandContext context) {
        return send(groupId, service, null, reason(reason), context)
                .map(version -> ResponseEntity.noContent().build());
    }

    @PostMapping("/{service}/simulate")
    @Operation(summary = "What a scaling rule would have done with what was measured")
    Mono<Simulation> simulate(
            @PathVariable String groupId, @PathVariable String service, @RequestBody SimulationBody body) {
        return RequestSteps.blocking("simulation", () -> {
            GroupState state = groups.existing(groupId);
            ScalingRule rule = body.rule() == null
                    ? streams.of(groupId).get(groupId, service).rule()
                    : body.rule().toRule();
            ClusterState cluster = body.cluster() == null
                    ? state.serving()
                            .orElseThrow(() -> new Rejected(
                                    Code.NO_GREEN_CLUSTER, "no cluster of " + groupId + " serves; name one"))
                    : state.cluster(body.cluster());
            Instant until = Objects.requireNonNullElseGet(body.until(), this::now);
            Instant from = Objects.requireNonNullElseGet(body.from(), () -> until.minus(SIMULATED));
            return Simulation.of(
                    rule,
                    measurements.of(groupId, cluster.name(), service, from, until, MEASUREMENTS),
                    Situations.of(state, cluster, service, ScalingRules.NONE).cpus());
        });
    }

    private Mono<Long> send(
            String groupId, String service, @Nullable ScalingRule rule, String why, CommandContext context) {
        return RequestSteps.blocking("group", () -> groups.existing(groupId))
                .flatMap(state -> commands.send(
                        new GroupScaling.Instruction(
                                ScalingRules.streamOf(groupId), groupId, service, rule, why, context.actor(), now()),
                        context.because(why)));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static String reason(@Nullable String reason) {
        if (reason == null || reason.isBlank() || reason.length() > MAX_REASON) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT,
                    "reason says why, in at most " + MAX_REASON + " characters: the history keeps it");
        }
        return reason.strip();
    }
}
