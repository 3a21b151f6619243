package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * The number of instances that run or are healthy changed.
 *
 * @param running by service name
 * @param healthy by service name
 */
@EventType("cluster-deployment.instances-changed")
public record InstancesChanged(
        String groupId,
        String cluster,
        long fence,
        SortedMap<String, Integer> running,
        SortedMap<String, Integer> healthy,
        Instant at)
        implements ClusterDeploymentEvent {}
