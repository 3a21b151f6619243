package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupCommand.CancelDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueScaling;
import io.tricolor.contracts.group.ClusterGroupCommand.DecommissionGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.group.ClusterGroupCommand.StopCluster;
import io.tricolor.contracts.group.ClusterGroupDeleted;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterScalingCompleted;
import io.tricolor.contracts.group.ClusterScalingDrained;
import io.tricolor.contracts.group.ClusterScalingStarted;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.DecommissionStarted;
import io.tricolor.contracts.group.RecoveryCompleted;
import io.tricolor.contracts.group.RecoveryStarted;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.TrafficDrained;
import io.tricolor.contracts.group.TrafficEnded;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import io.tricolor.strategy.group.domain.Observation.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Clusters that are scaled and stopped by hand, groups that end, epochs that begin. */
class LifeTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    // ---- scaling

    @Test
    void asks_for_more_instances_at_once_and_is_done_when_every_router_knows_them() {
        Group group = Group.serving();
        assertThat(ask(group, scale("A", 2), new Seen(group).running("A", "a1")))
                .hasSize(2)
                .satisfiesExactly(
                        e -> assertThat(e).isInstanceOf(ClusterScalingStarted.class),
                        e -> assertThat(e)
                                .isInstanceOfSatisfying(
                                        ClusterDesiredStateChanged.class,
                                        d -> assertThat(d.instances()).containsEntry("web", 2)));
        Seen seen = new Seen(group).running("A", "a1", "a2").router("a1");
        assertThat(seen.advance()).isEmpty();
        seen.router("a1", "a2");
        assertThat(proceed(group, seen)).hasExactlyElementsOfTypes(ClusterScalingCompleted.class);
        assertThat(group.state.isUnderWay()).isFalse();
        assertThat(ask(group, scale("A", 2), new Seen(group).running("A", "a1", "a2")))
                .as("fulfilled already")
                .isEmpty();
    }

    @Test
    void takes_instances_of_a_serving_cluster_out_of_the_registry_before_they_are_stopped() {
        Group group = scaled("A", 3);
        ask(group, scale("A", 1), new Seen(group).running("A", "a1", "a2", "a3"));
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 3);
        Seen seen = new Seen(group).running("A", "a1", "a2", "a3").router("a1", "a2", "a3");

        assertThat(proceed(group, seen)).hasExactlyElementsOfTypes(ClusterDesiredStateChanged.class);
        ClusterState cluster = group.state.cluster("A");
        assertThat(cluster.instances()).as("none is to be stopped yet").containsEntry("web", 3);
        assertThat(cluster.withdrawn()).containsEntry("web", List.of("a2", "a3"));

        seen = new Seen(group).running("A", "a1", "a2", "a3").router("a1", "a2");
        assertThat(seen.progress("A").missing()).containsKey("endpoints of r1");
        seen = new Seen(group).running("A", "a1", "a2", "a3").inFlight("a3", 2).router("a1");
        assertThat(seen.progress("A").missing())
                .containsEntry("end of requests to withdrawn instances of A", "2 in flight");
        assertThat(seen.advance()).isEmpty();
        Seen ended = new Seen(group).running("A", "a1", "a2", "a3").router("a1");
        assertThat(proceed(group, ended))
                .hasExactlyElementsOfTypes(ClusterScalingDrained.class, ClusterDesiredStateChanged.class);
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 1);
        assertThat(group.state.cluster("A").withdrawn()).containsEntry("web", List.of("a2", "a3"));

        assertThat(new Seen(group).running("A", "a1", "a2").router("a1").advance())
                .isEmpty();
        assertThat(proceed(group, new Seen(group).running("A", "a1").router("a1")))
                .hasExactlyElementsOfTypes(ClusterScalingCompleted.class);
    }

    @Test
    void waits_for_requests_to_withdrawn_instances_no_longer_than_was_said_and_records_that() {
        Group group = withdrawing();
        Seen seen = new Seen(group).running("A", "a1", "a2").inFlight("a2", 1).router("a1");
        assertThat(seen.advance()).isEmpty();
        seen.elapsed = Duration.ofMinutes(2);
        assertThat(proceed(group, seen).getFirst())
                .isInstanceOfSatisfying(
                        ClusterScalingDrained.class,
                        e -> assertThat(e.evidence())
                                .containsEntry(
                                        "drain deadline passed", "1 requests in flight to withdrawn instances of A"));
        Seen held = new Seen(group);
        held.clusters.put("A", observation(group.state.cluster("A").fence() - 1, Set.of("a1", "a2"), ""));
        assertThat(NextActions.next(
                        group.state, held.inFlight("a2", 1).router("a1").observation(), Fixtures.NOW))
                .as("a request that was cut off holds nothing up")
                .hasOnlyElementsOfType(NextAction.EnsureInstances.class);
    }

    @Test
    void sends_the_smaller_number_only_while_no_router_has_a_withdrawn_instance_again() {
        Group group = withdrawing();
        proceed(group, new Seen(group).running("A", "a1", "a2").router("a1"));
        Seen seen = new Seen(group);
        seen.clusters.put("A", observation(group.state.cluster("A").fence() - 1, Set.of("a1", "a2"), ""));
        assertThat(NextActions.next(group.state, seen.router("a1", "a2").observation(), Fixtures.NOW))
                .isEmpty();
        assertThat(NextActions.next(group.state, seen.router("a1").observation(), Fixtures.NOW))
                .hasOnlyElementsOfType(NextAction.EnsureInstances.class);
    }

    @Test
    void withdraws_nothing_until_those_that_stay_serve() {
        Group group = scaled("A", 2);
        ask(group, scale("A", 1), new Seen(group).running("A", "a1", "a2"));
        Seen seen = new Seen(group).running("A", "a1", "a2").router();
        assertThat(seen.advance()).isEmpty();
        seen = new Seen(group).running("A", "a1", "a2");
        seen.clusters.put(
                "A",
                new ClusterObservation(
                        0,
                        group.state.cluster("A").fence(),
                        "",
                        services(new ServiceObservation(2, Set.of("a2"), Set.of("a1", "a2"))),
                        ""));
        proceed(group, seen.router("a1", "a2"));
        assertThat(group.state.cluster("A").withdrawn())
                .as("those that do not serve go first")
                .containsEntry("web", List.of("a1"));
    }

    @Test
    void withdraws_another_one_when_an_instance_came_back_under_another_name() {
        Group group = withdrawing();
        proceed(group, new Seen(group).running("A", "a1", "a2").router("a1"));
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 1);
        proceed(group, new Seen(group).running("A", "a1", "a9").router("a1", "a9"));
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 2);
        proceed(group, new Seen(group).running("A", "a1", "a9").router("a1", "a9"));
        assertThat(group.state.cluster("A").withdrawn()).containsEntry("web", List.of("a9"));
    }

    @Test
    void gives_withdrawn_instances_back_when_more_are_to_stay_than_was_asked_for_before() {
        Group group = scaled("A", 4);
        ask(group, scale("A", 1), new Seen(group).running("A", "a1", "a2", "a3", "a4"));
        proceed(group, new Seen(group).running("A", "a1", "a2", "a3", "a4").router("a1", "a2", "a3", "a4"));
        assertThat(group.state.cluster("A").withdrawn()).containsEntry("web", List.of("a2", "a3", "a4"));
        ask(group, scale("A", 3), new Seen(group).running("A", "a1", "a2", "a3", "a4"));
        proceed(group, new Seen(group).running("A", "a1", "a2", "a3", "a4").router("a1"));
        assertThat(group.state.cluster("A").withdrawn()).containsEntry("web", List.of("a4"));
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 4);
    }

    @Test
    void goes_back_from_a_number_that_cannot_be_started() {
        Group group = scaled("A", 1);
        ask(group, scale("A", 50), new Seen(group).running("A", "a1"));
        Seen stuck = new Seen(group);
        stuck.clusters.put("A", observation(group.state.cluster("A").fence(), Set.of("a1", "a2"), "no offers"));
        ask(group, scale("A", 2), stuck);
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 2);
    }

    @Test
    void never_leaves_a_serving_cluster_without_an_instance() {
        Group group = Group.serving();
        Seen seen = new Seen(group).running("A", "a1");
        refused(group, scale("A", 0), seen, "CLUSTER_NOT_RED");
        refused(group, stop("A"), seen, "CLUSTER_NOT_RED");
        refused(group, scale("B", 1), seen, "CLUSTER_NOT_RUNNING");
        refused(
                group,
                new SetInstances("shop", "A", new TreeMap<>(Map.of("cart", 1)), MINUTE, "why"),
                seen,
                "INVALID_ARGUMENT");
        refused(group, scale("A", 1_001), seen, "INVALID_ARGUMENT");
    }

    @Test
    void stops_a_red_cluster_when_every_router_knows_and_keeps_what_it_ran() {
        Group group = kept();
        ask(group, stop("B"), new Seen(group).running("A", "a1").running("B", "b1"));
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        seen.version = group.state.tableVersion() - 1;
        seen.router("a1");
        assertThat(seen.advance()).isEmpty();
        seen.version = group.state.tableVersion();
        proceed(group, seen.router("a1"));
        assertThat(group.state.cluster("B").wantsInstances()).isFalse();
        assertThat(group.state.cluster("B").manifest()).isNotNull();
        var green = new ChangeRouteStrategies("shop", new TreeMap<>(Map.of("B", RouteStrategy.green())), "back");
        refused(group, green, seen, "CLUSTER_NOT_RUNNING");
        refused(group, new RemoveCluster("shop", "B"), seen, "CLUSTER_SCALING");
        proceed(group, new Seen(group).running("A", "a1").running("B").router("a1"));
        assertThat(group.state.isUnderWay()).isFalse();
        assertThat(group.handle(new RemoveCluster("shop", "B"))).hasSize(1);
    }

    @Test
    void keeps_a_cluster_red_while_any_of_its_instances_may_be_stopped() {
        Group group = kept();
        ask(group, scale("B", 3), new Seen(group).running("A", "a1").running("B", "b1"));
        var green = new ChangeRouteStrategies("shop", new TreeMap<>(Map.of("B", RouteStrategy.green())), "back");
        refused(group, green, new Seen(group), "CLUSTER_SCALING");
    }

    @Test
    void leaves_the_clusters_of_a_running_upgrade_to_it() {
        Group group = kept();
        group.handle(new AddCluster("shop", "C"));
        group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "C", "3", List.of()));
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        refused(group, scale("A", 2), seen, "CLUSTER_UPGRADING");
        refused(group, scale("C", 2), seen, "CLUSTER_UPGRADING");
        assertThat(ask(group, stop("B"), seen)).isNotEmpty();
        Group scaling = scaled("A", 1);
        ask(scaling, scale("A", 2), new Seen(scaling).running("A", "a1"));
        refused(
                scaling,
                Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()),
                new Seen(scaling).running("A", "a1"),
                "CLUSTER_SCALING");
    }

    @Test
    void a_rollback_starts_as_many_as_serve_now_if_that_is_more_than_at_its_point() {
        Group group = Group.upgraded();
        bring(group, scale("B", 4));
        group.handle(Fixtures.rollback(null));
        assertThat(group.state.upgrade().plan().to().instances()).containsEntry("web", 4);
    }

    // ---- which cluster an upgrade goes to

    @Test
    void takes_a_free_cluster_when_none_is_named_and_never_one_that_still_runs() {
        Group group = kept();
        var anywhere = new ClusterGroupCommand.StartUpgrade(
                "shop",
                "up-3",
                UpgradeMode.SWITCH,
                null,
                Fixtures.manifest("3"),
                List.of(),
                Fixtures.policy(io.tricolor.contracts.group.ExpiryPolicy.PAUSE),
                "release 3");
        refused(group, anywhere, new Seen(group), "CLUSTER_IN_SERVICE");
        group.handle(new AddCluster("shop", "C"));
        group.handle(anywhere);
        assertThat(group.state.upgrade().plan().to().cluster()).isEqualTo("C");
    }

    @Test
    void a_rollback_does_not_overwrite_what_still_runs_at_home() {
        Group group = kept();
        ask(group, stop("B"), new Seen(group).running("B", "b1"));
        bring(group, "B");
        ask(
                group,
                new SetInstances("shop", "B", new TreeMap<>(), Fixtures.manifest("3"), MINUTE, "a trial"),
                new Seen(group));
        bring(group, "B");
        refused(group, Fixtures.rollback(null), new Seen(group), "CLUSTER_IN_SERVICE");
        group.handle(new AddCluster("shop", "C"));
        group.handle(Fixtures.rollback(null));
        assertThat(group.state.upgrade().plan().to().cluster()).isEqualTo("C");
        Group stopped = Group.upgraded();
        stopped.handle(new AddCluster("shop", "C"));
        stopped.handle(Fixtures.rollback(null));
        assertThat(stopped.state.upgrade().plan().to().cluster()).isEqualTo("A");
    }

    // ---- the end of a group

    @Test
    void a_group_ends_by_its_last_table_then_its_clusters_then_for_everybody() {
        Group group = kept();
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        assertThat(ask(group, end("shop"), seen)).hasExactlyElementsOfTypes(DecommissionStarted.class);
        assertThat(ask(group, end("shop"), seen)).isEmpty();
        refused(group, scale("A", 2), seen, "GROUP_DECOMMISSIONING");
        refused(group, Fixtures.upgrade(UpgradeMode.SWITCH, "B", "3", List.of()), seen, "GROUP_DECOMMISSIONING");

        seen = new Seen(group).running("A", "a1").running("B", "b1").router("a1");
        assertThat(seen.advance()).as("grace").isEmpty();
        seen.elapsed = Duration.ofMinutes(2);
        long version = group.state.tableVersion();
        assertThat(proceed(group, seen)).hasExactlyElementsOfTypes(TrafficEnded.class);
        assertThat(group.state.routeTable()).hasValueSatisfying(table -> {
            assertThat(table.deleted()).isTrue();
            assertThat(table.version()).isEqualTo(version + 1);
        });
        assertThat(group.state.clusters().values())
                .allMatch(cluster -> cluster.strategy().status() == ClusterStatus.RED);
        refused(group, new CancelDecommission("shop", "oh no"), seen, "GROUP_DECOMMISSIONING");

        Seen behind = new Seen(group).running("A", "a1").running("B", "b1");
        behind.version = version;
        behind.elapsed = Duration.ofHours(1);
        assertThat(behind.router("a1").advance())
                .as("a router still has the table before")
                .isEmpty();
        Seen drained = new Seen(group).running("A", "a1").running("B", "b1").router("a1");
        assertThat(proceed(group, drained))
                .hasExactlyElementsOfTypes(
                        TrafficDrained.class, ClusterDesiredStateChanged.class, ClusterDesiredStateChanged.class);
        assertThat(new Seen(group).running("A").running("B", "b1").router().advance())
                .isEmpty();
        assertThat(proceed(group, new Seen(group).running("A").running("B").router()))
                .hasExactlyElementsOfTypes(ClusterGroupDeleted.class);
        assertThat(group.state.deleted()).isTrue();
        assertThat(group.state.tombstoneVersion()).isEqualTo(version + 1);
    }

    @Test
    void the_end_of_a_group_can_be_cancelled_while_its_traffic_is_untouched() {
        Group group = Group.serving();
        Seen seen = new Seen(group).running("A", "a1");
        refused(group, end("shopp"), seen, "INVALID_ARGUMENT");
        refused(group, new CancelDecommission("shop", "no"), seen, "GROUP_NOT_DECOMMISSIONING");
        ask(group, end("shop"), seen);
        group.handle(new CancelDecommission("shop", "still needed"));
        assertThat(group.state.isUnderWay()).isFalse();
        assertThat(ask(group, scale("A", 2), new Seen(group).running("A", "a1")))
                .isNotEmpty();
        Group upgrading = Group.serving();
        upgrading.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()));
        refused(upgrading, end("shop"), new Seen(upgrading), "UPGRADE_RUNNING");
    }

    // ---- a new epoch

    @Test
    void a_new_epoch_gives_routers_its_table_when_the_clusters_of_the_stored_state_serve() {
        Group group = Group.upgraded();
        Seen seen = new Seen(group).running("A", "a1").running("B");
        seen.version = group.state.tableVersion() + 2;
        assertThat(ask(group, new BeginEpoch("shop", "restored"), seen.router("a1")))
                .satisfiesExactly(
                        e -> assertThat(e).isInstanceOf(io.tricolor.contracts.group.EpochBegun.class),
                        e -> assertThat(e)
                                .isInstanceOfSatisfying(
                                        RecoveryStarted.class,
                                        r -> assertThat(r.clusters()).containsExactly("B")));
        assertThat(group.state.recovering()).isTrue();
        Seen old = new Seen(group);
        old.clusters.put("B", observation(0, Set.of(), ""));
        old.epoch = 1;
        assertThat(NextActions.next(group.state, old.router("a1").observation(), Fixtures.NOW))
                .as("B is started, A is not touched, no table is published")
                .singleElement()
                .isInstanceOfSatisfying(
                        NextAction.EnsureInstances.class,
                        e -> assertThat(e.cluster().name()).isEqualTo("B"));
        Seen whole = new Seen(group).running("B", "b1");
        whole.epoch = 1;
        whole.usable.put("B", Set.of("b1"));
        whole.router("a1");
        ClusterGroupCommand next = whole.advance().getFirst();
        group.handle(next, Decider.SELF, group.state.version(), whole.observation());
        assertThat(group.events.getLast()).isInstanceOf(RecoveryCompleted.class);
        assertThat(NextActions.next(group.state, whole.observation(), Fixtures.NOW))
                .first()
                .isInstanceOf(NextAction.PublishTable.class);
    }

    @Test
    void a_new_epoch_brings_back_to_scale_what_runs_more_than_the_stored_state_knows() {
        Group group = Group.serving();
        Seen seen = new Seen(group);
        seen.clusters.put("A", observation(99, Set.of("a1", "a2", "a3"), ""));
        ask(group, new BeginEpoch("shop", "restored"), seen.router("a1", "a2", "a3"));
        assertThat(group.state.cluster("A").instances()).containsEntry("web", 3);
        assertThat(group.state.cluster("A").scaling().target()).containsEntry("web", 1);
    }

    // ---- helpers

    private static ClusterGroupCommand scale(String cluster, int instances) {
        return new SetInstances("shop", cluster, new TreeMap<>(Map.of("web", instances)), MINUTE, "load");
    }

    private static ClusterGroupCommand stop(String cluster) {
        return new StopCluster("shop", cluster, MINUTE, "not needed");
    }

    private static ClusterGroupCommand end(String confirmation) {
        return new DecommissionGroup("shop", confirmation, MINUTE, MINUTE, "old");
    }

    private static List<ClusterGroupEvent> ask(Group group, ClusterGroupCommand command, Seen seen) {
        return group.handle(command, "olga", null, seen.observation());
    }

    private static void refused(Group group, ClusterGroupCommand command, Seen seen, String code) {
        assertThatThrownBy(() -> ask(group, command, seen)).hasMessageContaining(code);
    }

    /** Records what is due, which has to be one thing. */
    private static List<ClusterGroupEvent> proceed(Group group, Seen seen) {
        assertThat(seen.advance()).as("%s", seen.observation()).hasSize(1);
        return group.handle(seen.advance().getFirst(), Decider.SELF, group.state.version(), seen.observation());
    }

    private static Group scaled(String cluster, int instances) {
        Group group = Group.serving();
        bring(group, scale(cluster, instances));
        return group;
    }

    /** A serves with two instances, of which a2 is withdrawn. */
    private static Group withdrawing() {
        Group group = scaled("A", 2);
        ask(group, scale("A", 1), new Seen(group).running("A", "a1", "a2"));
        proceed(group, new Seen(group).running("A", "a1", "a2").router("a1", "a2"));
        return group;
    }

    /** A serves; B, the home of the newest rollback point, is RED and runs. */
    private static Group kept() {
        Group group = new Group();
        group.handle(Fixtures.create("A", "B"));
        group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "B", "1", List.of()));
        group.finish();
        group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "A", "2", List.of()));
        group.finish();
        bring(group, scale("B", 1));
        return group;
    }

    private static void bring(Group group, ClusterGroupCommand command) {
        group.handle(command, "olga", null, Fixtures.ideal(group.state));
        bring(group, cluster(command));
    }

    private static void bring(Group group, String cluster) {
        while (group.state.isUnderWay()) {
            Observation seen = Fixtures.ideal(group.state);
            group.handle(new ContinueScaling("shop", cluster), Decider.SELF, group.state.version(), seen);
        }
    }

    private static String cluster(ClusterGroupCommand command) {
        return ((SetInstances) command).cluster();
    }

    private static SortedMap<String, ServiceObservation> services(ServiceObservation web) {
        return new TreeMap<>(Map.of("web", web));
    }

    private static ClusterObservation observation(long fence, Set<String> ids, String failure) {
        return new ClusterObservation(0, fence, "", services(new ServiceObservation(ids.size(), ids)), failure);
    }

    /** What is seen, put together bit by bit. */
    private static final class Seen {

        private final Group group;
        private final SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
        private final Map<String, Set<String>> usable = new HashMap<>();
        private final Map<String, Integer> inFlight = new HashMap<>();
        private final List<RouterObservation> routers = new ArrayList<>();
        private long epoch;
        private long version;
        private Duration elapsed = Duration.ZERO;

        Seen(Group group) {
            this.group = group;
            version = group.state.tableVersion();
            epoch = group.state.epoch();
        }

        Seen running(String cluster, String... healthy) {
            clusters.put(
                    cluster, LifeTest.observation(group.state.cluster(cluster).fence(), Set.of(healthy), ""));
            return this;
        }

        Seen inFlight(String instance, int count) {
            inFlight.put(instance, count);
            return this;
        }

        /** With one router, which sends to these instances of A. */
        Seen router(String... ofA) {
            usable.put("A", Set.of(ofA));
            Map<String, Map<String, Set<String>>> byService = new HashMap<>();
            usable.forEach((cluster, ids) -> byService.put(cluster, Map.of("web", ids)));
            routers.clear();
            routers.add(new RouterObservation(
                    "r1",
                    "boot",
                    epoch,
                    version,
                    "",
                    false,
                    false,
                    Map.of(),
                    Map.of("A", Map.of("web", inFlight)),
                    byService));
            return this;
        }

        Observation observation() {
            return new Observation(
                    new Published(epoch, version, ""),
                    clusters,
                    routers,
                    true,
                    Fixtures.later(group.state, elapsed),
                    Written.UNKNOWN);
        }

        List<ClusterGroupCommand> advance() {
            return NextActions.next(group.state, observation(), Fixtures.NOW).stream()
                    .filter(NextAction.Advance.class::isInstance)
                    .map(action -> ((NextAction.Advance) action).command())
                    .toList();
        }

        Progress progress(String cluster) {
            return NextActions.progress(group.state, group.state.cluster(cluster), observation());
        }
    }
}
