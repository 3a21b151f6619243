package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A person let the upgrade leave a stage whose gates had not all passed.
 *
 * @param step index of the step that waited for the gates, from 0
 */
@EventType("cluster-group.stage-skipped")
public record StageSkipped(
        String groupId, String upgradeId, int step, String stage, String skippedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
