package io.tricolor.strategy.group.domain;

import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is next for a cluster that is on its way to another number of instances, by what was seen of it.
 * {@link Scalings} says by which rules.
 */
final class ScalingMoves {

    private final GroupState state;
    private final ClusterState cluster;
    private final Scaling scaling;
    private final ClusterObservation observed;
    private final Observation seen;
    private final List<RouterObservation> routers;
    private final Progress progress;

    private ScalingMoves(
            GroupState state,
            ClusterState cluster,
            Scaling scaling,
            ClusterObservation observed,
            Observation seen,
            Progress progress) {
        this.state = state;
        this.cluster = cluster;
        this.scaling = scaling;
        this.observed = observed;
        this.seen = seen;
        this.routers = state.live(seen.routers());
        this.progress = progress;
    }

    /** What is next. */
    sealed interface Move {

        /** Nothing but waiting. */
        record Wait() implements Move {}

        /**
         * Another desired state.
         *
         * @param drained what was seen of those that leave by it; null: nobody does
         */
        record Desire(
                SortedMap<String, Integer> instances,
                SortedMap<String, List<String>> withdrawn,
                @Nullable SortedMap<String, String> drained)
                implements Move {}

        /** The cluster has what was asked for. */
        record Done() implements Move {}
    }

    /** What is next; {@code progress} takes what was seen and what is waited for. */
    static Move next(GroupState state, ClusterState cluster, Scaling scaling, Observation seen, Progress progress) {
        ClusterObservation observed = seen.newestOf(state, cluster);
        if (observed == null) {
            progress.lack("instances of " + cluster.name(), "deploy-service has not taken up the desired state");
            return new Move.Wait();
        }
        return new ScalingMoves(state, cluster, scaling, observed, seen, progress).move();
    }

    private Move move() {
        boolean shrinks = scaling.target().entrySet().stream()
                .anyMatch(goal -> cluster.instances().getOrDefault(goal.getKey(), 0) > goal.getValue());
        if (!cluster.takesRequests()) {
            return shrinks || isHeld() ? whenFree() : settled();
        }
        Move replaced = others();
        if (replaced != null) {
            return replaced;
        }
        return shrinks ? smaller() : settled();
    }

