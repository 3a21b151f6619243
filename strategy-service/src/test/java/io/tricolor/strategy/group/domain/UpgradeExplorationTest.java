package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Exploration.Bounds;
import io.tricolor.strategy.group.domain.Exploration.Result;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
class UpgradeExplorationTest {

    /** Two crashing reactors, two lagging routers, an operator who aborts. */
    private static final Bounds WIDE = new Bounds(2, 2, 0, 0, true);

    /** One of each, with a deadline that may pass and an operator who also pauses. */
    private static final Bounds DEEP = new Bounds(1, 1, 1, 1, true);

    /**
     * Two routers, one of which joins at any time, and an operator who pins, tries a table on the other, releases and
     * lets follow.
     */
    private static final Bounds PINNED = new Bounds(1, 2, 0, 0, false).pinned(1, true);

    /** The same with one router, there from the start, and an operator who aborts as well. */
    private static final Bounds PINNED_AND_ABORTED = new Bounds(1, 1, 0, 0, true).pinned(1, false);

    private static final Bounds MUTANT = new Bounds(2, 1, 0, 0, true);

    /** One of each; an instance dies and a deadline passes. */
    private static final Bounds DYING = new Bounds(1, 1, 1, 0, false).dying(1);

    /** One of each; instances die again and again. */
    private static final Bounds CRASH_LOOP = new Bounds(1, 1, 0, 0, false).dying(2);

    /** One of each; an instance dies, an operator aborts. */
    private static final Bounds DYING_ABORTED = new Bounds(1, 1, 0, 0, true).dying(1);

    /** Two routers of which one lags; an instance dies. */
    private static final Bounds DYING_WIDE = new Bounds(1, 2, 0, 0, false).dying(1);

    /** A router joins at any time with the registry's copy, which is written after the other one has fetched. */
    private static final Bounds LATE_COPY = new Bounds(1, 2, 0, 0, false).joiningFromTheCopy();

    /** No router is registered at first, and an instance may die. */
    private static final Bounds UNREGISTERED =
            new Bounds(1, 1, 0, 0, true).dying(1).beginningUnregistered();

    enum Scenario {
        INSTALL {
            @Override
            void begin(Group group, ExpiryPolicy policy) {
                group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "B", "1", List.of(), Fixtures.policy(policy)));
            }

