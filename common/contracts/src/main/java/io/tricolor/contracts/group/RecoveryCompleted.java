package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * All clusters that take requests serve; routers get the table of the epoch.
 *
 * @param evidence what was seen
 */
@EventType("cluster-group.recovery-completed")
public record RecoveryCompleted(String groupId, SortedMap<String, String> evidence, Instant at)
        implements ClusterGroupEvent {}
