package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** The upgrade stands still; traffic stays where it is. */
@EventType("cluster-group.upgrade-paused")
public record UpgradePaused(String groupId, String upgradeId, String pausedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
