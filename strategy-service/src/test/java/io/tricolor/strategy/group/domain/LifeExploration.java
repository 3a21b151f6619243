package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterScalingDrained;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.TrafficDrained;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import io.tricolor.strategy.group.domain.Observation.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Explores every interleaving of what happens to a group besides upgrades: clusters are scaled and stopped by hand,
 * the group is ended, its database is restored while everybody else goes on, and a new epoch begins. Two clusters with
 * several instances each; reactors that may crash between looking and acting, routers that lag, a deploy-service that
 * takes up desired states late, instances that die and come back under other names, reports that arrive late. Drives
 * {@link Flow}; checks the invariants in every state it reaches, and that from each the group can come to rest.
 *
 * <p>A state is a row of numbers. Everything large is interned and stands in it by number; instances are bits.
 */
final class LifeExploration {

    /**
     * How far the exploration goes.
     *
     * @param orders what people may ask for, each at most once, at any time
     * @param deaths times that an instance may die
     * @param restores whether the database may once be restored to what it was at first
     * @param strictDeploy whether deploy-service stops what is withdrawn and no other instance that serves
     */
    record Bounds(
            int reactors,
            int routers,
            List<ClusterGroupCommand> orders,
            int deaths,
            boolean restores,
            boolean strictDeploy) {}

    /**
     * What came of it.
     *
     * @param violation null: none; else which invariant broke and how it came to that
     * @param atRest states in which nothing is left to do
     */
    record Result(
            int states,
            long transitions,
            int atRest,
            @Nullable String violation) {}

    private static final Instant NOW = Fixtures.NOW;
    private static final String[] CLUSTERS = {"A", "B"};
    private static final int MAX_STATES = 4_000_000;
    private static final int MASK = 0xff;

    // Places in a state.
    private static final int GROUP = 0;
    private static final int PUBLISHED = 1;
    private static final int CLUSTER = 2;
    private static final int DESIRED = 0;
    private static final int HEALTHY = 1;
    private static final int STARTING = 2;
    private static final int BORN = 3;
    private static final int REPORT = 4;
    private static final int CLUSTER_SIZE = 5;
    private static final int ROUTER = CLUSTER + 2 * CLUSTER_SIZE;
    private static final int TABLE = 0;
    private static final int VIEW = 1;
    private static final int FLIGHT = 2;
    private static final int SAID_TABLE = 3;
    private static final int SAID_VIEW = 4;
    private static final int SAID_FLIGHT = 5;
    private static final int ROUTER_SIZE = 6;
    private static final int PENDING = ROUTER + 2 * ROUTER_SIZE;
    private static final int DEATHS = PENDING + 2;
    private static final int ORDERED = DEATHS + 1;
    private static final int FLAGS = ORDERED + 1;
    private static final int SIZE = FLAGS + 1;

    private static final int GROUP_BITS = 16;
    private static final int TABLE_BITS = 9;
    private static final int DESIRED_BITS = 12;
    private static final int REPORT_BITS = 15;
    private static final int PENDING_BITS = 22;
    private static final int[] BITS = new int[SIZE];

    static {
        BITS[GROUP] = GROUP_BITS;
        BITS[PUBLISHED] = TABLE_BITS;
        for (int c = 0; c < 2; c++) {
            int at = CLUSTER + c * CLUSTER_SIZE;
            BITS[at + DESIRED] = DESIRED_BITS;
            BITS[at + HEALTHY] = 8;
            BITS[at + STARTING] = 8;
            BITS[at + BORN] = 4;
            BITS[at + REPORT] = REPORT_BITS;
        }
        for (int r = 0; r < 2; r++) {
            int at = ROUTER + r * ROUTER_SIZE;
            BITS[at + TABLE] = TABLE_BITS;
            BITS[at + VIEW] = 16;
            BITS[at + FLIGHT] = 16;
            BITS[at + SAID_TABLE] = TABLE_BITS;
            BITS[at + SAID_VIEW] = 16;
            BITS[at + SAID_FLIGHT] = 16;
            BITS[PENDING + r] = PENDING_BITS;
        }
        BITS[DEATHS] = 2;
        BITS[ORDERED] = 8;
        BITS[FLAGS] = 5;
    }

    private static final int WAIVED = 1; // and 2
    private static final int HARMED = 4; // and 8
    private static final int RESTORED = 16;

