package io.tricolor.strategy.group.domain;

import static io.tricolor.contracts.Rejection.Code.CLUSTER_NOT_FOUND;
import static io.tricolor.contracts.Rejection.Code.CLUSTER_NOT_RUNNING;
import static io.tricolor.contracts.Rejection.Code.GROUP_NOT_FOUND;
import static io.tricolor.contracts.Rejection.Code.INVALID_ARGUMENT;
import static io.tricolor.contracts.Rejection.Code.INVALID_MANIFEST;
import static io.tricolor.contracts.Rejection.Code.ROUTERS_NOT_PINNED;
import static io.tricolor.contracts.Rejection.Code.ROUTES_UNSERVED;
import static io.tricolor.contracts.Rejection.Code.ROUTE_TABLE_NOT_FOUND;
import static io.tricolor.contracts.Rejection.Code.ROUTE_TABLE_SUPERSEDED;
import static io.tricolor.contracts.Rejection.Code.UPGRADE_RUNNING;
import static io.tricolor.contracts.Rejection.Code.VERSION_MISMATCH;
import static io.tricolor.contracts.group.RouterConfigurationMode.FOLLOW;
import static io.tricolor.contracts.group.RouterConfigurationMode.PINNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterGroupChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.RestoreRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.RouterConfigurationChanged;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReleasesTest {

    @Test
    void routers_follow_from_the_start() {
        Group group = Group.serving();
        assertThat(group.state.routerConfiguration()).isEqualTo(RouterConfiguration.following());
        assertThat(group.state.releasedVersion()).isEqualTo(group.state.tableVersion());
        assertThat(group.state.versionFor("r1")).isEqualTo(group.state.tableVersion());
        assertThat(group.handle(follow())).isEmpty();
    }

    @Test
    void pins_are_stored_with_the_state() {
        var json = ContractsJson.mapper();
        Group pinned = pinnedWithNewer(1);
        pinned.handle(canary(null, "r1"));
        assertThat(json.readValue(json.writeValueAsString(pinned.state), GroupState.class))
                .isEqualTo(pinned.state);
    }

    @Nested
    class Pins {

        @Test
        void hold_routers_at_what_they_run_by_now_while_newer_tables_come() {
            Group group = Group.serving();
            assertThat(group.handle(pin(null, Map.of())))
                    .containsExactly(new RouterConfigurationChanged(
                            "shop", PINNED, 1L, new TreeMap<>(), "because", Fixtures.NOW));
            paint(group, IdRule.nobody());
            assertThat(group.state.tableVersion()).isEqualTo(2);
            assertThat(group.state.versionFor("r1")).isEqualTo(1);
            assertThat(group.state.holdsRoutersBack()).isTrue();
            assertThat(group.handle(pin(null, Map.of()))).isEmpty();
            assertThat(group.handle(pin(1L, Map.of()))).isEmpty();
        }

        @Test
        void end_when_routers_follow_again() {
            Group group = pinnedWithNewer(2);
            assertThat(group.handle(follow())).hasExactlyElementsOfTypes(RouterConfigurationChanged.class);
            assertThat(group.state.versionFor("r1")).isEqualTo(3);
            assertThat(group.state.routerConfiguration()).isEqualTo(RouterConfiguration.following());
        }

        @Test
        void take_any_version_from_the_released_one_to_the_newest() {
            Group group = pinnedWithNewer(2);
            refused(group, pin(4L, Map.of()), ROUTE_TABLE_NOT_FOUND);
            assertThat(group.handle(pin(2L, Map.of("r1", 3L)))).hasSize(1);
            assertThat(group.state.versionFor("r1")).isEqualTo(3);
            assertThat(group.state.versionFor("r2")).isEqualTo(2);
            refused(group, pin(1L, Map.of("r1", 3L)), ROUTE_TABLE_SUPERSEDED);
        }

        @Test
        void never_go_below_what_all_routers_were_given() {
            Group group = Group.serving();
            paint(group, IdRule.nobody());
            refused(group, pin(1L, Map.of()), ROUTE_TABLE_SUPERSEDED);
        }

        @Test
        void never_go_below_what_a_canary_was_given() {
            Group group = pinnedWithNewer(2);
            group.handle(canary(3L, "r1"));
            refused(group, pin(2L, Map.of()), ROUTE_TABLE_SUPERSEDED);
            refused(group, pin(1L, Map.of("r1", 2L)), ROUTE_TABLE_SUPERSEDED);
            assertThat(group.handle(pin(3L, Map.of()))).hasSize(1);
        }

        @Test
        void are_refused_without_a_table_and_with_versions_that_say_nothing() {
            Group group = new Group();
            refused(group, pin(null, Map.of()), GROUP_NOT_FOUND);
            group.handle(Fixtures.create("A"));
            group.handle(new AddCluster("shop", "B"));
            refused(group, pin(null, Map.of()), ROUTE_TABLE_NOT_FOUND);
            Group newer = pinnedWithNewer(2);
            refused(newer, pin(3L, Map.of("r1", 2L)), INVALID_ARGUMENT);
            refused(newer, pin(1L, Map.of("r1", 9L)), ROUTE_TABLE_NOT_FOUND);
            refused(newer, pin(1L, Map.of("no router", 2L)), INVALID_ARGUMENT);
            refused(newer, new ConfigureRouters("shop", FOLLOW, 3L, new TreeMap<>(), "because"), INVALID_ARGUMENT);
            refused(
                    newer,
                    new ConfigureRouters("shop", FOLLOW, null, new TreeMap<>(Map.of("r1", 3L)), "because"),
                    INVALID_ARGUMENT);
        }

        @Test
        void are_bound_to_the_version_that_was_looked_at() {
            refused(Group.serving(), pin(null, Map.of()), 1L, VERSION_MISMATCH);
        }

        @Test
        void end_with_the_group() {
            Group group = new Group();
            group.handle(Fixtures.create("A"));
            group.state = Evolver.evolve(
                    group.state,
                    new RouterConfigurationChanged("shop", PINNED, 1L, new TreeMap<>(), "because", Fixtures.NOW));
            group.handle(new DeleteClusterGroup("shop", "done"));
            group.handle(new ClusterGroupCommand.CreateClusterGroup(
                    "shop",
                    "shop",
                    "prod",
                    2,
                    List.of("A"),
                    group.state.entries(),
                    IdentitySource.standard(),
                    Affinity.ID));
            assertThat(group.state.routerConfiguration()).isEqualTo(RouterConfiguration.following());
        }
    }

    @Nested
    class Canaries {

        @Test
        void get_the_newest_table_before_the_others() {
            Group group = pinnedWithNewer(2);
            assertThat(group.handle(canary(null, "r1")))
                    .containsExactly(new RouterConfigurationChanged(
                            "shop", PINNED, 1L, new TreeMap<>(Map.of("r1", 3L)), "because", Fixtures.NOW));
            assertThat(group.handle(canary(null, "r1"))).isEmpty();
            assertThat(group.state.versionFor("r1")).isEqualTo(3);
            assertThat(group.state.versionFor("r2")).isEqualTo(1);
            assertThat(group.state.releasedVersion()).isEqualTo(1);
        }

        @Test
        void join_those_that_are_there() {
            Group group = pinnedWithNewer(2);
            group.handle(canary(2L, "r1"));
            group.handle(canary(3L, "r2", "r3"));
            assertThat(group.state.routerConfiguration().routers())
                    .containsExactly(Map.entry("r1", 2L), Map.entry("r2", 3L), Map.entry("r3", 3L));
            refused(group, canary(2L, "r2"), ROUTE_TABLE_SUPERSEDED);
        }

        @Test
        void are_nothing_new_at_the_released_table() {
            assertThat(pinnedWithNewer(1).handle(canary(1L, "r1"))).isEmpty();
        }

        @Test
        void need_a_pin_a_router_and_a_table() {
            refused(Group.serving(), canary(null, "r1"), ROUTERS_NOT_PINNED);
            refused(pinnedWithNewer(1), canary(null), INVALID_ARGUMENT);
            refused(pinnedWithNewer(1), canary(3L, "r1"), ROUTE_TABLE_NOT_FOUND);
            refused(pinnedWithNewer(1), canary(0L, "r1"), ROUTE_TABLE_NOT_FOUND);
        }

        @Test
        void are_a_hundred_at_the_most() {
            String[] many = java.util.stream.IntStream.range(0, 101)
                    .mapToObj(i -> "r" + i)
                    .toArray(String[]::new);
            refused(pinnedWithNewer(1), canary(null, many), INVALID_ARGUMENT);
        }
    }

    @Nested
    class ReleasesToAll {

        @Test
        void give_all_what_the_canary_tried_and_not_what_came_after() {
            Group group = pinnedWithNewer(1);
            group.handle(canary(null, "r1"));
            paint(group, new IdRule(false, List.of("8"), List.of(), null));
            assertThat(group.handle(release(null)))
                    .containsExactly(new RouterConfigurationChanged(
                            "shop", PINNED, 2L, new TreeMap<>(), "because", Fixtures.NOW));
            assertThat(group.state.tableVersion()).isEqualTo(3);
        }

        @Test
        void give_all_the_newest_without_a_canary_and_keep_canaries_of_newer_ones() {
            Group group = pinnedWithNewer(2);
            group.handle(canary(3L, "r1"));
            group.handle(release(2L));
            assertThat(group.state.routerConfiguration().routers()).containsExactly(Map.entry("r1", 3L));
            group.handle(follow());
            group.handle(pin(null, Map.of()));
            paint(group, new IdRule(false, List.of("9"), List.of(), null));
            group.handle(release(null));
            assertThat(group.state.releasedVersion()).isEqualTo(4);
            assertThat(group.handle(release(null))).isEmpty();
            assertThat(group.handle(release(4L))).isEmpty();
        }

        @Test
        void ask_which_when_canaries_try_different_tables() {
            Group group = pinnedWithNewer(2);
            group.handle(canary(2L, "r1"));
            group.handle(canary(3L, "r2"));
            refused(group, release(null), INVALID_ARGUMENT);
        }

        @Test
        void are_fulfilled_while_routers_follow_and_refused_for_a_version_of_choice() {
            assertThat(Group.serving().handle(release(null))).isEmpty();
            refused(Group.serving(), release(1L), ROUTERS_NOT_PINNED);
        }

        @Test
        void never_go_back_nor_ahead_of_the_newest() {
            Group group = pinnedWithNewer(2);
            refused(group, release(4L), ROUTE_TABLE_NOT_FOUND);
            group.handle(release(2L));
            refused(group, release(1L), ROUTE_TABLE_SUPERSEDED);
        }
    }

    @Nested
    class Rollbacks {

        @Test
        void publish_the_strategies_of_an_earlier_table_as_a_new_one() {
            Group group = Group.serving();
            RouteTable first = group.state.routeTable().orElseThrow();
            paint(group, IdRule.nobody());
            assertThat(group.handle(restore(first)))
                    .singleElement()
                    .isEqualTo(new RouteStrategiesChanged(
                            "shop", 3, first.clusters(), null, "as in table 1: because", Fixtures.NOW));
            assertThat(group.state.strategies()).isEqualTo(first.clusters());
            assertThat(group.handle(restore(first))).isEmpty();
        }

        @Test
        void release_it_to_all_routers_of_a_pinned_group() {
            Group group = Group.serving();
            RouteTable first = group.state.routeTable().orElseThrow();
            group.handle(pin(null, Map.of()));
            paint(group, IdRule.nobody());
            group.handle(canary(null, "r1"));
            assertThat(group.handle(restore(first)))
                    .hasExactlyElementsOfTypes(RouteStrategiesChanged.class, RouterConfigurationChanged.class);
            assertThat(group.state.routerConfiguration()).isEqualTo(RouterConfiguration.pinned(3, new TreeMap<>()));
            assertThat(group.handle(restore(first))).isEmpty();
        }

        @Test
        void only_release_when_the_newest_says_the_same() {
            Group group = pinnedWithNewer(1);
            RouteTable newest = group.state.routeTable().orElseThrow();
            assertThat(group.handle(restore(newest))).hasExactlyElementsOfTypes(RouterConfigurationChanged.class);
            assertThat(group.state.releasedVersion()).isEqualTo(2);
        }

        @Test
        void restore_entries_too() {
            Group group = Group.serving();
            RouteTable first = group.state.routeTable().orElseThrow();
            List<Entry> entries = List.of(new Entry("shop.example", "/", "web"));
            group.handle(new ChangeClusterGroup("shop", entries, IdentitySource.standard(), Affinity.NONE));
            paint(group, IdRule.nobody());
            assertThat(group.handle(restore(first)))
                    .hasExactlyElementsOfTypes(ClusterGroupChanged.class, RouteStrategiesChanged.class);
            RouteTable restored = group.state.routeTable().orElseThrow();
            assertThat(restored.version()).isEqualTo(5);
            assertThat(new RouteTable(
                            "shop",
                            1,
                            1,
                            restored.affinity(),
                            restored.identity(),
                            restored.entries(),
                            restored.clusters()))
                    .isEqualTo(first);
        }

        @Test
        void leave_clusters_red_that_were_added_since_and_pass_over_red_ones_that_are_gone() {
            Group group = Group.serving();
            RouteTable first = group.state.routeTable().orElseThrow();
            paint(group, IdRule.nobody());
            group.handle(new AddCluster("shop", "C"));
            group.handle(new RemoveCluster("shop", "B"));
            group.handle(restore(first));
            assertThat(group.state.strategies())
                    .containsExactly(Map.entry("A", RouteStrategy.green()), Map.entry("C", RouteStrategy.red()));
        }

        @Test
        void are_refused_when_they_would_send_requests_where_nothing_runs() {
            Group group = Group.upgraded();
            refused(
                    group,
                    restore(table(group, 1, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.red()))),
                    CLUSTER_NOT_RUNNING);
            refused(group, restore(table(group, 1, Map.of("X", RouteStrategy.green()))), CLUSTER_NOT_FOUND);
            refused(
                    group,
                    new RestoreRouteTable(
                            "shop",
                            1,
                            1,
                            group.state.entries(),
                            group.state.identity(),
                            group.state.affinity(),
                            new TreeMap<>(Map.of("B", RouteStrategy.red())),
                            "because"),
                    ROUTES_UNSERVED);
            refused(
                    group,
                    new RestoreRouteTable(
                            "shop",
                            1,
                            1,
                            List.of(new Entry(null, "/", "checkout")),
                            group.state.identity(),
                            group.state.affinity(),
                            new TreeMap<>(group.state.strategies()),
                            "because"),
                    INVALID_MANIFEST);
        }

        @Test
        void are_refused_during_an_upgrade_and_for_tables_that_never_were() {
            Group group = Group.serving();
            RouteTable first = group.state.routeTable().orElseThrow();
            refused(group, restore(table(group, 2, first.clusters())), ROUTE_TABLE_NOT_FOUND);
            refused(
                    group,
                    new RestoreRouteTable(
                            "shop",
                            2,
                            1,
                            first.entries(),
                            first.identity(),
                            first.affinity(),
                            first.clusters(),
                            "because"),
                    ROUTE_TABLE_NOT_FOUND);
            group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()));
            refused(group, restore(first), UPGRADE_RUNNING);
        }
    }

    @Nested
    class DuringAnUpgrade {

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void releases_give_the_step_that_waited_for_them_its_whole_time(boolean byFollowing) {
            Group group = atRoute();
            Instant later = Fixtures.NOW.plusSeconds(600);
            ClusterGroupCommand command = byFollowing ? follow() : release(null);
            for (var event : Decider.decide(group.state, command, new DecisionContext("olga", later, null))) {
                group.state = Evolver.evolve(group.state, event);
            }
            assertThat(group.state.upgrade().position().stepStartedAt()).isEqualTo(later);
        }

        @Test
        void canaries_leave_its_clock_alone() {
            Group group = atRoute();
            Instant later = Fixtures.NOW.plusSeconds(600);
            for (var event :
                    Decider.decide(group.state, canary(null, "r1"), new DecisionContext("olga", later, null))) {
                group.state = Evolver.evolve(group.state, event);
            }
            assertThat(group.state.versionFor("r1")).isEqualTo(2);
            assertThat(group.state.upgrade().position().stepStartedAt()).isEqualTo(Fixtures.NOW);
        }

        private Group atRoute() {
            Group group = Group.serving();
            group.handle(pin(null, Map.of()));
            group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()));
            group.step();
            assertThat(group.state.upgrade().current().kind()).isEqualTo(UpgradeStep.Kind.ROUTE);
            assertThat(group.state.holdsRoutersBack()).isTrue();
            return group;
        }
    }

    // ---- in short

    /** Pinned at table 1, with so many newer ones. */
    private static Group pinnedWithNewer(int tables) {
        Group group = Group.serving();
        group.handle(pin(null, Map.of()));
        for (int i = 0; i < tables; i++) {
            paint(group, new IdRule(false, List.of(Integer.toString(i)), List.of(), null));
        }
        return group;
    }

    /** One more table, by hand: B stays RED, with another rule. */
    private static void paint(Group group, IdRule rule) {
        IdRule other = rule.equals(IdRule.nobody()) ? new IdRule(false, List.of("77"), List.of(), null) : rule;
        group.handle(new ChangeRouteStrategies(
                "shop",
                new TreeMap<>(Map.of("B", new RouteStrategy(io.tricolor.contracts.group.ClusterStatus.RED, other))),
                "by hand"));
    }

    private static ConfigureRouters follow() {
        return new ConfigureRouters("shop", FOLLOW, null, new TreeMap<>(), "because");
    }

    private static ConfigureRouters pin(@Nullable Long version, Map<String, Long> routers) {
        return new ConfigureRouters("shop", PINNED, version, new TreeMap<>(routers), "because");
    }

    private static TryRouteTable canary(@Nullable Long version, String... routers) {
        return new TryRouteTable("shop", List.of(routers), version, "because");
    }

    private static ReleaseRouteTable release(@Nullable Long version) {
        return new ReleaseRouteTable("shop", version, "because");
    }

    private static RouteTable table(Group group, long version, Map<String, RouteStrategy> strategies) {
        return new RouteTable(
                "shop",
                1,
                version,
                group.state.affinity(),
                group.state.identity(),
                group.state.entries(),
                new TreeMap<>(strategies));
    }

    private static RestoreRouteTable restore(RouteTable table) {
        return new RestoreRouteTable(
                table.group(),
                table.epoch(),
                table.version(),
                table.entries(),
                table.identity(),
                table.affinity(),
                table.clusters(),
                "because");
    }

    private static void refused(Group group, ClusterGroupCommand command, Rejection.Code code) {
        refused(group, command, null, code);
    }

    private static void refused(Group group, ClusterGroupCommand command, @Nullable Long version, Rejection.Code code) {
        int before = group.events.size();
        Rejected rejected =
                catchThrowableOfType(Rejected.class, () -> group.handle(command, Fixtures.OPERATOR, version));
        assertThat(rejected).as("%s", command).isNotNull();
        assertThat(rejected.rejection().code()).as(rejected.getMessage()).isEqualTo(code);
        assertThat(group.events).hasSize(before);
    }
}
