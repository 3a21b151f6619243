package io.tricolor.strategy.group.domain;

import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/** Which instances of a cluster serve, which are withdrawn from the registry, and which are to leave first. */
final class Withdrawals {

    private Withdrawals() {}

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

    /**
     * Those of a service that may be sent to: healthy, or known to a router, and not withdrawn. deploy-service stops
     * the rest without their being named.
     */
    static Set<String> serving(
            ClusterState cluster, String service, ServiceObservation runs, List<RouterObservation> routers) {
        Set<String> serving = active(cluster, service, runs);
        serving.removeIf(id -> !runs.healthy().contains(id)
                && routers.stream()
                        .noneMatch(router ->
                                router.usableOf(cluster.name(), service).contains(id)));
        return serving;
    }

    /** Those of a service that are withdrawn and still run. */
    static Set<String> runningOf(ClusterState cluster, String service, ServiceObservation runs) {
        Set<String> running = new TreeSet<>(cluster.withdrawnOf(service));
        running.retainAll(runs.ids());
        return running;
    }

    static Set<String> active(ClusterState cluster, String service, ServiceObservation runs) {
        Set<String> active = new TreeSet<>(runs.ids());
        active.removeAll(cluster.withdrawnOf(service));
        return active;
    }

    /** First those that do not serve. */
    static List<String> leaving(Set<String> active, ServiceObservation runs, int count) {
        return active.stream()
                .sorted(Comparator.comparing((String id) -> runs.healthy().contains(id))
                        .thenComparing(Comparator.reverseOrder()))
                .limit(count)
                .toList();
    }

    static void replace(SortedMap<String, List<String>> withdrawn, String service, Set<String> ids) {
        if (ids.isEmpty()) {
            withdrawn.remove(service);
        } else {
            withdrawn.put(service, List.copyOf(ids));
        }
    }
}
