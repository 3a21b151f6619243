package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * Nobody sends to the instances that leave any more, and nothing is under way to them, or it was not waited for to the
 * end.
 *
 * @param evidence what was seen
 */
@EventType("cluster-group.cluster-scaling-drained")
public record ClusterScalingDrained(String groupId, String cluster, SortedMap<String, String> evidence, Instant at)
        implements ClusterGroupEvent {}
