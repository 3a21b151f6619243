package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One cluster as the stream knows it.
 *
 * @param strategy what it takes in the newest table
 * @param manifest what it runs or ran last; null before its first release
 * @param instances desired, by service name; empty or all 0: stopped
 * @param withdrawn ids of instances that are to leave the registry, by service
 * @param fence position in the stream of the newest desired state; -1 before the first
 * @param scaling on its way to a number of instances that a person asked for; null: it is not
 * @param kept RED and running for a time after the upgrade that took its users away; null: it is not
 */
public record ClusterState(
        String name,
        RouteStrategy strategy,
        @Nullable Manifest manifest,
        SortedMap<String, Integer> instances,
        SortedMap<String, List<String>> withdrawn,
        long fence,
        @Nullable Scaling scaling,
        @Nullable Kept kept) {

    static ClusterState fresh(String name) {
        return new ClusterState(name, RouteStrategy.red(), null, new TreeMap<>(), new TreeMap<>(), -1, null, null);
    }

    /** One that takes requests again is not kept any longer: it is needed. */
    ClusterState withStrategy(RouteStrategy next) {
        return new ClusterState(
                name,
                next,
                manifest,
                instances,
                withdrawn,
                fence,
                scaling,
                next.status() == ClusterStatus.RED ? kept : null);
    }

    ClusterState withDesired(ClusterDesiredStateChanged event, long sequence) {
        return new ClusterState(
                name,
                strategy,
                event.manifest(),
                event.instances(),
                event.withdrawn(),
                sequence,
                scaling == null ? null : scaling.desired(event.instances(), sequence),
                event.instances().values().stream().anyMatch(n -> n > 0) ? kept : null);
    }

    ClusterState with(@Nullable Scaling next) {
        return new ClusterState(name, strategy, manifest, instances, withdrawn, fence, next, kept);
    }

    ClusterState keptAs(@Nullable Kept next) {
        return new ClusterState(name, strategy, manifest, instances, withdrawn, fence, scaling, next);
    }

    /** Whether routers may send to it: it is not RED in the newest table. */
    public boolean takesRequests() {
        return strategy.status() != ClusterStatus.RED;
    }

    /** How many instances of a service are to serve: those that are on their way out do not count. */
    int expected(String service) {
        int desired = instances.getOrDefault(service, 0);
        return scaling == null ? desired : Math.min(desired, scaling.target().getOrDefault(service, desired));
    }

    /** No instance of any of its services. */
    SortedMap<String, Integer> none() {
        SortedMap<String, Integer> none = new TreeMap<>();
        instances.keySet().forEach(service -> none.put(service, 0));
        return none;
    }

    /** Ids of the instances of a service that are to leave the registry, or have left it. */
    Set<String> withdrawnOf(String service) {
        return Set.copyOf(withdrawn.getOrDefault(service, List.of()));
    }

    /** Whether the newest desired state asks for at least one instance. */
    public boolean wantsInstances() {
        return instances.values().stream().anyMatch(n -> n > 0);
    }
}
