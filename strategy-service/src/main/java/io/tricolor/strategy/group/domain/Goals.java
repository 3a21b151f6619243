package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.InconclusivePolicy;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What steps wait for. The reactor asks so that it knows what is due, and the decision that records it asks the same
 * again.
 *
 * <p>A step that takes traffic or instances from a cluster (ROUTE, DRAIN, STOP) waits, at its beginning and at its
 * end, until the clusters that
 * are left to serve everybody have all their instances, healthy and known to every live router.
 */
final class Goals {

    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    private Goals() {}

    /** How the running step stands: before it has begun what it waits for to begin, after that what its goal lacks. */
    static Progress progress(GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        UpgradeStep step = upgrade.current();
        boolean begun = !isBeginningDue(state, upgrade);
        Progress progress = new Progress(begun);
        List<RouterObservation> routers = state.live(seen.routers());
        progress.note("routers", routers.isEmpty() ? "none registered" : Integer.toString(routers.size()));
        if (Freezes.hold(state, upgrade, seen)) {
            progress.lack("end of the freeze", Freezes.inWords(seen.freezes()));
        }
        List<String> behind = Trains.hold(state, upgrade, seen);
        if (!behind.isEmpty()) {
            progress.lack("other groups of the train", String.join(", ", behind));
        }
        switch (step.kind()) {
            case START -> {
                ClusterState cluster = state.cluster(named(step));
                started(state, cluster, seen, routers, progress);
                if (cluster.scaling() != null && upgrade.scales(cluster)) {
                    Scalings.isDue(state, cluster, seen, progress);
                    progress.lack("scaling of " + cluster.name(), "is under way");
                }
            }
            case ROUTE -> {
                if (begun) {
                    applied(state, seen, routers, progress);
                }
                remain(state, left(state, upgrade), takesTraffic(state, upgrade), seen, routers, progress);
                Restoration.of(state, upgrade)
                        .lost()
                        .forEach((name, why) -> progress.note("strategy of " + name, "not restored: " + why));
            }
            case GATE -> passed(state, upgrade, seen, now, progress);
            case DRAIN -> {
                remain(state, others(state, named(step)), state.hasTable(), seen, routers, progress);
                drained(state, upgrade, seen, routers, progress);
            }
            case STOP -> {
                if (step.instances() != null) {
                    shrunk(state, state.cluster(named(step)), begun, seen, routers, progress);
                    break;
                }
                remain(state, others(state, named(step)), state.hasTable(), seen, routers, progress);
                if (begun) {
                    stopped(state, state.cluster(named(step)), seen, progress);
                } else {
                    free(state, upgrade, seen, routers, progress);
                }
            }
        }
        return progress;
    }

    /** Whether the step has still to do what it does at its beginning. */
    static boolean isBeginningDue(GroupState state, Upgrade upgrade) {
        UpgradeStep step = upgrade.current();
        return switch (step.kind()) {
            case ROUTE -> state.tableVersion() == 0 || !tableOf(state, upgrade).equals(state.strategies());
            case STOP -> {
                ClusterState cluster = state.cluster(named(step));
                if (step.instances() != null) {
                    yield !Upgrade.left(step, cluster)
                            .equals(
                                    cluster.scaling() == null
                                            ? cluster.instances()
                                            : cluster.scaling().target());
                }
                yield cluster.wantsInstances()
                        && !(Upgrade.left(step, cluster).equals(cluster.instances())
                                && step.withdraw().equals(cluster.withdrawn()));
            }
            case START, GATE, DRAIN -> false;
        };
    }

    /** The strategies that a ROUTE makes of the present ones. */
    static SortedMap<String, RouteStrategy> tableOf(GroupState state, Upgrade upgrade) {
        UpgradeStep step = upgrade.current();
        SortedMap<String, RouteStrategy> strategies = state.strategies();
        if (step.strategies() != null) {
            step.strategies().forEach((name, strategy) -> strategies.replace(name, strategy));
        }
        strategies.putAll(Restoration.of(state, upgrade).strategies());
        if (step.stage() != null) {
            Stage stage = upgrade.plan().stage(step.stage());
            strategies.put(named(step), RouteStrategy.yellow(stage.rule()));
        }
        return strategies;
    }

