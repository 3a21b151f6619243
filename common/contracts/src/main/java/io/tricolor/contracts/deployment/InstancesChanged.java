package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * The number of instances that run or are healthy changed. In revision 1 there is no {@code epoch}.
 *
 * @param running by service name
 * @param healthy by service name
 */
@EventType(value = "cluster-deployment.instances-changed", revision = 2)
public record InstancesChanged(
        String groupId,
        String cluster,
        long epoch,
        long fence,
        SortedMap<String, Integer> running,
        SortedMap<String, Integer> healthy,
        Instant at)
        implements ClusterDeploymentEvent {}
