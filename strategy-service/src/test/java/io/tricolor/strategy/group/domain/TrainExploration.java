package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.FollowTrain;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.Train;
import io.tricolor.contracts.group.UpgradeAborted;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Companion;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import io.tricolor.strategy.group.domain.Observation.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every interleaving of three groups of a train: who begins them, one after the other, may be killed in between; each
 * acts by what it has last seen of the others, which for one of them may be as old as one likes; once, at any moment,
 * in any group, somebody aborts, or the new cluster dies for good; somebody pauses a group once and lets one go on
 * once. Clusters and routers are ideal otherwise: they have explorations of their own.
 *
 * <p>T1: no group moves users or stops a cluster before every other group has come as far. T2: from every state each
 * group ends, or waits for a person. T3: when all have ended they are in the same place, unless something happened
 * after all of them had come to the end.
 */
final class TrainExploration {

    /**
     * What came of it.
     *
     * @param together states in which all have the new release
     * @param back states in which all that began have gone back
     * @param divided states in which some have the new release and some have gone back
     */
    record Result(
            int states,
            long transitions,
            int together,
            int back,
            int divided,
            @Nullable String violation) {}

    private static final String TRAIN = "train-1";
    private static final List<String> GROUPS = List.of("g0", "g1", "g2");
    private static final long VERSION = 100;
    private static final int MAX_STATES = 4_000_000;

    // Places in a state.
    private static final int GROUP = 0;
    private static final int REACHED = 3; // the furthest step that has begun on the way forward
    private static final int ENDED = 6; // 1: completed, 2: gone back
    private static final int VIEW = 9; // what each has seen of its two companions
    private static final int STARTED = 15;
    private static final int FLAGS = 16;
    private static final int SIZE = 17;
    private static final int[] BITS = {10, 10, 10, 5, 5, 5, 2, 2, 2, 7, 7, 7, 7, 7, 7, 2, 7};

    private static final int KILLED = 1;
    private static final int FAULT = 2;
    private static final int PAUSED = 4;
    private static final int RESUMED = 8;
    private static final int DEAD = 16; // for each group

    private final Flow flow;
    private final UpgradeMode mode;
    private final int lagging;
    private final boolean pauses;
    private final StateGraph graph = new StateGraph(BITS);
    private final Interned<GroupState> groups = new Interned<>(10);
    private final Interned<Companion> companions = new Interned<>(7);
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Memo decisions = new Memo();
    private final Memo standings = new Memo();
    private final int[] copy = new int[SIZE];
    private @Nullable String violation;

    /**
     * What a group does.
     *
     * @param barrier the step on the way forward that moves users or stops a cluster by it; -1: none
     * @param ended 0: it goes on
     */
    private record Outcome(int group, int step, int barrier, int ended, String what) {}

    /**
     * @param lagging the group that sees the others late; they see it at once. -1: there is none
     * @param pauses whether somebody pauses
     */
    TrainExploration(Flow flow, UpgradeMode mode, int lagging, boolean pauses) {
        this.flow = flow;
        this.mode = mode;
        this.lagging = lagging;
        this.pauses = pauses;
    }

    Result explore() {
        int[] first = new int[SIZE];
        for (int g = 0; g < 3; g++) {
            first[GROUP + g] = groups.id(serving(GROUPS.get(g)));
        }
        for (int g = 0; g < 3; g++) {
            for (int o = 0; o < 2; o++) {
                first[VIEW + 2 * g + o] = companions.id(Companion.of(GROUPS.get(other(g, o)), Standing.NOT_BEGUN));
            }
        }
        reach(first, "it begins");
        int[] state = new int[SIZE];
        while (violation == null && graph.next(state)) {
            explore(state);
            if (graph.size() > MAX_STATES) {
                throw new IllegalStateException("more than " + MAX_STATES + " states: narrow the bounds");
            }
        }
        int[] counts = new int[3];
        int[] row = new int[SIZE];
        boolean isAnyStuck = violation == null
                && graph.isAnyStuck(index -> {
                    graph.unpack(index, row);
                    return isOver(row, counts);
                });
        if (isAnyStuck) {
            violate("T2: from here not every group ends", "stuck");
        }
        return new Result(graph.size(), graph.transitions(), counts[0], counts[1], counts[2], violation);
    }