    private record Table(long epoch, long version, boolean deleted, SortedMap<String, RouteStrategy> strategies) {
        static final Table NONE = new Table(0, 0, false, new TreeMap<>());

        boolean supersedes(Table other) {
            return epoch > other.epoch || (epoch == other.epoch && version > other.version);
        }

        boolean contradicts(Table other) {
            return epoch == other.epoch && version == other.version && !equals(other);
        }
    }

    private record Desired(long epoch, long fence, int instances, int withdrawn, String digest) {
        static final Desired NONE = new Desired(0, -1, 0, 0, "");

        boolean supersedes(Desired other) {
            return epoch > other.epoch || (epoch == other.epoch && fence > other.fence);
        }
    }

    private record Report(long epoch, long fence, String digest, int running, int healthy, boolean held) {
        static final Report NONE = new Report(0, -1, "", 0, 0, false);
    }

    private record Pending(int group, List<NextAction> rest, boolean late) {
        static final Pending NOTHING = new Pending(-1, List.of(), false);
    }

    /**
     * The first of the things that a reactor means to do.
     *
     * @param after what it means to do then
     * @param number of the table or of the desired state that it sends; -1: it sends none
     * @param cluster that the desired state is for; -1: none
     */
    private record Act(
            int after, int number, int cluster, @Nullable ClusterGroupCommand command, int text) {}

    /**
     * What a command does.
     *
     * @param flags that it adds
     * @param violation null: none
     */
    private record Outcome(
            int group, int flags, int text, @Nullable String violation) {}

    private final Flow flow;
    private final Bounds bounds;
    private final StateGraph graph = new StateGraph(BITS);
    private final Interned<GroupState> groups = new Interned<>(GROUP_BITS);
    private final Interned<Table> tables = new Interned<>(TABLE_BITS);
    private final Interned<Desired> desiredStates = new Interned<>(DESIRED_BITS);
    private final Interned<Report> reports = new Interned<>(REPORT_BITS);
    private final Interned<Pending> pendings = new Interned<>(PENDING_BITS);
    private final List<Act> acts = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Memo looks = new Memo();
    private final Memo decisions = new Memo();
    private final Memo ahead = new Memo();
    private final Memo reported = new Memo();
    private final int[][] targetsOf = new int[4 << TABLE_BITS][];
    private final int[] copy = new int[SIZE];
    private int backup;
    private @Nullable String violation;

    LifeExploration(Flow flow, Bounds bounds) {
        this.flow = flow;
        this.bounds = bounds;
        tables.id(Table.NONE);
        desiredStates.id(Desired.NONE);
        reports.id(Report.NONE);
        pendings.id(Pending.NOTHING);
        acts.add(new Act(0, -1, -1, null, 0));
        orderedBy = bounds.orders().stream()
                .mapToInt(command -> text("ann asks for " + command.getClass().getSimpleName()))
                .toArray();
    }

    /**
     * Explores from a group whose clusters run as it wants them, and every router knows that.
     *
     * @param stored what the database is restored to
     */
    Result explore(GroupState first, GroupState stored) {
        int[] s = new int[SIZE];
        s[GROUP] = groups.id(first);
        backup = groups.id(stored);
        int table = first.hasTable() ? tables.id(tableOf(first)) : 0;
        s[PUBLISHED] = table;
        int view = 0;
        for (int c = 0; c < 2; c++) {
            ClusterState cluster = first.clusters().get(CLUSTERS[c]);
            int at = CLUSTER + c * CLUSTER_SIZE;
            if (cluster.fence() < 0) {
                continue;
            }
            int instances = cluster.instances().get("web");
            s[at + HEALTHY] = (1 << instances) - 1;
            s[at + BORN] = instances;
            Desired desired = desired(first, cluster);
            s[at + DESIRED] = desiredStates.id(desired);
            s[at + REPORT] = reported(s, c);
            view |= s[at + HEALTHY] << 8 * c;
        }
        for (int r = 0; r < 2; r++) {
            int at = ROUTER + r * ROUTER_SIZE;
            s[at + TABLE] = table;
            s[at + SAID_TABLE] = table;
            s[at + VIEW] = view;
            s[at + SAID_VIEW] = view;
        }
        return search(s);
    }

