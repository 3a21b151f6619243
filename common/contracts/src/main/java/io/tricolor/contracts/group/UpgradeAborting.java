package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * The upgrade turned back.
 *
 * @param steps the way back, in place of the rest of the plan; indexes go on from {@code firstStep}. In revision 1 a
 *     ROUTE names the
 *     strategies of all clusters
 */
@EventType(value = "cluster-group.upgrade-aborting", revision = 2)
public record UpgradeAborting(
        String groupId,
        String upgradeId,
        int firstStep,
        List<UpgradeStep> steps,
        String abortedBy,
        String reason,
        Instant at)
        implements ClusterGroupEvent {}
