package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Duration;
import java.time.Instant;

/**
 * The group is to end. It takes no other commands from here on; traffic stays as it is for the time of grace.
 *
 * @param grace how long it can still be cancelled
 * @param drainTimeout how long requests are waited for
 * @param requestedBy who asked for it
 */
@EventType("cluster-group.decommission-started")
public record DecommissionStarted(
        String groupId, Duration grace, Duration drainTimeout, String requestedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
