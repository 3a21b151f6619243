package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A person took the upgrade back to a stage: its users, and its gates anew. Or Tricolor to a batch of instances that
 * are not all healthy any more.
 *
 * @param step index of the step that directs the users of the stage, or starts the batch, from 0; the upgrade goes on
 *     from there
 */
@EventType("cluster-group.stage-repeated")
public record StageRepeated(
        String groupId, String upgradeId, int step, String stage, String repeatedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
