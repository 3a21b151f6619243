package io.tricolor.strategy.group.domain;

import static io.tricolor.contracts.Rejection.Code.INVALID_ROLLING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rolling flow by the production functions in a world that lags: instances start late, routers learn late. */
@Tag("slow")
class RollingTest {

    @Test
    void keeps_floor_and_ceiling_for_every_pair_of_1_to_20_instances() {
        int runs = 0;
        for (int n = 1; n <= 20; n++) {
            for (int surge = 0; surge <= n; surge++) {
                for (int unavailable = 0; unavailable <= n; unavailable++) {
                    int floor = Math.max(1, n - unavailable);
                    if (n + surge == floor) {
                        int of = n;
                        RollingPolicy policy = policy(surge, unavailable);
                        assertThatThrownBy(() -> begun(of, policy))
                                .isInstanceOfSatisfying(
                                        Rejected.class,
                                        refused -> assertThat(
                                                        refused.rejection().code())
                                                .isEqualTo(INVALID_ROLLING));
                        continue;
                    }
                    World world = new World(begun(n, policy(surge, unavailable)), floor, n + surge);
                    world.run(Integer.MAX_VALUE);
                    assertThat(world.violation)
                            .as("%d, +%d -%d", n, surge, unavailable)
                            .isNull();
                    assertThat(world.group.state.cluster("A").wantsInstances()).isFalse();
                    assertThat(world.group.state.cluster("B").instances()).containsEntry("web", n);
                    runs++;
                }
            }
        }
        System.out.printf("rolling: %,d pairs ran to their end%n", runs);
        assertThat(runs).isGreaterThan(3_000);
    }

    @Test
    void goes_back_from_every_moment_without_undercutting_the_floor() {
        for (int n = 1; n <= 4; n++) {
            for (int surge = 0; surge <= 2; surge++) {
                for (int unavailable = 0; unavailable <= 2; unavailable++) {
                    int floor = Math.max(1, n - unavailable);
                    for (int at = 0; n + surge > floor; at++) {
                        // The way back starts the old cluster as a whole, beside what runs of the new one.
                        World world = new World(begun(n, policy(surge, unavailable)), floor, 2 * n);
                        world.run(at);
                        if (world.group.state.upgrade() == null) {
                            break;
                        }
                        world.group.handle(Fixtures.abort("up-2"));
                        world.run(Integer.MAX_VALUE);
                        assertThat(world.violation)
                                .as("%d, +%d -%d, aborted at %d", n, surge, unavailable, at)
                                .isNull();
                        assertThat(world.group.state.cluster("A").instances()).containsEntry("web", n);
                        assertThat(world.group.state.cluster("B").wantsInstances())
                                .isFalse();
                    }
                }
            }
        }
    }

    @Test
    void holds_while_it_is_paused() {
        World world = new World(begun(3, policy(1, 0)), 3, 4);
        while (world.group.state.cluster("A").scaling() == null) {
            world.run(1);
        }
        world.group.handle(new io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade("shop", "up-2", "wait"));
        long version = world.group.state.version();
        world.run(200);
        assertThat(world.group.state.version()).isEqualTo(version);
        world.group.handle(
                new io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade("shop", "up-2", "go on"),
                Fixtures.OPERATOR,
                null,
                world.seen());
        world.run(Integer.MAX_VALUE);
        assertThat(world.violation).isNull();
    }

    @Test
    void names_the_instances_that_leave_in_an_event_before_any_is_stopped() {
        World world = new World(begun(3, policy(1, 0)), 3, 4);
        world.run(Integer.MAX_VALUE);
        assertThat(world.group.events)
                .filteredOn(io.tricolor.contracts.group.ClusterDesiredStateChanged.class::isInstance)
                .extracting(event -> ((io.tricolor.contracts.group.ClusterDesiredStateChanged) event)
                        .withdrawn()
                        .getOrDefault("web", List.of()))
                .contains(List.of("A2"), List.of("A1"));
    }

    @Test
    void is_caught_when_it_stops_more_than_the_floor_allows() {
        World world = new World(broken(begun(4, policy(1, 0))), 4, 5);
        world.run(Integer.MAX_VALUE);
        assertThat(world.violation).startsWith("floor");
    }

    @Test
    void is_caught_when_it_stops_an_instance_that_routers_still_list() {
        World world = new World(begun(3, policy(1, 0)), 3, 4);
        world.lens = seen -> new Observation(
                seen.published(),
                seen.clusters(),
                seen.routers().stream()
                        .map(r -> router(r, without(r.usableInstances(), world.group.state)))
                        .toList(),
                true,
                seen.elapsed(),
                seen.written());
        world.run(2_000);
        assertThat(world.violation).startsWith("stopped");
    }

