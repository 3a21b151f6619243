package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterDesiredStateChanged;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.List;
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
 */
public record ClusterState(
        String name,
        RouteStrategy strategy,
        @Nullable Manifest manifest,
        SortedMap<String, Integer> instances,
        SortedMap<String, List<String>> withdrawn,
        long fence) {

    static ClusterState fresh(String name) {
        return new ClusterState(name, RouteStrategy.red(), null, new TreeMap<>(), new TreeMap<>(), -1);
    }

    ClusterState withStrategy(RouteStrategy next) {
        return new ClusterState(name, next, manifest, instances, withdrawn, fence);
    }

    ClusterState withDesired(ClusterDesiredStateChanged event, long sequence) {
        return new ClusterState(name, strategy, event.manifest(), event.instances(), event.withdrawn(), sequence);
    }

    /** Whether the newest desired state asks for at least one instance. */
    public boolean wantsInstances() {
        return instances.values().stream().anyMatch(n -> n > 0);
    }
}
