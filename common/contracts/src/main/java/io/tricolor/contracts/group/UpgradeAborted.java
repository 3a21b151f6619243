package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The way back is done. {@code serving} is GREEN; null when none ever was. */
@EventType("cluster-group.upgrade-aborted")
public record UpgradeAborted(
        String groupId, String upgradeId, @Nullable String serving, Instant at) implements ClusterGroupEvent {}
