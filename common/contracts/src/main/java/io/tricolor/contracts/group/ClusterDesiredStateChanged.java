package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Which instances a cluster shall have. The position of this event in the stream is the fence of the commands that follow from it.
 *
 * @param manifest what shall run, or was running when it was stopped: kept for a way back
 * @param instances by service name; 0 for all: stopped
 */
@EventType("cluster-group.cluster-desired-state-changed")
public record ClusterDesiredStateChanged(
        String groupId,
        String cluster,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        @Nullable String upgradeId,
        Instant at)
        implements ClusterGroupEvent {}