    /** Whether the ROUTE takes a colour away, or everybody from a cluster, as a stage does that is repeated. */
    private static boolean takesTraffic(GroupState state, Upgrade upgrade) {
        SortedMap<String, RouteStrategy> changes = upgrade.current().strategies();
        if (upgrade.plan().mode() == UpgradeMode.INSTALL) {
            return false;
        }
        if (upgrade.current().stage() != null) {
            return !takersOf(tableOf(state, upgrade)).containsAll(takersOf(state.strategies()));
        }
        return changes != null
                && changes.values().stream()
                        .anyMatch(strategy ->
                                strategy.status() == ClusterStatus.RED || strategy.takesRequestsWithoutId());
    }

    /** The clusters that have to serve by themselves after a ROUTE; one that serves beside others is not left alone. */
    private static SortedSet<String> left(GroupState state, Upgrade upgrade) {
        SortedSet<String> left = takersOf(tableOf(state, upgrade));
        SortedMap<String, RouteStrategy> changes = upgrade.current().strategies();
        if (upgrade.plan().mode() == UpgradeMode.ROLLING && changes != null) {
            left.retainAll(changes.keySet());
        }
        return left;
    }

    /**
     * Some instances of a cluster have gone the way of {@link Scalings}. What serves beside it has to be whole when it
     * begins, all the while, and at its end.
     */
    private static void shrunk(
            GroupState state,
            ClusterState cluster,
            boolean begun,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
        beside(state, cluster, seen, routers, progress);
        if (!begun) {
            return;
        }
        if (cluster.scaling() != null) {
            Scalings.isDue(state, cluster, seen, progress);
            progress.lack("instances of " + cluster.name() + " that leave", "have not all gone");
        } else {
            stopped(state, cluster, seen, progress);
        }
    }

    /** Who serves beside the cluster is whole. */
    static void beside(
            GroupState state,
            ClusterState cluster,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
        SortedSet<String> others = others(state, cluster.name());
        remain(state, others, !others.isEmpty(), seen, routers, progress);
    }

    /** Clusters that requests without id go to: YELLOW ones before GREEN ones. */
    static SortedSet<String> takersOf(SortedMap<String, RouteStrategy> strategies) {
        SortedSet<String> takers = new TreeSet<>();
        for (ClusterStatus colour : List.of(ClusterStatus.YELLOW, ClusterStatus.GREEN)) {
            if (takers.isEmpty()) {
                strategies.forEach((name, strategy) -> {
                    if (strategy.status() == colour && strategy.id().all()) {
                        takers.add(name);
                    }
                });
            }
        }
        return takers;
    }

    private static SortedSet<String> others(GroupState state, String cluster) {
        SortedSet<String> others = takersOf(state.strategies());
        others.remove(cluster);
        return others;
    }

    /** The clusters that are left with everybody can serve them. */
    static void remain(
            GroupState state,
            SortedSet<String> left,
            boolean takes,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
        if (!takes) {
            return;
        }
        heard(state, seen, routers, progress);
        if (left.isEmpty()) {
            progress.lack("clusters that serve", "no other cluster takes requests without id");
        }
        left.forEach(name -> started(state, state.cluster(name), seen, routers, progress));
    }

    static void started(
            GroupState state,
            ClusterState cluster,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
        if (state.hasTable()) {
            heard(state, seen, routers, progress);
        }
        ClusterObservation observation = seen.newestOf(state, cluster);
        if (observation == null) {
            progress.lack("instances of " + cluster.name(), "deploy-service has not taken up the desired state");
            return;
        }
        healthy(cluster, observation, progress);
        if (!observation.failure().isEmpty() && !progress.missing().isEmpty()) {
            progress.lack("deploy-service reports", observation.failure());
        }
        if (!state.hasTable()) {
            return;
        }
        for (RouterObservation router : routers) {
            for (Entry entry : state.entries()) {
                Set<String> usable = router.usableOf(cluster.name(), entry.service());
                long known = serving(cluster, observation, entry.service()).stream()
                        .filter(usable::contains)
                        .count();
                progress.expect(
                        "instances of " + cluster.name() + "/" + entry.service() + " seen by " + router.routerId(),
                        known,
                        cluster.expected(entry.service()));
            }
        }
    }

