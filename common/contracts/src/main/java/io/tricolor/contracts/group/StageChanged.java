package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/**
 * A stage that has not begun is another one from now on. Whoever has approved the stage that runs has approved another
 * plan: these approvals no longer count.
 *
 * @param stage in place of the one of the same name
 */
@EventType("cluster-group.stage-changed")
public record StageChanged(String groupId, String upgradeId, Stage stage, String changedBy, String reason, Instant at)
        implements ClusterGroupEvent {}
