package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * All clusters are RED and routers drop the group: its table of this version says that the group is deleted.
 *
 * @param tableVersion of the table that ends the group for routers
 * @param evidence what was seen
 */
@EventType("cluster-group.traffic-ended")
public record TrafficEnded(String groupId, long tableVersion, SortedMap<String, String> evidence, Instant at)
        implements ClusterGroupEvent {}
