package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeStage;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.FailStage;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.SkipStage;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.FailurePolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.GateJudged;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.InconclusivePolicy;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.StageChanged;
import io.tricolor.contracts.group.StageRepeated;
import io.tricolor.contracts.group.StageSkipped;
import io.tricolor.contracts.group.UpgradeAborting;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePaused;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.UpgradeStepExpired;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.contracts.group.WeeklyTime;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.NextAction.Advance;
import io.tricolor.strategy.group.domain.Observation.Judged;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Stages of an upgrade that runs: their verdicts, and what people do to them. */
class StagesTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Gate.Metric ERRORS =
            new Gate.Metric("errors", Gate.Measure.ERRORS, 1.25, 0.01, 100, null, false);
    private static final Gate.Approval APPROVAL = new Gate.Approval("approval", 1);

    private static IdRule percent(String share) {
        return new IdRule(false, List.of(), List.of(), new BigDecimal(share));
    }

    private static Stage stage(String name, String share, Gate... gates) {
        return new Stage(name, percent(share), List.of(gates));
    }

    /** At the gate of the first stage. */
    private static Group atGate(Stage... stages) {
        Group group = Group.serving();
        group.handle(Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of(stages)));
        to(group, UpgradeStep.Kind.GATE);
        return group;
    }

    private static void to(Group group, UpgradeStep.Kind kind) {
        while (group.state.upgrade().current().kind() != kind) {
            group.step();
        }
    }

    private static Observation seen(Group group, Judged... judged) {
        return seen(group, Fixtures.LONG, judged);
    }

    private static Observation seen(Group group, Duration elapsed, Judged... judged) {
        Observation ideal = Fixtures.ideal(group.state, elapsed);
        return new Observation(
                ideal.published(),
                ideal.clusters(),
                ideal.routers(),
                ideal.everHadRouters(),
                ideal.elapsed(),
                ideal.written(),
                List.of(judged));
    }

    private static Judged says(Group group, String stage, Verdict verdict) {
        return new Judged(
                stage,
                "errors",
                group.state.epoch(),
                group.state.upgrade().position().since(),
                verdict,
                new TreeMap<>(Map.of("errors of B", "7 of 100")));
    }

    /** What is to be recorded. */
    private static List<ClusterGroupCommand> due(Group group, Observation seen) {
        return NextActions.next(group.state, seen, Fixtures.NOW).stream()
                .filter(Advance.class::isInstance)
                .map(action -> ((Advance) action).command())
                .toList();
    }

    private static List<JudgeGate> asked(Group group) {
        return NextActions.next(group.state, seen(group), Fixtures.NOW).stream()
                .filter(NextAction.AskJudgement.class::isInstance)
                .map(action -> ((NextAction.AskJudgement) action).command())
                .toList();
    }

    private static List<ClusterGroupEvent> fail(Group group, Observation seen) {
        return group.handle(
                new FailStage("shop", "up-2", group.state.upgrade().position().step()),
                Decider.SELF,
                group.state.version(),
                seen);
    }

    private static List<ClusterGroupEvent> complete(Group group, Observation seen) {
        return group.handle(
                new CompleteStep(
                        "shop", "up-2", group.state.upgrade().position().step()),
                Decider.SELF,
                group.state.version(),
                seen);
    }

    private static void refused(Group group, ClusterGroupCommand command, Code code) {
        long before = group.state.version();
        assertThatThrownBy(() -> group.handle(command))
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(code));
        assertThat(group.state.version()).isEqualTo(before);
    }

    @Nested
    class A_gate_that_is_judged_elsewhere {

        @Test
        void holds_the_stage_until_it_says_pass_and_leaves_its_evidence() {
            Group group = atGate(stage("tenth", "10", ERRORS));
            for (Observation nothing : List.of(seen(group), seen(group, says(group, "tenth", Verdict.INCONCLUSIVE)))) {
                assertThat(due(group, nothing)).isEmpty();
                assertThatThrownBy(() -> complete(group, nothing)).isInstanceOf(Rejected.class);
            }
            List<ClusterGroupEvent> events = complete(group, seen(group, says(group, "tenth", Verdict.PASS)));
            assertThat(events.getFirst()).isInstanceOfSatisfying(GateJudged.class, judged -> {
                assertThat(judged.verdict()).isEqualTo(Verdict.PASS);
                assertThat(judged.evidence()).containsEntry("errors of B", "7 of 100");
            });
        }

        @Test
        void is_asked_for_as_long_as_its_stage_waits_and_not_while_paused() {
            Group group = atGate(
                    stage("tenth", "10", ERRORS),
                    new Stage("few", Fixtures.whitelist(false).rule(), List.of(ERRORS)));
            assertThat(asked(group)).singleElement().satisfies(ask -> {
                assertThat(ask.canary()).isEqualTo("B");
                assertThat(ask.baseline()).isEqualTo("A");
                assertThat(ask.services()).containsExactly("web");
                assertThat(ask.basisPoints()).isEqualTo(1_000);
                assertThat(ask.fence())
                        .isEqualTo(group.state.upgrade().position().since());
            });
            group.handle(new PauseUpgrade("shop", "up-2", "wait"));
            assertThat(asked(group)).isEmpty();
            group.handle(new ResumeUpgrade("shop", "up-2", "go"));
            complete(group, seen(group, says(group, "tenth", Verdict.PASS)));
            assertThat(asked(group)).as("while the table is on its way").isEmpty();
            to(group, UpgradeStep.Kind.GATE);
            assertThat(asked(group)).singleElement().satisfies(ask -> {
                assertThat(ask.stage()).isEqualTo("few");
                assertThat(ask.basisPoints()).as("named ids are no sample").isNull();
            });
        }

        @Test
        void that_says_fail_takes_the_upgrade_back_by_itself() {
            Group group = atGate(stage("tenth", "10", ERRORS));
            Observation bad = seen(group, says(group, "tenth", Verdict.FAIL));
            assertThat(due(group, bad)).containsExactly(new FailStage("shop", "up-2", 3));
            List<ClusterGroupEvent> events = fail(group, bad);
            assertThat(events).hasAtLeastOneElementOfType(UpgradeAborting.class);
            assertThat(events.getFirst())
                    .isInstanceOfSatisfying(
                            GateJudged.class,
                            judged -> assertThat(judged.verdict()).isEqualTo(Verdict.FAIL));
            assertThat(events)
                    .filteredOn(UpgradeAborting.class::isInstance)
                    .singleElement()
                    .isInstanceOfSatisfying(UpgradeAborting.class, aborting -> {
                        assertThat(aborting.abortedBy()).isEqualTo(Decider.SELF);
                        assertThat(aborting.reason()).contains("errors", "tenth", "7 of 100");
                    });
            group.finish();
            assertThat(group.state.cluster("A").strategy().status()).isEqualTo(ClusterStatus.GREEN);
            assertThat(group.state.cluster("B").wantsInstances()).isFalse();
        }

        @Test
        void that_says_fail_only_pauses_where_the_stage_asks_for_that_and_is_judged_anew_after_it() {
            Group group = atGate(new Stage("tenth", percent("10"), List.of(ERRORS), null, FailurePolicy.PAUSE, null));
            Observation bad = seen(group, says(group, "tenth", Verdict.FAIL));
            assertThat(fail(group, bad)).hasAtLeastOneElementOfType(UpgradePaused.class);
            assertThat(due(group, bad)).isEmpty();
            group.handle(new ResumeUpgrade("shop", "up-2", "looked at it"));
            assertThat(due(group, bad))
                    .as("what was judged before does not count")
                    .isEmpty();
            assertThat(due(group, seen(group, says(group, "tenth", Verdict.FAIL))))
                    .hasSize(1);
        }

        @Test
        void that_says_fail_is_not_overtaken_by_an_approval() {
            Group group = atGate(stage("tenth", "10", ERRORS, APPROVAL));
            Observation bad = seen(group, says(group, "tenth", Verdict.FAIL));
            group.handle(new ApproveStage("shop", "up-2", "tenth", "fine"), Fixtures.APPROVER, null);
            assertThat(due(group, bad)).containsExactly(new FailStage("shop", "up-2", 3));
            assertThatThrownBy(() -> complete(group, bad)).isInstanceOf(Rejected.class);
        }

        @Test
        void that_says_fail_while_an_approval_is_waited_for_does_not_wait_for_it() {
            Group group = atGate(stage("tenth", "10", ERRORS, APPROVAL));
            assertThat(fail(group, seen(group, says(group, "tenth", Verdict.FAIL))))
                    .hasAtLeastOneElementOfType(UpgradeAborting.class);
        }

        @Test
        void said_something_of_an_earlier_stage_or_epoch_and_that_does_not_count() {
            Group group = atGate(stage("tenth", "10", ERRORS), stage("half", "50", ERRORS));
            Judged old = says(group, "tenth", Verdict.PASS);
            complete(group, seen(group, old));
            to(group, UpgradeStep.Kind.GATE);
            Judged stale = new Judged("half", "errors", old.epoch(), old.fence(), Verdict.PASS, old.evidence());
            Judged otherEpoch = new Judged(
                    "half",
                    "errors",
                    old.epoch() + 1,
                    group.state.upgrade().position().since(),
                    Verdict.PASS,
                    old.evidence());
            for (Judged one : List.of(old, stale, otherEpoch)) {
                assertThatThrownBy(() -> complete(group, seen(group, one))).isInstanceOf(Rejected.class);
                Judged asFail =
                        new Judged(one.stage(), one.gate(), one.epoch(), one.fence(), Verdict.FAIL, one.evidence());
                assertThat(due(group, seen(group, asFail))).isEmpty();
            }
        }

        @Test
        void goes_on_being_watched_in_later_stages_where_asked() {
            Gate.Metric watched = new Gate.Metric("errors", Gate.Measure.ERRORS, 1.25, 0.01, 100, null, true);
            Group group = atGate(stage("tenth", "10", watched), stage("half", "50", APPROVAL));
            complete(group, seen(group, says(group, "tenth", Verdict.PASS)));
            to(group, UpgradeStep.Kind.GATE);
            assertThat(Gates.lookedAt(group.state.upgrade()))
                    .singleElement()
                    .satisfies(gate -> assertThat(gate.stage().name()).isEqualTo("tenth"));
            group.handle(new ApproveStage("shop", "up-2", "half", "fine"), Fixtures.APPROVER, null);
            Observation bad = seen(group, says(group, "tenth", Verdict.FAIL));
            assertThat(due(group, bad)).hasOnlyElementsOfType(FailStage.class);
            assertThatThrownBy(() -> complete(group, bad)).isInstanceOf(Rejected.class);
            assertThat(fail(group, bad)).hasAtLeastOneElementOfType(UpgradeAborting.class);
        }

        @Test
        void is_no_reason_to_fail_when_it_does_not_say_so() {
            Group group = atGate(stage("tenth", "10", ERRORS));
            assertThatThrownBy(() -> fail(group, seen(group, says(group, "tenth", Verdict.PASS))))
                    .isInstanceOf(Rejected.class);
        }
    }

    @Nested
    class A_gate_that_is_watched_after_the_switch {

        private static final Gate.Metric WATCHED = new Gate.Metric(
                "errors", Gate.Measure.ERRORS, 1.25, 0.01, 100, null, false, Duration.ofMinutes(10), null, null, null);
        private static final Gate.Webhook HOOK =
                new Gate.Webhook("load-test", "https://load.example/shop", true, Duration.ofMinutes(5));

        private static Group afterTheSwitch() {
            Group group = atGate(stage("tenth", "10", WATCHED, HOOK), stage("half", "50", APPROVAL));
            Upgrade begun = group.state.upgrade();
            group.handle(new SkipStage("shop", "up-2", "tenth", "fine"), Fixtures.APPROVER, null);
            to(group, UpgradeStep.Kind.GATE);
            assertThat(asked(group))
                    .as("a metric that is not watched in later stages")
                    .isEmpty();
            assertThat(hooks(group)).containsExactly("load-test");
            group.handle(new SkipStage("shop", "up-2", "half", "fine"), Fixtures.APPROVER, null);
            to(group, UpgradeStep.Kind.GATE);
            assertThat(begun.plan().steps())
                    .extracting(UpgradeStep::kind)
                    .containsSubsequence(
                            UpgradeStep.Kind.DRAIN,
                            UpgradeStep.Kind.ROUTE,
                            UpgradeStep.Kind.DRAIN,
                            UpgradeStep.Kind.GATE,
                            UpgradeStep.Kind.STOP);
            return group;
        }

        private static List<String> hooks(Group group) {
            return NextActions.next(group.state, seen(group), Fixtures.NOW).stream()
                    .filter(NextAction.CallWebhook.class::isInstance)
                    .map(action -> ((NextAction.CallWebhook) action).call().gate())
                    .toList();
        }

        @Test
        void is_judged_against_what_was_before_while_the_old_cluster_still_runs() {
            Group group = afterTheSwitch();
            assertThat(group.state.cluster("A").strategy().status()).isEqualTo(ClusterStatus.RED);
            assertThat(group.state.cluster("A").wantsInstances()).isTrue();
            assertThat(group.state.cluster("B").strategy().status()).isEqualTo(ClusterStatus.GREEN);
            assertThat(asked(group)).singleElement().satisfies(command -> {
                assertThat(command.switched()).isTrue();
                assertThat(command.basisPoints()).isNull();
                assertThat(command.stage()).isEqualTo("tenth");
                assertThat(command.fence())
                        .isEqualTo(group.state.upgrade().position().since());
            });
            assertThat(hooks(group)).containsExactly("load-test");
            assertThatThrownBy(() ->
                            group.handle(new RepeatStage("shop", "up-2", "half", "once more"), Fixtures.OPERATOR, null))
                    .isInstanceOf(Rejected.class);
        }

        @Test
        void goes_back_by_one_table_when_it_fails() {
            Group group = afterTheSwitch();
            int fence = (int) group.state.cluster("A").fence();
            assertThat(fail(group, seen(group, says(group, "tenth", Verdict.FAIL))))
                    .hasAtLeastOneElementOfType(UpgradeAborting.class);
            while (group.state.upgrade() != null) {
                group.step();
            }
            assertThat(group.state.cluster("A").strategy().status()).isEqualTo(ClusterStatus.GREEN);
            assertThat(group.state.cluster("A").fence())
                    .as("nothing is started")
                    .isEqualTo(fence);
            assertThat(group.state.cluster("B").strategy().status()).isEqualTo(ClusterStatus.RED);
        }

        @Test
        void lets_the_upgrade_end_after_its_time_whatever_else_it_says() {
            Group group = afterTheSwitch();
            Judged unsure = says(group, "tenth", Verdict.INCONCLUSIVE);
            assertThat(due(group, seen(group, Duration.ofMinutes(9), unsure))).isEmpty();
            complete(group, seen(group, Duration.ofMinutes(10), unsure));
            assertThat(group.state.upgrade().current().kind()).isEqualTo(UpgradeStep.Kind.STOP);
        }

        @Test
        void is_named_when_the_upgrade_starts_or_not_at_all() {
            Group group = atGate(stage("tenth", "10", APPROVAL), stage("half", "50", ERRORS));
            assertThatThrownBy(() -> group.handle(
                            new ChangeStage("shop", "up-2", stage("half", "50", WATCHED), "longer"),
                            Fixtures.OPERATOR,
                            null))
                    .isInstanceOf(Rejected.class)
                    .hasMessageContaining("after the switch");
            assertThatThrownBy(() -> atGate(stage("after the switch", "10", ERRORS)))
                    .isInstanceOf(Rejected.class)
                    .hasMessageContaining("comes by itself");
        }
    }

    @Nested
    class The_deadline_of_a_stage {

        private static Stage patient(InconclusivePolicy policy) {
            return new Stage("tenth", percent("10"), List.of(ERRORS), MINUTE, null, policy);
        }

        private static List<ClusterGroupEvent> expire(Group group, Duration elapsed) {
            return group.handle(
                    new ExpireStep(
                            "shop", "up-2", group.state.upgrade().position().step()),
                    Decider.SELF,
                    group.state.version(),
                    seen(group, elapsed));
        }

        @ParameterizedTest
        @CsvSource({"PAUSE, UpgradePaused", "ROLL_BACK, UpgradeAborting", "EXTEND, UpgradeStepExpired"})
        void does_what_the_stage_says(InconclusivePolicy policy, String last) {
            Group group = atGate(patient(policy));
            Duration late = MINUTE.plusMillis(1);
            assertThat(due(group, seen(group, MINUTE))).isEmpty();
            assertThat(due(group, seen(group, late))).containsExactly(new ExpireStep("shop", "up-2", 3));
            assertThat(expire(group, late))
                    .extracting(event -> event.getClass().getSimpleName())
                    .contains(last);
        }

        @Test
        void is_extended_as_often_as_it_may_be_with_what_has_been_seen_and_then_pauses() {
            Group group = atGate(patient(InconclusivePolicy.EXTEND));
            long since = group.state.upgrade().position().since();
            for (int i = 1; i <= Stage.MOST_EXTENSIONS; i++) {
                Duration now = MINUTE.multipliedBy(i).plusMillis(1);
                assertThat(expire(group, now)).hasOnlyElementsOfType(UpgradeStepExpired.class);
                assertThat(due(group, seen(group, now))).isEmpty();
                assertThat(group.state.upgrade().position().since()).isEqualTo(since);
            }
            assertThat(expire(group, MINUTE.multipliedBy(5))).hasAtLeastOneElementOfType(UpgradePaused.class);
        }

        @Test
        void makes_sense() {
            Group group = Group.serving();
            for (Stage bad : List.of(
                    new Stage("s", percent("1"), List.of(), null, null, InconclusivePolicy.PAUSE),
                    new Stage("s", percent("1"), List.of(), MINUTE, null, InconclusivePolicy.HOLD),
                    new Stage("s", percent("1"), List.of(), Duration.ZERO, null, null),
                    new Stage("s", percent("1"), List.of(new Gate.Bake("bake", MINUTE)), MINUTE, null, null))) {
                refused(group, Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of(bad)), Code.INVALID_STAGES);
            }
        }
    }

    @Nested
    class A_schedule {

        private static final WeeklyTime NIGHT =
                new WeeklyTime(List.of(DayOfWeek.SATURDAY), "22:00", "03:00", "Europe/Berlin");

        private static Verdict at(Gate.Schedule gate, String instant) {
            return Gates.verdict(
                            gate,
                            new Gates.Evidence(java.util.Collections.emptySortedSet(), MINUTE, Map.of()),
                            Instant.parse(instant))
                    .verdict();
        }

        @Test
        void opens_at_its_date_and_only_within_its_times() {
            Gate.Schedule gate = new Gate.Schedule("night", Instant.parse("2026-03-01T00:00:00Z"), List.of(NIGHT));
            assertThat(at(gate, "2026-02-28T22:00:00Z")).as("before its date").isNull();
            assertThat(at(gate, "2026-03-01T01:59:59Z")).as("begun on Saturday").isEqualTo(Verdict.PASS);
            assertThat(at(gate, "2026-03-01T02:00:00Z")).as("03:00 there").isNull();
            assertThat(at(gate, "2026-03-07T20:59:59Z")).as("21:59:59 there").isNull();
            assertThat(at(gate, "2026-03-07T21:00:00Z")).isEqualTo(Verdict.PASS);
        }

        /** Clocks of Berlin went from 02:00 to 03:00 on 29 March 2026, and go from 03:00 to 02:00 on 25 October. */
        @ParameterizedTest
        @CsvSource({
            "2026-03-28T20:59:59Z, false",
            "2026-03-28T21:00:00Z, true",
            "2026-03-29T00:59:59Z, true",
            "2026-03-29T01:00:00Z, false",
            "2026-10-24T19:59:59Z, false",
            "2026-10-24T20:00:00Z, true",
            "2026-10-25T00:59:59Z, true",
            "2026-10-25T01:30:00Z, true",
            "2026-10-25T01:59:59Z, true",
            "2026-10-25T02:00:00Z, false"
        })
        void goes_by_the_wall_clock_when_clocks_are_changed(Instant instant, boolean within) {
            assertThat(NIGHT.contains(instant)).isEqualTo(within);
        }

        @ParameterizedTest
        @CsvSource({"25:00, 03:00, Europe/Berlin", "1:00, 03:00, Europe/Berlin", "01:00, 03:00, Mars/Base", "x, y, z"})
        void is_refused_when_it_cannot_be_read(String from, String to, String zone) {
            WeeklyTime time = new WeeklyTime(List.of(DayOfWeek.MONDAY), from, to, zone);
            Stage stage = stage("s", "1", new Gate.Schedule("when", null, List.of(time)));
            refused(
                    Group.serving(),
                    Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of(stage)),
                    Code.INVALID_ARGUMENT);
        }
    }

    @Nested
    class People {

        private static final SkipStage SKIP = new SkipStage("shop", "up-2", "tenth", "seen enough");
        private static final RepeatStage REPEAT = new RepeatStage("shop", "up-2", "tenth", "once more");

        @Test
        void skip_the_stage_that_runs_once() {
            Group group = atGate(stage("tenth", "10", ERRORS), stage("half", "50", ERRORS));
            assertThat(group.handle(SKIP)).first().isInstanceOf(StageSkipped.class);
            assertThat(group.state.upgrade().current().stage()).isEqualTo("half");
            assertThat(group.handle(SKIP)).as("it is behind").isEmpty();
            refused(group, new SkipStage("shop", "up-2", "half", "early"), Code.STAGE_NOT_CURRENT);
            refused(group, new SkipStage("shop", "up-2", "none", "?"), Code.STAGE_NOT_FOUND);
        }

        @Test
        void do_not_skip_the_approval_of_others() {
            Group group = atGate(stage("tenth", "10", APPROVAL));
            refused(group, SKIP, Code.APPROVER_IS_REQUESTER);
            assertThat(group.handle(SKIP, Fixtures.APPROVER, null)).isNotEmpty();
        }

        @Test
        void repeat_a_stage_with_its_users_and_without_its_approvals() {
            Group group = atGate(stage("tenth", "10", APPROVAL), stage("half", "50", APPROVAL));
            group.handle(new ApproveStage("shop", "up-2", "tenth", "fine"), Fixtures.APPROVER, null);
            group.step();
            to(group, UpgradeStep.Kind.GATE);
            assertThat(group.handle(REPEAT)).first().isInstanceOf(StageRepeated.class);
            assertThat(group.handle(REPEAT)).as("it is there").isEmpty();
            to(group, UpgradeStep.Kind.GATE);
            assertThat(group.state.cluster("B").strategy().id()).isEqualTo(percent("10"));
            assertThat(group.state.upgrade().gatedStage().orElseThrow().name()).isEqualTo("tenth");
            assertThat(group.state.upgrade().position().approvedBy()).isEmpty();
            group.finish();
            assertThat(group.state.cluster("B").strategy().status()).isEqualTo(ClusterStatus.GREEN);
        }

        @Test
        void take_everybody_back_to_a_stage_only_while_the_old_cluster_can_serve_them() {
            Group group = atGate(stage("tenth", "10"));
            to(group, UpgradeStep.Kind.DRAIN);
            assertThat(group.handle(REPEAT)).hasSize(1);
            Observation dead = new Observation(
                    Fixtures.ideal(group.state).published(),
                    new TreeMap<>(
                            Map.of("B", Fixtures.ideal(group.state).clusters().get("B"))),
                    List.of(),
                    false,
                    Fixtures.later(group.state, Duration.ZERO),
                    Observation.Written.UNKNOWN);
            assertThat(NextActions.progress(group.state, group.state.upgrade(), dead, Fixtures.NOW)
                            .missing())
                    .containsKey("instances of A");
            assertThat(group.step()).isNotEmpty();
            assertThat(group.state.cluster("B").strategy().id()).isEqualTo(percent("10"));
        }

        @Test
        void repeat_nothing_after_the_exchange_of_colours() {
            Group group = atGate(stage("tenth", "10"));
            to(group, UpgradeStep.Kind.STOP);
            refused(group, REPEAT, Code.STAGE_NOT_CURRENT);
        }

        @Test
        void repeat_and_skip_while_paused_and_nothing_moves_until_it_is_resumed() {
            Group group = atGate(stage("tenth", "10", ERRORS), stage("half", "50", ERRORS));
            group.handle(new PauseUpgrade("shop", "up-2", "wait"));
            assertThat(group.handle(SKIP)).hasSize(1);
            assertThat(due(group, seen(group))).isEmpty();
            assertThat(group.handle(
                            new ResumeUpgrade("shop", "up-2", "go"),
                            Fixtures.OPERATOR,
                            group.state.version(),
                            seen(group)))
                    .hasAtLeastOneElementOfType(RouteStrategiesChanged.class);
            assertThat(group.state.cluster("B").strategy().id()).isEqualTo(percent("50"));
        }

        @Test
        void change_a_stage_that_has_not_begun_and_void_approvals() {
            Group group = atGate(stage("tenth", "10", new Gate.Approval("approval", 2)), stage("half", "50", ERRORS));
            group.handle(new ApproveStage("shop", "up-2", "tenth", "fine"), Fixtures.APPROVER, null);
            ChangeStage change = new ChangeStage("shop", "up-2", stage("half", "30"), "slower");
            assertThat(group.handle(change)).singleElement().isInstanceOf(StageChanged.class);
            assertThat(group.handle(change)).as("it is so already").isEmpty();
            assertThat(group.state.upgrade().position().approvedBy()).isEmpty();
            group.handle(SKIP, Fixtures.APPROVER, null);
            to(group, UpgradeStep.Kind.GATE);
            assertThat(group.state.cluster("B").strategy().id()).isEqualTo(percent("30"));
            refused(group, change(stage("half", "40")), Code.STAGE_BEGUN);
            refused(group, change(stage("none", "40")), Code.STAGE_NOT_FOUND);
            refused(group, change(new Stage("half", null, List.of())), Code.INVALID_STAGES);
        }

        private static ChangeStage change(Stage stage) {
            return new ChangeStage("shop", "up-2", stage, "why");
        }

        @ParameterizedTest
        @EnumSource(
                value = UpgradeStep.Kind.class,
                names = {"START", "ROUTE", "GATE", "DRAIN", "STOP"})
        void leave_an_upgrade_alone_that_is_on_its_way_back(UpgradeStep.Kind kind) {
            Group group = Group.serving();
            group.handle(Fixtures.upgrade(
                    UpgradeMode.GRAYSCALE, "B", "2", List.of(stage("tenth", "10", new Gate.Bake("bake", MINUTE)))));
            to(group, kind);
            group.handle(Fixtures.abort("up-2"));
            for (ClusterGroupCommand command : List.of(SKIP, REPEAT, change(stage("tenth", "20")))) {
                refused(group, command, Code.UPGRADE_ABORTING);
            }
        }
    }
}
