package io.tricolor.strategy.group.domain;

import static io.tricolor.contracts.group.RouterConfigurationMode.FOLLOW;
import static io.tricolor.contracts.group.RouterConfigurationMode.PINNED;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.ConfigureRouters;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ReleaseRouteTable;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.TryRouteTable;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterScalingDrained;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.UpgradeCompleted;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Explores every interleaving of one upgrade: two reactors that may crash between looking and acting, two routers
 * that lag behind and
 * may restart, an orchestrator that starts and stops when it likes, reports that arrive late, deadlines that pass,
 * and an operator who
 * approves, pauses, aborts, pins routers, tries tables on one of them and releases tables at any time. Instances may
 * die at any moment and
 * are started again; routers may serve without being registered. Drives {@link Flow}; checks the invariants in every
 * state it reaches.
 *
 * <p>Nobody can keep a request from an instance that has just died. So while a cluster is harmed by a death, and not
 * whole again for every
 * router, I1 is asked of decisions: none takes traffic or instances away if what was reported says that nobody would
 * be left to serve.
 *
 * <p>A state is a row of numbers. Everything large (group states, tables, desired states, reports, what a reactor is
 * about to do) is interned and stands in it by number. What the functions under test answer depends on a part of the
 * state only, and is asked once for each such part.
 */
final class Exploration {

    /**
     * How far the exploration goes.
     *
     * @param reactors 1 or 2
     * @param routers 1 or 2
     * @param expiries deadlines that may pass
     * @param pauses times the operator may pause
     * @param aborts whether the operator may abort
     * @param pins times the operator may pin the routers; trying a table on the first router, releasing it and
     *     following again are
     *     not bounded. With at least 1 routers fetch what they are to run, without the detour over the registry
     * @param joins whether the last router is away at first and may join at any time
     * @param deaths times that an instance may die
     * @param unregistered whether no router is registered at first although all of them serve; each registers with
     *     its first report
     * @param fromCopy whether routers fetch from strategy-service, and one that joins begins with the registry's copy,
     *     which is written later
     */
    record Bounds(
            int reactors,
            int routers,
            int expiries,
            int pauses,
            boolean aborts,
            int pins,
            boolean joins,
            int deaths,
            boolean unregistered,
            boolean fromCopy) {

        Bounds(int reactors, int routers, int expiries, int pauses, boolean aborts) {
            this(reactors, routers, expiries, pauses, aborts, 0, false, 0, false, false);
        }

        Bounds pinned(int times, boolean joining) {
            return new Bounds(
                    reactors, routers, expiries, pauses, aborts, times, joining, deaths, unregistered, fromCopy);
        }

        Bounds dying(int times) {
            return new Bounds(reactors, routers, expiries, pauses, aborts, pins, joins, times, unregistered, fromCopy);
        }

        Bounds beginningUnregistered() {
            return new Bounds(reactors, routers, expiries, pauses, aborts, pins, joins, deaths, true, fromCopy);
        }

        Bounds joiningFromTheCopy() {
            return new Bounds(reactors, routers, expiries, pauses, aborts, pins, true, deaths, unregistered, true);
        }
    }

    /**
     * What came of it.
     *
     * @param violation null: none; else which invariant broke and how it came to that
     * @param completed states in which the upgrade ended by reaching its goal
     * @param aborted states in which it ended by turning back
     */
    record Result(
            int states,
            long transitions,
            int completed,
            int aborted,
            @Nullable String violation) {}

    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LONG = Duration.ofDays(40);
    private static final String[] CLUSTERS = {"A", "B"};
    private static final List<String> TRIED = List.of("router-0");
    private static final SortedMap<String, Long> NOBODY = new TreeMap<>();
    private static final int NONE = 0;
    private static final int STARTING = 1;
    private static final int HEALTHY = 2;
    private static final int MAX_STATES = 30_000_000;

    // Places in a state.
    private static final int GROUP = 0;
    private static final int PUBLISHED = 1;
    private static final int DESIRED = 2; // one for each cluster, as those that follow
    private static final int ACTUAL = 4;
    private static final int BIRTH = 6;
    private static final int REPORT = 8;
    private static final int ROUTER = 10;
    private static final int TABLE = 0;
    private static final int VIEW = 1; // for each cluster three bits: birth of the instance it would send to, 0: none
    private static final int FLIGHT = 2; // for each cluster one bit
    private static final int SAID_TABLE = 3;
    private static final int SAID_FLIGHT = 4;
    private static final int SAID_VIEW = 5;
    private static final int ROUTER_SIZE = 6;
    private static final int PENDING = ROUTER + 2 * ROUTER_SIZE; // one for each reactor
    private static final int EXPIRIES = PENDING + 2;
    private static final int PAUSES = EXPIRIES + 1;
    private static final int PINS = PAUSES + 1;
    private static final int DEATHS = PINS + 1;
    private static final int FLAGS = DEATHS + 1;
    private static final int SIZE = FLAGS + 1;

