package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** The upgrade goes on at the same step, with a new deadline. */
@EventType("cluster-group.upgrade-resumed")
public record UpgradeResumed(String groupId, String upgradeId, String resumedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
