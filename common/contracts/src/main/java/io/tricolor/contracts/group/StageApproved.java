package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** A person let a stage pass. */
@EventType("cluster-group.stage-approved")
public record StageApproved(
        String groupId, String upgradeId, int step, String stage, String approvedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