    private Result search(int[] first) {
        reach(first, text("it begins"));
        int[] state = new int[SIZE];
        while (violation == null && graph.next(state)) {
            explore(state);
            if (graph.size() > MAX_STATES) {
                throw new IllegalStateException("more than " + MAX_STATES + " states: narrow the bounds");
            }
        }
        int atRest = violation == null ? rest() : 0;
        return new Result(graph.size(), graph.transitions(), atRest, violation);
    }

    /** How many states are at rest; a violation when one cannot come to rest. */
    private int rest() {
        int[] row = new int[SIZE];
        int[] atRest = {0};
        boolean isAnyStuck = graph.isAnyStuck(index -> {
            graph.unpack(index, row);
            boolean rests = isAtRest(row);
            atRest[0] += rests ? 1 : 0;
            return rests;
        });
        if (isAnyStuck) {
            violate("I6: from here the group cannot come to rest", "stuck");
        }
        return atRest[0];
    }

    // ---- transitions

    private void explore(int[] s) {
        for (int r = 0; r < bounds.reactors(); r++) {
            if (s[PENDING + r] == 0) {
                think(s, r, false);
                think(s, r, true);
            } else {
                act(s, r);
                int[] crashed = copy(s);
                crashed[PENDING + r] = 0;
                reach(crashed, crashes);
            }
        }
        order(s);
        for (int c = 0; c < 2; c++) {
            deploy(s, c);
        }
        for (int r = 0; r < bounds.routers(); r++) {
            route(s, r);
        }
    }

    private int[] copy(int[] s) {
        System.arraycopy(s, 0, copy, 0, SIZE);
        return copy;
    }

    private void think(int[] s, int reactor, boolean late) {
        int pending = look(s, late);
        if (pending == 0) {
            return;
        }
        int[] n = copy(s);
        n[PENDING + reactor] = pending;
        reach(n, late ? looksLate : looksNow);
    }

    /** What a reactor means to do after a look; nothing if the time that has passed makes no difference. */
    private int look(int[] s, boolean late) {
        return looks.get(seenBits(s) << 1 | (late ? 1 : 0), saidBits(s, 0), saidBits(s, 1), () -> {
            GroupState group = groups.value(s[GROUP]);
            List<NextAction> actions = flow.next(group, observation(s, group, late), NOW);
            boolean isNews =
                    !late || !actions.equals(pendings.value(look(s, false)).rest());
            return isNews ? pending(s[GROUP], actions, late) : 0;
        });
    }

    /** 55 bits. */
    private static long seenBits(int[] s) {
        long bits = s[GROUP];
        bits = bits << TABLE_BITS | s[PUBLISHED];
        bits = bits << REPORT_BITS | s[CLUSTER + REPORT];
        return bits << REPORT_BITS | s[CLUSTER + CLUSTER_SIZE + REPORT];
    }

    /** 41 bits. */
    private static long saidBits(int[] s, int router) {
        int at = ROUTER + router * ROUTER_SIZE;
        return (long) s[at + SAID_TABLE] << 32 | (long) s[at + SAID_VIEW] << 16 | s[at + SAID_FLIGHT];
    }

    private int pending(int group, List<NextAction> actions, boolean late) {
        if (actions.isEmpty()) {
            return 0;
        }
        int id = pendings.id(new Pending(group, actions, late));
        if (id == acts.size()) {
            acts.add(null); // those that follow get numbers too
            int after = pending(group, actions.subList(1, actions.size()), late);
            acts.set(id, actOf(after, groups.value(group), actions.getFirst()));
        }
        return id;
    }

    private Act actOf(int after, GroupState looked, NextAction action) {
        return switch (action) {
            case NextAction.PublishTable publish -> {
                Table table = tableOf(looked);
                yield new Act(
                        after,
                        tables.id(table),
                        -1,
                        null,
                        text("a reactor publishes table " + table.epoch() + "/" + table.version()));
            }
            case NextAction.EnsureInstances ensure -> {
                ClusterState cluster = ensure.cluster();
                Desired sent = desired(looked, cluster);
                yield new Act(
                        after,
                        desiredStates.id(sent),
                        cluster.name().equals("A") ? 0 : 1,
                        null,
                        text("deploy-service is sent " + sent + " of " + cluster.name()));
            }
            case NextAction.AskJudgement ask -> new Act(after, -1, -1, null, text("a reactor asks for a judgement"));
            case NextAction.CallWebhook call -> new Act(after, -1, -1, null, text("a reactor asks a webhook"));
            case NextAction.Advance advance ->
                new Act(
                        after,
                        -1,
                        -1,
                        advance.command(),
                        text("a reactor records " + advance.command().getClass().getSimpleName()));
        };
    }

