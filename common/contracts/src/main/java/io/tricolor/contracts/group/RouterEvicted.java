package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** A person declared a router gone; upgrades no longer wait for it until it registers anew. */
@EventType("cluster-group.router-evicted")
public record RouterEvicted(String groupId, String routerId, String reason, Instant at) implements ClusterGroupEvent {}