    private static final int GROUP_BITS = 16;
    private static final int TABLE_BITS = 9;
    private static final int REPORT_BITS = 9;
    private static final int DESIRED_BITS = 8;
    private static final int PENDING_BITS = 22;
    private static final int[] BITS = {
        GROUP_BITS,
        TABLE_BITS,
        DESIRED_BITS,
        DESIRED_BITS,
        2,
        2,
        3,
        3,
        REPORT_BITS,
        REPORT_BITS,
        TABLE_BITS,
        6,
        2,
        TABLE_BITS,
        2,
        6,
        TABLE_BITS,
        6,
        2,
        TABLE_BITS,
        2,
        6,
        PENDING_BITS,
        PENDING_BITS,
        2,
        2,
        2,
        2,
        6
    };

    private static final int WAIVED = 1; // and 2
    private static final int HARMED = 4; // and 8
    private static final int AWAY = 16;
    private static final int UNREGISTERED = 32;

    /** How much time has passed for who looks. */
    private static final int AT_ONCE = 0;

    private static final int LATE = 1;
    private static final int KEPT_LONG_ENOUGH = 2;

    /** What an operator does. */
    private enum Order {
        APPROVE("ann approves"),
        ABORT("ann aborts"),
        RESUME("ann resumes"),
        PAUSE("ann pauses"),
        PIN("ann pins"),
        TRY("ann tries it on router-0"),
        RELEASE("ann releases"),
        UNPIN("ann unpins");

        final String text;

        Order(String text) {
            this.text = text;
        }

        ClusterGroupCommand command(GroupState group) {
            String id = group.upgrade().upgradeId();
            return switch (this) {
                case APPROVE ->
                    new ApproveStage(
                            "shop",
                            id,
                            group.upgrade().gatedStage().orElseThrow().name(),
                            "looks good");
                case ABORT -> new AbortUpgrade("shop", id, "no");
                case RESUME -> new ResumeUpgrade("shop", id, "go on");
                case PAUSE -> new PauseUpgrade("shop", id, "wait");
                case PIN -> new ConfigureRouters("shop", PINNED, null, NOBODY, "slowly");
                case TRY -> new TryRouteTable("shop", TRIED, null, "try");
                case RELEASE -> new ReleaseRouteTable("shop", null, "good");
                case UNPIN -> new ConfigureRouters("shop", FOLLOW, null, NOBODY, "go on");
            };
        }
    }

    private final Flow flow;
    private final Bounds bounds;

    private final StateGraph graph = new StateGraph(BITS);
    private final Interned<Known> groups = new Interned<>(GROUP_BITS);
    private final Interned<Table> tables = new Interned<>(TABLE_BITS);
    private final Interned<Desired> desiredStates = new Interned<>(DESIRED_BITS);
    private final Interned<Report> reports = new Interned<>(REPORT_BITS);
    private final Interned<Pending> pendings = new Interned<>(PENDING_BITS);
    private final List<Facts> facts = new ArrayList<>();
    private final List<Act> acts = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Memo looks = new Memo();
    private final Memo decisions = new Memo();
    private final int[][] targetsOf = new int[4 << TABLE_BITS][];
    private final int[] redOf = new int[1 << TABLE_BITS];
    private final int[] reportOf = new int[1 << DESIRED_BITS + 4];
    private final int[] copy = new int[SIZE];
    private @Nullable String violation;

    private record Table(long epoch, long version, SortedMap<String, RouteStrategy> strategies) {
        static final Table NO_TABLE = new Table(0, 0, new TreeMap<>());
    }

    /**
     * A group, and what the tables said that some router is to run.
     *
     * @param tables by version: the newest, the released one, those of canaries
     */
    private record Known(GroupState group, SortedMap<Long, Table> tables) {

        static Known first(GroupState group) {
            return new Known(group, new TreeMap<>()).after(group);
        }

        Known after(GroupState next) {
            SortedMap<Long, Table> needed = new TreeMap<>(tables);
            if (next.hasTable()) {
                needed.put(next.tableVersion(), tableOf(next));
            }
            needed.keySet()
                    .removeIf(version -> version != next.tableVersion()
                            && version != next.releasedVersion()
                            && !next.routerConfiguration().routers().containsValue(version));
            return new Known(next, needed);
        }

        Table meantFor(@Nullable String router) {
            return tables.getOrDefault(group.versionFor(router), Table.NO_TABLE);
        }
    }

    /**
     * What is asked of a group again and again.
     *
     * @param meant number of the table that everybody is to run, and of those that the two routers are to
     * @param leavesUnserved whether its newest table does
     */
    private record Facts(
            GroupState group,
            int[] meant,
            boolean isEnded,
            boolean isServedByB,
            boolean isKeeping,
            boolean leavesUnserved,
            List<Order> orders) {}

    private record Desired(long fence, @Nullable Manifest manifest, boolean running) {
        static final Desired NONE = new Desired(-1, null, false);
    }