    @Test
    void is_caught_when_it_takes_a_batch_for_healthy_that_is_not() {
        World world = new World(begun(3, policy(1, 0)), 3, 4);
        world.lens = seen -> {
            Set<String> all = new HashSet<>();
            for (int i = 0; i < 9; i++) {
                all.add("B" + i);
            }
            SortedMap<String, ClusterObservation> clusters = new TreeMap<>(seen.clusters());
            clusters.computeIfPresent(
                    "B",
                    (name, b) -> new ClusterObservation(
                            0,
                            b.fence(),
                            "",
                            new TreeMap<>(Map.of("web", new ServiceObservation(0, all, Set.of()))),
                            ""));
            return new Observation(
                    seen.published(),
                    clusters,
                    seen.routers().stream()
                            .map(r -> {
                                Map<String, Map<String, Set<String>>> usable = new HashMap<>(r.usableInstances());
                                usable.put("B", Map.of("web", all));
                                return router(r, usable);
                            })
                            .toList(),
                    true,
                    seen.elapsed(),
                    seen.written());
        };
        world.run(2_000);
        assertThat(world.violation).startsWith("floor");
    }

    @Test
    void gives_every_instance_its_share_of_the_requests_at_any_moment() {
        for (int n = 1; n <= 6; n++) {
            World world = new World(begun(n, policy(1, 0)), n, n + 1);
            world.weights = instances -> instances;
            world.run(Integer.MAX_VALUE);
            assertThat(world.violation).isNull();
        }
    }

    @Test
    void is_caught_when_clusters_are_weighed_and_not_their_instances() {
        World world = new World(begun(4, policy(1, 0)), 4, 5);
        world.weights = instances -> Math.min(1, instances);
        world.run(2_000);
        assertThat(world.violation).startsWith("share");
    }

    @Test
    void waits_after_each_batch_before_the_old_cluster_gives_way() {
        RollingPolicy gated = new RollingPolicy(
                "1",
                "0",
                null,
                null,
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                List.of(new Gate.Approval("operator", 1)));
        Upgrade upgrade = begun(2, gated).state.upgrade();
        assertThat(upgrade.plan().steps())
                .extracting(UpgradeStep::title)
                .containsExactly(
                        "start batch 1 of B",
                        "B GREEN beside A",
                        "pass batch 1",
                        "A gives way, {web=1} stay",
                        "start batch 2 of B",
                        "pass batch 2",
                        "A RED, B GREEN",
                        "drain A",
                        "stop A");
        assertThat(upgrade.plan().stage("batch 2").gates())
                .containsExactly(
                        new Gate.Bake("pause-between", Duration.ofSeconds(15)), new Gate.Approval("operator", 1));
    }

    @Test
    void rounds_as_kubernetes_and_as_marathon_do() {
        assertThat(Batches.bounds("web", 10, 10, RollingPolicy.standard())).isEqualTo(new Batches.Bounds(8, 13));
        assertThat(Batches.bounds("web", 4, 4, marathon("1.0", "0.0"))).isEqualTo(new Batches.Bounds(4, 5));
        assertThat(Batches.bounds("web", 4, 4, marathon("0.5", "0.2"))).isEqualTo(new Batches.Bounds(2, 4));
        assertThat(Batches.bounds("web", 5, 5, marathon("0.5", "0.5"))).isEqualTo(new Batches.Bounds(3, 7));
        assertThat(Batches.bounds("web", 4, 4, marathon("0", "0"))).isEqualTo(new Batches.Bounds(1, 4));
    }

    @Test
    void shows_the_arithmetic_of_a_pair_that_leaves_no_room() {
        assertThatThrownBy(() -> begun(3, RollingPolicy.of("0", "25%")))
                .hasMessageContaining("of 3 instances maxSurge 0 is 0 more and maxUnavailable 25% is 0 fewer");
        assertThatThrownBy(() -> begun(1, RollingPolicy.of("0", "1")))
                .hasMessageContaining("at least 1 have to serve and at most 1 may run");
        assertThatThrownBy(() -> begun(200, RollingPolicy.of("1", "0"))).hasMessageContaining("200 batches");
        assertThatThrownBy(() -> begun(3, RollingPolicy.of("some", "1"))).hasMessageContaining("maxSurge 'some'");
    }

    private static RollingPolicy marathon(String healthy, String over) {
        return new RollingPolicy(
                null, null, new BigDecimal(healthy), new BigDecimal(over), Duration.ZERO, Duration.ZERO, List.of());
    }

    private static RollingPolicy policy(int surge, int unavailable) {
        return RollingPolicy.of(Integer.toString(surge), Integer.toString(unavailable));
    }

    private static Group begun(int instances, RollingPolicy rolling) {
        Group group = new Group();
        group.handle(Fixtures.create("A", "B"));
        group.handle(start(UpgradeMode.INSTALL, "A", "1", instances, null));
        group.finish();
        group.handle(start(UpgradeMode.ROLLING, "B", "2", instances, rolling));
        return group;
    }

