package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * The cluster has the instances that were asked for.
 *
 * @param evidence what was seen
 */
@EventType("cluster-group.cluster-scaling-completed")
public record ClusterScalingCompleted(String groupId, String cluster, SortedMap<String, String> evidence, Instant at)
        implements ClusterGroupEvent {}