    /** Nobody can be sent to a RED cluster: any of its instances may go, once its last requests have ended. */
    private Move whenFree() {
        if (state.hasTable()) {
            if (scaling.requestedBy().equals(Decider.SELF)) { // it was kept in case it is wanted back
                Goals.beside(state, cluster, seen, routers, progress);
            }
            Goals.applied(state, seen, routers, progress);
            ended(cluster.name(), Goals.inFlight(routers, cluster.name()));
        }
        if (!progress.missing().isEmpty()) {
            return new Move.Wait();
        }
        SortedMap<String, List<String>> withdrawn = new TreeMap<>();
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            Set<String> leaving = Withdrawals.runningOf(cluster, service, runs);
            Set<String> active = Withdrawals.active(cluster, service, runs);
            leaving.addAll(Withdrawals.leaving(active, runs, Math.max(0, active.size() - goal)));
            if (goal > 0) {
                Withdrawals.replace(withdrawn, service, leaving);
            }
        });
        return new Move.Desire(scaling.target(), withdrawn, progress.evidence());
    }

    /** Whether more run of a service than are to stay, and deploy-service was not told which ones go. */
    private boolean isHeld() {
        return scaling.target().entrySet().stream().anyMatch(goal -> {
            ServiceObservation runs = observed.of(goal.getKey());
            return goal.getValue() > 0
                    && runs.ids().size() > goal.getValue()
                    && Withdrawals.active(cluster, goal.getKey(), runs).size() > goal.getValue();
        });
    }

    /**
     * More run than are desired, and those that are too many are not withdrawn: an instance died and came back under
     * another name. deploy-service holds them. As many are desired again as run, so that others can be withdrawn.
     */
    private @Nullable Move others() {
        SortedMap<String, Integer> instances = new TreeMap<>(cluster.instances());
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            int desired = cluster.instances().getOrDefault(service, 0);
            boolean held = runs.ids().size() > desired
                    && Withdrawals.serving(cluster, service, runs, routers).size() > goal;
            if (held) {
                instances.put(service, runs.ids().size());
            }
        });
        return instances.equals(cluster.instances()) ? null : new Move.Desire(instances, cluster.withdrawn(), null);
    }

    private Move smaller() {
        if (!observed.failure().isEmpty()) {
            progress.lack("deploy-service reports", observed.failure());
        }
        SortedMap<String, List<String>> returned = returned();
        if (!returned.equals(cluster.withdrawn())) {
            return new Move.Desire(cluster.instances(), returned, null);
        }
        SortedMap<String, List<String>> withdrawn = new TreeMap<>(cluster.withdrawn());
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            int desired = cluster.instances().getOrDefault(service, 0);
            Set<String> serving = Withdrawals.serving(cluster, service, runs, routers);
            if (serving.size() > goal && desired > goal) {
                List<String> leaving = Withdrawals.leaving(serving, runs, serving.size() - goal);
                known(service, leaving);
                Set<String> out = Withdrawals.runningOf(cluster, service, runs);
                out.addAll(leaving);
                Withdrawals.replace(withdrawn, service, out);
            }
            Set<String> staying = Withdrawals.active(cluster, service, runs);
            withdrawn.getOrDefault(service, List.of()).forEach(staying::remove);
            serve(service, goal, staying, runs);
        });
        Upgrade upgrade = state.upgrade();
        if (upgrade != null && upgrade.isShrinking(cluster)) {
            Goals.beside(state, cluster, seen, routers, progress);
        }
        Goals.heard(state, seen, routers, progress);
        if (!withdrawn.equals(cluster.withdrawn())) {
            return progress.missing().isEmpty()
                    ? new Move.Desire(cluster.instances(), withdrawn, null)
                    : new Move.Wait();
        }
        gone();
        return progress.missing().isEmpty()
                ? new Move.Desire(scaling.target(), withdrawn, progress.evidence())
                : new Move.Wait();
    }

    /** What stays withdrawn: when more are to stay than was asked for before, some serve again. */
    private SortedMap<String, List<String>> returned() {
        SortedMap<String, List<String>> withdrawn = new TreeMap<>(cluster.withdrawn());
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            int tooFew = goal - Withdrawals.active(cluster, service, runs).size();
            boolean allRun = runs.ids().size() >= cluster.instances().getOrDefault(service, 0);
            if (tooFew > 0 && allRun) {
                Set<String> out = new TreeSet<>(cluster.withdrawnOf(service));
                List<String> running =
                        out.stream().filter(runs.ids()::contains).limit(tooFew).toList();
                running.forEach(out::remove);
                Withdrawals.replace(withdrawn, service, out);
            }
        });
        return withdrawn;
    }

    /**
     * Every router knows those that leave. Else one of them may come to know an instance just before it is withdrawn,
     * and an older report would pass for one that has lost it.
     */
    private void known(String service, List<String> leaving) {
        for (RouterObservation router : isEntry(service) ? routers : List.<RouterObservation>of()) {
            Set<String> usable = router.usableOf(cluster.name(), service);
            progress.expect(
                    "instances of " + cluster.name() + "/" + service + " that leave seen by " + router.routerId(),
                    leaving.stream().filter(usable::contains).count(),
                    leaving.size());
        }
    }

    private boolean isEntry(String service) {
        return state.entries().stream().anyMatch(entry -> entry.service().equals(service));
    }

    /** As many of those that stay serve as are to be left, and every router knows them. */
    private void serve(String service, int goal, Set<String> staying, ServiceObservation runs) {
        Set<String> healthy = new HashSet<>(staying);
        healthy.retainAll(runs.healthy());
        String what = "instances of " + cluster.name() + "/" + service;
        progress.expect("healthy " + what + " that stay", healthy.size(), goal);
        for (RouterObservation router : isEntry(service) ? routers : List.<RouterObservation>of()) {
            Set<String> usable = router.usableOf(cluster.name(), service);
            progress.expect(
                    what + " that stay seen by " + router.routerId(),
                    healthy.stream().filter(usable::contains).count(),
                    goal);
        }
    }

    /** No router names those that are withdrawn, and nothing is under way to them. */
    private void gone() {
        for (RouterObservation router : routers) {
            Set<String> named = Withdrawals.named(cluster, router);
            if (!named.isEmpty()) {
                progress.lack("endpoints of " + router.routerId(), "it still has " + named);
            }
        }
        ended("withdrawn instances of " + cluster.name(), Withdrawals.inFlightToWithdrawn(cluster, routers));
    }

    private void ended(String whose, int inFlight) {
        Goals.ended(whose, inFlight, seen.elapsed().of(scaling.since()), scaling.drainTimeout(), progress);
    }

    private Move settled() {
        SortedMap<String, List<String>> withdrawn = new TreeMap<>();
        boolean isDown = true;
        for (var goal : scaling.target().entrySet()) {
            String service = goal.getKey();
            ServiceObservation runs = observed.of(service);
            int more = runs.running() - goal.getValue();
            if (more > 0) {
                isDown = false;
                progress.lack("end of instances of " + cluster.name() + "/" + service, more + " still run");
            } else {
                progress.note("instances of " + cluster.name() + "/" + service + " to be stopped", "0");
            }
            List<String> out = cluster.withdrawnOf(service).stream()
                    .filter(id -> more > 0 || !runs.ids().contains(id))
                    .sorted()
                    .toList();
            if (!out.isEmpty()) {
                withdrawn.put(service, out);
            }
        }
        if (isDown && !withdrawn.equals(cluster.withdrawn())) {
            // Not all that were withdrawn are to be stopped: another one died, or more are asked for since.
            return new Move.Desire(cluster.instances(), withdrawn, null);
        }
        if (cluster.wantsInstances()) {
            Goals.started(state, cluster, seen, routers, progress);
        }
        return progress.missing().isEmpty() ? new Move.Done() : new Move.Wait();
    }
}
