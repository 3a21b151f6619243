package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A person took the upgrade back to a stage: its users, and its gates anew.
 *
 * @param step index of the step that directs the users of the stage, from 0; the upgrade goes on from there
 */
@EventType("cluster-group.stage-repeated")
public record StageRepeated(
        String groupId, String upgradeId, int step, String stage, String repeatedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
