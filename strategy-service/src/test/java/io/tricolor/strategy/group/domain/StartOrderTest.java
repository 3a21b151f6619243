package io.tricolor.strategy.group.domain;

import static io.tricolor.contracts.Rejection.Code.INVALID_MANIFEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StartOrderTest {

    private static ServiceManifest service(String name, String... dependsOn) {
        ServiceManifest web = Fixtures.manifest("1").services().getFirst();
        return new ServiceManifest(
                name,
                web.artifact(),
                web.args(),
                web.env(),
                web.secretEnv(),
                2,
                web.cpus(),
                web.memoryMiB(),
                web.healthCheck(),
                null,
                null,
                List.of(dependsOn));
    }

    private static Manifest manifest(String version, ServiceManifest... services) {
        return new Manifest(version, List.of(services));
    }

    /** web needs cart and search, and cart needs stock. */
    private static Manifest shop(String version) {
        return manifest(
                version,
                service("web", "cart", "search"),
                service("cart", "stock"),
                service("search"),
                service("stock"));
    }

    private static StartUpgrade start(UpgradeMode mode, String to, Manifest manifest) {
        return new StartUpgrade(
                "shop",
                "up-" + manifest.version(),
                mode,
                to,
                manifest,
                List.of(),
                Fixtures.policy(ExpiryPolicy.PAUSE),
                "release");
    }

    private static Group serving() {
        Group group = new Group();
        group.handle(Fixtures.create("A", "B"));
        group.handle(start(UpgradeMode.INSTALL, "A", shop("1")));
        group.finish();
        return group;
    }

    private static List<String> titles(Group group) {
        return group.state.upgrade().plan().steps().stream()
                .map(UpgradeStep::title)
                .toList();
    }

    private static TreeMap<String, Integer> running(int cart, int search, int stock, int web) {
        return new TreeMap<>(Map.of("cart", cart, "search", search, "stock", stock, "web", web));
    }

    @Test
    void services_are_started_after_those_that_they_depend_on() {
        Group group = serving();
        group.handle(start(UpgradeMode.SWITCH, "B", shop("2")));
        assertThat(titles(group))
                .startsWith("start search, stock of B", "start cart of B", "start web of B", "A RED, B GREEN");
        while (group.state.upgrade() != null) {
            group.step();
        }
        assertThat(group.events)
                .filteredOn(event -> event instanceof ClusterDesiredStateChanged e
                        && e.cluster().equals("B"))
                .extracting(event -> ((ClusterDesiredStateChanged) event).instances())
                .containsExactly(running(0, 2, 2, 0), running(2, 2, 2, 0), running(2, 2, 2, 2));
    }

    @Test
    void the_way_back_starts_in_order_only_what_does_not_run() {
        Group group = serving();
        group.handle(start(UpgradeMode.SWITCH, "B", shop("2")));
        group.step();
        group.handle(Fixtures.abort("up-2"));
        assertThat(titles(group)).containsSubsequence("start A", "B RED, A GREEN");
        group.finish();

        group.handle(start(UpgradeMode.SWITCH, "B", shop("3")));
        while (!group.state.upgrade().isLastStep()) {
            group.step();
        }
        assertThat(group.state.cluster("A").wantsInstances()).isFalse();
        group.handle(Fixtures.abort("up-3"));
        assertThat(titles(group)).containsSubsequence("start search, stock of A", "start cart of A", "start web of A");
    }

    @Test
    void a_rollback_to_a_stopped_cluster_starts_in_order() {
        Group group = serving();
        group.handle(start(UpgradeMode.SWITCH, "B", shop("2")));
        group.finish();
        group.handle(Fixtures.rollback(null));
        assertThat(titles(group)).startsWith("start search, stock of A", "start cart of A", "start web of A");
    }

    @Test
    void the_first_batch_of_a_rolling_upgrade_is_started_in_order() {
        Group group = serving();
        group.handle(start(UpgradeMode.ROLLING, "B", shop("2")));
        assertThat(titles(group))
                .startsWith("start batch 1 of B", "start batch 1 of B", "start batch 1 of B", "B GREEN beside A");
        group.step();
        assertThat(group.state.cluster("B").instances()).containsEntry("web", 0).containsEntry("stock", 1);
    }

    @Test
    void without_dependencies_all_are_started_at_once() {
        assertThat(StartOrder.steps(manifest("1", service("a"), service("b")), new TreeMap<>(Map.of("a", 1, "b", 2))))
                .containsExactly(new TreeMap<>(Map.of("a", 1, "b", 2)));
    }

    @Test
    void refuses_circles_and_strangers() {
        for (Manifest bad : List.of(
                manifest("1", service("web", "web")),
                manifest("1", service("web", "cart"), service("cart", "web")),
                manifest("1", service("web", "nobody")))) {
            assertThatThrownBy(() -> StartOrder.check(bad))
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            e -> assertThat(e.rejection().code()).isEqualTo(INVALID_MANIFEST));
        }
    }
}
