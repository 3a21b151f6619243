package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Which table each router is to run was decided anew. Absolute: it replaces what was decided before. What a router is
 * to run never goes down.
 *
 * @param mode FOLLOW: the newest table, whatever it is
 * @param version table that all routers are to run that {@code routers} does not name; null while they follow
 * @param routers canaries: a newer table for single routers, by router id; empty while they follow
 */
@EventType("cluster-group.router-configuration-changed")
public record RouterConfigurationChanged(
        String groupId,
        RouterConfigurationMode mode,
        @Nullable Long version,
        SortedMap<String, Long> routers,
        String reason,
        Instant at)
        implements ClusterGroupEvent {}