    /** @param healthy birth of the instance that is healthy; 0: none is */
    private record Report(long fence, boolean running, int healthy) {
        static final Report NO_REPORT = new Report(-1, false, 0);
    }

    /** What a reactor still means to do, decided on {@code group}. */
    private record Pending(int group, List<NextAction> rest, int late) {
        static final Pending NOTHING = new Pending(-1, List.of(), AT_ONCE);
    }

    /**
     * The first of the things that a reactor means to do.
     *
     * @param after what it means to do then
     * @param number of the table or of the desired state that it sends; -1: it sends none
     * @param cluster that the desired state is for; -1: none
     * @param text of the step, and what to read after it
     */
    private record Act(
            int after, int number, int cluster, @Nullable ClusterGroupCommand command, int text, int said) {}

    /**
     * What a command does.
     *
     * @param flags that it adds
     * @param violation null: none
     */
    private record Outcome(
            int group, int flags, int text, @Nullable String violation) {}

    Exploration(Flow flow, Bounds bounds) {
        this.flow = flow;
        this.bounds = bounds;
        tables.id(Table.NO_TABLE);
        desiredStates.id(Desired.NONE);
        reports.id(Report.NO_REPORT);
        pendings.id(Pending.NOTHING);
        acts.add(new Act(0, -1, -1, null, 0, 0));
    }

    /**
     * Explores from a group in which the upgrade has just begun.
     *
     * @param before the group before the upgrade: its clusters are as it wants them, and every router routes by its
     *     table
     * @param begun the same group after the command that began the upgrade
     */
    Result explore(GroupState before, GroupState begun) {
        int[] first = new int[SIZE];
        first[GROUP] = group(Known.first(before).after(begun));
        first[FLAGS] = (bounds.joins() ? AWAY : 0) | (bounds.unregistered() ? UNREGISTERED : 0);
        int table = before.hasTable() ? tables.id(tableOf(before)) : 0;
        first[PUBLISHED] = table;
        int view = 0;
        for (int c = 0; c < 2; c++) {
            ClusterState cluster = before.clusters().get(CLUSTERS[c]);
            first[BIRTH + c] = 1;
            if (cluster.fence() >= 0) {
                boolean runs = cluster.wantsInstances();
                first[DESIRED + c] = desiredStates.id(new Desired(cluster.fence(), cluster.manifest(), runs));
                first[ACTUAL + c] = runs ? HEALTHY : NONE;
                first[REPORT + c] = reports.id(new Report(cluster.fence(), runs, runs ? 1 : 0));
                view |= (runs ? 1 : 0) << 3 * c;
            }
        }
        for (int r = 0; r < 2; r++) {
            if (!isAway(first, r)) {
                int at = ROUTER + r * ROUTER_SIZE;
                first[at + TABLE] = table;
                first[at + SAID_TABLE] = table;
                first[at + VIEW] = view;
                first[at + SAID_VIEW] = view;
            }
        }
        return search(first);
    }

    private Result search(int[] first) {
        int completed = 0;
        int aborted = 0;
        reach(first, text("the upgrade begins"), 0);
        int[] state = new int[SIZE];
        while (violation == null && graph.next(state)) {
            Facts group = facts.get(state[GROUP]);
            if (group.isEnded()) {
                if (group.isServedByB()) {
                    completed++;
                } else {
                    aborted++;
                }
            }
            successors(state, group);
            if (graph.size() > MAX_STATES) {
                throw new IllegalStateException("more than " + MAX_STATES + " states: narrow the bounds");
            }
        }
        int[] row = new int[SIZE];
        if (violation == null
                && graph.isAnyStuck(index -> {
                    graph.unpack(index, row);
                    return facts.get(row[GROUP]).isEnded();
                })) {
            violate("I6: from here the upgrade cannot end", "stuck");
        }
        return new Result(graph.size(), graph.transitions(), completed, aborted, violation);
    }

    // ---- transitions

    private void successors(int[] s, Facts group) {
        for (int r = 0; r < bounds.reactors(); r++) {
            if (s[PENDING + r] == 0) {
                think(s, r, AT_ONCE);
                if (s[EXPIRIES] < bounds.expiries()) {
                    think(s, r, LATE);
                }
                if (group.isKeeping()) {
                    think(s, r, KEPT_LONG_ENOUGH);
                }
            } else {
                act(s, r);
                int[] crashed = copy(s);
                crashed[PENDING + r] = 0;
                reach(crashed, crashes, 0);
            }
        }
        operate(s, group);
        for (int c = 0; c < 2; c++) {
            orchestrate(s, c);
        }
        for (int r = 0; r < bounds.routers(); r++) {
            route(s, r);
        }
    }

    private int[] copy(int[] s) {
        System.arraycopy(s, 0, copy, 0, SIZE);
        return copy;
    }

    private void think(int[] s, int reactor, int late) {
        int pending = look(s, late);
        if (pending == 0) {
            return;
        }
        int[] n = copy(s);
        n[PENDING + reactor] = pending;
        if (late == LATE) {
            n[EXPIRIES]++;
        }
        reach(n, looksAt[late], 0);
    }