            @Override
            Group before() {
                Group group = new Group();
                group.handle(Fixtures.create("A", "B"));
                return group;
            }
        },
        GRAYSCALE {
            @Override
            void begin(Group group, ExpiryPolicy policy) {
                group.handle(Fixtures.upgrade(
                        UpgradeMode.GRAYSCALE, "B", "2", List.of(Fixtures.whitelist(true)), Fixtures.policy(policy)));
            }
        },
        SWITCH {
            @Override
            void begin(Group group, ExpiryPolicy policy) {
                group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of(), Fixtures.policy(policy)));
            }
        },
        ROLLBACK {
            @Override
            void begin(Group group, ExpiryPolicy policy) {
                group.handle(
                        new ClusterGroupCommand.StartRollback("shop", "back", null, Fixtures.policy(policy), "broken"));
            }

            @Override
            Group before() {
                Group group = new Group();
                group.handle(Fixtures.create("A", "B"));
                group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "B", "1", List.of()));
                group.finish();
                group.handle(Fixtures.upgrade(UpgradeMode.GRAYSCALE, "A", "2", List.of()));
                group.finish();
                return group;
            }
        },
        /** A goes on running for a time after B has taken its users, then is stopped. */
        KEEPING {
            @Override
            void begin(Group group, ExpiryPolicy policy) {
                group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of(), keeping(policy)));
            }
        },
        /** Back to B, which was kept and still runs what is to serve again: by one table. */
        FAST_ROLLBACK {
            @Override
            void begin(Group group, ExpiryPolicy policy) {
                group.handle(
                        new ClusterGroupCommand.StartRollback("shop", "back", null, Fixtures.policy(policy), "broken"));
            }

            @Override
            Group before() {
                Group group = new Group();
                group.handle(Fixtures.create("A", "B"));
                group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "B", "1", List.of()));
                group.finish();
                group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "A", "2", List.of(), keeping(ExpiryPolicy.PAUSE)));
                group.finish();
                return group;
            }
        };

        private static UpgradePolicy keeping(ExpiryPolicy policy) {
            Duration minute = Duration.ofMinutes(1);
            return new UpgradePolicy(minute, minute, minute, minute, policy, Duration.ofHours(1));
        }

        Group before() {
            return Group.serving();
        }

        /** Begins an upgrade whose goal is that B serves. */
        abstract void begin(Group group, ExpiryPolicy policy);
    }

    @ParameterizedTest
    @EnumSource
    void holds_with_two_crashing_reactors_and_two_lagging_routers(Scenario scenario) {
        expectNoViolation(scenario, WIDE, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource
    void holds_when_deadlines_pass_and_the_upgrade_pauses(Scenario scenario) {
        expectNoViolation(scenario, DEEP, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource
    void holds_when_deadlines_pass_and_the_upgrade_rolls_back(Scenario scenario) {
        expectNoViolation(scenario, DEEP, ExpiryPolicy.ROLL_BACK);
    }

    @ParameterizedTest
    @EnumSource(names = {"SWITCH", "GRAYSCALE"})
    void holds_when_routers_are_pinned_and_tables_are_tried_on_one(Scenario scenario) {
        expectNoViolation(scenario, PINNED, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource
    void holds_when_routers_are_pinned_and_the_upgrade_is_aborted(Scenario scenario) {
        expectNoViolation(scenario, PINNED_AND_ABORTED, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSTALL")
    void holds_when_an_instance_dies_at_any_moment_and_the_upgrade_pauses(Scenario scenario) {
        expectNoViolation(scenario, DYING, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSTALL")
    void holds_when_an_instance_dies_at_any_moment_and_the_upgrade_rolls_back(Scenario scenario) {
        expectNoViolation(scenario, DYING, ExpiryPolicy.ROLL_BACK);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSTALL")
    void holds_when_instances_die_again_and_again(Scenario scenario) {
        expectNoViolation(scenario, CRASH_LOOP, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSTALL")
    void holds_when_an_instance_dies_and_the_upgrade_is_aborted(Scenario scenario) {
        expectNoViolation(scenario, DYING_ABORTED, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSTALL")
    void holds_when_an_instance_dies_and_one_of_two_routers_lags(Scenario scenario) {
        expectNoViolation(scenario, DYING_WIDE, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSTALL")
    void holds_when_no_router_is_registered_at_first(Scenario scenario) {
        expectNoViolation(scenario, UNREGISTERED, ExpiryPolicy.PAUSE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSTALL")
    void holds_when_a_router_joins_with_a_copy_that_is_written_late(Scenario scenario) {
        expectNoViolation(scenario, LATE_COPY, ExpiryPolicy.PAUSE);
    }

    private static void expectNoViolation(Scenario scenario, Bounds bounds, ExpiryPolicy policy) {
        Result result = explore(Flow.PRODUCTION, scenario, bounds, policy);
        System.out.printf(
                "%s %s on expiry %s: %,d states, %,d transitions, %,d completed, %,d aborted%n",
                scenario, bounds, policy, result.states(), result.transitions(), result.completed(), result.aborted());
        assertThat(result.violation()).isNull();
        assertThat(result.completed()).isPositive();
        assertThat(result.aborted() > 0)
                .isEqualTo(bounds.aborts() || (bounds.expiries() > 0 && policy == ExpiryPolicy.ROLL_BACK));
    }

    private static Result explore(Flow flow, Scenario scenario, Bounds bounds, ExpiryPolicy policy) {
        Group group = scenario.before();
        GroupState before = group.state;
        scenario.begin(group, policy);
        GroupState begun = group.state;
        if (flow instanceof MutatedPlan mutant) {
            begun = mutant.begun(group, before);
        }
        return new Exploration(flow, bounds).explore(before, begun);
    }

    // ---- mutants: the exploration must catch each

    static Stream<Arguments> mutants() {
        return Stream.of(
                Arguments.of(
                        "does not wait for the routers to apply a table",
                        "I2",
                        seeing(seen -> withRouters(
                                seen,
                                seen.routers().stream()
                                        .map(r -> router(
                                                r,
                                                seen.published().epoch(),
                                                seen.published().version(),
                                                r.usableInstances()))
                                        .toList()))),
                Arguments.of("does not wait for instances to be healthy", "I1", seeing(seen -> {
                    SortedMap<String, ClusterObservation> clusters = healthy(seen.clusters());
                    return withRouters(withClusters(seen, clusters), allSeen(clusters, seen.routers()));
                })),
                Arguments.of(
                        "does not wait for the routers to see the instances",
                        "I1",
                        seeing(seen -> withRouters(seen, allSeen(seen.clusters(), seen.routers())))),
                Arguments.of("counts the instances that a router sees instead of comparing them", "I1", seeing(seen -> {
                    List<RouterObservation> routers = new ArrayList<>();
                    for (RouterObservation router : seen.routers()) {
                        SortedMap<String, ClusterObservation> asMany = new TreeMap<>(seen.clusters());
                        asMany.keySet()
                                .removeIf(name -> router.usableOf(name, "web").isEmpty());
                        routers.addAll(allSeen(asMany, List.of(router)));
                    }
                    return withRouters(seen, routers);
                })),
                Arguments.of("takes an old report of the instances for a new one", "I", seeing(seen -> {
                    SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
                    seen.clusters()
                            .forEach((name, c) -> clusters.put(
                                    name, new ClusterObservation(0, Long.MAX_VALUE, "", c.services(), c.failure())));
                    return withClusters(seen, clusters);
                })),
                Arguments.of("lets an old desired state overrule a new one", "I", new Flow() {
                    @Override
                    public boolean obeysOldDesiredStates() {
                        return true;
                    }
                }),
                Arguments.of(
                        "records a step on whatever version the group has by now, without another look",
                        "I",
                        new Flow() {
                            @Override
                            public List<ClusterGroupEvent> decide(
                                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                                Long version = context.expectedVersion() == null ? null : state.version();
                                return Decider.decide(
                                        state,
                                        command,
                                        new DecisionContext(
                                                context.actor(), context.at(), version, Fixtures.ideal(state)));
                            }
                        }),
                Arguments.of(
                        "stops a cluster before its requests have ended",
                        "I2",
                        seeing(seen -> withRouters(
                                seen,
                                seen.routers().stream()
                                        .map(r -> new RouterObservation(
                                                r.routerId(),
                                                r.bootId(),
                                                r.epoch(),
                                                r.version(),
                                                r.sha256(),
                                                r.incomplete(),
                                                r.silent(),
                                                Map.of(),
                                                Map.of(),
                                                r.usableInstances()))
                                        .toList()))),
                Arguments.of("turns the old cluster RED before the new one is GREEN", "I1", new MutatedPlan(steps -> {
                    List<UpgradeStep> broken = new ArrayList<>();
                    for (UpgradeStep step : steps) {
                        SortedMap<String, RouteStrategy> table = step.strategies();
                        if (table != null && RouteStrategy.red().equals(table.get("A"))) {
                            SortedMap<String, RouteStrategy> first = new TreeMap<>(table);
                            first.put("B", RouteStrategy.yellow(IdRule.nobody()));
                            broken.add(
                                    new UpgradeStep(step.kind(), null, first, null, step.timeout(), "old cluster RED"));
                        }
                        broken.add(step);
                    }
                    return broken;
                })),
                Arguments.of("stops the old cluster before it is RED", "I", new MutatedPlan(steps -> {
                    List<UpgradeStep> broken = new ArrayList<>(steps);
                    UpgradeStep stop = broken.removeLast();
                    broken.add(broken.size() - 2, stop);
                    return broken;
                })),
                Arguments.of("loses the table it has acknowledged when a router restarts", "I", new Flow() {
                    @Override
                    public boolean routerForgetsItsTable() {
                        return true;
                    }
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void catches_a_flow_that(String what, String invariant, Flow mutant) {
        Result result = explore(mutant, Scenario.GRAYSCALE, MUTANT, ExpiryPolicy.PAUSE);
        System.out.printf("mutant '%s': %s%n", what, firstLine(result));
        assertThat(result.violation()).as(what).isNotNull().startsWith(invariant);
    }

    @ParameterizedTest
    @EnumSource(names = {"SWITCH", "GRAYSCALE", "ROLLBACK"})
    void catches_a_flow_that_does_not_look_at_health_after_start(Scenario scenario) {
        Flow mutant = Flow.seeing((state, seen) -> {
            Upgrade upgrade = state.upgrade();
            if (upgrade == null || upgrade.current().kind() == UpgradeStep.Kind.START) {
                return seen;
            }
            SortedMap<String, ClusterObservation> clusters = healthy(seen.clusters());
            return withRouters(withClusters(seen, clusters), allSeen(clusters, seen.routers()));
        });
        Result result = explore(mutant, scenario, DYING, ExpiryPolicy.PAUSE);
        System.out.printf("mutant 'does not look at health after START', %s: %s%n", scenario, firstLine(result));
        assertThat(result.violation()).isNotNull().startsWith("I1");
    }

    @Test
    void catches_a_flow_that_takes_an_empty_router_list_for_all_applied() {
        Flow mutant = seeing(seen -> new Observation(
                seen.published(), seen.clusters(), seen.routers(), false, seen.elapsed(), seen.written()));
        Result result = explore(mutant, Scenario.GRAYSCALE, UNREGISTERED, ExpiryPolicy.PAUSE);
        System.out.printf("mutant 'takes an empty router list for all applied': %s%n", firstLine(result));
        assertThat(result.violation()).isNotNull().startsWith("I");
    }

    @ParameterizedTest
    @EnumSource(names = {"SWITCH", "GRAYSCALE", "ROLLBACK"})
    void catches_a_flow_that_takes_the_registry_s_copy_for_the_newest(Scenario scenario) {
        Flow mutant = goingByAnother(UnaryOperator.identity());
        Result result = explore(mutant, scenario, LATE_COPY, ExpiryPolicy.PAUSE);
        System.out.printf("mutant 'takes the registry's copy for the newest', %s: %s%n", scenario, firstLine(result));
        assertThat(result.violation()).isNotNull().startsWith("I");
    }

    private static Observation copied(GroupState state, Observation seen) {
        return new Observation(
                new Observation.Published(state.epoch(), state.tableVersion(), ""),
                seen.clusters(),
                seen.routers(),
                seen.everHadRouters(),
                seen.elapsed(),
                seen.written());
    }

    private static DecisionContext with(DecisionContext context, Observation seen) {
        return new DecisionContext(context.actor(), context.at(), context.expectedVersion(), seen);
    }

    static Stream<Arguments> mutantsOfPins() {
        return Stream.of(
                Arguments.of("takes what a router is meant to run for the newest table", (UnaryOperator<GroupState>)
                        state -> state.holdsRoutersBack() ? asReleased(state) : state),
                Arguments.of("does not wait for the newest table to be released", (UnaryOperator<GroupState>)
                        UpgradeExplorationTest::following));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutantsOfPins")
    void catches_a_pinned_flow_that(String what, UnaryOperator<GroupState> lens) {
        Flow mutant = goingByAnother(lens);
        Result result = explore(mutant, Scenario.SWITCH, PINNED, ExpiryPolicy.PAUSE);
        System.out.printf("mutant '%s': %s%n", what, firstLine(result));
        assertThat(result.violation()).as(what).isNotNull().startsWith("I");
    }

    /**
     * All but the publication of tables goes as it would for another state of the group, whose table the registry has.
     */
    private static Flow goingByAnother(UnaryOperator<GroupState> lens) {
        return new Flow() {
            @Override
            public List<NextAction> next(GroupState state, Observation seen, Instant now) {
                List<NextAction> actions =
                        new ArrayList<>(NextActions.next(lens.apply(state), copied(lens.apply(state), seen), now));
                actions.removeIf(NextAction.PublishTable.class::isInstance);
                NextActions.next(state, seen, now).stream()
                        .filter(NextAction.PublishTable.class::isInstance)
                        .forEach(actions::add);
                return actions;
            }

            @Override
            public List<ClusterGroupEvent> decide(
                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                Observation seen = context.seen();
                List<ClusterGroupEvent> decided = seen == null
                        ? Decider.decide(state, command, context)
                        : Decider.decide(lens.apply(state), command, with(context, copied(lens.apply(state), seen)));
                return decided.stream()
                        .map(event -> event instanceof RouteStrategiesChanged e ? asNext(state, e) : event)
                        .toList();
            }
        };
    }

    private static RouteStrategiesChanged asNext(GroupState state, RouteStrategiesChanged e) {
        return new RouteStrategiesChanged(
                e.groupId(), state.tableVersion() + 1, e.strategies(), e.upgradeId(), e.reason(), e.at());
    }

    private static GroupState following(GroupState state) {
        return state.with(state.routers().configured(RouterConfiguration.following()));
    }

    /** The released table as if it were the newest. */
    private static GroupState asReleased(GroupState state) {
        return state.with(state.traffic().atTable(state.releasedVersion()));
    }

    private static String firstLine(Result result) {
        return result.violation() == null
                ? "survived " + result.states() + " states"
                : result.violation().lines().findFirst().orElseThrow() + " (after " + result.states() + " states)";
    }

    /** A flow that is wrong about what is seen, when it looks and when it decides. */
    private static Flow seeing(UnaryOperator<Observation> lens) {
        return Flow.seeing((state, seen) -> lens.apply(seen));
    }

    private static Observation withRouters(Observation seen, List<RouterObservation> routers) {
        return new Observation(
                seen.published(), seen.clusters(), routers, seen.everHadRouters(), seen.elapsed(), seen.written());
    }

    private static Observation withClusters(Observation seen, SortedMap<String, ClusterObservation> clusters) {
        return new Observation(
                seen.published(), clusters, seen.routers(), seen.everHadRouters(), seen.elapsed(), seen.written());
    }

    private static SortedMap<String, ClusterObservation> healthy(SortedMap<String, ClusterObservation> clusters) {
        SortedMap<String, ClusterObservation> all = new TreeMap<>();
        clusters.forEach((name, c) -> {
            SortedMap<String, ServiceObservation> services = new TreeMap<>();
            c.services().forEach((service, s) -> services.put(service, new ServiceObservation(1, Set.of("any"))));
            all.put(name, new ClusterObservation(c.epoch(), c.fence(), c.digest(), services, c.failure()));
        });
        return all;
    }

    private static List<RouterObservation> allSeen(
            SortedMap<String, ClusterObservation> clusters, List<RouterObservation> routers) {
        Map<String, Map<String, Set<String>>> usable = new HashMap<>();
        clusters.forEach((name, c) ->
                c.services().forEach((service, s) -> usable.put(name, Map.of(service, s.healthy()))));
        return routers.stream()
                .map(r -> router(r, r.epoch(), r.version(), usable))
                .toList();
    }

    private static RouterObservation router(
            RouterObservation r, long epoch, long version, Map<String, Map<String, Set<String>>> usable) {
        return new RouterObservation(
                r.routerId(),
                r.bootId(),
                epoch,
                version,
                r.sha256(),
                r.incomplete(),
                r.silent(),
                r.inFlight(),
                r.inFlightInstances(),
                usable);
    }

    /** Begins the upgrade with another plan, and each step whatever is seen. */
    private record MutatedPlan(UnaryOperator<List<UpgradeStep>> mutation) implements Flow {

        @Override
        public List<ClusterGroupEvent> decide(GroupState state, ClusterGroupCommand command, DecisionContext context) {
            List<ClusterGroupEvent> events = new ArrayList<>(Decider.decide(state, command, context));
            GroupState after = state;
            for (ClusterGroupEvent event : events) {
                after = Evolver.evolve(after, event);
            }
            Upgrade upgrade = after.upgrade();
            if (upgrade != null && Goals.isBeginningDue(after, upgrade)) {
                events.add(begunUnasked(after, upgrade, context.at()));
            }
            return events;
        }

        @Override
        public List<NextAction> next(GroupState state, Observation seen, Instant now) {
            List<NextAction> actions = new ArrayList<>(NextActions.next(state, seen, now));
            state.clusters().values().forEach(cluster -> {
                ClusterObservation observed = seen.clusters().get(cluster.name());
                var ensure = new NextAction.EnsureInstances(cluster, null);
                if (observed != null && observed.fence() < cluster.fence()) {
                    actions.add(ensure);
                }
            });
            return actions;
        }

        private static ClusterGroupEvent begunUnasked(GroupState state, Upgrade upgrade, Instant at) {
            UpgradeStep step = upgrade.current();
            if (step.kind() == UpgradeStep.Kind.ROUTE) {
                return new RouteStrategiesChanged(
                        state.groupId(),
                        state.tableVersion() + 1,
                        Goals.tableOf(state, upgrade),
                        upgrade.upgradeId(),
                        step.title(),
                        at);
            }
            ClusterState cluster = state.cluster(step.cluster());
            return new ClusterDesiredStateChanged(
                    state.groupId(),
                    cluster.name(),
                    cluster.manifest(),
                    Upgrade.left(step, cluster),
                    new TreeMap<>(),
                    upgrade.upgradeId(),
                    at);
        }

        GroupState begun(Group group, GroupState before) {
            GroupState state = before;
            for (ClusterGroupEvent event : group.events.subList((int) before.version() + 1, group.events.size())) {
                state = Evolver.evolve(state, event instanceof UpgradeStarted e ? broken(e) : event);
            }
            return state;
        }

        private UpgradeStarted broken(UpgradeStarted e) {
            return new UpgradeStarted(
                    e.groupId(),
                    e.upgradeId(),
                    e.mode(),
                    e.from(),
                    e.to(),
                    e.manifest(),
                    e.instances(),
                    e.stages(),
                    mutation.apply(e.steps()),
                    e.policy(),
                    e.rollbackPointId(),
                    e.rolling(),
                    e.source(),
                    e.train(),
                    e.requestedBy(),
                    e.reason(),
                    e.at());
        }
    }
}
