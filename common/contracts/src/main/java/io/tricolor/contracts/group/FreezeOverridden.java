package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * A person let one upgrade go forward although freeze windows were in force: in these, and in all that come before its
 * end.
 *
 * @param windows names of the windows that were in force
 */
@EventType("cluster-group.freeze-overridden")
public record FreezeOverridden(
        String groupId, String upgradeId, List<String> windows, String overriddenBy, String reason, Instant at)
        implements ClusterGroupEvent {}
