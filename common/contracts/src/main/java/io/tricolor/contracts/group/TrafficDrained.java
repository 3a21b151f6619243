package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * Every router has dropped the group, and its last requests have ended or were not waited for to the end.
 *
 * @param evidence what was seen
 */
@EventType("cluster-group.traffic-drained")
public record TrafficDrained(String groupId, SortedMap<String, String> evidence, Instant at)
        implements ClusterGroupEvent {}