    private Observation observation(int[] s, GroupState group, boolean late) {
        Table published = tables.value(s[PUBLISHED]);
        SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
        for (int c = 0; c < 2; c++) {
            Report report = reports.value(s[CLUSTER + c * CLUSTER_SIZE + REPORT]);
            if (report.fence() >= 0) {
                SortedMap<String, ServiceObservation> services = new TreeMap<>();
                services.put(
                        "web",
                        new ServiceObservation(
                                Integer.bitCount(report.running()),
                                ids(c, report.healthy()),
                                ids(c, report.running())));
                clusters.put(
                        CLUSTERS[c],
                        new ClusterObservation(
                                report.epoch(),
                                report.fence(),
                                report.digest(),
                                services,
                                report.held() ? "more than desired" : ""));
            }
        }
        List<RouterObservation> routers = new ArrayList<>();
        for (int r = 0; r < bounds.routers(); r++) {
            int at = ROUTER + r * ROUTER_SIZE;
            Table table = tables.value(s[at + SAID_TABLE]);
            Map<String, Integer> inFlight = new HashMap<>();
            Map<String, Map<String, Map<String, Integer>>> perInstance = new HashMap<>();
            Map<String, Map<String, Set<String>>> usable = new HashMap<>();
            for (int c = 0; c < 2; c++) {
                Map<String, Integer> counts = new HashMap<>();
                ids(c, s[at + SAID_FLIGHT] >> 8 * c & MASK).forEach(id -> counts.put(id, 1));
                inFlight.put(CLUSTERS[c], counts.size());
                perInstance.put(CLUSTERS[c], Map.of("web", counts));
                usable.put(CLUSTERS[c], Map.of("web", ids(c, s[at + SAID_VIEW] >> 8 * c & MASK)));
            }
            routers.add(new RouterObservation(
                    "router-" + r,
                    "boot",
                    table.epoch(),
                    table.version(),
                    sha(table),
                    false,
                    false,
                    inFlight,
                    perInstance,
                    usable));
        }
        SortedMap<String, String> digests = new TreeMap<>();
        group.clusters().forEach((name, cluster) -> {
            if (cluster.manifest() != null) {
                digests.put(name, digest(cluster));
            }
        });
        return new Observation(
                new Published(published.epoch(), published.version(), sha(published)),
                clusters,
                routers,
                true,
                late ? timesUp(group) : Observation.Elapsed.NONE,
                new Written(group.version(), group.hasTable() ? sha(tableOf(group)) : "", digests));
    }

    /** Steps of upgrades have all the time they need: their deadlines are another exploration's. */
    private static Observation.Elapsed timesUp(GroupState group) {
        SortedMap<Long, Duration> times = new TreeMap<>();
        group.timers().forEach(since -> times.put(since, Fixtures.LONG));
        if (group.upgrade() != null) {
            times.remove(group.upgrade().position().since());
        }
        return new Observation.Elapsed(times);
    }

    private static String sha(Table table) {
        return table.version() == 0 ? "" : table.deleted() + " " + table.strategies();
    }

    private static String digest(ClusterState cluster) {
        return cluster.manifest().version() + cluster.instances() + cluster.withdrawn();
    }

