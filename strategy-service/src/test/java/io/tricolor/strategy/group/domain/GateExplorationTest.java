package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeStage;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.SkipStage;
import io.tricolor.contracts.group.FailurePolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.InconclusivePolicy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.GateExploration.Order;
import io.tricolor.strategy.group.domain.GateExploration.Result;
import io.tricolor.strategy.group.domain.Observation.Judged;
import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Stages and their gates, with everything that people may do to them at any moment. */
@Tag("slow")
class GateExplorationTest {

    private static final Gate APPROVAL = new Gate.Approval("approval", 1);
    private static final Gate WATCHED = new Gate.Metric("errors", Gate.Measure.ERRORS, 0, 0, 0, null, true);
    private static final Gate ERRORS = new Gate.Metric("errors");
    private static final String UPGRADE = "up-2";

    /** How many reactors, what they may do on FAIL and what people ask for. */
    record Scenario(String name, int reactors, FailurePolicy onFail, List<Order> orders) {

        @Override
        public String toString() {
            return name;
        }
    }

    /** Of one stage whose gate is judged again after the switch. */
    private static GroupState watchedAfter() {
        Group group = Group.serving();
        Gate errors = new Gate.Metric(
                "errors", Gate.Measure.ERRORS, 0, 0, 0, null, false, Duration.ofMinutes(10), null, null, null);
        group.handle(Fixtures.upgrade(
                UpgradeMode.GRAYSCALE,
                "B",
                "2",
                List.of(stage("first", "1", List.of(errors), FailurePolicy.ROLL_BACK))));
        while (group.state.upgrade().gatedStage().isEmpty()) {
            group.step();
        }
        return group.state;
    }

    private static GroupState begun(FailurePolicy onFail) {
        Group group = Group.serving();
        group.handle(Fixtures.upgrade(
                UpgradeMode.GRAYSCALE,
                "B",
                "2",
                List.of(
                        stage("first", "1", List.of(APPROVAL, WATCHED), onFail),
                        stage("second", "2", List.of(ERRORS), onFail))));
        while (group.state.upgrade().gatedStage().isEmpty()) {
            group.step();
        }
        return group.state;
    }

    private static Stage stage(String name, String user, List<Gate> gates, FailurePolicy onFail) {
        return new Stage(
                name,
                new IdRule(false, List.of(user), List.of(), null),
                gates,
                Duration.ofHours(1),
                onFail,
                InconclusivePolicy.PAUSE);
    }

    private static Order approve(String stage, int times) {
        return new Order(Fixtures.APPROVER, new ApproveStage("shop", UPGRADE, stage, "fine"), times);
    }

    private static final Order APPROVE_OWN =
            new Order(Fixtures.OPERATOR, new ApproveStage("shop", UPGRADE, "first", "mine"), 1);
    private static final Order SKIP = new Order(Fixtures.APPROVER, new SkipStage("shop", UPGRADE, "first", "hurry"), 1);
    private static final Order REPEAT =
            new Order(Fixtures.OPERATOR, new RepeatStage("shop", UPGRADE, "first", "once more"), 1);
    private static final Order CHANGE = new Order(
            Fixtures.OPERATOR,
            new ChangeStage(
                    "shop", UPGRADE, stage("second", "3", List.of(APPROVAL, ERRORS), FailurePolicy.PAUSE), "others"),
            1);
    private static final Order RESUME = new Order(Fixtures.OPERATOR, new ResumeUpgrade("shop", UPGRADE, "on"), 1);
    private static final Order ABORT = new Order(Fixtures.OPERATOR, new AbortUpgrade("shop", UPGRADE, "no"), 1);

    static Stream<Scenario> scenarios() {
        return Stream.of(
                new Scenario(
                        "FAIL rolls back; approve, skip, repeat, change",
                        1,
                        FailurePolicy.ROLL_BACK,
                        List.of(approve("first", 1), APPROVE_OWN, SKIP, REPEAT, CHANGE)),
                new Scenario(
                        "FAIL pauses; approve, resume, abort",
                        1,
                        FailurePolicy.PAUSE,
                        List.of(approve("first", 1), RESUME, ABORT)),
                new Scenario("watched after the switch; abort", 1, FailurePolicy.ROLL_BACK, List.of(ABORT)),
                new Scenario(
                        "2 reactors; approve, repeat",
                        2,
                        FailurePolicy.ROLL_BACK,
                        List.of(approve("first", 1), REPEAT)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void holds_whatever_is_judged_and_whoever_intervenes_at_any_moment(Scenario scenario) {
        Result result = explore(Flow.PRODUCTION, scenario);
        System.out.printf(
                "gates, %s: %,d states, %,d transitions, %,d ends%n",
                scenario, result.states(), result.transitions(), result.ends());
        assertThat(result.violation()).isNull();
        assertThat(result.ends()).isPositive();
    }

    static Stream<Arguments> mutants() {
        return Stream.of(
                Arguments.of(
                        "takes an old verdict for one of the stage that runs",
                        "G1",
                        Flow.seeing(judged((state, word) -> new Judged(
                                state.upgrade().current().stage(),
                                word.gate(),
                                word.epoch(),
                                state.upgrade().position().since(),
                                word.verdict(),
                                word.evidence())))),
                Arguments.of(
                        "takes a verdict of an earlier try for one of this try",
                        "G1",
                        Flow.seeing(judged((state, word) -> new Judged(
                                word.stage(),
                                word.gate(),
                                word.epoch(),
                                state.upgrade().position().since(),
                                word.verdict(),
                                word.evidence())))),
                Arguments.of(
                        "lets an approval overtake a FAIL",
                        "G",
                        Flow.seeing(judged((state, word) -> new Judged(
                                word.stage(),
                                word.gate(),
                                word.epoch(),
                                word.fence(),
                                state.upgrade().position().approvedBy().isEmpty() ? word.verdict() : Verdict.PASS,
                                word.evidence())))),
                Arguments.of(
                        "goes on without a word",
                        "G",
                        Flow.seeing(judged((state, word) -> new Judged(
                                word.stage(),
                                word.gate(),
                                word.epoch(),
                                word.fence(),
                                Verdict.PASS,
                                word.evidence())))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void catches_a_flow_that(String what, String invariant, Flow mutant) {
        Result result = explore(mutant, scenarios().findFirst().orElseThrow());
        System.out.printf(
                "gates, mutant '%s': %s%n",
                what,
                result.violation() == null
                        ? "survived " + result.states() + " states"
                        : result.violation().lines().findFirst().orElseThrow() + " (after " + result.states()
                                + " states)");
        assertThat(result.violation()).as(what).isNotNull().startsWith(invariant);
    }

    private static BiFunction<GroupState, Observation, Observation> judged(
            BiFunction<GroupState, Judged, Judged> lens) {
        return (state, seen) ->
                state.upgrade() == null || state.upgrade().current().stage() == null
                        ? seen
                        : new Observation(
                                seen.published(),
                                seen.clusters(),
                                seen.routers(),
                                seen.everHadRouters(),
                                seen.elapsed(),
                                seen.written(),
                                seen.judged().stream()
                                        .map(word -> lens.apply(state, word))
                                        .toList());
    }

    private static Result explore(Flow flow, Scenario scenario) {
        return new GateExploration(flow, scenario.reactors(), scenario.orders())
                .explore(scenario.name().startsWith("watched") ? watchedAfter() : begun(scenario.onFail()));
    }
}
