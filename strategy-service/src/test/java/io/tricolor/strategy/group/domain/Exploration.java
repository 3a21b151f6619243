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
 * <p>A state is three longs, packed exactly. Everything large (group states, tables, desired states, reports, what a
 * reactor is about to do)
 * is interned and stands in it by number.
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

    private final Flow flow;
    private final Bounds bounds;

    private final Interned<Known> groups = new Interned<>(14);
    private final Interned<Table> tables = new Interned<>(8);
    private final Interned<Desired> desiredStates = new Interned<>(8);
    private final Interned<Report> reports = new Interned<>(8);
    private final Interned<Pending> pendings = new Interned<>(20);
    private final Map<Look, List<NextAction>> nextMemo = new HashMap<>();
    private final Map<Integer, int[]> targetMemo = new HashMap<>();

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

    private record Desired(long fence, @Nullable Manifest manifest, boolean running) {
        static final Desired NONE = new Desired(-1, null, false);
    }

    /** @param healthy birth of the instance that is healthy; 0: none is */
    private record Report(long fence, boolean running, int healthy) {
        static final Report NO_REPORT = new Report(-1, false, 0);
    }

    /** All that a reactor can see. */
    private record Look(long group, long routers) {}

    /** What a reactor still means to do, decided on {@code group}. */
    private record Pending(int group, List<NextAction> rest, boolean late) {
        static final Pending NOTHING = new Pending(-1, List.of(), false);
    }

    Exploration(Flow flow, Bounds bounds) {
        this.flow = flow;
        this.bounds = bounds;
        tables.id(Table.NO_TABLE);
        desiredStates.id(Desired.NONE);
        reports.id(Report.NO_REPORT);
        pendings.id(Pending.NOTHING);
    }

    /** A state, unpacked. */
    private static final class State implements Cloneable {
        int group;
        int published;
        int[] desired = new int[2];
        int[] actual = new int[2];
        int[] birth = {1, 1};
        int[] report = new int[2];
        boolean[] waived = new boolean[2];
        Router[] routers = {new Router(), new Router()};
        int[] pending = new int[2];
        int expiries;
        int pauses;
        int pins;
        boolean away;
        int deaths;
        boolean[] harmed = new boolean[2];
        boolean registered = true;

        State copy() {
            State s = new State();
            s.group = group;
            s.published = published;
            s.desired = desired.clone();
            s.actual = actual.clone();
            s.birth = birth.clone();
            s.report = report.clone();
            s.waived = waived.clone();
            s.routers = new Router[] {routers[0].copy(), routers[1].copy()};
            s.pending = pending.clone();
            s.expiries = expiries;
            s.pauses = pauses;
            s.pins = pins;
            s.away = away;
            s.deaths = deaths;
            s.harmed = harmed.clone();
            s.registered = registered;
            return s;
        }
    }

    /**
     * A view holds three bits for each cluster: the birth of the instance it would send to, 0 for none. Requests in
     * flight are a bit
     * set over the clusters.
     */
    private static final class Router {
        int applied;
        int view;
        int inFlight;
        int reportedTable;
        int reportedInFlight;
        int reportedView;

        Router copy() {
            Router r = new Router();
            r.applied = applied;
            r.view = view;
            r.inFlight = inFlight;
            r.reportedTable = reportedTable;
            r.reportedInFlight = reportedInFlight;
            r.reportedView = reportedView;
            return r;
        }

        long pack() {
            return applied
                    | (long) view << 8
                    | (long) inFlight << 14
                    | (long) reportedTable << 16
                    | (long) reportedInFlight << 24
                    | (long) reportedView << 26;
        }

        static Router unpack(long bits) {
            Router r = new Router();
            r.applied = (int) (bits & 0xff);
            r.view = (int) (bits >> 8 & 63);
            r.inFlight = (int) (bits >> 14 & 3);
            r.reportedTable = (int) (bits >> 16 & 0xff);
            r.reportedInFlight = (int) (bits >> 24 & 3);
            r.reportedView = (int) (bits >> 26 & 63);
            return r;
        }

        int knows(int cluster) {
            return view >> 3 * cluster & 7;
        }
    }

    /**
     * Explores from a group in which the upgrade has just begun.
     *
     * @param before the group before the upgrade: its serving cluster is healthy, and every router routes by its table
     * @param begun the same group after the command that began the upgrade
     */
    Result explore(GroupState before, GroupState begun) {
        State first = new State();
        first.group = groups.id(Known.first(before).after(begun));
        first.away = bounds.joins();
        first.registered = !bounds.unregistered();
        int table = before.hasTable() ? tables.id(tableOf(before)) : 0;
        first.published = table;
        for (int c = 0; c < 2; c++) {
            ClusterState cluster = before.clusters().get(CLUSTERS[c]);
            if (cluster.fence() >= 0) {
                first.desired[c] =
                        desiredStates.id(new Desired(cluster.fence(), cluster.manifest(), cluster.wantsInstances()));
                first.actual[c] = cluster.wantsInstances() ? HEALTHY : NONE;
                first.report[c] = reports.id(
                        new Report(cluster.fence(), cluster.wantsInstances(), cluster.wantsInstances() ? 1 : 0));
            }
        }
        int view = (first.actual[0] == HEALTHY ? 1 : 0) | (first.actual[1] == HEALTHY ? 1 << 3 : 0);
        for (Router router : first.routers) {
            router.applied = table;
            router.reportedTable = table;
            router.view = view;
            router.reportedView = view;
        }
        if (first.away) {
            first.routers[bounds.routers() - 1] = new Router();
        }
        return search(first);
    }

    private final Visited visited = new Visited();
    private int[] parents = new int[1 << 16];
    private String[] labels = new String[1 << 16];
    private @Nullable String violation;
    private int current;
    private long transitions;

    private Result search(State first) {
        int completed = 0;
        int aborted = 0;
        reach(first, "the upgrade begins");
        for (current = 0; current < visited.size() && violation == null; current++) {
            State state = unpack(current);
            GroupState group = groups.value(state.group).group();
            if (group.upgrade() == null) {
                if (group.serving().map(ClusterState::name).equals(java.util.Optional.of("B"))) {
                    completed++;
                } else {
                    aborted++;
                }
            }
            successors(state);
            if (visited.size() > MAX_STATES) {
                throw new IllegalStateException("more than " + MAX_STATES + " states: narrow the bounds");
            }
        }
        if (violation == null) {
            violation = livelock();
        }
        return new Result(visited.size(), transitions, completed, aborted, violation);
    }

    // ---- transitions

    private void successors(State s) {
        GroupState group = groups.value(s.group).group();
        for (int r = 0; r < bounds.reactors(); r++) {
            if (s.pending[r] == 0) {
                think(s, r, group, false);
                if (s.expiries < bounds.expiries()) {
                    think(s, r, group, true);
                }
            } else {
                act(s, r);
                State crashed = s.copy();
                crashed.pending[r] = 0;
                reach(crashed, "a reactor crashes");
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

    private void think(State s, int reactor, GroupState group, boolean late) {
        List<NextAction> actions = next(s, group, late);
        if (actions.isEmpty() || (late && actions.equals(next(s, group, false)))) {
            return;
        }
        State n = s.copy();
        n.pending[reactor] = pendings.id(new Pending(s.group, actions, late));
        if (late) {
            n.expiries++;
        }
        reach(n, late ? "a deadline passes and a reactor sees it" : "a reactor looks");
    }

    private List<NextAction> next(State s, GroupState group, boolean late) {
        Look key = new Look(
                s.group | (long) s.published << 14 | (long) s.report[0] << 22 | (long) s.report[1] << 30,
                reportedBits(s.routers[0])
                        | reportedBits(s.routers[1]) << 16
                        | (late ? 1L : 0L) << 32
                        | (s.away ? 1L : 0L) << 33
                        | (s.registered ? 1L : 0L) << 34);
        return nextMemo.computeIfAbsent(key, k -> flow.next(group, observation(s, group, late), NOW));
    }

    private static long reportedBits(Router router) {
        return router.reportedTable | (long) router.reportedInFlight << 8 | (long) router.reportedView << 10;
    }

    private Observation observation(State s, GroupState group, boolean late) {
        Table published = tables.value(s.published);
        SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
        for (int c = 0; c < 2; c++) {
            Report report = reports.value(s.report[c]);
            if (report.fence() >= 0) {
                SortedMap<String, ServiceObservation> services = new TreeMap<>();
                services.put("web", new ServiceObservation(report.running() ? 1 : 0, ids(c, report.healthy())));
                clusters.put(CLUSTERS[c], new ClusterObservation(0, report.fence(), "", services, ""));
            }
        }
        List<RouterObservation> routers = new ArrayList<>();
        for (int r = 0; r < bounds.routers(); r++) {
            if (isAway(s, r) || !s.registered) {
                continue;
            }
            Router router = s.routers[r];
            Table table = tables.value(router.reportedTable);
            Map<String, Integer> inFlight = new HashMap<>();
            Map<String, Map<String, Set<String>>> usable = new HashMap<>();
            for (int c = 0; c < 2; c++) {
                inFlight.put(CLUSTERS[c], router.reportedInFlight >> c & 1);
                usable.put(CLUSTERS[c], Map.of("web", ids(c, router.reportedView >> 3 * c & 7)));
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
                Fixtures.later(group, late ? LONG : Duration.ZERO),
                Observation.Written.UNKNOWN);
    }

    private static Set<String> ids(int cluster, int birth) {
        return birth == 0 ? Set.of() : Set.of(CLUSTERS[cluster] + birth);
    }

    private void act(State s, int reactor) {
        Pending pending = pendings.value(s.pending[reactor]);
        Known looked = groups.value(pending.group());
        State n = s.copy();
        n.pending[reactor] = pending.rest().size() == 1
                ? 0
                : pendings.id(new Pending(
                        pending.group(),
                        pending.rest().subList(1, pending.rest().size()),
                        pending.late()));
        switch (pending.rest().getFirst()) {
            case NextAction.PublishTable publish -> {
                Table table = looked.tables().get(publish.version());
                if (table.version() > tables.value(s.published).version()) {
                    n.published = tables.id(table);
                }
                reach(n, "a reactor publishes table " + table.version());
            }
            case NextAction.EnsureInstances ensure -> {
                ClusterState cluster = ensure.cluster();
                int c = cluster.name().equals("A") ? 0 : 1;
                long held = desiredStates.value(s.desired[c]).fence();
                if (cluster.fence() >= held || flow.obeysOldDesiredStates()) {
                    n.desired[c] = desiredStates.id(
                            new Desired(cluster.fence(), cluster.manifest(), cluster.wantsInstances()));
                }
                reach(n, "deploy-service takes up desired state " + cluster.fence() + " for " + cluster.name());
            }
            case NextAction.AskJudgement ask -> reach(n, "a reactor asks for a judgement");
            case NextAction.CallWebhook call -> reach(n, "a reactor asks a webhook");
            case NextAction.Advance advance -> {
                String what =
                        "a reactor records " + advance.command().getClass().getSimpleName();
                Observation seen = observation(s, groups.value(s.group).group(), pending.late());
                var context =
                        new DecisionContext("tricolor", NOW, looked.group().version(), seen);
                command(n, advance.command(), context, what);
            }
        }
    }

    private void command(State n, ClusterGroupCommand command, String actor, @Nullable Long version, String label) {
        command(n, command, new DecisionContext(actor, NOW, version), label);
    }

    private void command(State n, ClusterGroupCommand command, DecisionContext context, String label) {
        Known known = groups.value(n.group);
        GroupState group = known.group();
        List<ClusterGroupEvent> events;
        try {
            events = flow.decide(group, command, context);
        } catch (Rejected refused) {
            reach(n, label + ": refused");
            return;
        }
        GroupState after = group;
        for (ClusterGroupEvent event : events) {
            if (event instanceof UpgradeStarted && after.upgrade() != null) {
                violate("I3: a second upgrade began", n, label);
            }
            if (event instanceof UpgradeStepCompleted done && done.evidence().containsKey("drain deadline passed")) {
                n.waived["A".equals(after.upgrade().current().cluster()) ? 0 : 1] = true;
            }
            if (event instanceof UpgradeStepCompleted done
                    && done.step() != after.upgrade().position().step()) {
                violate("I5: step " + done.step() + " completed out of turn", n, label);
            }
            GroupState before = after;
            after = Evolver.evolve(after, event);
            known = known.after(after);
            if (bounds.deaths() > 0) {
                checkWhoIsLeft(n, before, event, after, label);
            }
        }
        n.group = groups.id(known);
        if (bounds.pins() > 0) {
            n.published = tables.id(known.meantFor(null));
        }
        reach(n, label);
    }

    /** I1 of a decision, by what routers and deploy-service have reported. */
    private void checkWhoIsLeft(State s, GroupState before, ClusterGroupEvent event, GroupState after, String label) {
        for (int r = 0; r < bounds.routers(); r++) {
            if (isAway(s, r) || !before.hasTable()) {
                continue;
            }
            int known = 0;
            for (int c = 0; c < 2; c++) {
                int healthy = reports.value(s.report[c]).healthy();
                known |= healthy != 0 && healthy == (s.routers[r].reportedView >> 3 * c & 7) ? 1 << c : 0;
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
                    violate(
                            "I1: " + event.getClass().getSimpleName() + " leaves nobody that is known to serve",
                            s,
                            label);
                }
            }
        }
    }

    private void operate(State s, GroupState group) {
        Upgrade upgrade = group.upgrade();
        if (upgrade == null) {
            return;
        }
        String id = upgrade.upgradeId();
        if (bounds.pins() > 0) {
            release(s, group);
        }
        if (upgrade.gatedStage().isPresent() && upgrade.position().approvedBy().isEmpty()) {
            String stage = upgrade.gatedStage().orElseThrow().name();
            command(s.copy(), new ApproveStage("shop", id, stage, "looks good"), "ann", null, "ann approves");
        }
        if (bounds.aborts() && !upgrade.position().aborting()) {
            command(s.copy(), new AbortUpgrade("shop", id, "no"), "ann", null, "ann aborts");
        }
        if (upgrade.position().paused()) {
            command(s.copy(), new ResumeUpgrade("shop", id, "go on"), "ann", null, "ann resumes");
        } else if (s.pauses < bounds.pauses()) {
            State n = s.copy();
            n.pauses++;
            command(n, new PauseUpgrade("shop", id, "wait"), "ann", null, "ann pauses");
        }
    }

    /** Pins what is released now, tries the newest table on one router, releases it, lets routers follow again. */
    private void release(State s, GroupState group) {
        if (!group.hasTable()) {
            return;
        }
        if (!group.routerConfiguration().isPinned()) {
            if (s.pins < bounds.pins()) {
                State n = s.copy();
                n.pins++;
                command(n, new ConfigureRouters("shop", PINNED, null, NOBODY, "slowly"), "ann", null, "ann pins");
            }
            return;
        }
        if (group.holdsRoutersBack()) {
            command(s.copy(), new TryRouteTable("shop", TRIED, null, "try"), "ann", null, "ann tries it on router-0");
            command(s.copy(), new ReleaseRouteTable("shop", null, "good"), "ann", null, "ann releases");
        }
        command(s.copy(), new ConfigureRouters("shop", FOLLOW, null, NOBODY, "go on"), "ann", null, "ann unpins");
    }

    private boolean isAway(State s, int router) {
        return s.away && router == bounds.routers() - 1;
    }

    private void orchestrate(State s, int c) {
        Desired desired = desiredStates.value(s.desired[c]);
        if (desired.running() && s.actual[c] != HEALTHY) {
            State n = s.copy();
            n.actual[c]++;
            if (n.actual[c] == STARTING) {
                n.birth[c] = s.birth[c] % 7 + 1;
            }
            reach(n, n.actual[c] == STARTING ? CLUSTERS[c] + " starts" : CLUSTERS[c] + " becomes healthy");
        }
        if (!desired.running() && s.actual[c] != NONE) {
            State n = s.copy();
            n.actual[c] = NONE;
            for (int r = 0; r < bounds.routers(); r++) {
                Router router = s.routers[r];
                if (router.applied != 0
                        && tables.value(router.applied)
                                        .strategies()
                                        .get(CLUSTERS[c])
                                        .status()
                                != ClusterStatus.RED) {
                    violate("I2: " + CLUSTERS[c] + " was stopped while a router knows it as not RED", n, "stop");
                }
                if ((router.inFlight >> c & 1) == 1 && !s.waived[c]) {
                    violate("I2: " + CLUSTERS[c] + " was stopped with a request in flight", n, "stop");
                }
            }
            reach(n, CLUSTERS[c] + " stops");
        }
        if (s.actual[c] == HEALTHY && s.deaths < bounds.deaths()) {
            State n = s.copy();
            n.actual[c] = NONE;
            n.deaths++;
            n.harmed[c] = true;
            reach(n, "the instance of " + CLUSTERS[c] + " dies");
        }
        int now = reports.id(new Report(desired.fence(), s.actual[c] != NONE, s.actual[c] == HEALTHY ? s.birth[c] : 0));
        if (s.report[c] != now) {
            State n = s.copy();
            n.report[c] = now;
            reach(n, "deploy-service reports " + CLUSTERS[c]);
        }
    }

    private void route(State s, int r) {
        if (isAway(s, r)) {
            join(s, r);
            return;
        }
        Router router = s.routers[r];
        int fetched = bounds.pins() == 0 && !bounds.fromCopy()
                ? s.published
                : tables.id(groups.value(s.group).meantFor("router-" + r));
        if (tables.value(fetched).version() > tables.value(router.applied).version()) {
            State n = s.copy();
            n.routers[r].applied = fetched;
            if (router.applied == 0) { // before its first table a router looks up who is there
                for (int c = 0; c < 2; c++) {
                    n.routers[r].view |= (s.actual[c] == HEALTHY ? s.birth[c] : 0) << 3 * c;
                }
            }
            reach(n, "a router applies table " + tables.value(fetched).version());
        }
        for (int c = 0; c < 2; c++) {
            int healthy = s.actual[c] == HEALTHY ? s.birth[c] : 0;
            if (router.knows(c) != healthy) {
                State n = s.copy();
                n.routers[r].view = router.view & ~(7 << 3 * c) | healthy << 3 * c;
                reach(n, "a router learns about the instances of " + CLUSTERS[c]);
            }
            if ((router.inFlight >> c & 1) == 1) {
                State n = s.copy();
                n.routers[r].inFlight = router.inFlight & ~(1 << c);
                reach(n, "a request to " + CLUSTERS[c] + " ends");
            } else if (takes(router, c)) {
                State n = s.copy();
                n.routers[r].inFlight = router.inFlight | 1 << c;
                if (tables.value(router.applied).strategies().get(CLUSTERS[c]).status() == ClusterStatus.RED) {
                    violate("I2: a request went to RED " + CLUSTERS[c], n, "request");
                }
                reach(n, "a request to " + CLUSTERS[c] + " begins");
            }
        }
        if (!s.registered
                || router.reportedTable != router.applied
                || router.reportedInFlight != router.inFlight
                || router.reportedView != router.view) {
            State n = s.copy();
            n.routers[r].reportedTable = router.applied;
            n.routers[r].reportedInFlight = router.inFlight;
            n.routers[r].reportedView = router.view;
            n.registered = true;
            reach(n, "a router reports");
        }
        if (flow.routerForgetsItsTable() && router.applied > 1 && router.inFlight == 0) {
            State n = s.copy();
            n.routers[r].applied = router.applied - 1;
            reach(n, "a router restarts with an older table");
        }
    }

    /** A router begins: it fetches the table that it is to run or the copy, looks up who is there, and reports. */
    private void join(State s, int r) {
        State n = s.copy();
        n.away = false;
        Router router = n.routers[r];
        router.applied = bounds.fromCopy()
                ? s.published
                : tables.id(groups.value(s.group).meantFor("router-" + r));
        for (int c = 0; c < 2; c++) {
            router.view |= (s.actual[c] == HEALTHY ? s.birth[c] : 0) << 3 * c;
        }
        router.reportedTable = router.applied;
        router.reportedView = router.view;
        reach(n, "a router joins with table " + tables.value(router.applied).version());
    }

    private boolean takes(Router router, int cluster) {
        for (int target : targets(router)) {
            if (target == cluster) {
                return true;
            }
        }
        return false;
    }

    /** Cluster for a request without id, with an id that a stage names, with any other id; -1: none. */
    private int[] targets(Router router) {
        if (router.applied == 0) {
            return new int[0];
        }
        return targets(router.applied, (router.knows(0) > 0 ? 1 : 0) | (router.knows(1) > 0 ? 2 : 0));
    }

    private int[] targets(int tableNumber, int known) {
        return targetMemo.computeIfAbsent(
                tableNumber << 2 | known,
                key -> Targets.of(tables.value(tableNumber).strategies(), known, null, "1", "9"));
    }

    private static Table tableOf(GroupState group) {
        return new Table(group.epoch(), group.tableVersion(), group.strategies());
    }

    // ---- states

    private void reach(State s, String label) {
        transitions++;
        heal(s);
        for (int r = 0; r < bounds.routers(); r++) {
            Router router = s.routers[r];
            for (int target : targets(router)) {
                if (target < 0) {
                    if (s.harmed[0] || s.harmed[1]) {
                        continue;
                    }
                    violate("I1: a router has no cluster for a request", s, label);
                } else if (!s.harmed[target]
                        && (s.actual[target] != HEALTHY || router.knows(target) != s.birth[target])) {
                    violate("I1: a router sends requests to " + CLUSTERS[target] + ", which is not healthy", s, label);
                }
            }
        }
        GroupState group = groups.value(s.group).group();
        if (group.tableVersion() > 0 && !group.hasTable()) {
            violate("I1: a table leaves requests without id unserved", s, label);
        }
        int before = visited.size();
        int index = visited.add(pack(s));
        if (index == before) {
            if (index >= parents.length) {
                parents = Arrays.copyOf(parents, parents.length * 2);
                labels = Arrays.copyOf(labels, labels.length * 2);
            }
            parents[index] = index == 0 ? -1 : current;
            labels[index] = label;
        }
    }

    /**
     * A cluster is whole again when it is healthy and every router knows that, or when it is to be gone and every
     * router knows that.
     */
    private void heal(State s) {
        for (int c = 0; c < 2; c++) {
            int there = s.actual[c] == HEALTHY ? s.birth[c] : 0;
            boolean whole = there != 0 || !desiredStates.value(s.desired[c]).running();
            for (int r = 0; whole && r < bounds.routers(); r++) {
                whole = isAway(s, r) || s.routers[r].knows(c) == there;
            }
            s.harmed[c] &= !whole;
        }
    }

    private void violate(String what, State s, String label) {
        if (violation != null) {
            return;
        }
        List<String> path = new ArrayList<>();
        for (int i = current; visited.size() > 0 && i >= 0; i = parents[i]) {
            path.add(labels[i]);
        }
        path = path.reversed();
        path.add(label);
        violation = what + "\n  " + String.join("\n  ", path) + "\n  group: "
                + groups.value(s.group).group().strategies();
    }

    private long[] pack(State s) {
        long a = s.group
                | (long) s.published << 14
                | (long) s.desired[0] << 22
                | (long) s.desired[1] << 30
                | (long) s.actual[0] << 38
                | (long) s.actual[1] << 40
                | (long) s.report[0] << 42
                | (long) s.report[1] << 50
                | (long) s.deaths << 58
                | (s.harmed[0] ? 1L << 60 : 0)
                | (s.harmed[1] ? 1L << 61 : 0)
                | (s.registered ? 1L << 62 : 0);
        long first = s.routers[0].pack();
        long second = s.routers[1].pack();
        if (bounds.routers() == 2
                && bounds.pins() == 0
                && !bounds.joins()
                && first > second) { // the routers are alike: one order is enough
            long swap = first;
            first = second;
            second = swap;
        }
        long b = first | second << 32;
        int low = Math.min(s.pending[0], s.pending[1]);
        int high = Math.max(s.pending[0], s.pending[1]);
        long c = low
                | (long) high << 20
                | (long) s.expiries << 40
                | (long) s.pauses << 42
                | (s.waived[0] ? 1L << 44 : 0)
                | (s.waived[1] ? 1L << 45 : 0)
                | (long) s.birth[0] << 46
                | (long) s.birth[1] << 49
                | (long) s.pins << 52
                | (s.away ? 1L << 54 : 0);
        return new long[] {a, b, c};
    }

    private State unpack(int index) {
        long a = visited.part(index, 0);
        long b = visited.part(index, 1);
        long c = visited.part(index, 2);
        State s = new State();
        s.group = (int) (a & 0x3fff);
        s.published = (int) (a >> 14 & 0xff);
        s.desired[0] = (int) (a >> 22 & 0xff);
        s.desired[1] = (int) (a >> 30 & 0xff);
        s.actual[0] = (int) (a >> 38 & 3);
        s.actual[1] = (int) (a >> 40 & 3);
        s.report[0] = (int) (a >> 42 & 0xff);
        s.report[1] = (int) (a >> 50 & 0xff);
        s.routers[0] = Router.unpack(b & 0xffffffffL);
        s.routers[1] = Router.unpack(b >>> 32);
        s.pending[1] = (int) (c & 0xfffff);
        s.pending[0] = (int) (c >> 20 & 0xfffff);
        s.expiries = (int) (c >> 40 & 3);
        s.pauses = (int) (c >> 42 & 3);
        s.waived[0] = (c >> 44 & 1) == 1;
        s.waived[1] = (c >> 45 & 1) == 1;
        s.birth[0] = (int) (c >> 46 & 7);
        s.birth[1] = (int) (c >> 49 & 7);
        s.pins = (int) (c >> 52 & 3);
        s.away = (c >> 54 & 1) == 1;
        s.deaths = (int) (a >> 58 & 3);
        s.harmed[0] = (a >> 60 & 1) == 1;
        s.harmed[1] = (a >> 61 & 1) == 1;
        s.registered = (a >> 62 & 1) == 1;
        return s;
    }

    /** A state from which the upgrade can no longer end, if there is one. */
    private @Nullable String livelock() {
        int n = visited.size();
        int[] from = new int[1 << 20];
        int[] to = new int[1 << 20];
        int edges = 0;
        boolean[] ends = new boolean[n];
        for (current = 0; current < n; current++) {
            State s = unpack(current);
            if (groups.value(s.group).group().upgrade() == null) {
                ends[current] = true;
                continue;
            }
            int[] successors = successorsOf(s);
            for (int successor : successors) {
                if (edges == from.length) {
                    from = Arrays.copyOf(from, edges * 2);
                    to = Arrays.copyOf(to, edges * 2);
                }
                from[edges] = current;
                to[edges++] = successor;
            }
        }
        int[] start = new int[n + 1];
        for (int e = 0; e < edges; e++) {
            start[to[e] + 1]++;
        }
        for (int i = 0; i < n; i++) {
            start[i + 1] += start[i];
        }
        int[] fill = start.clone();
        int[] sources = new int[edges];
        for (int e = 0; e < edges; e++) {
            sources[fill[to[e]]++] = from[e];
        }
        int[] queue = new int[n];
        int tail = 0;
        for (int i = 0; i < n; i++) {
            if (ends[i]) {
                queue[tail++] = i;
            }
        }
        for (int head = 0; head < tail; head++) {
            for (int e = start[queue[head]]; e < start[queue[head] + 1]; e++) {
                if (!ends[sources[e]]) {
                    ends[sources[e]] = true;
                    queue[tail++] = sources[e];
                }
            }
        }
        if (tail == n) {
            return null;
        }
        for (current = 0; current < n; current++) {
            if (!ends[current]) {
                State s = unpack(current);
                violate(
                        "I6: from here the upgrade cannot end",
                        s,
                        "stuck at "
                                + groups.value(s.group)
                                        .group()
                                        .upgrade()
                                        .current()
                                        .title());
                break;
            }
        }
        return violation;
    }

    private int[] collected = new int[64];
    private int collectedCount;

    private int[] successorsOf(State s) {
        visited.listen(index -> {
            if (collectedCount == collected.length) {
                collected = Arrays.copyOf(collected, collectedCount * 2);
            }
            collected[collectedCount++] = index;
        });
        collectedCount = 0;
        successors(s);
        visited.listen(null);
        return Arrays.copyOf(collected, collectedCount);
    }

    /** A set of packed states in the order of their discovery. */
    private static final class Visited {
        private long[] parts = new long[3 << 16];
        private int[] slots = new int[1 << 17];
        private int size;
        private java.util.function.@Nullable IntConsumer listener;

        void listen(java.util.function.@Nullable IntConsumer consumer) {
            listener = consumer;
        }

        int size() {
            return size;
        }

        long part(int index, int part) {
            return parts[index * 3 + part];
        }

        int add(long[] key) {
            int mask = slots.length - 1;
            int slot = hash(key[0], key[1], key[2]) & mask;
            while (slots[slot] != 0) {
                int at = (slots[slot] - 1) * 3;
                if (parts[at] == key[0] && parts[at + 1] == key[1] && parts[at + 2] == key[2]) {
                    return told(slots[slot] - 1);
                }
                slot = slot + 1 & mask;
            }
            if ((size + 1) * 3 > parts.length) {
                parts = Arrays.copyOf(parts, parts.length * 2);
            }
            System.arraycopy(key, 0, parts, size * 3, 3);
            slots[slot] = ++size;
            if (size * 2 > slots.length) {
                grow();
            }
            return told(size - 1);
        }

        private int told(int index) {
            if (listener != null) {
                listener.accept(index);
            }
            return index;
        }

        private void grow() {
            int[] wider = new int[slots.length * 2];
            int mask = wider.length - 1;
            for (int i = 0; i < size; i++) {
                int slot = hash(parts[i * 3], parts[i * 3 + 1], parts[i * 3 + 2]) & mask;
                while (wider[slot] != 0) {
                    slot = slot + 1 & mask;
                }
                wider[slot] = i + 1;
            }
            slots = wider;
        }

        private static int hash(long a, long b, long c) {
            long h = a * 0x9E3779B97F4A7C15L;
            h = (h ^ h >>> 32 ^ b) * 0xC2B2AE3D27D4EB4FL;
            h = (h ^ h >>> 29 ^ c) * 0x165667B19E3779F9L;
            return (int) (h ^ h >>> 32);
        }
    }
}