    /** What a reactor means to do after a look; nothing if the time that has passed makes no difference. */
    private int look(int[] s, int late) {
        return looks.get(seenBits(s), saidBits(s), late, () -> {
            GroupState group = facts.get(s[GROUP]).group();
            List<NextAction> actions = flow.next(group, observation(s, group, late), NOW);
            boolean isNews = late == AT_ONCE
                    || !actions.equals(pendings.value(look(s, AT_ONCE)).rest());
            return isNews ? pending(s[GROUP], actions, late) : 0;
        });
    }

    private long seenBits(int[] s) {
        long bits = s[GROUP];
        bits = bits << TABLE_BITS | s[PUBLISHED];
        bits = bits << REPORT_BITS | s[REPORT];
        bits = bits << REPORT_BITS | s[REPORT + 1];
        return bits << 2 | s[FLAGS] >> 4;
    }

    private long saidBits(int[] s) {
        long bits = 0;
        for (int at = ROUTER; at < PENDING; at += ROUTER_SIZE) {
            bits = bits << TABLE_BITS | s[at + SAID_TABLE];
            bits = bits << 2 | s[at + SAID_FLIGHT];
            bits = bits << 6 | s[at + SAID_VIEW];
        }
        return bits;
    }

    private int pending(int group, List<NextAction> actions, int late) {
        if (actions.isEmpty()) {
            return 0;
        }
        int id = pendings.id(new Pending(group, actions, late));
        if (id == acts.size()) {
            acts.add(null); // those that follow get numbers too
            acts.set(id, actOf(pending(group, actions.subList(1, actions.size()), late), group, actions.getFirst()));
        }
        return id;
    }

    private Act actOf(int after, int group, NextAction action) {
        return switch (action) {
            case NextAction.PublishTable publish -> {
                Table table = groups.value(group).tables().get(publish.version());
                yield new Act(
                        after, tables.id(table), -1, null, text("a reactor publishes table"), (int) table.version());
            }
            case NextAction.EnsureInstances ensure -> {
                ClusterState cluster = ensure.cluster();
                int desired =
                        desiredStates.id(new Desired(cluster.fence(), cluster.manifest(), cluster.wantsInstances()));
                yield new Act(
                        after,
                        desired,
                        cluster.name().equals("A") ? 0 : 1,
                        null,
                        text("deploy-service takes up for " + cluster.name() + " desired state"),
                        (int) cluster.fence());
            }
            case NextAction.AskJudgement ask -> new Act(after, -1, -1, null, text("a reactor asks for a judgement"), 0);
            case NextAction.CallWebhook call -> new Act(after, -1, -1, null, text("a reactor asks a webhook"), 0);
            case NextAction.Advance advance ->
                new Act(
                        after,
                        -1,
                        -1,
                        advance.command(),
                        text("a reactor records " + advance.command().getClass().getSimpleName()),
                        0);
        };
    }

    private Observation observation(int[] s, GroupState group, int late) {
        Table published = tables.value(s[PUBLISHED]);
        SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
        for (int c = 0; c < 2; c++) {
            Report report = reports.value(s[REPORT + c]);
            if (report.fence() >= 0) {
                SortedMap<String, ServiceObservation> services = new TreeMap<>();
                services.put("web", new ServiceObservation(report.running() ? 1 : 0, ids(c, report.healthy())));
                clusters.put(CLUSTERS[c], new ClusterObservation(0, report.fence(), "", services, ""));
            }
        }
        List<RouterObservation> routers = new ArrayList<>();
        for (int r = 0; r < bounds.routers(); r++) {
            if (isAway(s, r) || (s[FLAGS] & UNREGISTERED) != 0) {
                continue;
            }
            int at = ROUTER + r * ROUTER_SIZE;
            Table table = tables.value(s[at + SAID_TABLE]);
            Map<String, Integer> inFlight = new HashMap<>();
            Map<String, Map<String, Set<String>>> usable = new HashMap<>();
            for (int c = 0; c < 2; c++) {
                inFlight.put(CLUSTERS[c], s[at + SAID_FLIGHT] >> c & 1);
                usable.put(CLUSTERS[c], Map.of("web", ids(c, s[at + SAID_VIEW] >> 3 * c & 7)));
            }
            routers.add(new RouterObservation(
                    "router-" + r,
                    "boot",
                    table.epoch(),
                    table.version(),
                    "",
                    false,
                    false,
                    inFlight,
                    Map.of(),
                    usable));
        }
        return new Observation(
                new Published(published.epoch(), published.version(), ""),
                clusters,
                routers,
                group.hasTable(),
                elapsed(group, late),
                Observation.Written.UNKNOWN);
    }

    private static Observation.Elapsed elapsed(GroupState group, int late) {
        SortedMap<Long, Duration> times = new TreeMap<>();
        if (late == LATE) {
            group.timers().forEach(since -> times.put(since, LONG));
        } else if (late == KEPT_LONG_ENOUGH) {
            group.clusters().values().stream()
                    .filter(cluster -> cluster.kept() != null)
                    .forEach(cluster -> times.put(cluster.kept().since(), LONG));
        }
        return new Observation.Elapsed(times);
    }

