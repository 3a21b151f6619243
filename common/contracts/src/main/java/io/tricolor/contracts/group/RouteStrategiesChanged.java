package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The traffic was directed anew; routers get it as one table.
 *
 * @param tableVersion from 1, rises by one with every table
 * @param strategies of every cluster of the group
 * @param upgradeId the upgrade that did it; null when a person did
 */
@EventType("cluster-group.route-strategies-changed")
public record RouteStrategiesChanged(
        String groupId,
        long tableVersion,
        SortedMap<String, RouteStrategy> strategies,
        @Nullable String upgradeId,
        String reason,
        Instant at)
        implements ClusterGroupEvent {}
