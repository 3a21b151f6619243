package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** A cluster joined, RED. */
@EventType("cluster-group.cluster-added")
public record ClusterAdded(String groupId, String cluster, long tableVersion, Instant at)
        implements ClusterGroupEvent {}