    private static GroupState serving(String groupId) {
        Group group = new Group();
        group.handle(new CreateClusterGroup(
                groupId,
                "shop",
                "prod",
                1,
                List.of("A", "B"),
                List.of(new Entry(null, "/shop", "web")),
                IdentitySource.standard(),
                Affinity.ID));
        group.handle(Fixtures.upgrade(UpgradeMode.INSTALL, "A", "1", List.of()));
        group.finish();
        return group.state.atVersion(VERSION);
    }

    private static int other(int group, int which) {
        return (group + 1 + which) % 3;
    }

    private void explore(int[] s) {
        if (s[STARTED] < 3 && (s[FLAGS] & KILLED) == 0) {
            int g = s[STARTED];
            int[] n = copy(s);
            n[STARTED]++;
            apply(s, n, g, decisions.get(s[GROUP + g], 0, -1, () -> decided(s, g, start(g), "ann", false)));
            int[] killed = copy(s);
            killed[FLAGS] |= KILLED;
            reach(killed, "who begins them is killed");
        }
        for (int g = 0; g < 3; g++) {
            act(s, g, false);
            act(s, g, true);
            if (g == lagging) {
                look(s, g, 0);
                look(s, g, 1);
            }
            if (isRunning(s, g)) {
                fault(s, g);
            }
        }
    }

    private StartUpgrade start(int g) {
        List<Stage> stages = mode == UpgradeMode.GRAYSCALE ? List.of(Fixtures.whitelist(false)) : List.of();
        return new StartUpgrade(
                GROUPS.get(g),
                TRAIN,
                mode,
                "B",
                Fixtures.manifest("2"),
                stages,
                Fixtures.policy(ExpiryPolicy.ROLL_BACK),
                null,
                false,
                null,
                new Train(GROUPS),
                "together");
    }

    private boolean isRunning(int[] s, int g) {
        return groups.value(s[GROUP + g]).upgrade() != null;
    }

    private void fault(int[] s, int g) {
        if ((s[FLAGS] & FAULT) == 0) {
            int[] n = copy(s);
            n[FLAGS] |= FAULT;
            order(s, n, g, -2, new AbortUpgrade(GROUPS.get(g), TRAIN, "no"));
            int[] dead = copy(s);
            dead[FLAGS] |= FAULT | DEAD << g;
            reach(dead, "B of " + GROUPS.get(g) + " dies");
        }
        Upgrade upgrade = groups.value(s[GROUP + g]).upgrade();
        if (upgrade.position().paused()) {
            if ((s[FLAGS] & RESUMED) != 0) {
                return;
            }
            int[] n = copy(s);
            n[FLAGS] |= RESUMED;
            order(s, n, g, -3, new ResumeUpgrade(GROUPS.get(g), TRAIN, "go on"));
        } else if (pauses && (s[FLAGS] & PAUSED) == 0) {
            int[] n = copy(s);
            n[FLAGS] |= PAUSED;
            order(s, n, g, -4, new PauseUpgrade(GROUPS.get(g), TRAIN, "wait"));
        }
    }

    private void order(int[] s, int[] n, int g, int key, ClusterGroupCommand command) {
        apply(s, n, g, decisions.get(s[GROUP + g], seen(s, g), key, () -> decided(s, g, command, "ann", false)));
    }

    private static long seen(int[] s, int g) {
        return (long) s[VIEW + 2 * g] << 32 | s[VIEW + 2 * g + 1] << 1 | (s[FLAGS] >> 4 + g & 1);
    }

