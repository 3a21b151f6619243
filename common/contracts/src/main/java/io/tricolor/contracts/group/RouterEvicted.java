package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** A person declared a router gone; upgrades no longer wait for it until it starts anew with another {@code bootId}. */
@EventType("cluster-group.router-evicted")
public record RouterEvicted(String groupId, String routerId, String bootId, String reason, Instant at)
        implements ClusterGroupEvent {}
