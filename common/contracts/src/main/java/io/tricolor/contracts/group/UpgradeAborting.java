package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * The upgrade turned back.
 *
 * @param steps the way back, in place of the rest of the plan; indexes go on from {@code firstStep}
 */
@EventType("cluster-group.upgrade-aborting")
public record UpgradeAborting(
        String groupId,
        String upgradeId,
        int firstStep,
        List<UpgradeStep> steps,
        String abortedBy,
        String reason,
        Instant at)
        implements ClusterGroupEvent {}