    private void act(int[] s, int g, boolean late) {
        if (isRunning(s, g)) {
            apply(s, copy(s), g, decisions.get(s[GROUP + g], seen(s, g), late ? 1 : 0, () -> acted(s, g, late)));
        }
    }

    private int acted(int[] s, int g, boolean late) {
        GroupState state = groups.value(s[GROUP + g]);
        return flow.next(state, observation(s, g, late), Fixtures.NOW).stream()
                .filter(NextAction.Advance.class::isInstance)
                .map(action -> ((NextAction.Advance) action).command())
                .filter(command -> !late || isOfInterest(command, state))
                .findFirst()
                .map(command -> decided(s, g, command, Decider.SELF, late))
                .orElseGet(() -> nothing(s, g));
    }

    /** On a way back everything is tried again when its time has passed: nothing comes of that here. */
    private static boolean isOfInterest(ClusterGroupCommand command, GroupState state) {
        return command instanceof FollowTrain
                || (command instanceof ExpireStep && !state.upgrade().position().aborting());
    }

    private int nothing(int[] s, int g) {
        outcomes.add(new Outcome(s[GROUP + g], 0, -1, 0, ""));
        return outcomes.size() - 1;
    }

    private int decided(int[] s, int g, ClusterGroupCommand command, String actor, boolean late) {
        GroupState after = groups.value(s[GROUP + g]);
        Long version = actor.equals(Decider.SELF) ? after.version() : null;
        List<ClusterGroupEvent> events;
        try {
            events = flow.decide(
                    after, command, new DecisionContext(actor, Fixtures.NOW, version, observation(s, g, late)));
        } catch (Rejected refused) {
            return nothing(s, g);
        }
        int barrier = -1;
        int step = 0;
        int ended = 0;
        for (ClusterGroupEvent event : events) {
            Upgrade upgrade = after.upgrade();
            if (upgrade != null && !upgrade.position().aborting()) {
                step = Math.max(
                        step,
                        Math.min(
                                upgrade.position().step(),
                                upgrade.plan().steps().size() - 1));
                boolean isBarrier = event instanceof RouteStrategiesChanged
                        || (event instanceof ClusterDesiredStateChanged
                                && upgrade.current().kind() == UpgradeStep.Kind.STOP);
                barrier = isBarrier ? Math.max(barrier, upgrade.position().step()) : barrier;
            }
            ended = switch (event) {
                case UpgradeCompleted e -> 1;
                case UpgradeAborted e -> 2;
                default -> ended;
            };
            after = Evolver.evolve(after, event);
        }
        Upgrade upgrade = after.upgrade();
        if (upgrade != null && !upgrade.position().aborting()) {
            step = Math.max(step, upgrade.position().step());
        }
        // How many events it took makes no difference here, where nothing happens between a look and its decision.
        after = after.atVersion(VERSION);
        outcomes.add(new Outcome(
                groups.id(after), step, barrier, ended, command.getClass().getSimpleName()));
        return outcomes.size() - 1;
    }

    private Observation observation(int[] s, int g, boolean late) {
        GroupState state = groups.value(s[GROUP + g]);
        Observation ideal = Fixtures.ideal(state, late ? Fixtures.LONG : Duration.ZERO)
                .withCompanions(List.of(companions.value(s[VIEW + 2 * g]), companions.value(s[VIEW + 2 * g + 1])));
        if ((s[FLAGS] & DEAD << g) == 0) {
            return ideal;
        }
        SortedMap<String, ClusterObservation> clusters = new TreeMap<>(ideal.clusters());
        clusters.computeIfPresent("B", (name, b) -> {
            SortedMap<String, ServiceObservation> services = new TreeMap<>();
            b.services()
                    .forEach((service, of) -> services.put(service, new ServiceObservation(of.running(), Set.of())));
            return new ClusterObservation(b.epoch(), b.fence(), b.digest(), services, b.failure());
        });
        return new Observation(
                        ideal.published(),
                        clusters,
                        ideal.routers(),
                        ideal.everHadRouters(),
                        ideal.elapsed(),
                        ideal.written())
                .withCompanions(ideal.companions());
    }