    /**
     * What a batch of a rolling upgrade that waits lacks of its instances: an instance that falls over and comes back
     * begins its time anew, and so does the batch. Empty: nothing, or nothing is known.
     */
    static SortedMap<String, String> broken(GroupState state, Upgrade upgrade, Observation seen) {
        Progress progress = new Progress(true);
        if (upgrade.current().kind() == UpgradeStep.Kind.GATE && upgrade.startOfBatch() >= 0) {
            ClusterState cluster = state.cluster(named(upgrade.current()));
            ClusterObservation observation = seen.newestOf(state, cluster);
            if (observation != null) {
                healthy(cluster, observation, progress);
            }
        }
        return progress.missing();
    }

    private static void healthy(ClusterState cluster, ClusterObservation observation, Progress progress) {
        cluster.instances()
                .keySet()
                .forEach(service -> progress.expect(
                        "healthy instances of " + cluster.name() + "/" + service,
                        serving(cluster, observation, service).size(),
                        cluster.expected(service)));
    }

    /** Healthy instances that are not withdrawn. */
    private static Set<String> serving(ClusterState cluster, ClusterObservation observation, String service) {
        Set<String> serving = new HashSet<>(observation.of(service).healthy());
        serving.removeAll(cluster.withdrawnOf(service));
        return serving;
    }

    /**
     * Every router that is waited for is there and speaks. A group that has had routers does not go on because it
     * sees none.
     */
    static void heard(GroupState state, Observation seen, List<RouterObservation> routers, Progress progress) {
        if (seen.routers().isEmpty() && seen.everHadRouters()) {
            progress.lack("routers", "none is registered, and " + state.groupId() + " has had routers");
        }
        for (RouterObservation router : routers) {
            if (router.silent()) {
                progress.lack("report of " + router.routerId(), "it is silent; evict it if it is gone");
            } else if (router.incomplete()) {
                progress.lack("report of " + router.routerId(), "not all its workers have spoken");
            }
        }
    }

    /**
     * The newest table counts, not the one that a router is meant to run; and it has to be released to all and copied
     * to the registry, so that a router that is not known yet cannot begin with an older one.
     */
    static void applied(GroupState state, Observation seen, List<RouterObservation> routers, Progress progress) {
        heard(state, seen, routers, progress);
        String newest = state.epoch() + "/" + state.tableVersion();
        progress.note("table", newest);
        if (state.holdsRoutersBack()) {
            progress.lack(
                    "release of table " + newest,
                    "routers are pinned at " + state.epoch() + "/" + state.releasedVersion()
                            + "; release the table or let routers follow");
        }
        Published copy = seen.published();
        if (copy.isBehind(state)) {
            progress.lack(
                    "copy in the registry",
                    "has " + copy.epoch() + "/" + copy.version() + ", not yet " + state.epoch() + "/"
                            + state.releasedVersion());
        }
        for (RouterObservation router : routers) {
            if (!router.hasApplied(state)) {
                long own = state.versionFor(router.routerId());
                String applied = "applied " + router.epoch() + "/" + router.version();
                progress.lack(
                        "table of " + router.routerId(),
                        own < state.tableVersion()
                                ? applied + ", pinned at " + state.epoch() + "/" + own + ", does not get " + newest
                                : applied + ", not yet " + newest);
            }
        }
    }

    private static void passed(GroupState state, Upgrade upgrade, Observation seen, Instant now, Progress progress) {
        Gates.Evidence evidence = Gates.evidence(state, upgrade, seen);
        upgrade.gatedStage()
                .ifPresent(stage -> stage.gates().forEach(gate -> {
                    Gates.Judgement judgement = Gates.verdict(gate, evidence, now);
                    String what = gate.name() + " of stage " + stage.name();
                    if (judgement.passes()) {
                        progress.note(what, judgement.why());
                    } else {
                        progress.lack(what, judgement.why());
                    }
                }));
        Gates.watched(state, upgrade, seen, now).forEach(progress::note);
        Gates.failed(state, upgrade, seen, now)
                .forEach(failed -> progress.lack(
                        failed.gate().name() + " of stage " + failed.stage().name(),
                        failed.judgement().why()));
    }