    private static Set<String> ids(int cluster, int birth) {
        return birth == 0 ? Set.of() : Set.of(CLUSTERS[cluster] + birth);
    }

    private void act(int[] s, int reactor) {
        int pending = s[PENDING + reactor];
        Act act = acts.get(pending);
        int[] n = copy(s);
        n[PENDING + reactor] = act.after();
        if (act.command() != null) {
            int outcome = decisions.get(
                    seenBits(s),
                    saidBits(s),
                    pending,
                    () -> decided(s, act.command(), context(s, pendings.value(pending)), act.text()));
            apply(n, outcome, act.text());
            return;
        }
        if (act.cluster() >= 0) {
            long held = desiredStates.value(s[DESIRED + act.cluster()]).fence();
            if (desiredStates.value(act.number()).fence() >= held || flow.obeysOldDesiredStates()) {
                n[DESIRED + act.cluster()] = act.number();
            }
        } else if (act.number() >= 0
                && tables.value(act.number()).version()
                        > tables.value(s[PUBLISHED]).version()) {
            n[PUBLISHED] = act.number();
        }
        reach(n, act.text(), act.said());
    }

    private DecisionContext context(int[] s, Pending pending) {
        Observation seen = observation(s, facts.get(s[GROUP]).group(), pending.late());
        return new DecisionContext(
                Decider.SELF, NOW, groups.value(pending.group()).group().version(), seen);
    }

    private void order(int[] s, int[] n, Order order) {
        int text = orderedBy[order.ordinal()];
        // What is reported counts only for the question of who is left.
        long seen = bounds.deaths() > 0 ? seenBits(s) : s[GROUP];
        long said = bounds.deaths() > 0 ? saidBits(s) : 0;
        int outcome = decisions.get(seen, said, -1L - order.ordinal(), () -> {
            GroupState group = facts.get(s[GROUP]).group();
            return decided(s, order.command(group), new DecisionContext("ann", NOW, null), text);
        });
        apply(n, outcome, text);
    }

    private void apply(int[] n, int number, int text) {
        Outcome outcome = outcomes.get(number);
        if (outcome.violation() != null) {
            violate(outcome.violation(), graph.said(text, 0));
        }
        n[GROUP] = outcome.group();
        n[FLAGS] |= outcome.flags();
        if (bounds.pins() > 0 && outcome.text() == text) {
            n[PUBLISHED] = facts.get(outcome.group()).meant()[2];
        }
        reach(n, outcome.text(), 0);
    }

    private int decided(int[] s, ClusterGroupCommand command, DecisionContext context, int text) {
        Known known = groups.value(s[GROUP]);
        GroupState after = known.group();
        String broken = null;
        int flags = 0;
        List<ClusterGroupEvent> events;
        try {
            events = flow.decide(after, command, context);
        } catch (Rejected refused) {
            outcomes.add(new Outcome(s[GROUP], 0, text(graph.said(text, 0) + ": refused"), null));
            return outcomes.size() - 1;
        }
        for (ClusterGroupEvent event : events) {
            GroupState before = after;
            after = Evolver.evolve(after, event);
            known = known.after(after);
            String found = broken(before, event);
            if (found == null && bounds.deaths() > 0) {
                found = whoIsLeft(s, before, event, after);
            }
            broken = broken == null ? found : broken;
            flags |= waived(before, event);
        }
        outcomes.add(new Outcome(group(known), flags, text, broken));
        return outcomes.size() - 1;
    }

    private static @Nullable String broken(GroupState before, ClusterGroupEvent event) {
        return switch (event) {
            case UpgradeStarted e when before.upgrade() != null -> "I3: a second upgrade began";
            case UpgradeStepCompleted e
            when e.step() != before.upgrade().position().step() -> "I5: step " + e.step() + " completed out of turn";
            default -> null;
        };
    }

