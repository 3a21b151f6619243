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
import java.util.Arrays;
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
    }

    private record Report(long epoch, long fence, String digest, int running, int healthy, boolean held) {
        static final Report NONE = new Report(0, -1, "", 0, 0, false);
    }

    private record Pending(int group, List<NextAction> rest, boolean late) {
        static final Pending NOTHING = new Pending(-1, List.of(), false);
    }

    private record Row(int[] values) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Row row && Arrays.equals(values, row.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }
    }

    private final Flow flow;
    private final Bounds bounds;
    private final Interned<GroupState> groups = new Interned<>(30);
    private final Interned<Table> tables = new Interned<>(30);
    private final Interned<Desired> desiredStates = new Interned<>(30);
    private final Interned<Report> reports = new Interned<>(30);
    private final Interned<Pending> pendings = new Interned<>(30);
    private final Map<List<Integer>, List<NextAction>> nextMemo = new HashMap<>();
    private final Map<List<Integer>, int[]> targetMemo = new HashMap<>();

    private final Map<Row, Integer> numbers = new HashMap<>();
    private final List<int[]> states = new ArrayList<>();
    private final List<int[]> successors = new ArrayList<>();
    private int[] parents = new int[1 << 16];
    private String[] labels = new String[1 << 16];
    private int[] found = new int[64];
    private int foundCount;
    private int current;
    private long transitions;
    private int backup;
    private @Nullable String violation;

    LifeExploration(Flow flow, Bounds bounds) {
        this.flow = flow;
        this.bounds = bounds;
        tables.id(Table.NONE);
        desiredStates.id(Desired.NONE);
        reports.id(Report.NONE);
        pendings.id(Pending.NOTHING);
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
            s[at + REPORT] = reports.id(reported(s, c));
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
        reach(first, "it begins");
        for (current = 0; current < states.size() && violation == null; current++) {
            foundCount = 0;
            explore(states.get(current));
            successors.add(Arrays.copyOf(found, foundCount));
            if (states.size() > MAX_STATES) {
                throw new IllegalStateException("more than " + MAX_STATES + " states: narrow the bounds");
            }
        }
        int atRest = violation == null ? rest() : 0;
        return new Result(states.size(), transitions, atRest, violation);
    }

    // ---- transitions

    private void explore(int[] s) {
        GroupState group = groups.value(s[GROUP]);
        for (int r = 0; r < bounds.reactors(); r++) {
            if (s[PENDING + r] == 0) {
                think(s, r, group, false);
                think(s, r, group, true);
            } else {
                act(s, r);
                int[] crashed = s.clone();
                crashed[PENDING + r] = 0;
                reach(crashed, "a reactor crashes");
            }
        }
        order(s, group);
        for (int c = 0; c < 2; c++) {
            deploy(s, c);
        }
        for (int r = 0; r < bounds.routers(); r++) {
            route(s, r);
        }
    }

    private void think(int[] s, int reactor, GroupState group, boolean late) {
        List<NextAction> actions = next(s, group, late);
        if (actions.isEmpty() || (late && actions.equals(next(s, group, false)))) {
            return;
        }
        int[] n = s.clone();
        n[PENDING + reactor] = pendings.id(new Pending(s[GROUP], actions, late));
        reach(n, late ? "time passes and a reactor looks" : "a reactor looks");
    }

    private List<NextAction> next(int[] s, GroupState group, boolean late) {
        List<Integer> key = new ArrayList<>(List.of(s[GROUP], s[PUBLISHED], late ? 1 : 0));
        for (int c = 0; c < 2; c++) {
            key.add(s[CLUSTER + c * CLUSTER_SIZE + REPORT]);
        }
        for (int r = 0; r < bounds.routers(); r++) {
            int at = ROUTER + r * ROUTER_SIZE;
            key.addAll(List.of(s[at + SAID_TABLE], s[at + SAID_VIEW], s[at + SAID_FLIGHT]));
        }
        return nextMemo.computeIfAbsent(key, k -> flow.next(group, observation(s, group, late), NOW));
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
        Pending pending = pendings.value(s[PENDING + reactor]);
        GroupState looked = groups.value(pending.group());
        int[] n = s.clone();
        List<NextAction> rest = pending.rest().subList(1, pending.rest().size());
        n[PENDING + reactor] = rest.isEmpty() ? 0 : pendings.id(new Pending(pending.group(), rest, pending.late()));
        switch (pending.rest().getFirst()) {
            case NextAction.PublishTable publish -> {
                Table table = tableOf(looked);
                if (table.supersedes(tables.value(s[PUBLISHED]))) {
                    n[PUBLISHED] = tables.id(table);
                }
                reach(n, "a reactor publishes table " + table.epoch() + "/" + table.version());
            }
            case NextAction.EnsureInstances ensure -> {
                ClusterState cluster = ensure.cluster();
                int at = CLUSTER + (cluster.name().equals("A") ? 0 : 1) * CLUSTER_SIZE + DESIRED;
                Desired held = desiredStates.value(s[at]);
                Desired sent = desired(looked, cluster);
                if (sent.epoch() > held.epoch()
                        || (sent.epoch() == held.epoch() && sent.fence() > held.fence())
                        || flow.obeysOldDesiredStates()) {
                    n[at] = desiredStates.id(sent);
                }
                reach(n, "deploy-service is sent " + sent + " of " + cluster.name());
            }
            case NextAction.AskJudgement ask -> reach(n, "a reactor asks for a judgement");
            case NextAction.CallWebhook call -> reach(n, "a reactor asks a webhook");
            case NextAction.Advance advance -> {
                GroupState group = groups.value(s[GROUP]);
                var context =
                        new DecisionContext(Decider.SELF, NOW, looked.version(), observation(s, group, pending.late()));
                command(
                        n,
                        advance.command(),
                        context,
                        "a reactor records " + advance.command().getClass().getSimpleName());
            }
        }
    }

    private void command(int[] n, ClusterGroupCommand command, DecisionContext context, String label) {
        GroupState group = groups.value(n[GROUP]);
        List<ClusterGroupEvent> events;
        try {
            events = flow.decide(group, command, context);
        } catch (Rejected refused) {
            reach(n, label + ": refused");
            return;
        }
        GroupState after = group;
        for (ClusterGroupEvent event : events) {
            GroupState before = after;
            after = Evolver.evolve(before, event);
            switch (event) {
                case ClusterScalingDrained e
                when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) ->
                    n[FLAGS] |= WAIVED << (e.cluster().equals("A") ? 0 : 1);
                case TrafficDrained e
                when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) -> n[FLAGS] |= WAIVED * 3;
                case UpgradeStepCompleted e
                when e.evidence().containsKey(Progress.DRAIN_DEADLINE_PASSED) -> n[FLAGS] |= WAIVED * 3;
                case ClusterDesiredStateChanged e -> checkWhoStays(n, before, after, e, label);
                default -> {
                    // takes nothing away
                }
            }
        }
        n[GROUP] = groups.id(after);
        reach(n, label);
    }

    /** I1 of a decision: of what serves by all reports, something stays. */
    private void checkWhoStays(
            int[] s, GroupState before, GroupState after, ClusterDesiredStateChanged e, String label) {
        ClusterState now = after.cluster(e.cluster());
        if (!now.takesRequests()) {
            return;
        }
        if (!now.wantsInstances()) {
            violate("I2: " + e.cluster() + " takes requests and is to be stopped", s, label);
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
        if (!had.isEmpty() && has.isEmpty()) {
            violate("I1: every instance of " + e.cluster() + " that serves is withdrawn", s, label);
        }
    }

    private void order(int[] s, GroupState group) {
        for (int i = 0; i < bounds.orders().size(); i++) {
            if ((s[ORDERED] >> i & 1) == 0) {
                int[] n = s.clone();
                n[ORDERED] |= 1 << i;
                ClusterGroupCommand command = bounds.orders().get(i);
                command(
                        n,
                        command,
                        new DecisionContext("ann", NOW, null, observation(s, group, false)),
                        "ann asks for " + command.getClass().getSimpleName());
            }
        }
        if (bounds.restores()) {
            if ((s[FLAGS] & RESTORED) == 0 && s[GROUP] != backup) {
                int[] n = s.clone();
                n[GROUP] = backup;
                n[PENDING] = 0;
                n[PENDING + 1] = 0;
                n[FLAGS] |= RESTORED;
                reach(n, "the database is restored");
            }
            Observation seen = observation(s, group, false);
            if (!Ahead.evidence(group, seen).isEmpty()) {
                command(
                        s.clone(),
                        new BeginEpoch("shop", "restored"),
                        new DecisionContext("adam", NOW, null, seen),
                        "adam begins an epoch");
            }
        }
    }

    private Report reported(int[] s, int c) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        Desired desired = desiredStates.value(s[at + DESIRED]);
        int running = s[at + HEALTHY] | s[at + STARTING];
        return new Report(
                desired.epoch(),
                desired.fence(),
                desired.digest(),
                running,
                s[at + HEALTHY],
                Integer.bitCount(running) > desired.instances() && stoppable(s, c) == 0);
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
            int[] n = s.clone();
            n[at + STARTING] |= 1 << n[at + BORN]++;
            reach(n, "an instance of " + CLUSTERS[c] + " starts");
        }
        for (int i = 0; i < 8; i++) {
            int bit = 1 << i;
            if ((s[at + STARTING] & bit) != 0) {
                int[] n = s.clone();
                n[at + STARTING] &= ~bit;
                n[at + HEALTHY] |= bit;
                reach(n, CLUSTERS[c] + i + " becomes healthy");
            }
            if (count > desired.instances() && (stoppable(s, c) & bit) != 0) {
                stop(s, c, i);
            }
            if ((s[at + HEALTHY] & bit) != 0 && s[DEATHS] < bounds.deaths()) {
                int[] n = s.clone();
                n[at + HEALTHY] &= ~bit;
                n[DEATHS]++;
                n[FLAGS] |= HARMED << c;
                reach(n, CLUSTERS[c] + i + " dies");
            }
        }
        int now = reports.id(reported(s, c));
        if (s[at + REPORT] != now && desired.fence() >= 0) {
            int[] n = s.clone();
            n[at + REPORT] = now;
            reach(n, "deploy-service reports " + CLUSTERS[c]);
        }
    }

    private void stop(int[] s, int c, int i) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        int bit = 1 << i;
        int[] n = s.clone();
        n[at + HEALTHY] &= ~bit;
        n[at + STARTING] &= ~bit;
        for (int r = 0; r < bounds.routers(); r++) {
            int router = ROUTER + r * ROUTER_SIZE;
            Table table = tables.value(s[router + TABLE]);
            RouteStrategy strategy = table.strategies().get(CLUSTERS[c]);
            boolean mayBeSentTo = strategy != null && strategy.status() != ClusterStatus.RED;
            if (mayBeSentTo && (s[router + VIEW] >> 8 * c & bit) != 0) {
                violate("I2: " + CLUSTERS[c] + i + " was stopped while a router may send to it", n, "stop");
            }
            if ((s[router + FLIGHT] >> 8 * c & bit) != 0 && (s[FLAGS] & WAIVED << c) == 0) {
                violate("I2: " + CLUSTERS[c] + i + " was stopped with a request in flight", n, "stop");
            }
        }
        reach(n, CLUSTERS[c] + i + " is stopped");
    }

    /** What the registry offers: healthy instances that are not withdrawn. */
    private int offered(int[] s, int c) {
        int at = CLUSTER + c * CLUSTER_SIZE;
        return s[at + HEALTHY] & ~desiredStates.value(s[at + DESIRED]).withdrawn();
    }

    private void route(int[] s, int r) {
        int at = ROUTER + r * ROUTER_SIZE;
        Table published = tables.value(s[PUBLISHED]);
        Table applied = tables.value(s[at + TABLE]);
        if (published.supersedes(applied)) {
            int[] n = s.clone();
            n[at + TABLE] = s[PUBLISHED];
            reach(n, "a router applies table " + published.epoch() + "/" + published.version());
        }
        for (int c = 0; c < 2; c++) {
            int offered = offered(s, c) << 8 * c;
            int mask = MASK << 8 * c;
            if ((s[at + VIEW] & mask) != offered) {
                int[] n = s.clone();
                n[at + VIEW] = s[at + VIEW] & ~mask | offered;
                reach(n, "a router learns about the instances of " + CLUSTERS[c]);
            }
        }
        for (int bit = 0; bit < 16; bit++) {
            if ((s[at + FLIGHT] >> bit & 1) == 1) {
                int[] n = s.clone();
                n[at + FLIGHT] &= ~(1 << bit);
                reach(n, "a request to " + CLUSTERS[bit / 8] + bit % 8 + " ends");
            }
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
                    violate("I2: a request went to RED " + CLUSTERS[target], s, "request");
                }
                int known = s[at + VIEW] >> 8 * target & MASK;
                for (int i = 0; i < 8; i++) {
                    int bit = 1 << 8 * target + i;
                    if ((known >> i & 1) == 1 && (s[at + FLIGHT] & bit) == 0) {
                        int[] n = s.clone();
                        n[at + FLIGHT] |= bit;
                        reach(n, "a request to " + CLUSTERS[target] + i + " begins");
                    }
                }
            }
        }
        if (s[at + SAID_TABLE] != s[at + TABLE]
                || s[at + SAID_VIEW] != s[at + VIEW]
                || s[at + SAID_FLIGHT] != s[at + FLIGHT]) {
            int[] n = s.clone();
            n[at + SAID_TABLE] = s[at + TABLE];
            n[at + SAID_VIEW] = s[at + VIEW];
            n[at + SAID_FLIGHT] = s[at + FLIGHT];
            reach(n, "a router reports");
        }
    }

    /** Cluster for a request without id and for one with an id; -1: none. Nobody asks when the group has ended. */
    private int[] targets(int[] s, int r) {
        int at = ROUTER + r * ROUTER_SIZE;
        Table table = tables.value(s[at + TABLE]);
        if (table.version() == 0 || table.deleted()) {
            return new int[0];
        }
        int view = s[at + VIEW];
        int known = ((view & MASK) != 0 ? 1 : 0) | ((view >> 8 & MASK) != 0 ? 2 : 0);
        return targetMemo.computeIfAbsent(
                List.of(s[at + TABLE], known), key -> Targets.of(table.strategies(), known, null, "9"));
    }

    private static Table tableOf(GroupState group) {
        return group.isTrafficEnded()
                ? new Table(group.epoch(), group.tableVersion(), true, new TreeMap<>())
                : new Table(group.epoch(), group.tableVersion(), false, group.strategies());
    }

    // ---- states

    private void reach(int[] s, String label) {
        transitions++;
        heal(s);
        check(s, label);
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
        Row row = new Row(s);
        Integer number = numbers.get(row);
        if (number == null) {
            number = states.size();
            numbers.put(row, number);
            states.add(s);
            if (number >= parents.length) {
                parents = Arrays.copyOf(parents, parents.length * 2);
                labels = Arrays.copyOf(labels, labels.length * 2);
            }
            parents[number] = number == 0 ? -1 : current;
            labels[number] = label;
        }
        if (foundCount == found.length) {
            found = Arrays.copyOf(found, foundCount * 2);
        }
        found[foundCount++] = number;
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

    private void check(int[] s, String label) {
        Table published = tables.value(s[PUBLISHED]);
        for (int r = 0; r < bounds.routers(); r++) {
            int at = ROUTER + r * ROUTER_SIZE;
            if (published.contradicts(tables.value(s[at + TABLE]))) {
                violate("I4: there are two tables " + published.epoch() + "/" + published.version(), s, label);
            }
            for (int target : targets(s, r)) {
                if (target < 0) {
                    if ((s[FLAGS] & HARMED * 3) == 0) {
                        violate("I1: a router has no cluster for a request", s, label);
                    }
                } else if ((s[FLAGS] & HARMED << target) == 0
                        && (s[at + VIEW] >> 8 * target & s[CLUSTER + target * CLUSTER_SIZE + HEALTHY] & MASK) == 0) {
                    violate("I1: a router sends requests to " + CLUSTERS[target] + ", which is not healthy", s, label);
                }
            }
        }
        GroupState group = groups.value(s[GROUP]);
        if (group.deleted() && (running(s, 0) | running(s, 1)) != 0) {
            violate("I2: the group has ended and something of it runs", s, label);
        }
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

    private void violate(String what, int[] s, String label) {
        if (violation != null) {
            return;
        }
        List<String> path = new ArrayList<>();
        for (int i = current; !states.isEmpty() && i >= 0; i = parents[i]) {
            path.add(labels[i]);
        }
        path = path.reversed();
        path.add(label);
        violation = what + "\n  " + String.join("\n  ", path) + "\n  group: " + groups.value(s[GROUP]);
    }

    /** Nothing is left to do, and everybody has what the group says. */
    private boolean isAtRest(int[] s) {
        GroupState group = groups.value(s[GROUP]);
        Observation seen = observation(s, group, false);
        if (group.isUnderWay() || !Ahead.evidence(group, seen).isEmpty()) {
            return false;
        }
        Table table = tableOf(group);
        boolean rests = group.deleted() || tables.value(s[PUBLISHED]).equals(table);
        for (int r = 0; r < bounds.routers(); r++) {
            rests &= tables.value(s[ROUTER + r * ROUTER_SIZE + TABLE]).equals(table);
        }
        for (int c = 0; c < 2; c++) {
            ClusterState cluster = group.clusters().get(CLUSTERS[c]);
            int at = CLUSTER + c * CLUSTER_SIZE;
            rests &= cluster.fence() < 0
                    || (desiredStates.value(s[at + DESIRED]).equals(desired(group, cluster))
                            && s[at + STARTING] == 0
                            && Integer.bitCount(offered(s, c))
                                    == desired(group, cluster).instances());
        }
        return rests;
    }

    /** How many states are at rest; a violation when one cannot come to rest. */
    private int rest() {
        int n = states.size();
        int[] counts = new int[n + 1];
        for (int[] out : successors) {
            for (int to : out) {
                counts[to + 1]++;
            }
        }
        for (int i = 0; i < n; i++) {
            counts[i + 1] += counts[i];
        }
        int[] sources = new int[counts[n]];
        int[] fill = counts.clone();
        for (int from = 0; from < n; from++) {
            for (int to : successors.get(from)) {
                sources[fill[to]++] = from;
            }
        }
        boolean[] ends = new boolean[n];
        int[] queue = new int[n];
        int tail = 0;
        for (int i = 0; i < n; i++) {
            if (isAtRest(states.get(i))) {
                ends[i] = true;
                queue[tail++] = i;
            }
        }
        int atRest = tail;
        for (int head = 0; head < tail; head++) {
            for (int e = counts[queue[head]]; e < counts[queue[head] + 1]; e++) {
                if (!ends[sources[e]]) {
                    ends[sources[e]] = true;
                    queue[tail++] = sources[e];
                }
            }
        }
        for (current = 0; current < n && tail < n; current++) {
            if (!ends[current]) {
                violate("I6: from here the group cannot come to rest", states.get(current), "stuck");
                break;
            }
        }
        return atRest;
    }
}
