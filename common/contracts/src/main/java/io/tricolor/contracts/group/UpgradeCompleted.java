package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;

/** The upgrade reached its goal: {@code serving} is GREEN for everybody. */
@EventType("cluster-group.upgrade-completed")
public record UpgradeCompleted(String groupId, String upgradeId, String serving, Instant at)
        implements ClusterGroupEvent {}