    private static int waived(GroupState before, ClusterGroupEvent event) {
        return switch (event) {
            case UpgradeStepCompleted e
            when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) ->
                WAIVED << ("A".equals(before.upgrade().current().cluster()) ? 0 : 1);
            case ClusterScalingDrained e
            when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) ->
                WAIVED << (e.cluster().equals("A") ? 0 : 1);
            default -> 0;
        };
    }

    /** I1 of a decision, by what routers and deploy-service have reported. */
    private @Nullable String whoIsLeft(int[] s, GroupState before, ClusterGroupEvent event, GroupState after) {
        for (int r = 0; r < bounds.routers(); r++) {
            if (isAway(s, r) || !before.hasTable()) {
                continue;
            }
            int known = 0;
            for (int c = 0; c < 2; c++) {
                int healthy = reports.value(s[REPORT + c]).healthy();
                int said = s[ROUTER + r * ROUTER_SIZE + SAID_VIEW] >> 3 * c & 7;
                known |= healthy != 0 && healthy == said ? 1 << c : 0;
            }
            int[] had = targets(tables.id(tableOf(before)), known);
            int[] has = had;
            switch (event) {
                case RouteStrategiesChanged e -> has = targets(tables.id(tableOf(after)), known);
                case ClusterDesiredStateChanged e -> {
                    int c = e.cluster().equals("A") ? 0 : 1;
                    if (before.cluster(e.cluster()).wantsInstances()
                            && !after.cluster(e.cluster()).wantsInstances()) {
                        had = new int[] {c, c, c};
                        has = targets(tables.id(tableOf(after)), known & ~(1 << c));
                    }
                }
                case UpgradeCompleted e -> had = new int[] {0, 0, 0};
                default -> {
                    // takes nothing away
                }
            }
            for (int i = 0; i < had.length; i++) {
                if (had[i] >= 0 && has[i] < 0) {
                    return "I1: " + event.getClass().getSimpleName() + " leaves nobody that is known to serve";
                }
            }
        }
        return null;
    }

    private void operate(int[] s, Facts group) {
        for (Order order : group.orders()) {
            switch (order) {
                case PAUSE -> {
                    if (s[PAUSES] < bounds.pauses()) {
                        int[] n = copy(s);
                        n[PAUSES]++;
                        order(s, n, order);
                    }
                }
                case PIN -> {
                    if (s[PINS] < bounds.pins()) {
                        int[] n = copy(s);
                        n[PINS]++;
                        order(s, n, order);
                    }
                }
                case APPROVE, ABORT, RESUME, TRY, RELEASE, UNPIN -> order(s, copy(s), order);
            }
        }
    }

    /**
     * What may be asked for, among it: to pin what is released now, to try the newest table on one router, to release
     * it, to let routers follow again.
     */
    private List<Order> orders(GroupState group) {
        List<Order> orders = new ArrayList<>();
        Upgrade upgrade = group.upgrade();
        if (upgrade == null) {
            return orders;
        }
        if (bounds.pins() > 0 && group.hasTable()) {
            if (!group.routerConfiguration().isPinned()) {
                orders.add(Order.PIN);
            } else {
                if (group.holdsRoutersBack()) {
                    orders.add(Order.TRY);
                    orders.add(Order.RELEASE);
                }
                orders.add(Order.UNPIN);
            }
        }
        if (upgrade.gatedStage().isPresent() && upgrade.position().approvedBy().isEmpty()) {
            orders.add(Order.APPROVE);
        }
        if (bounds.aborts() && !upgrade.position().aborting()) {
            orders.add(Order.ABORT);
        }
        orders.add(upgrade.position().paused() ? Order.RESUME : Order.PAUSE);
        return orders;
    }

    private int group(Known known) {
        int id = groups.id(known);
        if (id == facts.size()) {
            GroupState group = known.group();
            boolean isWatched = bounds.pins() > 0 || bounds.fromCopy();
            facts.add(new Facts(
                    group,
                    isWatched
                            ? new int[] {
                                tables.id(known.meantFor("router-0")),
                                tables.id(known.meantFor("router-1")),
                                tables.id(known.meantFor(null))
                            }
                            : new int[3],
                    !group.isUnderWay(),
                    group.serving().map(ClusterState::name).equals(Optional.of("B")),
                    group.clusters().values().stream().anyMatch(cluster -> cluster.kept() != null),
                    group.tableVersion() > 0 && !group.hasTable(),
                    orders(group)));
        }
        return id;
    }

    private boolean isAway(int[] s, int router) {
        return (s[FLAGS] & AWAY) != 0 && router == bounds.routers() - 1;
    }

    private void orchestrate(int[] s, int c) {
        Desired desired = desiredStates.value(s[DESIRED + c]);
        int actual = s[ACTUAL + c];
        if (desired.running() && actual != HEALTHY) {
            int[] n = copy(s);
            n[ACTUAL + c]++;
            if (actual == NONE) {
                n[BIRTH + c] = s[BIRTH + c] % 7 + 1;
            }
            reach(n, actual == NONE ? starts[c] : becomesHealthy[c], 0);
        }
        if (!desired.running() && actual != NONE) {
            for (int r = 0; r < bounds.routers(); r++) {
                int at = ROUTER + r * ROUTER_SIZE;
                if (s[at + TABLE] != 0 && (red(s[at + TABLE]) >> c & 1) == 0) {
                    violate("I2: " + CLUSTERS[c] + " was stopped while a router knows it as not RED", "stop");
                }
                if ((s[at + FLIGHT] >> c & 1) == 1 && (s[FLAGS] & WAIVED << c) == 0) {
                    violate("I2: " + CLUSTERS[c] + " was stopped with a request in flight", "stop");
                }
            }
            int[] n = copy(s);
            n[ACTUAL + c] = NONE;
            reach(n, stops[c], 0);
        }
        if (actual == HEALTHY && s[DEATHS] < bounds.deaths()) {
            int[] n = copy(s);
            n[ACTUAL + c] = NONE;
            n[DEATHS]++;
            n[FLAGS] |= HARMED << c;
            reach(n, dies[c], 0);
        }
        int now = report(s[DESIRED + c], actual, s[BIRTH + c]);
        if (s[REPORT + c] != now) {
            int[] n = copy(s);
            n[REPORT + c] = now;
            reach(n, isReported[c], 0);
        }
    }

    private int report(int desired, int actual, int birth) {
        int healthy = actual == HEALTHY ? birth : 0;
        int key = desired << 4 | (actual == NONE ? 0 : 8) | healthy;
        if (reportOf[key] == 0) {
            reportOf[key] = reports.id(new Report(desiredStates.value(desired).fence(), actual != NONE, healthy)) + 1;
        }
        return reportOf[key] - 1;
    }

    private void route(int[] s, int r) {
        if (isAway(s, r)) {
            join(s, r);
            return;
        }
        int at = ROUTER + r * ROUTER_SIZE;
        int applied = s[at + TABLE];
        int fetched = bounds.pins() == 0 && !bounds.fromCopy()
                ? s[PUBLISHED]
                : facts.get(s[GROUP]).meant()[r];
        if (fetched != applied
                && tables.value(fetched).version() > tables.value(applied).version()) {
            int[] n = copy(s);
            n[at + TABLE] = fetched;
            if (applied == 0) { // before its first table a router looks up who is there
                n[at + VIEW] |= present(s);
            }
            reach(n, applies, (int) tables.value(fetched).version());
        }
        int present = present(s);
        for (int c = 0; c < 2; c++) {
            int bits = 7 << 3 * c;
            if ((s[at + VIEW] & bits) != (present & bits)) {
                int[] n = copy(s);
                n[at + VIEW] = s[at + VIEW] & ~bits | present & bits;
                reach(n, isLearnt[c], 0);
            }
            if ((s[at + FLIGHT] >> c & 1) == 1) {
                int[] n = copy(s);
                n[at + FLIGHT] = s[at + FLIGHT] & ~(1 << c);
                reach(n, requestEnds[c], 0);
            } else if (takes(s, at, c)) {
                if ((red(applied) >> c & 1) == 1) {
                    violate("I2: a request went to RED " + CLUSTERS[c], "request");
                }
                int[] n = copy(s);
                n[at + FLIGHT] = s[at + FLIGHT] | 1 << c;
                reach(n, requestBegins[c], 0);
            }
        }
        if ((s[FLAGS] & UNREGISTERED) != 0
                || s[at + SAID_TABLE] != applied
                || s[at + SAID_FLIGHT] != s[at + FLIGHT]
                || s[at + SAID_VIEW] != s[at + VIEW]) {
            int[] n = copy(s);
            n[at + SAID_TABLE] = applied;
            n[at + SAID_FLIGHT] = s[at + FLIGHT];
            n[at + SAID_VIEW] = s[at + VIEW];
            n[FLAGS] &= ~UNREGISTERED;
            reach(n, reported, 0);
        }
        if (flow.routerForgetsItsTable() && applied > 1 && s[at + FLIGHT] == 0) {
            int[] n = copy(s);
            n[at + TABLE] = applied - 1;
            reach(n, restarts, 0);
        }
    }

    /** Births of the instances that are healthy, three bits for each cluster. */
    private static int present(int[] s) {
        return (s[ACTUAL] == HEALTHY ? s[BIRTH] : 0) | (s[ACTUAL + 1] == HEALTHY ? s[BIRTH + 1] << 3 : 0);
    }

    /** A router begins: it fetches the table that it is to run or the copy, looks up who is there, and reports. */
    private void join(int[] s, int r) {
        int[] n = copy(s);
        n[FLAGS] &= ~AWAY;
        int at = ROUTER + r * ROUTER_SIZE;
        n[at + TABLE] = bounds.fromCopy()
                ? s[PUBLISHED]
                : tables.id(groups.value(s[GROUP]).meantFor("router-" + r));
        n[at + VIEW] |= present(s);
        n[at + SAID_TABLE] = n[at + TABLE];
        n[at + SAID_VIEW] = n[at + VIEW];
        reach(n, joins, (int) tables.value(n[at + TABLE]).version());
    }

    private boolean takes(int[] s, int router, int cluster) {
        for (int target : targets(s, router)) {
            if (target == cluster) {
                return true;
            }
        }
        return false;
    }

    private static final int[] NO_TARGETS = {};

    /** Cluster for a request without id, with an id that a stage names, with any other id; -1: none. */
    private int[] targets(int[] s, int router) {
        int table = s[router + TABLE];
        if (table == 0) {
            return NO_TARGETS;
        }
        int view = s[router + VIEW];
        return targets(table, ((view & 7) > 0 ? 1 : 0) | (view >> 3 > 0 ? 2 : 0));
    }

    private int[] targets(int table, int known) {
        int key = table << 2 | known;
        if (targetsOf[key] == null) {
            targetsOf[key] = Targets.of(tables.value(table).strategies(), known, null, "1", "9");
        }
        return targetsOf[key];
    }

    /** Bits of the clusters that are RED in a table. */
    private int red(int table) {
        if (redOf[table] == 0) {
            int red = 0;
            for (int c = 0; c < 2; c++) {
                RouteStrategy strategy = tables.value(table).strategies().get(CLUSTERS[c]);
                red |= strategy.status() == ClusterStatus.RED ? 1 << c : 0;
            }
            redOf[table] = red + 1;
        }
        return redOf[table] - 1;
    }

    private static Table tableOf(GroupState group) {
        return new Table(group.epoch(), group.tableVersion(), group.strategies());
    }

    // ---- states

    private void reach(int[] s, int text, int said) {
        heal(s);
        check(s, text, said);
        if (bounds.routers() == 2 && bounds.pins() == 0 && !bounds.joins() && isAfter(s)) {
            for (int i = 0; i < ROUTER_SIZE; i++) { // the routers are alike: one order is enough
                int swap = s[ROUTER + i];
                s[ROUTER + i] = s[ROUTER + ROUTER_SIZE + i];
                s[ROUTER + ROUTER_SIZE + i] = swap;
            }
        }
        if (s[PENDING] < s[PENDING + 1]) { // so are the reactors
            int swap = s[PENDING];
            s[PENDING] = s[PENDING + 1];
            s[PENDING + 1] = swap;
        }
        graph.reach(s, text, said);
    }

    private void check(int[] s, int text, int said) {
        for (int r = 0; r < bounds.routers(); r++) {
            int at = ROUTER + r * ROUTER_SIZE;
            for (int target : targets(s, at)) {
                if (target < 0) {
                    if ((s[FLAGS] & HARMED * 3) == 0) {
                        violate("I1: a router has no cluster for a request", graph.said(text, said));
                    }
                } else if ((s[FLAGS] & HARMED << target) == 0
                        && (s[ACTUAL + target] != HEALTHY || (s[at + VIEW] >> 3 * target & 7) != s[BIRTH + target])) {
                    violate(
                            "I1: a router sends requests to " + CLUSTERS[target] + ", which is not healthy",
                            graph.said(text, said));
                }
            }
        }
        if (facts.get(s[GROUP]).leavesUnserved()) {
            violate("I1: a table leaves requests without id unserved", graph.said(text, said));
        }
    }

    private static boolean isAfter(int[] s) {
        for (int i = 0; i < ROUTER_SIZE; i++) {
            int difference = s[ROUTER + i] - s[ROUTER + ROUTER_SIZE + i];
            if (difference != 0) {
                return difference > 0;
            }
        }
        return false;
    }

    /**
     * A cluster is whole again when it is healthy and every router knows that, or when it is to be gone and every
     * router knows that.
     */
    private void heal(int[] s) {
        for (int c = 0; c < 2; c++) {
            if ((s[FLAGS] & HARMED << c) == 0) {
                continue;
            }
            int there = s[ACTUAL + c] == HEALTHY ? s[BIRTH + c] : 0;
            boolean whole = there != 0 || !desiredStates.value(s[DESIRED + c]).running();
            for (int r = 0; whole && r < bounds.routers(); r++) {
                whole = isAway(s, r) || (s[ROUTER + r * ROUTER_SIZE + VIEW] >> 3 * c & 7) == there;
            }
            if (whole) {
                s[FLAGS] &= ~(HARMED << c);
            }
        }
    }

    private void violate(String what, String step) {
        if (violation == null) {
            List<String> path = new ArrayList<>(graph.path());
            path.add(step);
            violation = what + "\n  " + String.join("\n  ", path);
        }
    }

    // ---- what steps are called

    private int text(String text) {
        return graph.text(text);
    }

    private int[] textOfEach(String text) {
        return new int[] {text(text.formatted("A")), text(text.formatted("B"))};
    }

    private final int[] orderedBy =
            Arrays.stream(Order.values()).mapToInt(order -> text(order.text)).toArray();
    private final int crashes = text("a reactor crashes");
    private final int[] looksAt = {
        text("a reactor looks"),
        text("a deadline passes and a reactor sees it"),
        text("a cluster was kept for its time and a reactor sees it")
    };
    private final int[] starts = textOfEach("%s starts");
    private final int[] becomesHealthy = textOfEach("%s becomes healthy");
    private final int[] stops = textOfEach("%s stops");
    private final int[] dies = textOfEach("the instance of %s dies");
    private final int[] isReported = textOfEach("deploy-service reports %s");
    private final int[] isLearnt = textOfEach("a router learns about the instances of %s");
    private final int[] requestBegins = textOfEach("a request to %s begins");
    private final int[] requestEnds = textOfEach("a request to %s ends");
    private final int applies = text("a router applies table");
    private final int reported = text("a router reports");
    private final int restarts = text("a router restarts with an older table");
    private final int joins = text("a router joins with table");
}
