package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One cluster as the stream knows it.
 *
 * @param strategy what it takes in the newest table
 * @param manifest what it runs or ran last; null before its first release
 * @param instances desired, by service name; empty or all 0: stopped
 * @param fence position in the stream of the newest desired state; -1 before the first
 */
public record ClusterState(
        String name,
        RouteStrategy strategy,
        @Nullable Manifest manifest,
        SortedMap<String, Integer> instances,
        long fence) {

    static ClusterState fresh(String name) {
        return new ClusterState(name, RouteStrategy.red(), null, new TreeMap<>(), -1);
    }

    ClusterState withStrategy(RouteStrategy next) {
        return new ClusterState(name, next, manifest, instances, fence);
    }

    ClusterState withDesired(Manifest nextManifest, SortedMap<String, Integer> nextInstances, long nextFence) {
        return new ClusterState(name, strategy, nextManifest, nextInstances, nextFence);
    }

    /** Whether the newest desired state asks for at least one instance. */
    public boolean wantsInstances() {
        return instances.values().stream().anyMatch(n -> n > 0);
    }
}
