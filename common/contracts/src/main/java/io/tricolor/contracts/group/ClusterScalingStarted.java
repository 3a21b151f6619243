package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedMap;

/**
 * The number of instances of a cluster is brought to what a person asked for. One that was under way for the cluster is
 * replaced.
 *
 * @param instances the goal, by service name; 0 for all: the cluster is to be stopped
 * @param drainTimeout how long requests to instances that leave are waited for
 * @param requestedBy who asked for it
 */
@EventType("cluster-group.cluster-scaling-started")
public record ClusterScalingStarted(
        String groupId,
        String cluster,
        SortedMap<String, Integer> instances,
        Duration drainTimeout,
        String requestedBy,
        String reason,
        Instant at)
        implements ClusterGroupEvent {}
