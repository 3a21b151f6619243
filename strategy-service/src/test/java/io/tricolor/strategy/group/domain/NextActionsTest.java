package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteRecovery;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.RouterConfigurationMode;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.NextAction.Advance;
import io.tricolor.strategy.group.domain.NextAction.EnsureInstances;
import io.tricolor.strategy.group.domain.NextAction.PublishTable;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Elapsed;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import io.tricolor.strategy.group.domain.Observation.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NextActionsTest {

    private static final Instant NOW = Fixtures.NOW;
    private static final Instant LATE = NOW.plus(Duration.ofMinutes(2));

    @Test
    void publishes_the_table_until_it_is_published() {
        Group group = Group.serving();
        Seen seen = new Seen(group).running("A", "a1");
        seen.publishedVersion = 0;
        assertThat(next(group, seen, NOW)).hasExactlyElementsOfTypes(PublishTable.class);
        seen.publishedVersion = group.state.tableVersion();
        assertThat(next(group, seen, NOW)).isEmpty();
    }

    @Test
    void publishes_the_released_table_of_a_pinned_group_and_not_the_newest() {
        Group group = pinnedAtRoute();
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        seen.publishedVersion = 0;
        assertThat(next(group, seen, NOW)).containsExactly(new PublishTable(1));
        seen.publishedVersion = 1;
        assertThat(next(group, seen, NOW)).isEmpty();
        group.handle(follow());
        assertThat(next(group, seen, NOW)).startsWith(new PublishTable(2));
    }

    @Test
    void does_not_route_on_by_a_table_that_a_pin_holds_back_and_says_from_whom() {
        Group group = pinnedAtRoute();
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        assertThat(missing(group, seen)).as("no router at all").containsOnlyKeys("release of table 1/2");
        seen.version = 1;
        seen.router("r1", Map.of("B", Set.of("b1"))).router("r2", Map.of("B", Set.of("b1")));
        assertThat(missing(group, seen))
                .containsOnlyKeys("release of table 1/2", "table of r1", "table of r2")
                .containsEntry("table of r2", "applied 1/1, pinned at 1/1, does not get 1/2");
        group.handle(new TryRouteTable("shop", List.of("r1", "r2"), null, "try"));
        assertThat(missing(group, seen)).containsEntry("table of r2", "applied 1/1, not yet 1/2");
        seen.version = 2;
        seen.router("r1", Map.of("B", Set.of("b1"))).router("r2", Map.of("B", Set.of("b1")));
        assertThat(missing(group, seen))
                .as("a router that starts now would get the old table")
                .containsOnlyKeys("release of table 1/2");
        group.handle(new ReleaseRouteTable("shop", null, "good"));
        assertThat(next(group, seen, NOW)).hasAtLeastOneElementOfType(Advance.class);
    }

    @Test
    void does_not_let_a_step_expire_that_waits_for_a_person_to_release_its_table() {
        Group group = pinnedAtRoute();
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        seen.publishedVersion = 1;
        assertThat(next(group, seen, LATE)).isEmpty();
        seen.version = 1;
        seen.router("r1", Map.of("B", Set.of("b1")));
        group.handle(follow());
        seen.publishedVersion = 2;
        assertThat(next(group, seen, LATE))
                .singleElement()
                .isInstanceOfSatisfying(
                        Advance.class, advance -> assertThat(advance.command()).isInstanceOf(ExpireStep.class));
    }

    @Test
    void sends_a_desired_state_until_it_is_taken_up() {
        Group group = upgrading(List.of());
        Seen seen = new Seen(group).running("A", "a1");
        assertThat(next(group, seen, NOW)).singleElement().isInstanceOfSatisfying(EnsureInstances.class, ensure -> {
            assertThat(ensure.cluster().name()).isEqualTo("B");
            assertThat(ensure.upgradeId()).isEqualTo("up-2");
        });
        assertThat(next(group, seen.running("B"), NOW)).isEmpty();
    }

    @Test
    void starts_until_every_instance_is_healthy_and_known_to_every_router() {
        Group group = upgrading(List.of());
        Seen seen = new Seen(group).running("A", "a1").router("r1", Map.of("A", Set.of("a1")));
        assertThat(missing(group, seen.running("B"))).containsKey("healthy instances of B/web");
        assertThat(missing(group, seen.running("B", "b1"))).containsOnlyKeys("instances of B/web seen by r1");
        seen.router("r1", Map.of("B", Set.of("b-of-an-earlier-start")));
        assertThat(missing(group, seen)).containsOnlyKeys("instances of B/web seen by r1");
        seen.router("r1", Map.of("B", Set.of("b1")));
        assertThat(next(group, seen, NOW)).hasExactlyElementsOfTypes(Advance.class);
    }

    @Test
    void routes_until_every_router_has_applied_the_table() {
        Group group = at(UpgradeStep.Kind.ROUTE);
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1").router("r1", Map.of());
        assertThat(missing(group, seen)).isEmpty();
        seen.router("r2", Map.of()).version = group.state.tableVersion() - 1;
        seen.router("r2", Map.of());
        assertThat(missing(group, seen)).containsOnlyKeys("table of r2");
        group.handle(new EvictRouter("shop", "r2", "boot", "gone"));
        assertThat(missing(group, seen)).isEmpty();
    }

    @Test
    void passes_a_gate_after_approval_and_bake_time() {
        Stage stage = new Stage(
                "s",
                IdRule.nobody(),
                List.of(new Gate.Approval("approval", 1), new Gate.Bake("bake", Duration.ofMinutes(1))));
        Group group = upgrading(List.of(stage));
        while (group.state.upgrade().current().kind() != UpgradeStep.Kind.GATE) {
            group.step();
        }
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        assertThat(missing(group, seen)).containsOnlyKeys("approval of stage s", "bake of stage s");
        assertThat(next(group, seen, LATE)).as("a gate has no deadline").isEmpty();
        group.handle(
                new io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage("shop", "up-2", "s", "ok"),
                Fixtures.APPROVER,
                null);
        assertThat(next(group, seen, NOW)).isEmpty();
        assertThat(next(group, seen, LATE)).hasExactlyElementsOfTypes(Advance.class);
    }

    @Test
    void drains_until_nothing_is_in_flight_or_the_deadline_passes_and_says_which() {
        Group group = at(UpgradeStep.Kind.DRAIN);
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        seen.inFlight = Map.of("A", 2);
        seen.router("r1", Map.of("B", Set.of("b1")));
        assertThat(missing(group, seen)).containsOnlyKeys("end of requests to A");
        completes(group, seen, LATE);
        assertThat(progress(group, seen, LATE).evidence())
                .containsEntry("drain deadline passed", "2 requests in flight to A");
        seen.inFlight = Map.of("B", 7);
        seen.router("r1", Map.of("B", Set.of("b1")));
        completes(group, seen, NOW);
        assertThat(progress(group, seen, NOW).evidence()).doesNotContainKey("drain deadline passed");
    }

    @Test
    void does_not_let_a_drain_deadline_stand_in_for_a_router_that_lags() {
        Group group = at(UpgradeStep.Kind.DRAIN);
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        seen.version = group.state.tableVersion() - 1;
        seen.inFlight = Map.of("A", 1);
        seen.router("r1", Map.of("B", Set.of("b1")));
        assertThat(next(group, seen, LATE))
                .singleElement()
                .isInstanceOfSatisfying(
                        Advance.class, advance -> assertThat(advance.command()).isInstanceOf(ExpireStep.class));
    }

    @Test
    void waits_with_whatever_takes_traffic_or_instances_while_the_others_are_not_all_healthy_and_seen() {
        for (String title : List.of("everybody to B", "drain A", "A RED, B GREEN", "stop A")) {
            Group group = upgrading(List.of());
            while (!group.state.upgrade().current().title().equals(title)) {
                group.step();
            }
            Seen seen = new Seen(group).running("A", "a1").running("B").router("r1", Map.of("A", Set.of("a1")));
            assertThat(missing(group, seen)).as(title).containsKey("healthy instances of B/web");
            assertThat(next(group, seen, NOW)).as(title).noneMatch(Advance.class::isInstance);
            assertThat(next(group, seen, LATE))
                    .as(title)
                    .contains(new Advance(new ExpireStep(
                            "shop", "up-2", group.state.upgrade().position().step())));
            seen.running("B", "b1");
            assertThat(missing(group, seen))
                    .as(title)
                    .containsKey("instances of B/web seen by r1")
                    .doesNotContainKey("healthy instances of B/web");
        }
    }

    @Test
    void records_no_step_whose_goal_was_lost_between_the_look_and_the_decision() {
        Group group = upgrading(List.of());
        while (group.state.upgrade().current().kind() != UpgradeStep.Kind.DRAIN) {
            group.step();
        }
        Seen dead = new Seen(group).running("A", "a1").running("B").router("r1", Map.of());
        CompleteStep complete = new CompleteStep(
                "shop", "up-2", group.state.upgrade().position().step());
        assertThatThrownBy(() ->
                        group.handle(complete, Decider.SELF, group.state.version(), dead.observation(group.state, NOW)))
                .hasMessageContaining("GOAL_NOT_REACHED")
                .hasMessageContaining("healthy instances of B/web");
    }

    @Test
    void begins_to_take_traffic_when_the_other_cluster_is_back() {
        Group group = upgrading(List.of());
        group.step();
        Seen seen = new Seen(group).running("A", "a1").running("B").router("r1", Map.of("A", Set.of("a1")));
        group.handle(
                new CompleteStep("shop", "up-2", 1),
                Decider.SELF,
                group.state.version(),
                seen.observation(group.state, NOW));
        assertThat(group.state.upgrade().current().title()).isEqualTo("everybody to B");
        assertThat(group.state.strategies()).containsEntry("B", RouteStrategy.yellow(IdRule.nobody()));
        assertThat(next(group, seen, NOW)).noneMatch(Advance.class::isInstance);
        seen.running("B", "b2").router("r1", Map.of("B", Set.of("b2")));
        assertThat(next(group, seen, NOW)).contains(new Advance(new BeginStep("shop", "up-2", 2)));
        group.handle(
                new BeginStep("shop", "up-2", 2),
                Decider.SELF,
                group.state.version(),
                seen.observation(group.state, NOW));
        assertThat(group.state.strategies()).containsEntry("B", RouteStrategy.yellow(IdRule.everybody()));
    }

    @Test
    void goes_back_when_the_new_cluster_dies_before_the_old_one_is_stopped() {
        Group group = Group.serving();
        group.handle(
                Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of(), Fixtures.policy(ExpiryPolicy.ROLL_BACK)));
        group.step();
        group.step();
        Seen seen = new Seen(group).running("A", "a1").running("B").router("r1", Map.of("A", Set.of("a1")));
        int drain = group.state.upgrade().position().step();
        group.handle(
                new ExpireStep("shop", "up-2", drain),
                Decider.SELF,
                group.state.version(),
                seen.observation(group.state, LATE));
        assertThat(group.state.upgrade().position().aborting()).isTrue();
        while (group.state.upgrade() != null) {
            Upgrade upgrade = group.state.upgrade();
            seen = new Seen(group).running("A", "a1").running("B").router("r1", Map.of("A", Set.of("a1")));
            Observation now = seen.observation(group.state, NOW);
            var due = NextActions.next(group.state, now, NOW).getLast();
            assertThat(due).as(upgrade.current().title()).isInstanceOf(Advance.class);
            group.handle(((Advance) due).command(), Decider.SELF, group.state.version(), now);
        }
        assertThat(group.state.serving().map(ClusterState::name)).contains("A");
    }

    @Test
    void wait_for_a_router_in_a_group_that_has_had_one_and_not_in_one_that_never_had() {
        Group group = at(UpgradeStep.Kind.DRAIN);
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        completes(group, seen, NOW);
        seen.everHadRouters = true;
        assertThat(missing(group, seen)).containsOnlyKeys("routers");
        seen.silent = true;
        seen.router("r1", Map.of("B", Set.of("b1")));
        assertThat(missing(group, seen)).containsOnlyKeys("report of r1");
        group.handle(new EvictRouter("shop", "r1", "boot", "gone"));
        completes(group, seen, NOW);
    }

    @Test
    void do_not_stop_instances_before_every_router_has_applied_a_table_without_them() {
        Group group = upgrading(List.of());
        while (group.state.upgrade().current().kind() != UpgradeStep.Kind.STOP) {
            group.step();
        }
        Seen seen = new Seen(group).running("B", "b1");
        seen.clusters.put("A", new ClusterObservation(0, 1, "", new TreeMap<>(), ""));
        seen.version = group.state.tableVersion() - 1;
        seen.router("r1", Map.of("B", Set.of("b1")));
        assertThat(next(group, seen, NOW)).noneMatch(EnsureInstances.class::isInstance);
        seen.version = group.state.tableVersion();
        seen.router("r1", Map.of("B", Set.of("b1")));
        assertThat(next(group, seen, NOW)).hasOnlyElementsOfType(EnsureInstances.class);
    }

    @Test
    void do_nothing_while_others_are_ahead_until_a_person_begins_a_new_epoch() {
        Group group = upgrading(List.of());
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        seen.version = group.state.tableVersion() + 3;
        seen.router("r1", Map.of("A", Set.of("a1"), "B", Set.of("b1")));
        Observation ahead = seen.observation(group.state, LATE);
        assertThat(Ahead.evidence(group.state, ahead)).containsOnlyKeys("router r1");
        assertThat(NextActions.next(group.state, ahead, LATE)).isEmpty();
        CompleteStep complete = new CompleteStep("shop", "up-2", 0);
        assertThatThrownBy(() -> group.handle(complete, Decider.SELF, group.state.version(), ahead))
                .hasMessageContaining("GROUP_AHEAD");
        Observation dead = new Seen(group).running("A").observation(group.state, NOW);
        Group idle = Group.serving();
        Seen later = new Seen(idle);
        later.version = idle.state.tableVersion() + 1;
        later.router("r1", Map.of());
        var start = Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of());
        assertThatThrownBy(() -> idle.handle(start, "olga", null, later.observation(idle.state, LATE)))
                .hasMessageContaining("GROUP_AHEAD");

        List<ClusterGroupCommand> orders = List.of(
                new AddCluster("shop", "C"),
                new RemoveCluster("shop", "B"),
                new DeleteClusterGroup("shop", "why"),
                new ChangeRouteStrategies("shop", group.state.strategies(), "why"),
                new ReleaseRouteTable("shop", null, "why"),
                new PauseUpgrade("shop", "up-2", "why"),
                new AbortUpgrade("shop", "up-2", "why"),
                new EvictRouter("shop", "r1", "boot", "why"));
        for (ClusterGroupCommand order : orders) {
            assertThatThrownBy(() -> group.handle(order, "olga", null, ahead))
                    .as(order.toString())
                    .hasMessageContaining("GROUP_AHEAD");
        }

        BeginEpoch begin = new BeginEpoch("shop", "restored");
        assertThat(group.handle(begin, "adam", null, dead))
                .as("nobody is ahead")
                .isEmpty();
        group.handle(begin, "adam", null, ahead);
        assertThat(group.state.epoch()).isEqualTo(2);
        assertThat(Ahead.evidence(group.state, ahead)).isEmpty();
        CompleteRecovery recovered = new CompleteRecovery("shop");
        assertThat(NextActions.next(group.state, ahead, NOW))
                .as("no table before the clusters are known to serve")
                .containsExactly(new Advance(recovered));
        group.handle(recovered, Decider.SELF, group.state.version(), ahead);
        assertThat(NextActions.next(group.state, ahead, NOW)).startsWith(new PublishTable(group.state.tableVersion()));
    }

    @Test
    void compare_contents_only_with_those_of_the_version_that_was_looked_at() {
        GroupState state = Group.serving().state;
        Seen seen = new Seen(state);
        seen.sha256 = "this";
        seen.router("r1", Map.of());
        for (long version : List.of(state.version(), state.version() - 1)) {
            Observation observation = new Observation(
                    Published.NOTHING,
                    new TreeMap<>(),
                    new ArrayList<>(seen.routers.values()),
                    true,
                    Fixtures.later(state, Duration.ZERO),
                    new Written(version, "of that version", new TreeMap<>()));
            assertThat(Ahead.evidence(state, observation).isEmpty())
                    .as("hash of version " + version + " of " + state.version())
                    .isEqualTo(version != state.version());
        }
    }

    @Test
    void take_another_copy_in_the_registry_for_a_newer_past_unless_a_router_runs_the_table_of_this_stream() {
        GroupState state = Group.serving().state;
        var other = new Published(state.epoch(), state.tableVersion(), "other");
        Written written = new Written(state.version(), "this", new TreeMap<>());
        for (String runs : List.of("this", "another", "")) {
            Seen seen = new Seen(state);
            seen.sha256 = runs;
            seen.router("r1", Map.of());
            Observation observation = new Observation(
                    other,
                    new TreeMap<>(),
                    new ArrayList<>(seen.routers.values()),
                    true,
                    Fixtures.later(state, Duration.ZERO),
                    written);
            assertThat(Ahead.evidence(state, observation).containsKey("registry"))
                    .as("a router that runs '%s'", runs)
                    .isEqualTo(!runs.equals("this"));
        }
    }

    @Test
    void count_a_step_s_time_only_from_where_it_began() {
        Group group = upgrading(List.of());
        Seen seen = new Seen(group).running("A", "a1").running("B");
        Observation ofAnEarlierStep = new Observation(
                Published.NOTHING,
                seen.clusters,
                List.of(),
                false,
                new Elapsed(0, Duration.ofDays(9)),
                Written.UNKNOWN);
        assertThat(NextActions.next(group.state, ofAnEarlierStep, LATE)).noneMatch(Advance.class::isInstance);
    }

    @Test
    void expires_a_step_with_what_it_lacks_and_nothing_while_paused() {
        Group group = upgrading(List.of());
        Seen seen = new Seen(group).running("A", "a1").running("B");
        assertThat(next(group, seen, LATE)).singleElement().isInstanceOfSatisfying(Advance.class, advance -> {
            assertThat(advance.command()).isEqualTo(new ExpireStep("shop", "up-2", 0));
        });
        group.handle(new PauseUpgrade("shop", "up-2", "lunch"));
        assertThat(next(group, seen, LATE)).isEmpty();
    }

    private static Group upgrading(List<Stage> stages) {
        Group group = Group.serving();
        group.handle(Fixtures.upgrade(UpgradeMode.GRAYSCALE, "B", "2", stages));
        return group;
    }

    /** Pinned at table 1; the upgrade's first table is 2. */
    private static Group pinnedAtRoute() {
        Group group = Group.serving();
        group.handle(new ConfigureRouters("shop", RouterConfigurationMode.PINNED, null, new TreeMap<>(), "slowly"));
        group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()));
        group.step();
        return group;
    }

    private static ConfigureRouters follow() {
        return new ConfigureRouters("shop", RouterConfigurationMode.FOLLOW, null, new TreeMap<>(), "go on");
    }

    private static Group at(UpgradeStep.Kind kind) {
        Group group = upgrading(List.of());
        while (group.state.upgrade().current().kind() != kind) {
            group.step();
        }
        return group;
    }

    private static List<NextAction> next(Group group, Seen seen, Instant now) {
        return NextActions.next(group.state, seen.observation(group.state, now), now);
    }

    private static Map<String, String> missing(Group group, Seen seen) {
        return progress(group, seen, NOW).missing();
    }

    private static Progress progress(Group group, Seen seen, Instant now) {
        return NextActions.progress(group.state, group.state.upgrade(), seen.observation(group.state, now), now);
    }

    private static void completes(Group group, Seen seen, Instant now) {
        Upgrade upgrade = group.state.upgrade();
        assertThat(next(group, seen, now))
                .contains(new Advance(new CompleteStep(
                        "shop", upgrade.upgradeId(), upgrade.position().step())));
    }

    /** What is seen, put together bit by bit. */
    private static final class Seen {

        private final GroupState state;
        private final SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
        private final Map<String, RouterObservation> routers = new TreeMap<>();
        private long publishedVersion;
        private long version;
        private String sha256 = "";
        private boolean silent;
        private boolean everHadRouters;
        private Map<String, Integer> inFlight = Map.of();

        Seen(Group group) {
            this(group.state);
        }

        Seen(GroupState state) {
            this.state = state;
            publishedVersion = state.tableVersion();
            version = state.tableVersion();
        }

        Seen running(String cluster, String... healthy) {
            SortedMap<String, ServiceObservation> services = new TreeMap<>();
            services.put("web", new ServiceObservation(healthy.length, Set.of(healthy)));
            clusters.put(
                    cluster, new ClusterObservation(0, state.cluster(cluster).fence(), "", services, ""));
            return this;
        }

        Seen router(String id, Map<String, Set<String>> usable) {
            Map<String, Map<String, Set<String>>> byService = new TreeMap<>();
            usable.forEach((cluster, ids) -> byService.put(cluster, Map.of("web", ids)));
            routers.put(
                    id,
                    new RouterObservation(
                            id, "boot", state.epoch(), version, sha256, false, silent, inFlight, Map.of(), byService));
            return this;
        }

        Observation observation(GroupState now, Instant instant) {
            return new Observation(
                    new Published(state.epoch(), publishedVersion, ""),
                    clusters,
                    new ArrayList<>(routers.values()),
                    everHadRouters,
                    Fixtures.later(now, Duration.between(NOW, instant)),
                    Written.UNKNOWN);
        }
    }
}
