package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueScaling;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.StopKeptCluster;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterScalingStarted;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.DataSchema;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.OldClusterKept;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ways back, what they are checked for, clusters that are kept for them, and clusters beside those of an upgrade. */
class RollbackTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final List<UpgradeStep.Kind> AT_ONCE =
            List.of(UpgradeStep.Kind.ROUTE, UpgradeStep.Kind.DRAIN, UpgradeStep.Kind.STOP);

    // ---- what is checked before

    @Test
    void is_refused_before_anything_changes_when_the_old_release_cannot_read_what_the_new_one_writes() {
        Group group = upgraded(new DataSchema(List.of(1), 1), new DataSchema(List.of(1, 2), 2));
        int events = group.events.size();
        assertThatThrownBy(() -> group.handle(Fixtures.rollback(null)))
                .hasMessageContaining("PREFLIGHT_FAILED")
                .hasMessageContaining("data schema")
                .hasMessageContaining("release 1 reads [1], release 2 writes 2");
        assertThat(group.events).hasSize(events);
        assertThat(group.state.upgrade()).isNull();
    }

    @Test
    void may_begin_when_the_old_release_reads_it_or_one_of_both_says_nothing() {
        for (Group group : List.of(
                upgraded(new DataSchema(List.of(1, 2), 1), new DataSchema(List.of(1, 2), 2)),
                upgraded(null, new DataSchema(List.of(2), 2)),
                upgraded(new DataSchema(List.of(1), 1), null))) {
            group.handle(Fixtures.rollback(null));
            assertThat(Preflight.of(group.state.upgrade().plan(), Configured.NOTHING))
                    .extracting(Preflight.Check::what)
                    .contains("artifact of web", "data schema");
            assertThat(Preflight.of(group.state.upgrade().plan(), Configured.NOTHING))
                    .allMatch(check -> check.outcome() == Preflight.Outcome.PASSED);
            group.finish();
        }
    }

    @Test
    void an_upgrade_is_checked_too_in_both_directions_where_both_releases_serve_at_once() {
        Manifest old = with(Fixtures.manifest("1"), new DataSchema(List.of(1), 1));
        Manifest next = with(Fixtures.manifest("2"), new DataSchema(List.of(1, 2), 2));
        Group group = installed(old);
        assertThatThrownBy(() -> group.handle(to("B", UpgradeMode.GRAYSCALE, next, null)))
                .hasMessageContaining("data schema while both serve: release 1 reads [1], release 2 writes 2");
        group.handle(to("B", UpgradeMode.SWITCH, next, null));
        assertThat(Preflight.of(group.state.upgrade().plan(), Configured.NOTHING))
                .filteredOn(check -> check.outcome() == Preflight.Outcome.WARNING)
                .singleElement()
                .satisfies(check -> assertThat(check.what()).isEqualTo("data schema on the way back"));
        Manifest alien = with(Fixtures.manifest("3"), new DataSchema(List.of(3), 3));
        Group other = installed(old);
        assertThatThrownBy(() -> other.handle(to("B", UpgradeMode.SWITCH, alien, null)))
                .hasMessageContaining("PREFLIGHT_FAILED");
    }

    @Test
    void is_refused_when_the_configuration_of_the_old_release_is_known_not_to_be_there() {
        Manifest bound = bound("shop/production/main@3");
        Group group = installed(bound);
        group.handle(to("B", UpgradeMode.SWITCH, Fixtures.manifest("2"), null));
        group.finish();
        assertThatThrownBy(() -> rollBack(group, new Configured(Map.of("shop/production/main", 2L))))
                .hasMessageContaining("PREFLIGHT_FAILED")
                .hasMessageContaining("configuration of web: shop/production/main@3 is not there, the newest is 2");
        Configured there = new Configured(Map.of("shop/production/main", 3L));
        rollBack(group, there);
        UpgradePlan plan = group.state.upgrade().plan();
        assertThat(outcome(plan, there)).isEqualTo(Preflight.Outcome.PASSED);
        assertThat(outcome(plan, Configured.NOTHING))
                .as("config-service may be away")
                .isEqualTo(Preflight.Outcome.WARNING);
        Group words = installed(bound("r17"));
        words.handle(to("B", UpgradeMode.SWITCH, Fixtures.manifest("2"), null));
        words.finish();
        rollBack(words, there);
        assertThat(outcome(words.state.upgrade().plan(), there)).isEqualTo(Preflight.Outcome.WARNING);
    }

    private static Preflight.Outcome outcome(UpgradePlan plan, Configured configured) {
        return Preflight.of(plan, configured).stream()
                .filter(check -> check.what().equals("configuration of web"))
                .findFirst()
                .orElseThrow()
                .outcome();
    }

    private static void rollBack(Group group, Configured configured) {
        for (ClusterGroupEvent event : Decider.decide(
                group.state,
                Fixtures.rollback(null),
                new DecisionContext(Fixtures.OPERATOR, Fixtures.NOW, null, null, configured))) {
            group.state = Evolver.evolve(group.state, event);
        }
    }

    private static Manifest bound(String configRevision) {
        ServiceManifest web = Fixtures.manifest("1").services().getFirst();
        return new Manifest(
                "1",
                List.of(new ServiceManifest(
                        web.name(),
                        web.artifact(),
                        web.args(),
                        web.env(),
                        web.instances(),
                        web.cpus(),
                        web.memoryMiB(),
                        web.healthCheck(),
                        configRevision,
                        null)));
    }

    @Test
    void a_release_reads_what_it_writes_itself() {
        Manifest odd = with(Fixtures.manifest("1"), new DataSchema(List.of(1), 2));
        assertThatThrownBy(() -> installed(odd)).hasMessageContaining("INVALID_MANIFEST");
    }

    // ---- at once

    @Test
    void goes_back_in_one_table_without_a_start_while_the_old_cluster_still_runs() {
        Group group = kept();
        long version = group.state.tableVersion();
        List<ClusterGroupEvent> begun =
                group.handle(Fixtures.rollback(null), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
        assertThat(group.state.upgrade().plan().steps())
                .extracting(UpgradeStep::kind)
                .isEqualTo(AT_ONCE);
        assertThat(begun.getLast())
                .as("the table is there with the decision itself")
                .isInstanceOfSatisfying(
                        RouteStrategiesChanged.class,
                        changed -> assertThat(changed.tableVersion()).isEqualTo(version + 1));
        assertThat(group.state.cluster("A").strategy()).isEqualTo(RouteStrategy.green());
        assertThat(group.state.cluster("B").strategy()).isEqualTo(RouteStrategy.red());
        assertThat(group.state.cluster("A").kept()).isNull();
        group.finish();
        assertThat(group.state.cluster("B").wantsInstances()).isFalse();
        assertThat(group.state.cluster("A").wantsInstances()).isTrue();
    }

    @Test
    void waits_with_that_table_until_the_old_cluster_is_healthy() {
        Group group = kept();
        group.handle(Fixtures.rollback(null));
        assertThat(group.state.cluster("B").strategy()).isEqualTo(RouteStrategy.green());
        assertThat(Goals.isBeginningDue(group.state, group.state.upgrade())).isTrue();
    }

    @Test
    void starts_what_is_missing_when_fewer_still_run_than_serve_now() {
        Group group = kept();
        group.handle(
                new SetInstances("shop", "B", new TreeMap<>(Map.of("web", 3)), MINUTE, "load"),
                Fixtures.OPERATOR,
                null,
                Fixtures.ideal(group.state));
        settle(group, "B");
        group.handle(Fixtures.rollback(null));
        assertThat(group.state.upgrade().plan().to().cluster()).isEqualTo("A");
        assertThat(group.state.upgrade().plan().steps().getFirst().kind()).isEqualTo(UpgradeStep.Kind.START);
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 3);
    }

    @Test
    void turns_back_to_the_new_release_as_from_any_rollback() {
        Group group = kept();
        group.handle(Fixtures.rollback(null), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
        group.handle(Fixtures.abort("back"));
        group.finish();
        assertThat(group.state.serving())
                .hasValueSatisfying(cluster -> assertThat(cluster.name()).isEqualTo("B"));
        assertThat(group.state.cluster("A").wantsInstances()).isFalse();
        assertThat(group.state.cluster("A").kept()).isNull();
    }

    // ---- by and by

    @Test
    void goes_back_by_stages_when_it_is_given_some() {
        Group group = Group.upgraded();
        group.handle(new StartRollback(
                "shop",
                "back",
                null,
                List.of(Fixtures.whitelist(true)),
                null,
                Fixtures.policy(ExpiryPolicy.PAUSE),
                "broken"));
        assertThat(group.state.upgrade().plan().mode()).isEqualTo(UpgradeMode.ROLLBACK);
        assertThat(group.state.upgrade().plan().gateOf("whitelist")).isPositive();
        group.finish();
        assertThat(group.state.serving()).hasValueSatisfying(cluster -> {
            assertThat(cluster.name()).isEqualTo("A");
            assertThat(cluster.manifest()).isEqualTo(Fixtures.manifest("1"));
        });
        assertThat(group.events)
                .anySatisfy(event -> assertThat(event)
                        .isInstanceOfSatisfying(
                                RouteStrategiesChanged.class,
                                table -> assertThat(
                                                table.strategies().get("A").id().ids())
                                        .containsExactly("1")));
    }

    @Test
    void goes_back_instance_by_instance_when_it_is_asked_to() {
        Group group = Group.upgraded();
        group.handle(rolling(null));
        UpgradePlan plan = group.state.upgrade().plan();
        assertThat(plan.mode()).isEqualTo(UpgradeMode.ROLLING);
        assertThat(plan.isRollback()).isTrue();
        group.finish();
        assertThat(group.state.serving())
                .hasValueSatisfying(cluster -> assertThat(cluster.name()).isEqualTo("A"));
        assertThatThrownBy(() -> Group.upgraded().handle(rolling(HOUR))).hasMessageContaining("keepOld");
    }

    // ---- kept clusters

    @Test
    void keeps_the_old_cluster_running_for_its_time_then_stops_it() {
        Group group = kept();
        assertThat(group.events.getLast()).isInstanceOf(UpgradeCompleted.class);
        assertThat(group.events.get(group.events.size() - 2)).isInstanceOfSatisfying(OldClusterKept.class, event -> {
            assertThat(event.cluster()).isEqualTo("A");
            assertThat(event.time()).isEqualTo(HOUR);
        });
        ClusterState old = group.state.cluster("A");
        assertThat(old.strategy()).isEqualTo(RouteStrategy.red());
        assertThat(old.wantsInstances()).isTrue();
        assertThat(group.state.isUnderWay()).isTrue();
        assertThat(due(group, HOUR.minusSeconds(1))).isEmpty();
        assertThatThrownBy(() -> stopKept(group, HOUR.minusSeconds(1))).hasMessageContaining("GOAL_NOT_REACHED");
        assertThat(due(group, HOUR)).hasExactlyElementsOfTypes(StopKeptCluster.class);
        assertThat(stopKept(group, HOUR).getFirst())
                .isInstanceOfSatisfying(
                        ClusterScalingStarted.class,
                        event -> assertThat(event.reason()).contains("PT1H"));
        settle(group, "A");
        assertThat(group.state.cluster("A").wantsInstances()).isFalse();
        assertThat(group.state.cluster("A").manifest()).isEqualTo(Fixtures.manifest("1"));
        assertThat(group.state.isUnderWay()).isFalse();
        assertThat(due(group, HOUR.multipliedBy(9))).isEmpty();
    }

    @Test
    void does_not_stop_a_kept_cluster_that_is_needed_again() {
        Group group = kept();
        group.handle(Fixtures.rollback(null)); // has not begun its table: A is RED still
        assertThat(due(group, HOUR.multipliedBy(2))).isEmpty();
        assertThatThrownBy(() -> stopKept(group, HOUR.multipliedBy(2))).hasMessageContaining("GOAL_NOT_REACHED");
        Group byHand = kept();
        byHand.handle(direct("A", RouteStrategy.yellow(new IdRule(false, List.of("7"), List.of(), null))));
        assertThat(due(byHand, HOUR.multipliedBy(2))).isEmpty();
        assertThat(byHand.state.isUnderWay()).isFalse();
    }

    @Test
    void keeps_nothing_where_nothing_is_left_as_a_whole() {
        Group group = Group.serving();
        assertThatThrownBy(() -> group.handle(to("B", UpgradeMode.ROLLING, Fixtures.manifest("2"), HOUR)))
                .hasMessageContaining("keepOld");
        Group fresh = new Group();
        fresh.handle(Fixtures.create("A", "B"));
        assertThatThrownBy(() -> fresh.handle(to("A", UpgradeMode.INSTALL, Fixtures.manifest("1"), HOUR)))
                .hasMessageContaining("keepOld");
        assertThatThrownBy(() -> group.handle(to("B", UpgradeMode.SWITCH, Fixtures.manifest("2"), Duration.ZERO)))
                .hasMessageContaining("keepOld");
    }

    @Test
    void an_upgrade_that_is_taken_back_stops_the_new_cluster_at_once() {
        Group group = Group.serving();
        group.handle(to("B", UpgradeMode.SWITCH, Fixtures.manifest("2"), HOUR));
        group.step();
        group.handle(Fixtures.abort("up-2"));
        group.finish();
        assertThat(group.state.cluster("B").wantsInstances()).isFalse();
        assertThat(group.events).noneMatch(OldClusterKept.class::isInstance);
    }

    // ---- more than two clusters

    @Test
    void a_stopped_cluster_gets_another_release_and_its_own_users_while_an_upgrade_runs() {
        Group group = Group.serving();
        group.handle(new AddCluster("shop", "C"));
        group.handle(Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of(Fixtures.whitelist(true))));
        group.step();
        group.step();
        group.step(); // B is YELLOW for the whitelist
        group.handle(release("C", "3"), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
        assertThatThrownBy(() -> group.handle(direct("C", some("7")))).hasMessageContaining("CLUSTER_SCALING");
        settle(group, "C");
        long version = group.state.tableVersion();
        group.handle(direct("C", some("7")));
        assertThat(group.state.tableVersion()).isEqualTo(version + 1);
        assertThat(group.state.strategies().values())
                .filteredOn(strategy -> strategy.status() == ClusterStatus.YELLOW)
                .hasSize(2);
        group.finish();
        assertThat(group.state.cluster("C").strategy())
                .as("the upgrade leaves it alone")
                .isEqualTo(some("7"));
        assertThat(group.state.cluster("C").manifest()).isEqualTo(Fixtures.manifest("3"));
        assertThat(group.state.serving())
                .hasValueSatisfying(cluster -> assertThat(cluster.name()).isEqualTo("B"));
    }

    @Test
    void who_serves_everybody_is_the_upgrades_while_it_runs() {
        Group group = Group.serving();
        group.handle(new AddCluster("shop", "C"));
        group.handle(release("C", "3"), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
        settle(group, "C");
        group.handle(Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of(Fixtures.whitelist(true))));
        group.step();
        for (ClusterGroupCommand forbidden : List.of(
                direct("A", RouteStrategy.red()),
                direct("B", some("1")),
                direct("C", RouteStrategy.green()),
                direct("C", RouteStrategy.yellow(IdRule.everybody())))) {
            assertThatThrownBy(() -> group.handle(forbidden)).hasMessageContaining("UPGRADE_RUNNING");
        }
        group.handle(direct("C", some("7")));
        group.handle(direct("C", RouteStrategy.red()));
    }

    @Test
    void only_a_cluster_that_is_red_and_stopped_gets_another_release_by_hand() {
        Group group = Group.serving();
        group.handle(new AddCluster("shop", "C"));
        assertThatThrownBy(() -> group.handle(release("A", "3"), Fixtures.OPERATOR, null, Fixtures.ideal(group.state)))
                .hasMessageContaining("CLUSTER_NOT_RED");
        group.handle(release("C", "3"), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
        settle(group, "C");
        assertThatThrownBy(() -> group.handle(release("C", "4"), Fixtures.OPERATOR, null, Fixtures.ideal(group.state)))
                .hasMessageContaining("CLUSTER_IN_SERVICE");
    }

    // ---- helpers

    private static RouteStrategy some(String user) {
        return RouteStrategy.yellow(new IdRule(false, List.of(user), List.of(), null));
    }

    private static ClusterGroupCommand direct(String cluster, RouteStrategy strategy) {
        return new ChangeRouteStrategies("shop", new TreeMap<>(Map.of(cluster, strategy)), "by hand");
    }

    private static ClusterGroupCommand release(String cluster, String version) {
        return new SetInstances("shop", cluster, new TreeMap<>(), Fixtures.manifest(version), MINUTE, "a trial");
    }

    private static ClusterGroupCommand rolling(@Nullable Duration keepOld) {
        return new StartRollback("shop", "back", null, List.of(), RollingPolicy.standard(), policy(keepOld), "broken");
    }

    private static UpgradePolicy policy(@Nullable Duration keepOld) {
        return new UpgradePolicy(MINUTE, MINUTE, MINUTE, MINUTE, ExpiryPolicy.PAUSE, keepOld);
    }

    private static StartUpgrade to(String cluster, UpgradeMode mode, Manifest manifest, @Nullable Duration keepOld) {
        return new StartUpgrade(
                "shop", "up-2", mode, cluster, manifest, List.of(), policy(keepOld), "release " + manifest.version());
    }

    private static Manifest with(Manifest manifest, @Nullable DataSchema schema) {
        return new Manifest(manifest.version(), manifest.services(), schema);
    }

    private static Group installed(Manifest manifest) {
        Group group = new Group();
        group.handle(Fixtures.create("A", "B"));
        group.handle(to("A", UpgradeMode.INSTALL, manifest, null));
        group.finish();
        return group;
    }

    /** B serves release 2; A has had release 1. */
    private static Group upgraded(@Nullable DataSchema old, @Nullable DataSchema fresh) {
        Group group = installed(with(Fixtures.manifest("1"), old));
        group.handle(to("B", UpgradeMode.SWITCH, with(Fixtures.manifest("2"), fresh), null));
        group.finish();
        return group;
    }

    /** B serves release 2, A is RED and goes on running release 1 for an hour. */
    private static Group kept() {
        Group group = Group.serving();
        group.handle(to("B", UpgradeMode.SWITCH, Fixtures.manifest("2"), HOUR));
        group.finish();
        return group;
    }

    private static List<ClusterGroupCommand> due(Group group, Duration elapsed) {
        return NextActions.next(group.state, Fixtures.ideal(group.state, elapsed), Fixtures.NOW).stream()
                .filter(NextAction.Advance.class::isInstance)
                .map(action -> ((NextAction.Advance) action).command())
                .filter(StopKeptCluster.class::isInstance)
                .toList();
    }

    private static List<ClusterGroupEvent> stopKept(Group group, Duration elapsed) {
        return group.handle(
                new StopKeptCluster("shop", "A"),
                Decider.SELF,
                group.state.version(),
                Fixtures.ideal(group.state, elapsed));
    }

    private static void settle(Group group, String cluster) {
        while (group.state.cluster(cluster).scaling() != null) {
            group.handle(
                    new ContinueScaling("shop", cluster),
                    Decider.SELF,
                    group.state.version(),
                    Fixtures.ideal(group.state));
        }
    }
}
