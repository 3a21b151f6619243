package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.ContinueScaling;
import io.tricolor.contracts.group.ClusterGroupCommand.SetInstances;
import io.tricolor.contracts.group.ClusterGroupCommand.StopCluster;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterScalingCompleted;
import io.tricolor.contracts.group.ClusterScalingDrained;
import io.tricolor.contracts.group.ClusterScalingStarted;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link Decider} about the number of instances of a cluster that a person asks for.
 *
 * <p>What is next follows from the newest desired state, the goal, and what runs. Of a cluster that may be sent to,
 * first those that are to leave are withdrawn from the registry while the number stays; when no router names them any
 * more and nothing is under way to them, the number becomes the goal, and deploy-service stops those that are withdrawn
 * and no others. An instance that died meanwhile has been started again under another name: then others are withdrawn.
 */
final class Scalings {

    private Scalings() {}

    /** What is next. */
    private sealed interface Move {

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

    static List<ClusterGroupEvent> stop(GroupState state, StopCluster c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        if (cluster.takesRequests()) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + cluster.name() + " is " + cluster.strategy().status()
                            + "; only a RED one can be stopped");
        }
        return bring(state, cluster, cluster.none(), c.drainTimeout(), c.reason(), context);
    }

    static List<ClusterGroupEvent> set(GroupState state, SetInstances c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        Manifest manifest = cluster.manifest();
        if (manifest == null) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RUNNING,
                    "cluster " + cluster.name() + " has never had a release; begin with an upgrade");
        }
        Checks.instances(c.instances());
        SortedMap<String, Integer> target = new TreeMap<>();
        for (ServiceManifest service : manifest.services()) {
            String name = service.name();
            int now = cluster.scaling() == null
                    ? cluster.instances().getOrDefault(name, 0)
                    : cluster.scaling().target().getOrDefault(name, 0);
            target.put(name, c.instances().getOrDefault(name, now));
        }
        for (String service : c.instances().keySet()) {
            if (!target.containsKey(service)) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "release " + manifest.version() + " of cluster " + cluster.name() + " has no service "
                                + service);
            }
        }
        if (cluster.takesRequests() && target.containsValue(0)) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + cluster.name() + " is " + cluster.strategy().status()
                            + " and keeps at least one instance of every service");
        }
        return bring(state, cluster, target, c.drainTimeout(), c.reason(), context);
    }

    private static List<ClusterGroupEvent> bring(
            GroupState state,
            ClusterState cluster,
            SortedMap<String, Integer> target,
            Duration drainTimeout,
            String reason,
            DecisionContext context) {
        refuseOfUpgrade(state, cluster);
        Checks.timeout(drainTimeout);
        Checks.text("reason", reason);
        SortedMap<String, Integer> now = cluster.scaling() == null
                ? cluster.instances()
                : cluster.scaling().target();
        Observation seen = Upgrades.seen(context);
        ClusterObservation observed = seen.newestOf(state, cluster);
        // Somebody may have scaled behind our back.
        boolean runsMore = observed != null && observed.runsMoreThan(cluster);
        if (target.equals(now) && (cluster.scaling() != null || !runsMore)) {
            return List.of();
        }
        Epochs.refuseWhileAhead(state, seen);
        return started(state, cluster, target, drainTimeout, reason, context.actor(), observed, context.at());
    }

    /**
     * Every goal begins with a desired state of its own, since deploy-service may have given up the one before. More
     * instances are asked for at once. Where there are to be fewer, as many as run stay at first; what could not be
     * started so far is not asked for any longer.
     */
    static List<ClusterGroupEvent> started(
            GroupState state,
            ClusterState cluster,
            SortedMap<String, Integer> target,
            Duration drainTimeout,
            String reason,
            String actor,
            @Nullable ClusterObservation observed,
            Instant at) {
        SortedMap<String, Integer> instances = new TreeMap<>();
        target.forEach((service, goal) -> {
            int desired = cluster.instances().getOrDefault(service, 0);
            int running = observed == null ? 0 : observed.of(service).running();
            boolean isStuck = observed != null && !observed.failure().isEmpty();
            instances.put(service, Math.max(goal, isStuck ? running : Math.max(desired, running)));
        });
        Decision decision = new Decision(state);
        decision.append(
                new ClusterScalingStarted(state.groupId(), cluster.name(), target, drainTimeout, actor, reason, at));
        decision.desire(cluster, instances, cluster.withdrawn(), at);
        return decision.events();
    }

    static List<ClusterGroupEvent> proceed(GroupState state, ContinueScaling c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        Scaling scaling = cluster.scaling();
        if (scaling == null) {
            return List.of();
        }
        Upgrades.requireVersion(context);
        Observation seen = Upgrades.seen(context);
        Epochs.refuseWhileAhead(state, seen);
        Progress progress = new Progress(true);
        Decision decision = new Decision(state);
        switch (move(state, cluster, scaling, seen, progress)) {
            case Move.Wait wait ->
                throw new Rejected(
                        Code.GOAL_NOT_REACHED,
                        "the scaling of cluster " + cluster.name() + " still lacks " + progress.missing());
            case Move.Desire desire -> {
                if (desire.drained() != null) {
                    decision.append(
                            new ClusterScalingDrained(state.groupId(), cluster.name(), desire.drained(), context.at()));
                }
                decision.desire(cluster, desire.instances(), desire.withdrawn(), context.at());
            }
            case Move.Done done ->
                decision.append(new ClusterScalingCompleted(
                        state.groupId(), cluster.name(), progress.evidence(), context.at()));
        }
        return decision.events();
    }

    /** Whether there is something to record; {@code progress} takes what was seen and what is waited for. */
    static boolean isDue(GroupState state, ClusterState cluster, Observation seen, Progress progress) {
        Scaling scaling = cluster.scaling();
        return scaling != null && !(move(state, cluster, scaling, seen, progress) instanceof Move.Wait);
    }

    private static Move move(
            GroupState state, ClusterState cluster, Scaling scaling, Observation seen, Progress progress) {
        ClusterObservation observed = seen.newestOf(state, cluster);
        if (observed == null) {
            progress.lack("instances of " + cluster.name(), "deploy-service has not taken up the desired state");
            return new Move.Wait();
        }
        List<RouterObservation> routers = state.live(seen.routers());
        boolean shrinks = scaling.target().entrySet().stream()
                .anyMatch(goal -> cluster.instances().getOrDefault(goal.getKey(), 0) > goal.getValue());
        if (!cluster.takesRequests()) {
            return shrinks || isHeld(cluster, scaling, observed)
                    ? whenFree(state, cluster, scaling, observed, seen, routers, progress)
                    : settled(state, cluster, scaling, observed, seen, routers, progress);
        }
        Move replaced = others(cluster, scaling, observed, routers);
        if (replaced != null) {
            return replaced;
        }
        return shrinks
                ? smaller(state, cluster, scaling, observed, seen, routers, progress)
                : settled(state, cluster, scaling, observed, seen, routers, progress);
    }

    /** Nobody can be sent to a RED cluster: any of its instances may go, once its last requests have ended. */
    private static Move whenFree(
            GroupState state,
            ClusterState cluster,
            Scaling scaling,
            ClusterObservation observed,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
        if (state.hasTable()) {
            Goals.applied(state, seen, routers, progress);
            ended(cluster.name(), Goals.inFlight(routers, cluster.name()), scaling, seen, progress);
        }
        if (!progress.missing().isEmpty()) {
            return new Move.Wait();
        }
        SortedMap<String, List<String>> withdrawn = new TreeMap<>();
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            Set<String> leaving = runningOf(cluster, service, runs);
            Set<String> active = active(cluster, service, runs);
            leaving.addAll(leaving(active, runs, Math.max(0, active.size() - goal)));
            if (goal > 0) {
                replace(withdrawn, service, leaving);
            }
        });
        return new Move.Desire(scaling.target(), withdrawn, progress.evidence());
    }

    /** Whether more run of a service than are to stay, and deploy-service was not told which ones go. */
    private static boolean isHeld(ClusterState cluster, Scaling scaling, ClusterObservation observed) {
        return scaling.target().entrySet().stream().anyMatch(goal -> {
            ServiceObservation runs = observed.of(goal.getKey());
            return goal.getValue() > 0
                    && runs.ids().size() > goal.getValue()
                    && active(cluster, goal.getKey(), runs).size() > goal.getValue();
        });
    }

    /**
     * More run than are desired, and those that are too many are not withdrawn: an instance died and came back under
     * another name. deploy-service holds them. As many are desired again as run, so that others can be withdrawn.
     */
    private static @Nullable Move others(
            ClusterState cluster, Scaling scaling, ClusterObservation observed, List<RouterObservation> routers) {
        SortedMap<String, Integer> instances = new TreeMap<>(cluster.instances());
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            int desired = cluster.instances().getOrDefault(service, 0);
            boolean held = runs.ids().size() > desired
                    && serving(cluster, service, runs, routers).size() > goal;
            if (held) {
                instances.put(service, runs.ids().size());
            }
        });
        return instances.equals(cluster.instances()) ? null : new Move.Desire(instances, cluster.withdrawn(), null);
    }

    private static Move smaller(
            GroupState state,
            ClusterState cluster,
            Scaling scaling,
            ClusterObservation observed,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
        if (!observed.failure().isEmpty()) {
            progress.lack("deploy-service reports", observed.failure());
        }
        SortedMap<String, List<String>> returned = returned(cluster, scaling, observed);
        if (!returned.equals(cluster.withdrawn())) {
            return new Move.Desire(cluster.instances(), returned, null);
        }
        SortedMap<String, List<String>> withdrawn = new TreeMap<>(cluster.withdrawn());
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            int desired = cluster.instances().getOrDefault(service, 0);
            Set<String> serving = serving(cluster, service, runs, routers);
            if (serving.size() > goal && desired > goal) {
                List<String> leaving = leaving(serving, runs, serving.size() - goal);
                known(state, cluster, service, leaving, routers, progress);
                Set<String> out = runningOf(cluster, service, runs);
                out.addAll(leaving);
                replace(withdrawn, service, out);
            }
            Set<String> staying = active(cluster, service, runs);
            withdrawn.getOrDefault(service, List.of()).forEach(staying::remove);
            serve(state, cluster, service, goal, staying, runs, routers, progress);
        });
        Goals.heard(state, seen, routers, progress);
        if (!withdrawn.equals(cluster.withdrawn())) {
            return progress.missing().isEmpty()
                    ? new Move.Desire(cluster.instances(), withdrawn, null)
                    : new Move.Wait();
        }
        gone(cluster, seen, scaling, routers, progress);
        return progress.missing().isEmpty()
                ? new Move.Desire(scaling.target(), withdrawn, progress.evidence())
                : new Move.Wait();
    }

    /** What stays withdrawn: when more are to stay than was asked for before, some serve again. */
    private static SortedMap<String, List<String>> returned(
            ClusterState cluster, Scaling scaling, ClusterObservation observed) {
        SortedMap<String, List<String>> withdrawn = new TreeMap<>(cluster.withdrawn());
        scaling.target().forEach((service, goal) -> {
            ServiceObservation runs = observed.of(service);
            int tooFew = goal - active(cluster, service, runs).size();
            boolean allRun = runs.ids().size() >= cluster.instances().getOrDefault(service, 0);
            if (tooFew > 0 && allRun) {
                Set<String> out = new TreeSet<>(cluster.withdrawnOf(service));
                List<String> running =
                        out.stream().filter(runs.ids()::contains).limit(tooFew).toList();
                running.forEach(out::remove);
                replace(withdrawn, service, out);
            }
        });
        return withdrawn;
    }

    private static void replace(SortedMap<String, List<String>> withdrawn, String service, Set<String> ids) {
        if (ids.isEmpty()) {
            withdrawn.remove(service);
        } else {
            withdrawn.put(service, List.copyOf(ids));
        }
    }

    /** First those that do not serve. */
    private static List<String> leaving(Set<String> active, ServiceObservation runs, int count) {
        return active.stream()
                .sorted(Comparator.comparing((String id) -> runs.healthy().contains(id))
                        .thenComparing(Comparator.reverseOrder()))
                .limit(count)
                .toList();
    }

    /**
     * Every router knows those that leave. Else one of them may come to know an instance just before it is withdrawn,
     * and an older report would pass for one that has lost it.
     */
    private static void known(
            GroupState state,
            ClusterState cluster,
            String service,
            List<String> leaving,
            List<RouterObservation> routers,
            Progress progress) {
        for (RouterObservation router : isEntry(state, service) ? routers : List.<RouterObservation>of()) {
            Set<String> usable = router.usableOf(cluster.name(), service);
            progress.expect(
                    "instances of " + cluster.name() + "/" + service + " that leave seen by " + router.routerId(),
                    leaving.stream().filter(usable::contains).count(),
                    leaving.size());
        }
    }

    private static boolean isEntry(GroupState state, String service) {
        return state.entries().stream().anyMatch(entry -> entry.service().equals(service));
    }

    /** As many of those that stay serve as are to be left, and every router knows them. */
    private static void serve(
            GroupState state,
            ClusterState cluster,
            String service,
            int goal,
            Set<String> staying,
            ServiceObservation runs,
            List<RouterObservation> routers,
            Progress progress) {
        Set<String> healthy = new HashSet<>(staying);
        healthy.retainAll(runs.healthy());
        String what = "instances of " + cluster.name() + "/" + service;
        progress.expect("healthy " + what + " that stay", healthy.size(), goal);
        for (RouterObservation router : isEntry(state, service) ? routers : List.<RouterObservation>of()) {
            Set<String> usable = router.usableOf(cluster.name(), service);
            progress.expect(
                    what + " that stay seen by " + router.routerId(),
                    healthy.stream().filter(usable::contains).count(),
                    goal);
        }
    }

    /** No router names those that are withdrawn, and nothing is under way to them. */
    private static void gone(
            ClusterState cluster,
            Observation seen,
            Scaling scaling,
            List<RouterObservation> routers,
            Progress progress) {
        for (RouterObservation router : routers) {
            Set<String> named = named(cluster, router);
            if (!named.isEmpty()) {
                progress.lack("endpoints of " + router.routerId(), "it still has " + named);
            }
        }
        ended(
                "withdrawn instances of " + cluster.name(),
                inFlightToWithdrawn(cluster, routers),
                scaling,
                seen,
                progress);
    }

    /** Instances that are withdrawn and that a router may still send to. */
    static Set<String> named(ClusterState cluster, RouterObservation router) {
        Set<String> named = new TreeSet<>();
        cluster.withdrawn().forEach((service, ids) -> {
            Set<String> usable = router.usableOf(cluster.name(), service);
            ids.stream().filter(usable::contains).forEach(named::add);
        });
        return named;
    }

    static int inFlightToWithdrawn(ClusterState cluster, List<RouterObservation> routers) {
        int sum = 0;
        for (RouterObservation router : routers) {
            for (var service : cluster.withdrawn().entrySet()) {
                for (String id : service.getValue()) {
                    sum += router.inFlightTo(cluster.name(), service.getKey(), id);
                }
            }
        }
        return sum;
    }

    private static void ended(String whose, int inFlight, Scaling scaling, Observation seen, Progress progress) {
        Goals.ended(whose, inFlight, seen.elapsed().of(scaling.since()), scaling.drainTimeout(), progress);
    }

    private static Move settled(
            GroupState state,
            ClusterState cluster,
            Scaling scaling,
            ClusterObservation observed,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
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

    /**
     * Those of a service that may be sent to: healthy, or known to a router, and not withdrawn. deploy-service stops
     * the rest without their being named.
     */
    private static Set<String> serving(
            ClusterState cluster, String service, ServiceObservation runs, List<RouterObservation> routers) {
        Set<String> serving = active(cluster, service, runs);
        serving.removeIf(id -> !runs.healthy().contains(id)
                && routers.stream()
                        .noneMatch(router ->
                                router.usableOf(cluster.name(), service).contains(id)));
        return serving;
    }

    /** Those of a service that are withdrawn and still run. */
    private static Set<String> runningOf(ClusterState cluster, String service, ServiceObservation runs) {
        Set<String> running = new TreeSet<>(cluster.withdrawnOf(service));
        running.retainAll(runs.ids());
        return running;
    }

    private static Set<String> active(ClusterState cluster, String service, ServiceObservation runs) {
        Set<String> active = new TreeSet<>(runs.ids());
        active.removeAll(cluster.withdrawnOf(service));
        return active;
    }

    /** An upgrade has planned with what its two clusters have, and with what it goes back to. */
    private static void refuseOfUpgrade(GroupState state, ClusterState cluster) {
        Upgrade upgrade = state.upgrade();
        if (upgrade != null && upgrade.touches(cluster.name())) {
            throw new Rejected(
                    Code.CLUSTER_UPGRADING,
                    "upgrade " + upgrade.upgradeId() + " decides how many instances cluster " + cluster.name()
                            + " has");
        }
    }

    static void refuseWhileScaling(ClusterState cluster) {
        if (cluster.scaling() != null) {
            throw new Rejected(
                    Code.CLUSTER_SCALING,
                    "cluster " + cluster.name() + " is on its way to "
                            + cluster.scaling().target() + " instances");
        }
    }
}
