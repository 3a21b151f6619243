package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** The group is no more; its stream stays. */
@EventType("cluster-group.deleted")
public record ClusterGroupDeleted(String groupId, String reason, Instant at) implements ClusterGroupEvent {}