    private static Set<String> ids(int cluster, int bits) {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            if ((bits >> i & 1) == 1) {
                ids.add(CLUSTERS[cluster] + i);
            }
        }
        return ids;
    }

    private static Desired desired(GroupState group, ClusterState cluster) {
        int withdrawn = 0;
        for (String id : cluster.withdrawn().getOrDefault("web", List.of())) {
            withdrawn |= 1 << id.charAt(1) - '0';
        }
        return new Desired(
                group.epoch(), cluster.fence(), cluster.instances().getOrDefault("web", 0), withdrawn, digest(cluster));
    }

    private void act(int[] s, int reactor) {
        int pending = s[PENDING + reactor];
        Act act = acts.get(pending);
        int[] n = copy(s);
        n[PENDING + reactor] = act.after();
        if (act.command() != null) {
            GroupState group = groups.value(s[GROUP]);
            apply(n, decisions.get(seenBits(s), saidBits(s, 0), key(s, pending), () -> {
                Pending what = pendings.value(pending);
                GroupState looked = groups.value(what.group());
                Observation seen = observation(s, group, what.late());
                var context = new DecisionContext(Decider.SELF, NOW, looked.version(), seen);
                return decided(s, act.command(), context, act.text());
            }));
            return;
        }
        if (act.cluster() >= 0) {
            int at = CLUSTER + act.cluster() * CLUSTER_SIZE + DESIRED;
            if (desiredStates.value(act.number()).supersedes(desiredStates.value(s[at]))
                    || flow.obeysOldDesiredStates()) {
                n[at] = act.number();
            }
        } else if (act.number() >= 0 && tables.value(act.number()).supersedes(tables.value(s[PUBLISHED]))) {
            n[PUBLISHED] = act.number();
        }
        reach(n, act.text());
    }

    /** What the second router has said, and whose decision it is: 41 and 23 bits. */
    private static long key(int[] s, int whose) {
        return saidBits(s, 1) << 23 | whose;
    }

    private void command(int[] s, int[] n, int number, ClusterGroupCommand command, String actor, int text) {
        apply(n, decisions.get(seenBits(s), saidBits(s, 0), key(s, number | 1 << 22), () -> {
            Observation seen = observation(s, groups.value(s[GROUP]), false);
            return decided(s, command, new DecisionContext(actor, NOW, null, seen), text);
        }));
    }

    private void apply(int[] n, int number) {
        Outcome outcome = outcomes.get(number);
        if (outcome.violation() != null) {
            violate(outcome.violation(), graph.said(outcome.text(), 0));
        }
        n[GROUP] = outcome.group();
        n[FLAGS] |= outcome.flags();
        reach(n, outcome.text());
    }

    private int decided(int[] s, ClusterGroupCommand command, DecisionContext context, int text) {
        GroupState after = groups.value(s[GROUP]);
        List<ClusterGroupEvent> events;
        try {
            events = flow.decide(after, command, context);
        } catch (Rejected refused) {
            outcomes.add(new Outcome(s[GROUP], 0, text(graph.said(text, 0) + ": refused"), null));
            return outcomes.size() - 1;
        }
        int flags = 0;
        String broken = null;
        for (ClusterGroupEvent event : events) {
            GroupState before = after;
            after = Evolver.evolve(before, event);
            switch (event) {
                case ClusterScalingDrained e
                when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) ->
                    flags |= WAIVED << (e.cluster().equals("A") ? 0 : 1);
                case TrafficDrained e
                when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) -> flags |= WAIVED * 3;
                case UpgradeStepCompleted e
                when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) -> flags |= WAIVED * 3;
                case ClusterDesiredStateChanged e -> {
                    String found = whoStays(s, before, after, e);
                    broken = broken == null ? found : broken;
                }
                default -> {
                    // takes nothing away
                }
            }
        }
        outcomes.add(new Outcome(groups.id(after), flags, text, broken));
        return outcomes.size() - 1;
    }

    /** I1 of a decision: of what serves by all reports, something stays. */
    private @Nullable String whoStays(int[] s, GroupState before, GroupState after, ClusterDesiredStateChanged e) {
        ClusterState now = after.cluster(e.cluster());
        if (!now.takesRequests()) {
            return null;
        }
        if (!now.wantsInstances()) {
            return "I2: " + e.cluster() + " takes requests and is to be stopped";
        }
        int c = e.cluster().equals("A") ? 0 : 1;
        Set<String> had =
                ids(c, reports.value(s[CLUSTER + c * CLUSTER_SIZE + REPORT]).healthy());
        for (int r = 0; r < bounds.routers(); r++) {
            had.retainAll(ids(c, s[ROUTER + r * ROUTER_SIZE + SAID_VIEW] >> 8 * c & MASK));
        }
        had.removeAll(before.cluster(e.cluster()).withdrawnOf("web"));
        Set<String> has = new HashSet<>(had);
        has.removeAll(now.withdrawnOf("web"));
        return !had.isEmpty() && has.isEmpty()
                ? "I1: every instance of " + e.cluster() + " that serves is withdrawn"
                : null;
    }

    private void order(int[] s) {
        for (int i = 0; i < bounds.orders().size(); i++) {
            if ((s[ORDERED] >> i & 1) == 0) {
                int[] n = copy(s);
                n[ORDERED] |= 1 << i;
                command(s, n, i, bounds.orders().get(i), "ann", orderedBy[i]);
            }
        }
        if (bounds.restores()) {
            if ((s[FLAGS] & RESTORED) == 0 && s[GROUP] != backup) {
                int[] n = copy(s);
                n[GROUP] = backup;
                n[PENDING] = 0;
                n[PENDING + 1] = 0;
                n[FLAGS] |= RESTORED;
                reach(n, isRestored);
            }
            if (isAhead(s)) {
                command(s, copy(s), bounds.orders().size(), new BeginEpoch("shop", "restored"), "adam", beginsEpoch);
            }
        }
    }

    private boolean isAhead(int[] s) {
        return ahead.get(seenBits(s), saidBits(s, 0), saidBits(s, 1), () -> {
                    GroupState group = groups.value(s[GROUP]);
                    return Ahead.evidence(group, observation(s, group, false)).isEmpty() ? 0 : 1;
                })
                == 1;
    }

    /** Number of what deploy-service would report now. */
    private int reported(int[] s, int c) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        return reported.get(s[at + DESIRED], s[at + HEALTHY], s[at + STARTING], () -> {
            Desired desired = desiredStates.value(s[at + DESIRED]);
            int running = s[at + HEALTHY] | s[at + STARTING];
            return reports.id(new Report(
                    desired.epoch(),
                    desired.fence(),
                    desired.digest(),
                    running,
                    s[at + HEALTHY],
                    Integer.bitCount(running) > desired.instances() && stoppable(s, c) == 0));
        });
    }

    /** Instances of which deploy-service stops one next; 0 when it stops none. */
    private int stoppable(int[] s, int c) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        Desired desired = desiredStates.value(s[at + DESIRED]);
        int running = s[at + HEALTHY] | s[at + STARTING];
        if (desired.instances() == 0 || !bounds.strictDeploy()) {
            return running;
        }
        int withdrawn = running & desired.withdrawn();
        return withdrawn != 0 ? withdrawn : s[at + STARTING];
    }

    private void deploy(int[] s, int c) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        Desired desired = desiredStates.value(s[at + DESIRED]);
        int running = s[at + HEALTHY] | s[at + STARTING];
        int count = Integer.bitCount(running);
        if (count < desired.instances() && s[at + BORN] < 8) {
            int[] n = copy(s);
            n[at + STARTING] |= 1 << n[at + BORN]++;
            reach(n, starts[c]);
        }
        for (int i = 0; i < s[at + BORN]; i++) {
            int bit = 1 << i;
            if ((s[at + STARTING] & bit) != 0) {
                int[] n = copy(s);
                n[at + STARTING] &= ~bit;
                n[at + HEALTHY] |= bit;
                reach(n, becomesHealthy[c], i);
            }
            if (count > desired.instances() && (stoppable(s, c) & bit) != 0) {
                stop(s, c, i);
            }
            if ((s[at + HEALTHY] & bit) != 0 && s[DEATHS] < bounds.deaths()) {
                int[] n = copy(s);
                n[at + HEALTHY] &= ~bit;
                n[DEATHS]++;
                n[FLAGS] |= HARMED << c;
                reach(n, dies[c], i);
            }
        }
        if (desired.fence() >= 0) {
            int now = reported(s, c);
            if (s[at + REPORT] != now) {
                int[] n = copy(s);
                n[at + REPORT] = now;
                reach(n, isReported[c]);
            }
        }
    }

    private void stop(int[] s, int c, int i) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        int bit = 1 << i;
        for (int r = 0; r < bounds.routers(); r++) {
            int router = ROUTER + r * ROUTER_SIZE;
            Table table = tables.value(s[router + TABLE]);
            RouteStrategy strategy = table.strategies().get(CLUSTERS[c]);
            boolean mayBeSentTo = strategy != null && strategy.status() != ClusterStatus.RED;
            if (mayBeSentTo && (s[router + VIEW] >> 8 * c & bit) != 0) {
                violate("I2: " + CLUSTERS[c] + i + " was stopped while a router may send to it", "stop");
            }
            if ((s[router + FLIGHT] >> 8 * c & bit) != 0 && (s[FLAGS] & WAIVED << c) == 0) {
                violate("I2: " + CLUSTERS[c] + i + " was stopped with a request in flight", "stop");
            }
        }
        int[] n = copy(s);
        n[at + HEALTHY] &= ~bit;
        n[at + STARTING] &= ~bit;
        reach(n, isStopped[c], i);
    }

    /** What the registry offers: healthy instances that are not withdrawn. */
    private int offered(int[] s, int c) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        return s[at + HEALTHY] & ~desiredStates.value(s[at + DESIRED]).withdrawn();
    }

    private void route(int[] s, int r) {
        int at = ROUTER + r * ROUTER_SIZE;
        if (s[PUBLISHED] != s[at + TABLE] && tables.value(s[PUBLISHED]).supersedes(tables.value(s[at + TABLE]))) {
            int[] n = copy(s);
            n[at + TABLE] = s[PUBLISHED];
            reach(n, applies, (int) tables.value(s[PUBLISHED]).version());
        }
        for (int c = 0; c < 2; c++) {
            int offered = offered(s, c) << 8 * c;
            int mask = MASK << 8 * c;
            if ((s[at + VIEW] & mask) != offered) {
                int[] n = copy(s);
                n[at + VIEW] = s[at + VIEW] & ~mask | offered;
                reach(n, isLearnt[c]);
            }
        }
        for (int left = s[at + FLIGHT]; left != 0; left &= left - 1) {
            int[] n = copy(s);
            n[at + FLIGHT] &= ~Integer.lowestOneBit(left);
            int bit = Integer.numberOfTrailingZeros(left);
            reach(n, requestEnds[bit / 8], bit % 8);
        }
        int sent = 0;
        for (int target : targets(s, r)) {
            if (target >= 0 && (sent & 1 << target) == 0) {
                sent |= 1 << target;
                if (tables.value(s[at + TABLE])
                                .strategies()
                                .get(CLUSTERS[target])
                                .status()
                        == ClusterStatus.RED) {
                    violate("I2: a request went to RED " + CLUSTERS[target], "request");
                }
                int known = s[at + VIEW] >> 8 * target & MASK;
                for (int idle = known & ~(s[at + FLIGHT] >> 8 * target); idle != 0; idle &= idle - 1) {
                    int[] n = copy(s);
                    n[at + FLIGHT] |= Integer.lowestOneBit(idle) << 8 * target;
                    reach(n, requestBegins[target], Integer.numberOfTrailingZeros(idle));
                }
            }
        }
        if (s[at + SAID_TABLE] != s[at + TABLE]
                || s[at + SAID_VIEW] != s[at + VIEW]
                || s[at + SAID_FLIGHT] != s[at + FLIGHT]) {
            int[] n = copy(s);
            n[at + SAID_TABLE] = s[at + TABLE];
            n[at + SAID_VIEW] = s[at + VIEW];
            n[at + SAID_FLIGHT] = s[at + FLIGHT];
            reach(n, tells);
        }
    }

    private static final int[] NO_TARGETS = {};

    /** Cluster for a request without id and for one with an id; -1: none. Nobody asks when the group has ended. */
    private int[] targets(int[] s, int r) {
        int at = ROUTER + r * ROUTER_SIZE;
        int view = s[at + VIEW];
        int known = ((view & MASK) != 0 ? 1 : 0) | ((view >> 8 & MASK) != 0 ? 2 : 0);
        int key = s[at + TABLE] << 2 | known;
        if (targetsOf[key] == null) {
            Table table = tables.value(s[at + TABLE]);
            targetsOf[key] = table.version() == 0 || table.deleted()
                    ? NO_TARGETS
                    : Targets.of(table.strategies(), known, null, "9");
        }
        return targetsOf[key];
    }

    private static Table tableOf(GroupState group) {
        return group.isTrafficEnded()
                ? new Table(group.epoch(), group.tableVersion(), true, new TreeMap<>())
                : new Table(group.epoch(), group.tableVersion(), false, group.strategies());
    }

    // ---- states

    private void reach(int[] s, int text) {
        reach(s, text, 0);
    }

    private void reach(int[] s, int text, int said) {
        heal(s);
        check(s, text, said);
        if (bounds.routers() == 2 && isAfter(s)) { // the routers are alike: one order is enough
            for (int i = 0; i < ROUTER_SIZE; i++) {
                int swap = s[ROUTER + i];
                s[ROUTER + i] = s[ROUTER + ROUTER_SIZE + i];
                s[ROUTER + ROUTER_SIZE + i] = swap;
            }
        }
        if (s[PENDING] < s[PENDING + 1]) {
            int swap = s[PENDING];
            s[PENDING] = s[PENDING + 1];
            s[PENDING + 1] = swap;
        }
        graph.reach(s, text, said);
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

    private void check(int[] s, int text, int said) {
        for (int r = 0; r < bounds.routers(); r++) {
            int at = ROUTER + r * ROUTER_SIZE;
            if (s[PUBLISHED] != s[at + TABLE] && tables.value(s[PUBLISHED]).contradicts(tables.value(s[at + TABLE]))) {
                violate("I4: there are two tables of one version", graph.said(text, said));
            }
            for (int target : targets(s, r)) {
                if (target < 0) {
                    if ((s[FLAGS] & HARMED * 3) == 0) {
                        violate("I1: a router has no cluster for a request", graph.said(text, said));
                    }
                } else if ((s[FLAGS] & HARMED << target) == 0
                        && (s[at + VIEW] >> 8 * target & s[CLUSTER + target * CLUSTER_SIZE + HEALTHY] & MASK) == 0) {
                    violate(
                            "I1: a router sends requests to " + CLUSTERS[target] + ", which is not healthy",
                            graph.said(text, said));
                }
            }
        }
        if ((running(s, 0) | running(s, 1)) == 0 || !groups.value(s[GROUP]).deleted()) {
            return;
        }
        violate("I2: the group has ended and something of it runs", graph.said(text, said));
    }

    private static int running(int[] s, int c) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        return s[at + HEALTHY] | s[at + STARTING];
    }

    /** A cluster is whole again when it is as it is to be, and every router knows that. */
    private void heal(int[] s) {
        for (int c = 0; c < 2; c++) {
            int offered = offered(s, c);
            Desired desired = desiredStates.value(s[CLUSTER + c * CLUSTER_SIZE + DESIRED]);
            int leaving = Integer.bitCount(desired.withdrawn() & running(s, c));
            boolean whole =
                    desired.instances() == 0 || Integer.bitCount(offered) >= Math.max(1, desired.instances() - leaving);
            for (int r = 0; whole && r < bounds.routers(); r++) {
                whole = (s[ROUTER + r * ROUTER_SIZE + VIEW] >> 8 * c & MASK) == offered;
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

    /** Nothing is left to do, and everybody has what the group says. */
    private boolean isAtRest(int[] s) {
        GroupState group = groups.value(s[GROUP]);
        if (group.isUnderWay() || isAhead(s)) {
            return false;
        }
        Table table = tableOf(group);
        boolean rests = group.deleted() || tables.value(s[PUBLISHED]).equals(table);
        for (int r = 0; r < bounds.routers(); r++) {
            rests &= tables.value(s[ROUTER + r * ROUTER_SIZE + TABLE]).equals(table);
        }
        for (int c = 0; rests && c < 2; c++) {
            ClusterState cluster = group.clusters().get(CLUSTERS[c]);
            int at = CLUSTER + c * CLUSTER_SIZE;
            rests &= cluster.fence() < 0
                    || (s[at + STARTING] == 0
                            && desiredStates.value(s[at + DESIRED]).equals(desired(group, cluster))
                            && Integer.bitCount(offered(s, c))
                                    == desired(group, cluster).instances());
        }
        return rests;
    }

    // ---- what steps are called

    private int text(String text) {
        return graph.text(text);
    }

    private int[] textOfEach(String text) {
        return new int[] {text(text.formatted("A")), text(text.formatted("B"))};
    }

    private final int[] orderedBy;
    private final int crashes = text("a reactor crashes");
    private final int looksNow = text("a reactor looks");
    private final int looksLate = text("time passes and a reactor looks");
    private final int isRestored = text("the database is restored");
    private final int beginsEpoch = text("adam begins an epoch");
    private final int[] starts = textOfEach("an instance of %s starts");
    private final int[] becomesHealthy = textOfEach("of %s becomes healthy: instance");
    private final int[] dies = textOfEach("of %s dies: instance");
    private final int[] isStopped = textOfEach("of %s is stopped: instance");
    private final int[] isReported = textOfEach("deploy-service reports %s");
    private final int[] isLearnt = textOfEach("a router learns about the instances of %s");
    private final int[] requestBegins = textOfEach("a request begins, of %s to instance");
    private final int[] requestEnds = textOfEach("a request ends, of %s to instance");
    private final int applies = text("a router applies table");
    private final int tells = text("a router reports");
}
