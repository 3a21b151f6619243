package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * The group is not to end after all. Its traffic was not touched.
 */
@EventType("cluster-group.decommission-cancelled")
public record DecommissionCancelled(String groupId, String cancelledBy, String reason, Instant at)
        implements ClusterGroupEvent {}
