package io.tricolor.strategy.group.domain;

import static io.tricolor.contracts.Rejection.Code.ALREADY_GREEN;
import static io.tricolor.contracts.Rejection.Code.APPROVAL_MISSING;
import static io.tricolor.contracts.Rejection.Code.APPROVER_IS_REQUESTER;
import static io.tricolor.contracts.Rejection.Code.CLUSTER_EXISTS;
import static io.tricolor.contracts.Rejection.Code.CLUSTER_NOT_FOUND;
import static io.tricolor.contracts.Rejection.Code.CLUSTER_NOT_RED;
import static io.tricolor.contracts.Rejection.Code.CLUSTER_NOT_RUNNING;
import static io.tricolor.contracts.Rejection.Code.GOAL_NOT_REACHED;
import static io.tricolor.contracts.Rejection.Code.GROUP_EXISTS;
import static io.tricolor.contracts.Rejection.Code.GROUP_IN_SERVICE;
import static io.tricolor.contracts.Rejection.Code.GROUP_NOT_FOUND;
import static io.tricolor.contracts.Rejection.Code.INVALID_ARGUMENT;
import static io.tricolor.contracts.Rejection.Code.INVALID_ID;
import static io.tricolor.contracts.Rejection.Code.INVALID_MANIFEST;
import static io.tricolor.contracts.Rejection.Code.INVALID_STAGES;
import static io.tricolor.contracts.Rejection.Code.NO_APPROVAL_PENDING;
import static io.tricolor.contracts.Rejection.Code.NO_GREEN_CLUSTER;
import static io.tricolor.contracts.Rejection.Code.ROLLBACK_POINT_NOT_FOUND;
import static io.tricolor.contracts.Rejection.Code.ROUTES_UNSERVED;
import static io.tricolor.contracts.Rejection.Code.SECRET_IN_MANIFEST;
import static io.tricolor.contracts.Rejection.Code.STEP_NOT_CURRENT;
import static io.tricolor.contracts.Rejection.Code.UPGRADE_NOT_RUNNING;
import static io.tricolor.contracts.Rejection.Code.UPGRADE_PAUSED;
import static io.tricolor.contracts.Rejection.Code.UPGRADE_RUNNING;
import static io.tricolor.contracts.Rejection.Code.VERSION_MISMATCH;
import static io.tricolor.contracts.group.Gate.Source.From.INSTANCES;
import static io.tricolor.contracts.group.Gate.Source.From.PROMETHEUS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterAdded;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCreated;
import io.tricolor.contracts.group.ClusterGroupDeleted;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterRemoved;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.GateJudged;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
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
import io.tricolor.contracts.group.UpgradeResumed;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.contracts.group.UpgradeStepExpired;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DeciderTest {

    private static final List<Stage> WHITELIST = List.of(Fixtures.whitelist(true));
    private static final RouteStrategy FIRST_USER =
            RouteStrategy.yellow(new IdRule(false, List.of("1"), List.of(), null));

    @Nested
    class Groups {

        @Test
        void begin_with_all_clusters_red() {
            Group group = new Group();
            assertThat(group.handle(Fixtures.create("A", "B"))).hasExactlyElementsOfTypes(ClusterGroupCreated.class);
            assertThat(group.state.strategies().values()).containsOnly(RouteStrategy.red());
            assertThat(group.state.hasTable()).isFalse();
        }

        @Test
        void are_refused_twice_without_clusters_or_with_bad_names() {
            Group group = Group.serving();
            refused(group, Fixtures.create("A"), GROUP_EXISTS);
            refused(new Group(), Fixtures.create(), INVALID_ARGUMENT);
            refused(new Group(), Fixtures.create("A", "A"), CLUSTER_EXISTS);
            refused(new Group(), Fixtures.create("a"), INVALID_ARGUMENT);
            refused(new Group(), Fixtures.create("A/../B"), INVALID_ARGUMENT);
        }

        @Test
        void answer_nothing_before_they_exist() {
            refused(new Group(), new AddCluster("shop", "C"), GROUP_NOT_FOUND);
        }

        @Test
        void change_their_entries_as_a_new_table_and_not_when_nothing_changed() {
            Group group = Group.serving();
            List<Entry> entries = List.of(new Entry("shop.example", "/", "web"));
            var change = new ChangeClusterGroup("shop", entries, IdentitySource.standard(), Affinity.NONE);
            long before = group.state.tableVersion();
            assertThat(group.handle(change)).hasExactlyElementsOfTypes(ClusterGroupChanged.class);
            assertThat(group.state.tableVersion()).isEqualTo(before + 1);
            assertThat(group.handle(change)).isEmpty();
        }

        @Test
        void refuse_entries_to_a_service_that_does_not_run() {
            List<Entry> entries = List.of(new Entry(null, "/", "checkout"));
            refused(
                    Group.serving(),
                    new ChangeClusterGroup("shop", entries, IdentitySource.standard(), Affinity.ID),
                    INVALID_MANIFEST);
        }

        @Test
        void find_the_id_in_a_claim_that_has_a_plain_name() {
            Group group = Group.serving();
            var claims = new IdentitySource(List.of(), List.of(), List.of(), List.of("sub"));
            group.handle(new ChangeClusterGroup("shop", group.state.entries(), claims, Affinity.ID));
            assertThat(group.state.identity()).isEqualTo(claims);
            var blank = new IdentitySource(List.of(), List.of(), List.of(), List.of("user id"));
            refused(group, new ChangeClusterGroup("shop", group.state.entries(), blank, Affinity.ID), INVALID_ARGUMENT);
        }

        @Test
        void can_be_deleted_only_out_of_service_and_begun_again_with_a_higher_epoch() {
            refused(Group.serving(), new DeleteClusterGroup("shop", "done"), GROUP_IN_SERVICE);
            Group group = new Group();
            group.handle(Fixtures.create("A"));
            assertThat(group.handle(new DeleteClusterGroup("shop", "done")))
                    .hasExactlyElementsOfTypes(ClusterGroupDeleted.class);
            refused(group, new AddCluster("shop", "C"), GROUP_NOT_FOUND);
            refused(group, Fixtures.create("A"), INVALID_ARGUMENT);
        }
    }

    @Nested
    class Clusters {

        @Test
        void are_added_red_and_removed_red() {
            Group group = Group.serving();
            assertThat(group.handle(new AddCluster("shop", "C"))).hasExactlyElementsOfTypes(ClusterAdded.class);
            refused(group, new AddCluster("shop", "C"), CLUSTER_EXISTS);
            assertThat(group.state.cluster("C").strategy()).isEqualTo(RouteStrategy.red());
            assertThat(group.handle(new RemoveCluster("shop", "C"))).hasExactlyElementsOfTypes(ClusterRemoved.class);
            refused(group, new RemoveCluster("shop", "C"), CLUSTER_NOT_FOUND);
        }

        @Test
        void are_not_removed_while_green() {
            refused(Group.serving(), new RemoveCluster("shop", "A"), CLUSTER_NOT_RED);
        }

        @Test
        void stay_while_an_upgrade_runs() {
            Group group = upgrading(UpgradeMode.SWITCH, List.of());
            refused(group, new RemoveCluster("shop", "B"), UPGRADE_RUNNING);
            refused(group, new AddCluster("shop", "C"), UPGRADE_RUNNING);
        }
    }

    @Nested
    class Strategies {

        @Test
        void leave_somebody_unserved_and_are_refused() {
            refused(Group.serving(), direct("A", RouteStrategy.red()), ROUTES_UNSERVED);
            refused(Group.serving(), direct("A", RouteStrategy.yellow(IdRule.nobody())), ROUTES_UNSERVED);
        }

        @Test
        void name_a_cluster_without_instances_and_are_refused() {
            refused(Group.serving(), direct("B", RouteStrategy.green()), CLUSTER_NOT_RUNNING);
            refused(Group.serving(), direct("X", RouteStrategy.green()), CLUSTER_NOT_FOUND);
        }

        @Test
        void with_a_blank_id_are_refused() {
            IdRule rule = new IdRule(true, List.of(" "), List.of(), null);
            refused(Group.serving(), direct("A", new RouteStrategy(ClusterStatus.GREEN, rule)), INVALID_ID);
        }

        @Test
        void with_more_intervals_than_a_new_rule_may_carry_are_refused() {
            List<IdInterval> intervals = LongStream.rangeClosed(1, 101)
                    .mapToObj(i -> new IdInterval(2 * i, 2 * i))
                    .toList();
            IdRule rule = new IdRule(true, List.of(), intervals, null);
            refused(Group.serving(), direct("A", new RouteStrategy(ClusterStatus.GREEN, rule)), INVALID_ARGUMENT);
        }

        @Test
        void change_as_one_table_and_not_when_nothing_changed() {
            Group group = Group.serving();
            var yellow = direct("A", RouteStrategy.yellow(IdRule.everybody()));
            assertThat(group.handle(yellow)).hasExactlyElementsOfTypes(RouteStrategiesChanged.class);
            assertThat(group.handle(yellow)).isEmpty();
        }

        @Test
        void are_not_changed_by_hand_while_an_upgrade_runs() {
            refused(
                    upgrading(UpgradeMode.SWITCH, List.of()),
                    direct("A", RouteStrategy.yellow(IdRule.everybody())),
                    UPGRADE_RUNNING);
        }
    }

    @Nested
    class Upgrades {

        @Test
        void install_into_a_group_that_serves_nobody() {
            Group group = new Group();
            group.handle(Fixtures.create("A", "B"));
            assertThat(group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "A", "1", List.of())))
                    .hasExactlyElementsOfTypes(UpgradeStarted.class, ClusterDesiredStateChanged.class);
            assertThat(group.step())
                    .hasExactlyElementsOfTypes(UpgradeStepCompleted.class, RouteStrategiesChanged.class);
            assertThat(group.step()).hasExactlyElementsOfTypes(UpgradeStepCompleted.class, UpgradeCompleted.class);
            assertThat(group.state.serving().map(ClusterState::name)).contains("A");
        }

        @Test
        void install_only_once_and_upgrade_only_after() {
            refused(Group.serving(), Fixtures.upgrade(UpgradeMode.INSTALL, "B", "2", List.of()), ALREADY_GREEN);
            Group group = new Group();
            group.handle(Fixtures.create("A", "B"));
            refused(group, Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of()), NO_GREEN_CLUSTER);
            refused(group, Fixtures.rollback(null), NO_GREEN_CLUSTER);
        }

        @Test
        void by_grayscale_follow_the_safe_order() {
            Group group = upgrading(UpgradeMode.GRAYSCALE, WHITELIST);
            assertThat(group.state.upgrade().plan().steps())
                    .extracting(UpgradeStep::kind, UpgradeStep::cluster)
                    .containsExactly(
                            tuple(UpgradeStep.Kind.START, "B"),
                            tuple(UpgradeStep.Kind.ROUTE, null),
                            tuple(UpgradeStep.Kind.ROUTE, "B"),
                            tuple(UpgradeStep.Kind.GATE, "B"),
                            tuple(UpgradeStep.Kind.ROUTE, null),
                            tuple(UpgradeStep.Kind.DRAIN, "A"),
                            tuple(UpgradeStep.Kind.ROUTE, null),
                            tuple(UpgradeStep.Kind.DRAIN, "A"),
                            tuple(UpgradeStep.Kind.STOP, "A"));
            group.finish();
            assertThat(group.state.cluster("A").strategy()).isEqualTo(RouteStrategy.red());
            assertThat(group.state.cluster("B").strategy()).isEqualTo(RouteStrategy.green());
            assertThat(group.state.cluster("A").wantsInstances()).isFalse();
            assertThat(group.state.cluster("A").manifest()).isEqualTo(Fixtures.manifest("1"));
        }

        @Test
        void leave_a_rollback_point_of_the_moment_before() {
            Group group = Group.serving();
            long before = group.state.version();
            List<ClusterGroupEvent> begun = group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()));
            assertThat(begun.getFirst()).isInstanceOfSatisfying(RollbackPointCreated.class, point -> {
                assertThat(point.sequence()).isEqualTo(before);
                assertThat(point.cluster()).isEqualTo("A");
                assertThat(point.manifest()).isEqualTo(Fixtures.manifest("1"));
            });
        }

        @Test
        void start_as_many_instances_as_serve_when_the_manifest_does_not_say() {
            Group group = Group.serving();
            group.handle(new ClusterGroupCommand.StartUpgrade(
                    "shop",
                    "up-2",
                    UpgradeMode.SWITCH,
                    "B",
                    withInstances("2", 3),
                    List.of(),
                    Fixtures.policy(ExpiryPolicy.PAUSE),
                    "more"));
            group.finish();
            group.handle(new ClusterGroupCommand.StartUpgrade(
                    "shop",
                    "up-3",
                    UpgradeMode.SWITCH,
                    "A",
                    withInstances("3", null),
                    List.of(),
                    Fixtures.policy(ExpiryPolicy.PAUSE),
                    "same"));
            assertThat(group.state.upgrade().plan().to().instances()).isEqualTo(new TreeMap<>(Map.of("web", 3)));
        }

        @Test
        void are_one_at_a_time_and_go_to_red() {
            Group group = upgrading(UpgradeMode.SWITCH, List.of());
            refused(group, Fixtures.upgrade(UpgradeMode.SWITCH, "B", "3", List.of()), UPGRADE_RUNNING);
            refused(group, Fixtures.rollback(null), UPGRADE_RUNNING);
            assertThat(group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of())))
                    .isEmpty();
            refused(Group.serving(), Fixtures.upgrade(UpgradeMode.SWITCH, "A", "2", List.of()), CLUSTER_NOT_RED);
            refused(Group.serving(), Fixtures.upgrade(UpgradeMode.SWITCH, "X", "2", List.of()), CLUSTER_NOT_FOUND);
        }

        @Test
        void refuses_a_manifest_with_a_secret_in_it_and_takes_one_that_names_it() {
            Group group = Group.serving();
            for (String variable : List.of("DB_PASSWORD", "api_token", "AWS_SECRET_ACCESS_KEY", "CREDENTIALS")) {
                refused(group, broken(withEnv(Map.of(variable, "hunter2"), Map.of())), SECRET_IN_MANIFEST);
            }
            refused(group, broken(withEnv(Map.of("SENDER", "{cipher}00ff"), Map.of())), SECRET_IN_MANIFEST);
            refused(group, broken(withEnv(Map.of("DB", "postgres://u:pw@db/x"), Map.of())), SECRET_IN_MANIFEST);
            refused(group, broken(withArgs("java", "-Dapi.key=k-17", "-jar", "web.jar")), SECRET_IN_MANIFEST);
            refused(group, broken(withArgs("web", "--password", "hunter2")), SECRET_IN_MANIFEST);
            refused(group, broken(withEnv(Map.of(), Map.of("DB_PASSWORD", "../db"))), INVALID_MANIFEST);
            refused(group, broken(withEnv(Map.of(), Map.of("DB-PASSWORD", "db"))), INVALID_MANIFEST);
            refused(group, broken(withEnv(Map.of("X", "1"), Map.of("X", "db"))), INVALID_MANIFEST);
            group.handle(broken(withEnv(
                    Map.of("DB_PASSWORD_FILE", "/run/secrets/db", "PASSWORD", "", "LOG_LEVEL", "info"),
                    Map.of("DB_PASSWORD", "shop-db.main"))));
            assertThat(group.events.toString()).contains("shop-db.main");
        }

        @Test
        void are_refused_with_a_bad_manifest_or_bad_stages() {
            Group group = Group.serving();
            refused(group, broken(withInstances("2", 0)), INVALID_MANIFEST);
            refused(group, broken(new io.tricolor.contracts.group.Manifest("2", List.of())), INVALID_MANIFEST);
            Stage twice = Fixtures.whitelist(false);
            refused(group, Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of(twice, twice)), INVALID_STAGES);
            for (List<Gate> gates : List.<List<Gate>>of(
                    List.of(new Gate.Bake("bake", Duration.ofSeconds(-1))),
                    List.of(new Gate.Approval("approval", 0)),
                    List.of(new Gate.Approval("two words", 1)),
                    List.of(new Gate.Approval("one", 1), new Gate.Approval("other", 1)),
                    List.of(new Gate.Approval("same", 1), new Gate.Bake("same", Duration.ZERO)),
                    metric(Gate.Measure.ERRORS, 0.99, 0.01, 1, null),
                    metric(Gate.Measure.ERRORS, 10.01, 0.01, 1, null),
                    metric(Gate.Measure.ERRORS, Double.NaN, 0.01, 1, null),
                    metric(Gate.Measure.ERRORS, 1, -0.01, 1, null),
                    metric(Gate.Measure.ERRORS, 1, 0.21, 1, null),
                    metric(Gate.Measure.ERRORS, 1, Double.NaN, 1, null),
                    metric(Gate.Measure.ERRORS, 1, 0.01, -1, null),
                    metric(Gate.Measure.ERRORS, 1, 0.01, 1, Duration.ofSeconds(1)),
                    metric(Gate.Measure.LATENCY, 1, 0.01, 1, Duration.ZERO),
                    metric(Gate.Measure.LATENCY, 1, 0.01, 1, Duration.ofSeconds(61)),
                    watched(Gate.Measure.ERRORS, Duration.ZERO, null, null, null),
                    watched(Gate.Measure.ERRORS, Duration.ofDays(32), null, null, null),
                    watched(Gate.Measure.ERRORS, null, 0.0, null, null),
                    watched(Gate.Measure.ERRORS, null, 1.0, null, null),
                    watched(Gate.Measure.ERRORS, null, Double.NaN, null, null),
                    watched(Gate.Measure.ERRORS, null, null, Duration.ofSeconds(-1), null),
                    watched(Gate.Measure.ERRORS, null, null, Duration.ofHours(25), null),
                    watched(Gate.Measure.LATENCY, null, null, null, new Gate.Source(PROMETHEUS, "up", "down")),
                    watched(Gate.Measure.ERRORS, null, null, null, new Gate.Source(INSTANCES, "up", "sum(down)")),
                    watched(Gate.Measure.ERRORS, null, null, null, new Gate.Source(null, "up", "down")),
                    List.of(new Gate.Webhook("hook", "https://load.example", false, Duration.ZERO)))) {
                Stage stage = new Stage("s", IdRule.nobody(), gates);
                refused(group, Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of(stage)), INVALID_STAGES);
            }
        }

        @Test
        void drop_no_stage_in_silence() {
            refused(Group.serving(), Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", WHITELIST), INVALID_STAGES);
            Group group = new Group();
            group.handle(Fixtures.create("A", "B"));
            refused(group, Fixtures.upgrade(UpgradeMode.INSTALL, "A", "1", WHITELIST), INVALID_STAGES);
        }

        @Test
        void complete_a_step_only_in_turn_on_the_version_looked_at() {
            Group group = upgrading(UpgradeMode.SWITCH, List.of());
            var complete = new CompleteStep("shop", "up-2", 0);
            refused(group, complete, VERSION_MISMATCH);
            refused(group, complete, group.state.version() - 1, VERSION_MISMATCH);
            refused(group, new CompleteStep("shop", "up-2", 1), group.state.version(), STEP_NOT_CURRENT);
            refused(group, new CompleteStep("shop", "other", 0), group.state.version(), UPGRADE_NOT_RUNNING);
            group.step();
            refused(group, complete, group.state.version(), STEP_NOT_CURRENT);
        }
    }

    @Nested
    class Gates {

        @Test
        void are_passed_only_with_the_approval_of_somebody_else() {
            Group group = atGate();
            refused(group, group.state.version(), APPROVAL_MISSING);
            var approve = new ApproveStage("shop", "up-2", "whitelist", "fine");
            refused(group, approve, APPROVER_IS_REQUESTER);
            refused(group, new ApproveStage("shop", "up-2", "other", "fine"), NO_APPROVAL_PENDING);
            assertThat(group.handle(approve, Fixtures.APPROVER, null)).hasExactlyElementsOfTypes(StageApproved.class);
            assertThat(group.handle(approve, "third", null)).isEmpty();
            group.step();
            refused(group, approve, NO_APPROVAL_PENDING);
        }

        @Test
        void last_at_least_their_bake_time() {
            Group group = upgrading(
                    UpgradeMode.GRAYSCALE,
                    List.of(new Stage("bake", IdRule.nobody(), List.of(new Gate.Bake("bake", Duration.ofMinutes(5))))));
            group.step();
            group.step();
            group.step();
            refused(group, group.state.version(), GOAL_NOT_REACHED);
            assertThat(group.step().getFirst()).isInstanceOfSatisfying(GateJudged.class, judged -> {
                assertThat(judged.stage()).isEqualTo("bake");
                assertThat(judged.verdict()).isEqualTo(Verdict.PASS);
                assertThat(judged.evidence()).containsEntry("judged by", "lasted PT5M");
            });
        }

        @Test
        void wait_for_who_judges_by_numbers() {
            Gate gate = metric(Gate.Measure.LATENCY, 10, 0.2, 1, Duration.ofMinutes(1))
                    .getFirst();
            Group group = upgrading(UpgradeMode.GRAYSCALE, List.of(new Stage("s", IdRule.nobody(), List.of(gate))));
            group.step();
            group.step();
            group.step();
            refused(group, group.state.version(), GOAL_NOT_REACHED);
        }

        @Test
        void may_ask_for_several_people() {
            Stage stage = new Stage("s", IdRule.nobody(), List.of(new Gate.Approval("board", 2)));
            Group group = upgrading(UpgradeMode.GRAYSCALE, List.of(stage));
            group.step();
            group.step();
            group.step();
            var approve = new ApproveStage("shop", "up-2", "s", "fine");
            assertThat(group.handle(approve, "ann", null)).hasExactlyElementsOfTypes(StageApproved.class);
            assertThat(group.handle(approve, "ann", null)).isEmpty();
            refused(group, group.state.version(), APPROVAL_MISSING);
            assertThat(group.handle(approve, "bob", null)).hasExactlyElementsOfTypes(StageApproved.class);
            assertThat(group.handle(approve, "cid", null)).isEmpty();
            assertThat(group.step().getFirst())
                    .isInstanceOfSatisfying(
                            GateJudged.class,
                            judged -> assertThat(judged.evidence()).containsEntry("judged by", "approved by ann, bob"));
        }

        private Group atGate() {
            Group group = upgrading(UpgradeMode.GRAYSCALE, WHITELIST);
            group.step();
            group.step();
            group.step();
            return group;
        }

        private void refused(Group group, long version, Rejection.Code code) {
            DeciderTest.refused(
                    group,
                    new CompleteStep(
                            "shop", "up-2", group.state.upgrade().position().step()),
                    version,
                    code);
        }

        private void refused(Group group, ClusterGroupCommand command, Rejection.Code code) {
            DeciderTest.refused(group, command, code);
        }
    }

    @Nested
    class Interventions {

        @Test
        void pause_and_resume_once_each_however_often_they_are_asked_for() {
            Group group = upgrading(UpgradeMode.SWITCH, List.of());
            assertThat(group.handle(pause())).hasExactlyElementsOfTypes(UpgradePaused.class);
            assertThat(group.handle(pause())).isEmpty();
            refused(group, new CompleteStep("shop", "up-2", 0), group.state.version(), UPGRADE_PAUSED);
            assertThat(group.handle(resume()))
                    .hasExactlyElementsOfTypes(UpgradeResumed.class, ClusterDesiredStateChanged.class);
            assertThat(group.handle(resume())).isEmpty();
        }

        @Test
        void abort_from_every_step_and_end_where_they_began() {
            int steps = upgrading(UpgradeMode.GRAYSCALE, WHITELIST)
                    .state
                    .upgrade()
                    .plan()
                    .steps()
                    .size();
            for (int done = 0; done < steps; done++) {
                Group group = upgrading(UpgradeMode.GRAYSCALE, WHITELIST);
                for (int i = 0; i < done; i++) {
                    if (group.state.upgrade().current().kind() == UpgradeStep.Kind.GATE) {
                        group.handle(new ApproveStage("shop", "up-2", "whitelist", "ok"), Fixtures.APPROVER, null);
                    }
                    group.step();
                }
                assertThat(group.handle(Fixtures.abort("up-2")).getFirst()).isInstanceOf(UpgradeAborting.class);
                assertThat(group.handle(Fixtures.abort("up-2"))).isEmpty();
                group.finish();
                assertThat(group.events.getLast()).isInstanceOf(UpgradeAborted.class);
                assertThat(group.state.cluster("A").strategy()).isEqualTo(RouteStrategy.green());
                assertThat(group.state.cluster("A").wantsInstances()).isTrue();
                assertThat(group.state.cluster("B").strategy()).isEqualTo(RouteStrategy.red());
                assertThat(group.state.cluster("B").wantsInstances()).isFalse();
            }
        }

        @Test
        void abort_an_installation() {
            Group group = new Group();
            group.handle(Fixtures.create("A"));
            group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "A", "1", List.of()));
            group.handle(Fixtures.abort("up-1"));
            group.finish();
            assertThat(group.events.getLast())
                    .isInstanceOfSatisfying(
                            UpgradeAborted.class, e -> assertThat(e.serving()).isNull());
            assertThat(group.state.cluster("A").wantsInstances()).isFalse();
        }

        @Test
        void are_refused_when_nothing_runs() {
            refused(Group.serving(), Fixtures.abort("up-1"), UPGRADE_NOT_RUNNING);
            refused(Group.serving(), pause(), UPGRADE_NOT_RUNNING);
            refused(Group.serving(), resume(), UPGRADE_NOT_RUNNING);
        }

        @Test
        void evict_a_router_boot_once() {
            Group group = Group.serving();
            var evict = new EvictRouter("shop", "gw-1", "boot-1", "host is gone");
            assertThat(group.handle(evict)).hasExactlyElementsOfTypes(RouterEvicted.class);
            assertThat(group.handle(evict)).isEmpty();
        }

        private PauseUpgrade pause() {
            return new PauseUpgrade("shop", "up-2", "lunch");
        }

        private ResumeUpgrade resume() {
            return new ResumeUpgrade("shop", "up-2", "back");
        }
    }

    @Nested
    class Expiry {

        @Test
        void pauses() {
            Group group = expired(ExpiryPolicy.PAUSE, 0);
            assertThat(group.state.upgrade().position().paused()).isTrue();
        }

        @Test
        void asks_again_on_retry() {
            Group group = expired(ExpiryPolicy.RETRY, 0);
            assertThat(group.events.getLast()).isInstanceOf(ClusterDesiredStateChanged.class);
            assertThat(group.state.upgrade().position().attempt()).isEqualTo(2);
        }

        @Test
        void rolls_back() {
            Group group = expired(ExpiryPolicy.ROLL_BACK, 1);
            assertThat(group.state.upgrade().position().aborting()).isTrue();
            group.finish();
            assertThat(group.events.getLast()).isInstanceOf(UpgradeAborted.class);
        }

        @Test
        void does_not_undo_a_release_because_the_old_cluster_is_slow_to_stop() {
            Group group = expired(ExpiryPolicy.ROLL_BACK, 3);
            assertThat(group.state.upgrade().current().kind()).isEqualTo(UpgradeStep.Kind.STOP);
            assertThat(group.state.upgrade().position().aborting()).isFalse();
            assertThat(group.state.upgrade().position().paused()).isTrue();
        }

        @Test
        void never_gives_up_a_way_back() {
            Group group = upgrading(UpgradeMode.SWITCH, List.of());
            group.handle(Fixtures.abort("up-2"));
            expire(group);
            assertThat(group.state.upgrade().position().paused()).isFalse();
            assertThat(group.state.upgrade().position().attempt()).isEqualTo(2);
        }

        private Group expired(ExpiryPolicy policy, int step) {
            Group group = Group.serving();
            group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of(), Fixtures.policy(policy)));
            for (int i = 0; i < step; i++) {
                group.step();
            }
            expire(group);
            return group;
        }

        private void expire(Group group) {
            assertThat(group.expire().getFirst()).isInstanceOf(UpgradeStepExpired.class);
        }
    }

    @Nested
    class Rollbacks {

        @Test
        void go_to_the_release_before_and_forward_again() {
            Group group = Group.upgraded();
            group.handle(Fixtures.rollback(null));
            assertThat(group.state.upgrade().plan().to().cluster()).isEqualTo("A");
            assertThat(group.state.upgrade().plan().to().manifest()).isEqualTo(Fixtures.manifest("1"));
            group.finish();
            assertThat(group.state.serving().map(ClusterState::name)).contains("A");
            group.handle(Fixtures.rollback(null));
            assertThat(group.state.upgrade().plan().to().manifest()).isEqualTo(Fixtures.manifest("2"));
        }

        @Test
        void go_to_another_cluster_when_the_old_one_serves_something_newer() {
            Group group = Group.upgraded();
            group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "A", "3", List.of()));
            group.finish();
            group.handle(Fixtures.rollback("rp-up-2"));
            assertThat(group.state.upgrade().plan().to().cluster()).isEqualTo("B");
            assertThat(group.state.upgrade().plan().to().manifest()).isEqualTo(Fixtures.manifest("1"));
        }

        @Test
        void restore_the_strategies_of_their_point() {
            Group group = besideAnother();
            group.handle(direct("A", RouteStrategy.red()));
            group.handle(Fixtures.rollback("rp-up-3"));
            group.finish();
            assertThat(group.state.strategies())
                    .isEqualTo(Map.of("A", FIRST_USER, "B", RouteStrategy.green(), "C", RouteStrategy.red()));
            assertThat(lastTable(group).reason()).isEqualTo("C RED, B GREEN; A YELLOW again");
        }

        @Test
        void restore_them_together_with_the_exchange_of_colours() {
            Group group = besideAnother();
            group.handle(direct("A", RouteStrategy.red()));
            group.handle(Fixtures.rollback("rp-up-3"));
            group.step();
            group.step();
            assertThat(group.state.strategies().get("A")).isEqualTo(RouteStrategy.red());
            group.step();
            assertThat(group.state.strategies()).containsEntry("A", FIRST_USER).containsEntry("C", RouteStrategy.red());
        }

        @Test
        void redden_what_was_red_or_not_there_at_their_point() {
            Group group = besideAnother();
            group.handle(new ClusterGroupCommand.AddCluster("shop", "D"));
            group.handle(direct("A", RouteStrategy.yellow(IdRule.everybody())));
            group.handle(direct("C", FIRST_USER));
            group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "D", "4", List.of()));
            group.finish();
            group.handle(Fixtures.rollback("rp-up-3"));
            group.finish();
            assertThat(group.state.strategies())
                    .isEqualTo(Map.of(
                            "A", FIRST_USER,
                            "B", RouteStrategy.green(),
                            "C", RouteStrategy.red(),
                            "D", RouteStrategy.red()));
        }

        @Test
        void say_which_strategies_cannot_be_restored() {
            Group group = besideAnother();
            group.handle(direct("A", RouteStrategy.red()));
            group.state = group.state.withCluster(
                    "A",
                    cluster -> cluster.withDesired(
                            new ClusterDesiredStateChanged(
                                    "shop",
                                    "A",
                                    Fixtures.manifest("1"),
                                    new TreeMap<>(Map.of("web", 0)),
                                    new TreeMap<>(),
                                    null,
                                    Fixtures.NOW),
                            group.state.version()));
            group.handle(Fixtures.rollback("rp-up-3"));
            group.finish();
            assertThat(group.state.strategies())
                    .isEqualTo(Map.of("A", RouteStrategy.red(), "B", RouteStrategy.green(), "C", RouteStrategy.red()));
            assertThat(lastTable(group).reason()).isEqualTo("C RED, B GREEN; A not restored: it has no instances");
            assertThat(evidence(group)).containsEntry("strategy of A", "not restored: it has no instances");
        }

        @Test
        void that_turn_back_leave_the_strategies_from_before() {
            Group group = besideAnother();
            group.handle(direct("A", RouteStrategy.red()));
            group.handle(Fixtures.rollback("rp-up-3"));
            for (int i = 0; i < 4; i++) {
                group.step();
            }
            assertThat(group.state.strategies()).containsEntry("A", FIRST_USER);
            group.handle(Fixtures.abort("back"));
            group.finish();
            assertThat(group.state.strategies())
                    .isEqualTo(Map.of("A", RouteStrategy.red(), "B", RouteStrategy.red(), "C", RouteStrategy.green()));
        }

        /** B has served version 2 while A took one user with version 1; now C serves version 3, and A still does. */
        private static Group besideAnother() {
            Group group = new Group();
            group.handle(Fixtures.create("A", "B", "C"));
            group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "A", "1", List.of()));
            group.finish();
            group.handle(direct("A", RouteStrategy.yellow(IdRule.everybody())));
            group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "B", "2", List.of()));
            group.finish();
            group.handle(direct("A", FIRST_USER));
            group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "C", "3", List.of()));
            group.finish();
            return group;
        }

        private static RouteStrategiesChanged lastTable(Group group) {
            return group.events.stream()
                    .filter(RouteStrategiesChanged.class::isInstance)
                    .map(RouteStrategiesChanged.class::cast)
                    .toList()
                    .getLast();
        }

        private static Map<String, String> evidence(Group group) {
            Map<String, String> evidence = new TreeMap<>();
            group.events.stream()
                    .filter(UpgradeStepCompleted.class::isInstance)
                    .map(UpgradeStepCompleted.class::cast)
                    .filter(step -> step.upgradeId().equals("back"))
                    .forEach(step -> evidence.putAll(step.evidence()));
            return evidence;
        }

        @Test
        void need_a_point() {
            refused(Group.serving(), Fixtures.rollback(null), ROLLBACK_POINT_NOT_FOUND);
            refused(Group.upgraded(), Fixtures.rollback("rp-none"), ROLLBACK_POINT_NOT_FOUND);
        }
    }

    @Test
    void a_fold_of_the_stream_is_the_state() {
        Group group = Group.upgraded();
        assertThat(Evolver.fold(group.events)).isEqualTo(group.state);
        assertThat(group.state.version()).isEqualTo(group.events.size() - 1);
    }

    private static org.assertj.core.groups.Tuple tuple(Object... values) {
        return org.assertj.core.groups.Tuple.tuple(values);
    }

    private static ClusterGroupCommand broken(io.tricolor.contracts.group.Manifest manifest) {
        return new ClusterGroupCommand.StartUpgrade(
                "shop",
                "up-2",
                UpgradeMode.SWITCH,
                "B",
                manifest,
                List.of(),
                Fixtures.policy(ExpiryPolicy.PAUSE),
                "broken");
    }

    private static io.tricolor.contracts.group.Manifest withInstances(String version, Integer instances) {
        var web = Fixtures.manifest(version).services().getFirst();
        return new io.tricolor.contracts.group.Manifest(
                version,
                List.of(new io.tricolor.contracts.group.ServiceManifest(
                        web.name(),
                        web.artifact(),
                        web.args(),
                        web.env(),
                        instances,
                        web.cpus(),
                        web.memoryMiB(),
                        web.healthCheck(),
                        null,
                        null)));
    }

    private static io.tricolor.contracts.group.Manifest withArgs(String... args) {
        var web = Fixtures.manifest("2").services().getFirst();
        return new io.tricolor.contracts.group.Manifest(
                "2",
                List.of(new io.tricolor.contracts.group.ServiceManifest(
                        web.name(),
                        web.artifact(),
                        List.of(args),
                        web.env(),
                        web.instances(),
                        web.cpus(),
                        web.memoryMiB(),
                        web.healthCheck(),
                        null,
                        null)));
    }

    private static io.tricolor.contracts.group.Manifest withEnv(Map<String, String> env, Map<String, String> secrets) {
        var web = Fixtures.manifest("2").services().getFirst();
        var references = new TreeMap<String, io.tricolor.contracts.group.SecretRef>();
        secrets.forEach((variable, name) -> references.put(variable, new io.tricolor.contracts.group.SecretRef(name)));
        return new io.tricolor.contracts.group.Manifest(
                "2",
                List.of(new io.tricolor.contracts.group.ServiceManifest(
                        web.name(),
                        web.artifact(),
                        web.args(),
                        new TreeMap<>(env),
                        references,
                        web.instances(),
                        web.cpus(),
                        web.memoryMiB(),
                        web.healthCheck(),
                        null,
                        null)));
    }

    private static List<Gate> metric(
            Gate.Measure measure, double ratio, double alpha, long requests, @Nullable Duration slowerThan) {
        return List.of(new Gate.Metric("metric", measure, ratio, alpha, requests, slowerThan, false));
    }

    private static List<Gate> watched(
            Gate.Measure measure,
            @Nullable Duration watchAfter,
            @Nullable Double limit,
            @Nullable Duration warmUp,
            Gate.@Nullable Source source) {
        return List.of(new Gate.Metric("metric", measure, 1, 0.01, 1, null, false, watchAfter, limit, warmUp, source));
    }

    private static Group upgrading(UpgradeMode mode, List<Stage> stages) {
        Group group = Group.serving();
        group.handle(Fixtures.upgrade(mode, "B", "2", stages));
        return group;
    }

    private static ChangeRouteStrategies direct(String cluster, RouteStrategy strategy) {
        return new ChangeRouteStrategies("shop", new TreeMap<>(Map.of(cluster, strategy)), "by hand");
    }

    private static void refused(Group group, ClusterGroupCommand command, Rejection.Code code) {
        refused(group, command, null, code);
    }

    private static void refused(Group group, ClusterGroupCommand command, Long version, Rejection.Code code) {
        int before = group.events.size();
        Observation seen = group.state == null ? null : Fixtures.ideal(group.state, Duration.ZERO);
        Rejected rejected =
                catchThrowableOfType(Rejected.class, () -> group.handle(command, Fixtures.OPERATOR, version, seen));
        assertThat(rejected).as("%s", command).isNotNull();
        assertThat(rejected.rejection().code()).isEqualTo(code);
        assertThat(group.events).hasSize(before);
    }
}
