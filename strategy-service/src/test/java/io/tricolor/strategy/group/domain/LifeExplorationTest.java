package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.CancelDecommission;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeRouteStrategies;
import io.tricolor.contracts.group.ClusterGroupCommand.DecommissionGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.group.ClusterGroupCommand.StopCluster;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RecoveryStarted;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.LifeExploration.Bounds;
import io.tricolor.strategy.group.domain.LifeExploration.Result;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
class LifeExplorationTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static ClusterGroupCommand scale(String cluster, int instances) {
        return new SetInstances("shop", cluster, new TreeMap<>(Map.of("web", instances)), MINUTE, "load");
    }

    private static ClusterGroupCommand stop(String cluster) {
        return new StopCluster("shop", cluster, MINUTE, "not needed");
    }

    private static ClusterGroupCommand direct(String cluster, RouteStrategy strategy) {
        return new ChangeRouteStrategies("shop", new TreeMap<>(Map.of(cluster, strategy)), "by hand");
    }

    private static final ClusterGroupCommand END = new DecommissionGroup("shop", "shop", MINUTE, MINUTE, "old");
    private static final ClusterGroupCommand KEEP = new CancelDecommission("shop", "still needed");

    /** A world and what it begins with. */
    record Scenario(String name, GroupState first, GroupState stored, Bounds bounds) {

        @Override
        public String toString() {
            return name;
        }
    }

    /** A is GREEN with so many instances, B is stopped. */
    private static Group serving(int instances) {
        Group group = Group.serving();
        if (instances != 1) {
            bring(group, scale("A", instances));
        }
        return group;
    }

    /** A is GREEN; B, which has run the release before, runs too and takes nobody. */
    private static Group withTwoRunning(int instances) {
        Group group = new Group();
        group.handle(Fixtures.create("A", "B"));
        group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "B", "1", List.of()));
        group.finish();
        group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "A", "2", List.of()));
        group.finish();
        bring(group, scale("B", 1));
        if (instances != 1) {
            bring(group, scale("A", instances));
        }
        return group;
    }

    private static void bring(Group group, ClusterGroupCommand command) {
        group.handle(command, "ann", null, Fixtures.ideal(group.state));
        while (group.state.isUnderWay()) {
            Observation seen = Fixtures.ideal(group.state);
            NextActions.next(group.state, seen, Fixtures.NOW).stream()
                    .filter(NextAction.Advance.class::isInstance)
                    .map(NextAction.Advance.class::cast)
                    .findFirst()
                    .ifPresent(advance -> group.handle(advance.command(), Decider.SELF, group.state.version(), seen));
        }
    }

    private static Scenario scenario(String name, Group group, Bounds bounds) {
        return new Scenario(name, group.state, group.state, bounds);
    }

    private static Scenario scaling(int reactors, int routers, int deaths) {
        return scenario(
                "scaling, %d reactors, %d routers, %d deaths".formatted(reactors, routers, deaths),
                serving(2),
                new Bounds(reactors, routers, List.of(scale("A", 1), scale("A", 2)), deaths, false, true));
    }

    private static Scenario stopping(int reactors, int routers, int deaths) {
        Group group = withTwoRunning(1);
        group.handle(direct("B", RouteStrategy.yellow(IdRule.everybody())));
        return scenario(
                "stopping, %d reactors, %d routers, %d deaths".formatted(reactors, routers, deaths),
                group,
                new Bounds(
                        reactors,
                        routers,
                        List.of(direct("B", RouteStrategy.red()), stop("B"), stop("A")),
                        deaths,
                        false,
                        true));
    }

    private static Scenario ending(int reactors, int routers, int deaths) {
        return scenario(
                "ending, %d reactors, %d routers, %d deaths".formatted(reactors, routers, deaths),
                withTwoRunning(1),
                new Bounds(reactors, routers, List.of(END, KEEP), deaths, false, true));
    }

    private static Scenario restoring(int routers, int deaths) {
        return scenario(
                "restoring, %d routers, %d deaths".formatted(routers, deaths),
                serving(1),
                new Bounds(
                        1,
                        routers,
                        List.of(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of())),
                        deaths,
                        true,
                        true));
    }

    /** Somebody directs traffic by hand, twice: the restored stream then counts further than the tables of before. */
    private static Scenario meddling() {
        return scenario(
                "restoring, traffic directed by hand",
                serving(1),
                new Bounds(
                        1,
                        1,
                        List.of(
                                Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()),
                                direct("A", RouteStrategy.yellow(IdRule.everybody())),
                                direct("A", RouteStrategy.green())),
                        0,
                        true,
                        true));
    }

    /** B serves; the backup is of when A did. */
    private static Scenario recovering(int reactors, int routers, int deaths) {
        Group group = Group.serving();
        GroupState stored = group.state;
        group.handle(Fixtures.upgrade(UpgradeMode.SWITCH, "B", "2", List.of()));
        group.finish();
        return new Scenario(
                "recovering, %d reactors, %d routers, %d deaths".formatted(reactors, routers, deaths),
                group.state,
                stored,
                new Bounds(reactors, routers, List.of(), deaths, true, true));
    }

    /** More run than the backup knows of. */
    private static Scenario shrinking(int routers, int deaths) {
        Group group = Group.serving();
        GroupState stored = group.state;
        bring(group, scale("A", 2));
        return new Scenario(
                "back to scale, %d routers, %d deaths".formatted(routers, deaths),
                group.state,
                stored,
                new Bounds(1, routers, List.of(), deaths, true, true));
    }

    /** Instance by instance from two of A to one of B, aborted at any moment. */
    private static Scenario rolling(int reactors, int routers, int deaths) {
        return rolling("aborted", reactors, routers, deaths, Fixtures.abort("up-2"));
    }

    /** The same to its end. */
    private static Scenario rollingOn(int reactors, int routers, int deaths) {
        return rolling("to its end", reactors, routers, deaths);
    }

    private static Scenario rolling(String how, int reactors, int routers, int deaths, ClusterGroupCommand... andThen) {
        List<ClusterGroupCommand> orders =
                new ArrayList<>(List.of(Fixtures.upgrade(UpgradeMode.ROLLING, "B", "2", List.of())));
        orders.addAll(List.of(andThen));
        return scenario(
                "rolling %s, %d reactors, %d routers, %d deaths".formatted(how, reactors, routers, deaths),
                serving(2),
                new Bounds(reactors, routers, orders, deaths, false, true));
    }

    static Stream<Scenario> scenarios() {
        return Stream.of(
                rolling(1, 1, 0),
                rolling(2, 1, 0),
                rollingOn(1, 2, 0),
                rollingOn(1, 1, 1),
                scaling(1, 1, 1),
                scaling(2, 1, 0),
                scaling(1, 2, 0),
                stopping(2, 1, 0),
                stopping(1, 2, 0),
                stopping(1, 1, 1),
                ending(2, 1, 0),
                ending(1, 2, 0),
                ending(1, 1, 1),
                restoring(1, 0),
                restoring(1, 1),
                meddling(),
                recovering(2, 1, 1),
                recovering(1, 2, 0),
                shrinking(1, 1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void holds_at_any_moment_of_the_life_of_a_group(Scenario scenario) {
        Result result = explore(Flow.PRODUCTION, scenario);
        System.out.printf(
                "%s: %,d states, %,d transitions, %,d at rest%n",
                scenario, result.states(), result.transitions(), result.atRest());
        assertThat(result.violation()).isNull();
        assertThat(result.atRest()).isPositive();
    }

    private static Result explore(Flow flow, Scenario scenario) {
        return new LifeExploration(flow, scenario.bounds()).explore(scenario.first(), scenario.stored());
    }

    // ---- mutants: the exploration must catch each

    static Stream<Arguments> mutants() {
        return Stream.of(
                Arguments.of("rolls B in before it is healthy", "I1", rolling(1, 1, 0), trusting()),
                Arguments.of("stops an instance before it is withdrawn", "I2", scaling(1, 1, 0), killing()),
                Arguments.of(
                        "rolls on before the routers have lost what is withdrawn",
                        "I2",
                        rolling(1, 1, 0),
                        Flow.seeing((state, seen) -> routers(seen, r -> without(state, r)))),
                Arguments.of(
                        "stops withdrawn instances before the routers have lost them",
                        "I2",
                        scaling(1, 1, 0),
                        Flow.seeing((state, seen) -> routers(seen, r -> without(state, r)))),
                Arguments.of(
                        "stops withdrawn instances before their requests have ended",
                        "I2",
                        scaling(1, 1, 0),
                        Flow.seeing((state, seen) -> routers(seen, LifeExplorationTest::idle))),
                Arguments.of("stops any instance of those that serve", "I2", any(scaling(1, 1, 1)), Flow.PRODUCTION),
                Arguments.of(
                        "withdraws without a look at the health of those that stay", "I", scaling(1, 1, 1), blind()),
                Arguments.of("stops a cluster that serves", "I", stopping(1, 1, 0), stoppingWhatServes()),
                Arguments.of(
                        "stops a cluster before the routers know it as RED",
                        "I2",
                        stopping(1, 1, 0),
                        Flow.seeing((state, seen) -> routers(seen, r -> at(r, state.epoch(), state.tableVersion())))),
                Arguments.of(
                        "stops the clusters of a group before the routers have dropped it",
                        "I2",
                        ending(1, 1, 0),
                        Flow.seeing((state, seen) -> routers(seen, r -> at(r, state.epoch(), state.tableVersion())))),
                Arguments.of(
                        "stops the clusters of a group before its requests have ended",
                        "I2",
                        ending(1, 1, 0),
                        Flow.seeing((state, seen) -> routers(seen, LifeExplorationTest::idle))),
                Arguments.of("goes on while others are ahead", "I", meddling(), blindToOthers()),
                Arguments.of("gives routers the tables of a new epoch at once", "I1", recovering(1, 1, 0), hasty()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void catches_a_flow_that(String what, String invariant, Scenario scenario, Flow mutant) {
        Result result = explore(mutant, scenario);
        System.out.printf(
                "mutant '%s': %s%n",
                what,
                result.violation() == null
                        ? "survived " + result.states() + " states"
                        : result.violation().lines().findFirst().orElseThrow() + " (after " + result.states()
                                + " states)");
        assertThat(result.violation()).as(what).isNotNull().startsWith(invariant);
    }

    private static Scenario any(Scenario s) {
        Bounds b = s.bounds();
        return new Scenario(
                s.name(),
                s.first(),
                s.stored(),
                new Bounds(b.reactors(), b.routers(), b.orders(), b.deaths(), b.restores(), false));
    }

    /** Sees of nobody that it knows more than the stream, except when a person asks for a new epoch. */
    private static Flow blindToOthers() {
        return new Flow() {
            @Override
            public List<NextAction> next(GroupState state, Observation seen, Instant now) {
                return NextActions.next(state, hidden(state, seen), now);
            }

            @Override
            public List<ClusterGroupEvent> decide(
                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                Observation seen = command instanceof ClusterGroupCommand.BeginEpoch
                        ? context.seen()
                        : hidden(state, context.seen());
                return Decider.decide(
                        state,
                        command,
                        new DecisionContext(context.actor(), context.at(), context.expectedVersion(), seen));
            }

            private static Observation hidden(GroupState state, Observation seen) {
                SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
                seen.clusters()
                        .forEach((name, c) -> clusters.put(
                                name,
                                new ClusterObservation(
                                        0,
                                        Math.min(c.fence(), state.cluster(name).fence()),
                                        "",
                                        c.services(),
                                        c.failure())));
                boolean isKnown = seen.published().version() <= state.tableVersion();
                return new Observation(
                        isKnown
                                ? new Published(
                                        seen.published().epoch(),
                                        seen.published().version(),
                                        "")
                                : new Published(state.epoch(), state.tableVersion(), ""),
                        clusters,
                        seen.routers().stream()
                                .map(r -> at(r, r.epoch(), Math.min(r.version(), state.tableVersion())))
                                .toList(),
                        seen.everHadRouters(),
                        seen.elapsed(),
                        Observation.Written.UNKNOWN);
            }
        };
    }

    /** Withdraws all but one, whichever they are. */
    private static Flow blind() {
        return new Flow() {
            @Override
            public List<ClusterGroupEvent> decide(
                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                return Decider.decide(state, command, context).stream()
                        .map(event -> event instanceof ClusterDesiredStateChanged e ? withdrawn(state, e) : event)
                        .toList();
            }

            private static ClusterGroupEvent withdrawn(GroupState state, ClusterDesiredStateChanged e) {
                boolean begins = e.withdrawn().isEmpty()
                        && e.instances().containsValue(2)
                        && state.cluster("A").scaling() == null;
                SortedMap<String, List<String>> all = new TreeMap<>(Map.of("web", List.of("A0", "A1")));
                return begins
                        ? new ClusterDesiredStateChanged(
                                e.groupId(), e.cluster(), e.manifest(), e.instances(), all, e.upgradeId(), e.at())
                        : e;
            }
        };
    }

    /** Takes every instance of B that runs for healthy, and believes that routers know it. */
    private static Flow trusting() {
        return Flow.seeing((state, seen) -> {
            ClusterObservation b = seen.clusters().get("B");
            if (b == null || !b.services().containsKey("web")) {
                return seen;
            }
            Set<String> running = b.services().get("web").ids();
            SortedMap<String, ClusterObservation> clusters = new TreeMap<>(seen.clusters());
            clusters.put(
                    "B",
                    new ClusterObservation(
                            b.epoch(),
                            b.fence(),
                            b.digest(),
                            new TreeMap<>(Map.of(
                                    "web", new Observation.ServiceObservation(running.size(), running, running))),
                            b.failure()));
            Observation trusted = new Observation(
                    seen.published(), clusters, seen.routers(), seen.everHadRouters(), seen.elapsed(), seen.written());
            return routers(trusted, r -> {
                Map<String, Map<String, Set<String>>> usable = new TreeMap<>(r.usableInstances());
                usable.put("B", Map.of("web", running));
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
            });
        });
    }

    /** Instances that leave are stopped by the very desired state that withdraws them, and that is sent at once. */
    private static Flow killing() {
        return new Flow() {
            @Override
            public List<ClusterGroupEvent> decide(
                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                return Decider.decide(state, command, context).stream()
                        .map(event -> event instanceof ClusterDesiredStateChanged e ? atOnce(state, e) : event)
                        .toList();
            }

            private static ClusterGroupEvent atOnce(GroupState state, ClusterDesiredStateChanged e) {
                Scaling scaling = state.cluster(e.cluster()).scaling();
                return scaling == null || e.withdrawn().isEmpty()
                        ? e
                        : new ClusterDesiredStateChanged(
                                e.groupId(),
                                e.cluster(),
                                e.manifest(),
                                scaling.target(),
                                e.withdrawn(),
                                e.upgradeId(),
                                e.at());
            }

            @Override
            public List<NextAction> next(GroupState state, Observation seen, Instant now) {
                List<NextAction> actions = new ArrayList<>();
                state.clusters().values().forEach(cluster -> {
                    ClusterObservation observed = seen.clusters().get(cluster.name());
                    if (observed != null && observed.fence() < cluster.fence()) {
                        actions.add(new NextAction.EnsureInstances(cluster, null));
                    }
                });
                actions.addAll(NextActions.next(state, seen, now));
                return actions;
            }
        };
    }

    private static Flow stoppingWhatServes() {
        return new Flow() {
            @Override
            public List<ClusterGroupEvent> decide(
                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                if (command instanceof StopCluster c && state.decommission() == null) {
                    ClusterState cluster = state.cluster(c.cluster());
                    return List.of(new ClusterDesiredStateChanged(
                            "shop",
                            c.cluster(),
                            cluster.manifest(),
                            new TreeMap<>(Map.of("web", 0)),
                            new TreeMap<>(),
                            null,
                            context.at()));
                }
                return Decider.decide(state, command, context);
            }
        };
    }

    private static Flow hasty() {
        return new Flow() {
            @Override
            public List<ClusterGroupEvent> decide(
                    GroupState state, ClusterGroupCommand command, DecisionContext context) {
                List<ClusterGroupEvent> events = new ArrayList<>(Decider.decide(state, command, context));
                events.removeIf(RecoveryStarted.class::isInstance);
                return events;
            }
        };
    }

    private static Observation routers(Observation seen, UnaryOperator<RouterObservation> lens) {
        return new Observation(
                seen.published(),
                seen.clusters(),
                seen.routers().stream().map(lens).toList(),
                seen.everHadRouters(),
                seen.elapsed(),
                seen.written());
    }

    private static RouterObservation at(RouterObservation r, long epoch, long version) {
        return new RouterObservation(
                r.routerId(),
                r.bootId(),
                epoch,
                version,
                "",
                false,
                false,
                r.inFlight(),
                r.inFlightInstances(),
                r.usableInstances());
    }

    private static RouterObservation idle(RouterObservation r) {
        return new RouterObservation(
                r.routerId(),
                r.bootId(),
                r.epoch(),
                r.version(),
                r.sha256(),
                false,
                false,
                Map.of(),
                Map.of(),
                r.usableInstances());
    }

    /** As if the router had lost what is withdrawn. */
    private static RouterObservation without(GroupState state, RouterObservation r) {
        Map<String, Map<String, Set<String>>> usable = new TreeMap<>();
        state.clusters().forEach((name, cluster) -> {
            Set<String> known = new HashSet<>(r.usableOf(name, "web"));
            known.removeAll(cluster.withdrawnOf("web"));
            usable.put(name, Map.of("web", known));
        });
        return new RouterObservation(
                r.routerId(), r.bootId(), r.epoch(), r.version(), r.sha256(), false, false, Map.of(), Map.of(), usable);
    }
}
