package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.EvictRouter;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.RouterConfigurationMode;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.NextAction.Advance;
import io.tricolor.strategy.group.domain.NextAction.EnsureInstances;
import io.tricolor.strategy.group.domain.NextAction.PublishTable;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
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
        seen.router("r1", Map.of()).router("r2", Map.of());
        assertThat(missing(group, seen))
                .containsOnlyKeys("release of table 1/2", "table of r1", "table of r2")
                .containsEntry("table of r2", "applied 1/1, pinned at 1/1, does not get 1/2");
        group.handle(new TryRouteTable("shop", List.of("r1", "r2"), null, "try"));
        assertThat(missing(group, seen)).containsEntry("table of r2", "applied 1/1, not yet 1/2");
        seen.version = 2;
        seen.router("r1", Map.of()).router("r2", Map.of());
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
        seen.router("r1", Map.of());
        group.handle(follow());
        seen.publishedVersion = 2;
        assertThat(next(group, seen, LATE))
                .singleElement()
                .isInstanceOfSatisfying(
                        Advance.class, advance -> assertThat(advance.command()).isInstanceOf(ExpireStep.class));
    }

    @Test
    void says_a_wish_until_it_is_taken_up() {
        Group group = upgrading(List.of());
        Seen seen = new Seen(group).running("A", "a1");
        assertThat(next(group, seen, NOW)).singleElement().isInstanceOfSatisfying(EnsureInstances.class, ensure -> {
            assertThat(ensure.cluster().name()).isEqualTo("B");
            assertThat(ensure.deadline()).isEqualTo(NOW.plus(Duration.ofMinutes(1)));
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
        Stage stage = new Stage("s", io.tricolor.contracts.group.IdRule.nobody(), true, Duration.ofMinutes(1));
        Group group = upgrading(List.of(stage));
        while (group.state.upgrade().current().kind() != UpgradeStep.Kind.GATE) {
            group.step();
        }
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        assertThat(missing(group, seen)).containsOnlyKeys("approval of stage s", "bake time of stage s");
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
        seen.router("r1", Map.of());
        assertThat(missing(group, seen)).containsOnlyKeys("end of requests to A");
        assertThat(completion(group, seen, LATE).evidence())
                .containsEntry("drain deadline passed", "2 requests in flight to A");
        seen.inFlight = Map.of("B", 7);
        seen.router("r1", Map.of());
        assertThat(completion(group, seen, NOW).evidence()).doesNotContainKey("drain deadline passed");
    }

    @Test
    void does_not_let_a_drain_deadline_stand_in_for_a_router_that_lags() {
        Group group = at(UpgradeStep.Kind.DRAIN);
        Seen seen = new Seen(group).running("A", "a1").running("B", "b1");
        seen.version = group.state.tableVersion() - 1;
        seen.inFlight = Map.of("A", 1);
        seen.router("r1", Map.of());
        assertThat(next(group, seen, LATE))
                .singleElement()
                .isInstanceOfSatisfying(
                        Advance.class, advance -> assertThat(advance.command()).isInstanceOf(ExpireStep.class));
    }

    @Test
    void expires_a_step_with_what_it_lacks_and_nothing_while_paused() {
        Group group = upgrading(List.of());
        Seen seen = new Seen(group).running("A", "a1").running("B");
        assertThat(next(group, seen, LATE)).singleElement().isInstanceOfSatisfying(Advance.class, advance -> {
            assertThat(advance.command())
                    .isInstanceOfSatisfying(
                            ExpireStep.class,
                            expire -> assertThat(expire.evidence())
                                    .containsEntry("missing: healthy instances of B/web", "0 of 1"));
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
        return NextActions.next(group.state, seen.observation(), now);
    }

    private static Map<String, String> missing(Group group, Seen seen) {
        return NextActions.progress(group.state, group.state.upgrade(), seen.observation(), NOW)
                .missing();
    }

    private static CompleteStep completion(Group group, Seen seen, Instant now) {
        return (CompleteStep) ((Advance) next(group, seen, now).getFirst()).command();
    }

    /** What is seen, put together bit by bit. */
    private static final class Seen {

        private final GroupState state;
        private final SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
        private final Map<String, RouterObservation> routers = new TreeMap<>();
        private long publishedVersion;
        private long version;
        private Map<String, Integer> inFlight = Map.of();

        Seen(Group group) {
            state = group.state;
            publishedVersion = state.tableVersion();
            version = state.tableVersion();
        }

        Seen running(String cluster, String... healthy) {
            SortedMap<String, ServiceObservation> services = new TreeMap<>();
            services.put("web", new ServiceObservation(healthy.length, Set.of(healthy)));
            clusters.put(cluster, new ClusterObservation(state.cluster(cluster).fence(), services, ""));
            return this;
        }

        Seen router(String id, Map<String, Set<String>> usable) {
            Map<String, Map<String, Set<String>>> byService = new TreeMap<>();
            usable.forEach((cluster, ids) -> byService.put(cluster, Map.of("web", ids)));
            routers.put(id, new RouterObservation(id, "boot", state.epoch(), version, inFlight, byService));
            return this;
        }

        Observation observation() {
            return new Observation(state.epoch(), publishedVersion, clusters, new ArrayList<>(routers.values()));
        }
    }
}
