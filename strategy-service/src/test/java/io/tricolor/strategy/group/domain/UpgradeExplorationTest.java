package io.tricolor.strategy.group.domain;

import org.junit.jupiter.api.Tag;
import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Exploration.Bounds;
import io.tricolor.strategy.group.domain.Exploration.Result;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
class UpgradeExplorationTest {

    /** Two crashing reactors, two lagging routers, an operator who aborts. */
    private static final Bounds WIDE = new Bounds(2, 2, 0, 0, true);

    /** One of each, with a deadline that may pass and an operator who also pauses. */
    private static final Bounds DEEP = new Bounds(1, 1, 1, 1, true);

    /** Two routers, one of which joins at any time, and an operator who pins, tries a table on the other, releases and lets follow. */
    private static final Bounds PINNED = new Bounds(1, 2, 0, 0, false, 1, true);

    /** The same with one router, there from the start, and an operator who aborts as well. */
    private static final Bounds PINNED_AND_ABORTED = new Bounds(1, 1, 0, 0, true, 1, false);

    private static final Bounds MUTANT = new Bounds(2, 1, 0, 0, true);

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
        };

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

    private static void expectNoViolation(Scenario scenario, Bounds bounds, ExpiryPolicy policy) {
        Result result = explore(Flow.PRODUCTION, scenario, bounds, policy);
        System.out.printf(
                "%s %s on expiry %s: %,d states, %,d transitions, %,d completed, %,d aborted%n",
                scenario, bounds, policy, result.states(), result.transitions(), result.completed(), result.aborted());
        assertThat(result.violation()).isNull();
        assertThat(result.completed()).isPositive();
        assertThat(result.aborted() > 0).isEqualTo(bounds.aborts());
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
                Arguments.of("does not wait for the routers to apply a table", "I2", seeing(seen -> {
                    List<RouterObservation> routers = new ArrayList<>();
                    seen.routers()
                            .forEach(r -> routers.add(new RouterObservation(
                                    r.routerId(),
                                    r.bootId(),
                                    seen.publishedEpoch(),
                                    seen.publishedVersion(),
                                    r.inFlight(),
                                    r.usableInstances())));
                    return new Observation(seen.publishedEpoch(), seen.publishedVersion(), seen.clusters(), routers);
                })),
                Arguments.of("does not wait for instances to be healthy", "I1", seeing(seen -> {
                    SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
                    seen.clusters()
                            .forEach((name, c) -> clusters.put(
                                    name, new ClusterObservation(c.fence(), healthy(c.services()), c.failure())));
                    return new Observation(
                            seen.publishedEpoch(),
                            seen.publishedVersion(),
                            clusters,
                            allSeen(clusters, seen.routers()));
                })),
                Arguments.of(
                        "does not wait for the routers to see the instances",
                        "I1",
                        seeing(seen -> new Observation(
                                seen.publishedEpoch(),
                                seen.publishedVersion(),
                                seen.clusters(),
                                allSeen(seen.clusters(), seen.routers())))),
                Arguments.of("counts the instances that a router sees instead of comparing them", "I1", seeing(seen -> {
                    List<RouterObservation> routers = new ArrayList<>();
                    for (RouterObservation router : seen.routers()) {
                        SortedMap<String, ClusterObservation> asMany = new TreeMap<>(seen.clusters());
                        asMany.keySet()
                                .removeIf(name -> router.usableOf(name, "web").isEmpty());
                        routers.addAll(allSeen(asMany, List.of(router)));
                    }
                    return new Observation(seen.publishedEpoch(), seen.publishedVersion(), seen.clusters(), routers);
                })),
                Arguments.of("takes an old report of the instances for a new one", "I", seeing(seen -> {
                    SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
                    seen.clusters()
                            .forEach((name, c) -> clusters.put(
                                    name, new ClusterObservation(Long.MAX_VALUE, c.services(), c.failure())));
                    return new Observation(seen.publishedEpoch(), seen.publishedVersion(), clusters, seen.routers());
                })),
                Arguments.of("lets an old desired state overrule a new one", "I", new Flow() {
                    @Override
                    public boolean obeysOldWishes() {
                        return true;
                    }
                }),
                Arguments.of("records a step on whatever version the group has by now", "I", new Flow() {
                    @Override
                    public List<ClusterGroupEvent> decide(
                            GroupState state, ClusterGroupCommand command, DecisionContext context) {
                        Long version = context.expectedVersion() == null ? null : state.version();
                        return Decider.decide(
                                state, command, new DecisionContext(context.actor(), context.at(), version));
                    }
                }),
                Arguments.of(
                        "stops a cluster before its requests have ended",
                        "I2",
                        new MutatedPlan(steps -> steps.stream()
                                .filter(step -> step.kind() != UpgradeStep.Kind.DRAIN)
                                .toList())),
                Arguments.of("turns the old cluster RED before the new one is GREEN", "I1", new MutatedPlan(steps -> {
                    List<UpgradeStep> broken = new ArrayList<>();
                    for (UpgradeStep step : steps) {
                        SortedMap<String, RouteStrategy> table = step.strategies();
                        if (table != null && table.get("A").equals(RouteStrategy.red())) {
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

    static Stream<Arguments> mutantsOfPins() {
        return Stream.of(
                Arguments.of("takes what a router is meant to run for the newest table", (UnaryOperator<GroupState>)
                        state -> state.holdsRoutersBack() ? asReleased(state) : state),
                Arguments.of("does not wait for the newest table to be released", (UnaryOperator<GroupState>)
                        UpgradeExplorationTest::following));
    }

    /** Steps complete as they would for another state of the group; what is published stays as it is. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("mutantsOfPins")
    void catches_a_pinned_flow_that(String what, UnaryOperator<GroupState> lens) {
        Flow mutant = new Flow() {
            @Override
            public List<NextAction> next(GroupState state, Observation seen, Instant now) {
                List<NextAction> actions = new ArrayList<>(NextActions.next(state, seen, now));
                actions.removeIf(NextAction.Advance.class::isInstance);
                NextActions.next(lens.apply(state), seen, now).stream()
                        .filter(NextAction.Advance.class::isInstance)
                        .forEach(actions::add);
                return actions;
            }
        };
        Result result = explore(mutant, Scenario.SWITCH, PINNED, ExpiryPolicy.PAUSE);
        System.out.printf("mutant '%s': %s%n", what, firstLine(result));
        assertThat(result.violation()).as(what).isNotNull().startsWith("I");
    }

    private static GroupState following(GroupState state) {
        return with(state, state.tableVersion(), RouterConfiguration.following());
    }

    /** The released table as if it were the newest. */
    private static GroupState asReleased(GroupState state) {
        return with(state, state.releasedVersion(), state.routerConfiguration());
    }

    private static GroupState with(GroupState s, long tableVersion, RouterConfiguration configuration) {
        return new GroupState(
                s.groupId(),
                s.version(),
                s.deleted(),
                s.application(),
                s.environment(),
                s.epoch(),
                s.entries(),
                s.identity(),
                s.affinity(),
                tableVersion,
                s.clusters(),
                s.upgrade(),
                s.rollbackPoints(),
                s.evictedBoots(),
                configuration);
    }

    private static String firstLine(Result result) {
        return result.violation() == null
                ? "survived " + result.states() + " states"
                : result.violation().lines().findFirst().orElseThrow() + " (after " + result.states() + " states)";
    }

    private static Flow seeing(UnaryOperator<Observation> lens) {
        return new Flow() {
            @Override
            public List<NextAction> next(GroupState state, Observation seen, Instant now) {
                return NextActions.next(state, lens.apply(seen), now);
            }
        };
    }

    private static SortedMap<String, ServiceObservation> healthy(SortedMap<String, ServiceObservation> services) {
        SortedMap<String, ServiceObservation> all = new TreeMap<>();
        services.forEach((name, s) -> all.put(name, new ServiceObservation(s.running(), Set.of("any"))));
        return all;
    }

    private static List<RouterObservation> allSeen(
            SortedMap<String, ClusterObservation> clusters, List<RouterObservation> routers) {
        Map<String, Map<String, Set<String>>> usable = new HashMap<>();
        clusters.forEach((name, c) ->
                c.services().forEach((service, s) -> usable.put(name, Map.of(service, s.healthy()))));
        return routers.stream()
                .map(r -> new RouterObservation(r.routerId(), r.bootId(), r.epoch(), r.version(), r.inFlight(), usable))
                .toList();
    }

    /** Begins the upgrade with another plan. */
    private record MutatedPlan(UnaryOperator<List<UpgradeStep>> mutation) implements Flow {

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
                    mutation.apply(e.steps()),
                    e.policy(),
                    e.rollbackPointId(),
                    e.requestedBy(),
                    e.reason(),
                    e.at());
        }
    }
}