    private static StartUpgrade start(
            UpgradeMode mode, String to, String version, int instances, @Nullable RollingPolicy rolling) {
        ServiceManifest web = Fixtures.manifest(version).services().getFirst();
        Manifest manifest = new Manifest(
                version,
                List.of(new ServiceManifest(
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
        return new StartUpgrade(
                "shop",
                "up-" + version,
                mode,
                to,
                manifest,
                List.of(),
                Fixtures.policy(ExpiryPolicy.PAUSE),
                rolling,
                "release");
    }

    /** The same upgrade, but the old cluster always gives away one more instance. */
    private static Group broken(Group group) {
        Group broken = new Group();
        for (ClusterGroupEvent event : group.events) {
            broken.state = Evolver.evolve(broken.state, event instanceof UpgradeStarted e ? greedy(e) : event);
        }
        return broken;
    }

    private static UpgradeStarted greedy(UpgradeStarted e) {
        List<UpgradeStep> steps = new ArrayList<>();
        for (UpgradeStep step : e.steps()) {
            boolean shrinks = step.kind() == UpgradeStep.Kind.STOP && step.instances() != null;
            steps.add(
                    shrinks
                            ? new UpgradeStep(
                                    step.kind(),
                                    step.cluster(),
                                    null,
                                    null,
                                    new TreeMap<>(Map.of(
                                            "web", Math.max(1, step.instances().get("web") - 1))),
                                    new TreeMap<>(),
                                    step.timeout(),
                                    step.title())
                            : step);
        }
        return new UpgradeStarted(
                e.groupId(),
                e.upgradeId(),
                e.mode(),
                e.from(),
                e.to(),
                e.manifest(),
                e.instances(),
                e.stages(),
                steps,
                e.policy(),
                e.rollbackPointId(),
                e.rolling(),
                e.source(),
                e.train(),
                e.requestedBy(),
                e.reason(),
                e.at());
    }

    private static RouterObservation router(RouterObservation r, Map<String, Map<String, Set<String>>> usable) {
        return new RouterObservation(
                r.routerId(),
                r.bootId(),
                r.epoch(),
                r.version(),
                r.sha256(),
                false,
                false,
                r.inFlight(),
                r.inFlightInstances(),
                usable);
    }

    private static Map<String, Map<String, Set<String>>> without(
            Map<String, Map<String, Set<String>>> usable, GroupState state) {
        Map<String, Map<String, Set<String>>> less = new HashMap<>();
        usable.forEach((name, services) -> {
            Set<String> ids = new HashSet<>(services.get("web"));
            ids.removeAll(state.cluster(name).withdrawnOf("web"));
            less.put(name, Map.of("web", ids));
        });
        return less;
    }

    /** One router that learns every third tick, instances that need two ticks to become healthy. */
    private static final class World {

        final Group group;
        final int floor;
        final int ceiling;
        UnaryOperator<Observation> lens = UnaryOperator.identity();

        /** What a router weighs a cluster by, of which it knows so many instances; null: nobody counts requests. */
        @Nullable
        IntUnaryOperator weights;

        @Nullable
        String violation;

        private final Map<String, ClusterState> desired = new TreeMap<>();
        private final Map<String, SortedMap<String, Integer>> ages = new TreeMap<>();
        private final Map<String, Set<String>> view = new TreeMap<>();
        private final Map<String, Integer> born = new HashMap<>();
        private SortedMap<String, RouteStrategy> applied;
        private long version;
        private int tick;

        World(Group group, int floor, int ceiling) {
            this.group = group;
            this.floor = floor;
            this.ceiling = ceiling;
            applied = group.state.strategies();
            version = group.state.tableVersion();
            for (String name : List.of("A", "B")) {
                ages.put(name, new TreeMap<>());
                view.put(name, new TreeSet<>());
            }
            ClusterState a = group.state.cluster("A");
            desired.put("A", a);
            for (int i = 0; i < a.instances().get("web"); i++) {
                ages.get("A").put("A" + i, 2);
                view.get("A").add("A" + i);
            }
            born.put("A", a.instances().get("web"));
        }

        void run(int ticks) {
            for (int i = 0; i < ticks && group.state.upgrade() != null && violation == null; i++) {
                assertThat(i).isLessThan(20_000);
                react();
                ages.keySet().forEach(this::orchestrate);
                if (tick++ % 3 == 0) {
                    ages.keySet().forEach(this::learn);
                }
                check();
            }
        }

        private void react() {
            Observation seen = seen();
            for (NextAction action : NextActions.next(group.state, seen, Fixtures.NOW)) {
                switch (action) {
                    case NextAction.PublishTable publish -> {
                        applied = group.state.strategies();
                        version = publish.version();
                    }
                    case NextAction.EnsureInstances ensure ->
                        desired.put(ensure.cluster().name(), ensure.cluster());
                    case NextAction.AskJudgement ask -> throw new AssertionError("no gate here is judged elsewhere");
                    case NextAction.CallWebhook call -> throw new AssertionError("no gate here is a webhook");
                    case NextAction.Advance advance -> {
                        group.handle(advance.command(), Decider.SELF, group.state.version(), seen);
                        return;
                    }
                }
            }
        }

        private void orchestrate(String name) {
            ClusterState wanted = desired.get(name);
            if (wanted == null) {
                return;
            }
            SortedMap<String, Integer> mine = ages.get(name);
            mine.replaceAll((id, age) -> age + 1);
            int count = wanted.instances().get("web");
            if (mine.size() < count) {
                String id = name + born.merge(name, 1, Integer::sum);
                mine.put(id, 0);
            }
            List.copyOf(mine.keySet()).stream()
                    .filter(id -> count == 0 || wanted.withdrawnOf("web").contains(id))
                    .limit(Math.max(0, mine.size() - count))
                    .forEach(id -> {
                        mine.remove(id);
                        if (takes(name) && view.get(name).contains(id)) {
                            violate("stopped " + id + " while a router lists it");
                        }
                    });
        }

        private void learn(String name) {
            Set<String> offered = new TreeSet<>(healthy(name));
            if (desired.get(name) != null) {
                offered.removeAll(desired.get(name).withdrawnOf("web"));
            }
            view.put(name, offered);
        }

        private Set<String> healthy(String name) {
            Set<String> healthy = new TreeSet<>();
            ages.get(name).forEach((id, age) -> {
                if (age >= 2) {
                    healthy.add(id);
                }
            });
            return healthy;
        }

        private boolean takes(String name) {
            return applied.get(name).status() != ClusterStatus.RED;
        }

        private void check() {
            int serving = 0;
            int running = 0;
            for (String name : ages.keySet()) {
                running += ages.get(name).size();
                if (takes(name)) {
                    Set<String> usable = new TreeSet<>(view.get(name));
                    usable.retainAll(healthy(name));
                    serving += usable.size();
                }
            }
            if (serving < floor) {
                violate("floor: " + serving + " of " + floor + " serve");
            }
            if (running > ceiling) {
                violate("ceiling: " + running + " run, at most " + ceiling + " may");
            }
            if (weights != null) {
                share(weights);
            }
        }

        /** By the routing decision of production no instance gets half as many requests again as the average one. */
        private void share(IntUnaryOperator weight) {
            CompiledTable table = CompiledTable.of(new RouteTable(
                    "shop",
                    1,
                    version,
                    Affinity.ID,
                    IdentitySource.standard(),
                    List.of(new Entry(null, "/shop", "web")),
                    applied));
            Map<String, Integer> requests = new TreeMap<>();
            for (int id = 0; id < 2_000; id++) {
                io.tricolor.routing.Decision decision = table.decide(
                        RequestId.of("user-" + id),
                        "web",
                        (cluster, service) ->
                                weight.applyAsInt(view.get(cluster).size()),
                        0);
                if (decision instanceof io.tricolor.routing.Decision.Routed routed) {
                    requests.merge(routed.cluster(), 1, Integer::sum);
                }
            }
            int instances = requests.keySet().stream()
                    .mapToInt(name -> view.get(name).size())
                    .sum();
            requests.forEach((name, count) -> {
                if (count * instances > 1.5 * 2_000 * view.get(name).size()) {
                    violate("share: " + view.get(name).size() + " of " + instances + " instances, those of " + name
                            + ", get " + count + " of 2,000 requests");
                }
            });
        }

        private void violate(String what) {
            if (violation == null) {
                violation = what + ", in '" + group.state.upgrade().current().title() + "'";
            }
        }

        Observation seen() {
            SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
            desired.forEach((name, wanted) -> clusters.put(
                    name,
                    new ClusterObservation(
                            0,
                            wanted.fence(),
                            "",
                            new TreeMap<>(Map.of(
                                    "web",
                                    new ServiceObservation(
                                            ages.get(name).size(),
                                            healthy(name),
                                            Set.copyOf(ages.get(name).keySet())))),
                            "")));
            Map<String, Map<String, Set<String>>> usable = new HashMap<>();
            view.forEach((name, ids) -> usable.put(name, Map.of("web", Set.copyOf(ids))));
            RouterObservation router =
                    new RouterObservation("router-0", "boot", 1, version, "", false, false, Map.of(), Map.of(), usable);
            return lens.apply(new Observation(
                    new Published(1, version, ""),
                    clusters,
                    List.of(router),
                    true,
                    Fixtures.later(group.state, Duration.ZERO),
                    Observation.Written.UNKNOWN));
        }
    }
}
