package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** A stopped RED cluster left. */
@EventType("cluster-group.cluster-removed")
public record ClusterRemoved(String groupId, String cluster, long tableVersion, Instant at)
        implements ClusterGroupEvent {}