    private void apply(int[] s, int[] n, int g, int number) {
        Outcome outcome = outcomes.get(number);
        n[GROUP + g] = outcome.group();
        n[REACHED + g] = Math.max(s[REACHED + g], outcome.step());
        n[ENDED + g] = Math.max(s[ENDED + g], outcome.ended());
        String what = GROUPS.get(g) + ": " + outcome.what();
        if (outcome.barrier() >= 0) {
            for (int o = 0; o < 2; o++) {
                int other = other(g, o);
                if (s[STARTED] <= other || s[REACHED + other] < outcome.barrier()) {
                    violate(
                            "T1: " + GROUPS.get(g) + " begins step " + outcome.barrier() + " before "
                                    + GROUPS.get(other) + " has come as far",
                            what);
                }
            }
        }
        reach(n, what);
    }

    private void look(int[] s, int g, int o) {
        int id = seenNow(s, other(g, o));
        if (id != s[VIEW + 2 * g + o]) {
            int[] n = copy(s);
            n[VIEW + 2 * g + o] = id;
            reach(n, GROUPS.get(g) + " sees " + GROUPS.get(other(g, o)));
        }
    }

    private int seenNow(int[] s, int other) {
        return standings.get(
                s[GROUP + other],
                s[ENDED + other],
                other,
                () -> companions.id(Trains.companion(
                        GROUPS.get(other),
                        groups.value(s[GROUP + other]),
                        TRAIN,
                        () -> s[ENDED + other] == 0 ? Optional.empty() : Optional.of(s[ENDED + other] == 1))));
    }

    private int[] copy(int[] s) {
        System.arraycopy(s, 0, copy, 0, SIZE);
        return copy;
    }

    private void reach(int[] s, String label) {
        boolean isAtTheEnd = true;
        for (int g = 0; g < 3; g++) {
            if (g != lagging) {
                s[VIEW + 2 * g] = seenNow(s, other(g, 0));
                s[VIEW + 2 * g + 1] = seenNow(s, other(g, 1));
            }
            isAtTheEnd &= s[REACHED + g] >= lastStep();
        }
        if (!isAtTheEnd && haveEnded(s) && isDivided(s)) {
            violate("T3: all have ended, and not in the same place", label);
        }
        graph.reach(s, graph.text(label), 0);
    }

    /** Index of the step before which everybody can still go back at once. */
    private int lastStep() {
        return mode == UpgradeMode.GRAYSCALE ? 8 : 3;
    }

    /** Each group has ended, or has not begun and will not. */
    private boolean haveEnded(int[] s) {
        return (s[STARTED] == 3 || (s[FLAGS] & KILLED) != 0)
                && !isRunning(s, 0)
                && !isRunning(s, 1)
                && !isRunning(s, 2);
    }

    private static boolean isDivided(int[] s) {
        boolean isAnyCompleted = false;
        boolean isAnyBack = false;
        for (int g = 0; g < 3; g++) {
            isAnyCompleted |= s[ENDED + g] == 1;
            isAnyBack |= s[ENDED + g] != 1;
        }
        return isAnyCompleted && isAnyBack;
    }

    /** All have ended, or one waits for a person. */
    private boolean isOver(int[] s, int[] counts) {
        if (haveEnded(s)) {
            counts[isDivided(s) ? 2 : s[ENDED] == 1 ? 0 : 1]++;
            return true;
        }
        for (int g = 0; g < 3; g++) {
            Upgrade upgrade = groups.value(s[GROUP + g]).upgrade();
            if (upgrade != null && upgrade.position().paused()) {
                return true;
            }
        }
        return false;
    }

    private void violate(String what, String step) {
        if (violation == null) {
            List<String> path = new ArrayList<>(graph.path());
            path.add(step);
            violation = what + "\n  " + String.join("\n  ", path);
        }
    }
}