    private static void drained(
            GroupState state, Upgrade upgrade, Observation seen, List<RouterObservation> routers, Progress progress) {
        String cluster = named(upgrade.current());
        applied(state, seen, routers, progress);
        int inFlight = inFlight(routers, cluster);
        Duration timeout = Objects.requireNonNullElse(upgrade.current().timeout(), FOREVER);
        ended(cluster, inFlight, seen.elapsedOf(upgrade.position()), timeout, progress);
    }

    /**
     * Requests have ended, or were waited for as long as they may; to be asked after everything else.
     *
     * @param whose what they were sent to
     */
    static void ended(String whose, int inFlight, Duration passed, Duration timeout, Progress progress) {
        if (inFlight == 0) {
            progress.note("requests in flight to " + whose, "0");
        } else if (progress.missing().isEmpty() && passed.compareTo(timeout) > 0) {
            progress.note(Progress.DRAIN_DEADLINE_PASSED, inFlight + " requests in flight to " + whose);
        } else {
            progress.lack("end of requests to " + whose, inFlight + " in flight");
        }
    }

    /** Nobody can still send to the cluster, and nothing that was sent is under way. */
    private static void free(
            GroupState state, Upgrade upgrade, Observation seen, List<RouterObservation> routers, Progress progress) {
        if (!state.hasTable()) {
            return;
        }
        String cluster = named(upgrade.current());
        applied(state, seen, routers, progress);
        if (upgrade.current().instances() == null
                && state.cluster(cluster).strategy().status() != ClusterStatus.RED) {
            progress.lack("colour of " + cluster, "it is not RED");
        }
        int inFlight = inFlight(routers, cluster);
        if (inFlight > 0 && !upgrade.position().cutOff().contains(cluster)) {
            progress.lack("end of requests to " + cluster, inFlight + " in flight");
        }
    }

    static void stopped(GroupState state, ClusterState cluster, Observation seen, Progress progress) {
        if (cluster.fence() < 0) {
            progress.note("running instances of " + cluster.name(), "never had any");
            return;
        }
        ClusterObservation observation = seen.newestOf(state, cluster);
        if (observation == null) {
            progress.lack("end of " + cluster.name(), "deploy-service has not taken up the desired state");
            return;
        }
        SortedMap<String, Integer> tooMany = new TreeMap<>();
        observation.services().forEach((service, observed) -> {
            int more = observed.running() - cluster.instances().getOrDefault(service, 0);
            if (more > 0) {
                tooMany.put(service, more);
            }
        });
        if (tooMany.isEmpty()) {
            progress.note("instances of " + cluster.name() + " to be stopped", "0");
        } else {
            int more = tooMany.values().stream().mapToInt(Integer::intValue).sum();
            progress.lack("end of " + cluster.name(), more + " instances still run");
        }
    }

    /** A wait for a person, for the end of a freeze or for the other groups of a train has no deadline. */
    static boolean isUntimed(GroupState state, Upgrade upgrade, Observation seen) {
        return Freezes.hold(state, upgrade, seen)
                || !Trains.hold(state, upgrade, seen).isEmpty()
                || waitsForRelease(state, upgrade);
    }

    private static boolean waitsForRelease(GroupState state, Upgrade upgrade) {
        return switch (upgrade.current().kind()) {
            case ROUTE, DRAIN -> state.holdsRoutersBack();
            case START, GATE, STOP -> false;
        };
    }

    static boolean isPast(Upgrade upgrade, Observation seen) {
        Duration elapsed = seen.elapsedOf(upgrade.position());
        Stage gated = upgrade.gatedStage().orElse(null);
        if (gated != null) {
            Duration deadline = gated.deadline();
            return deadline != null
                    && gated.inconclusivePolicy() != InconclusivePolicy.HOLD
                    && elapsed.compareTo(
                                    deadline.multipliedBy(upgrade.position().attempt()))
                            > 0;
        }
        Duration timeout = upgrade.current().timeout();
        return timeout != null && elapsed.compareTo(timeout) > 0;
    }

    static int inFlight(List<RouterObservation> routers, String cluster) {
        return routers.stream().mapToInt(router -> router.inFlightTo(cluster)).sum();
    }

    private static String named(UpgradeStep step) {
        return Objects.requireNonNull(step.cluster());
    }
}
