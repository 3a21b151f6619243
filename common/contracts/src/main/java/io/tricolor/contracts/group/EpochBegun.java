package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * The group goes on from its present state, above whatever others have seen of it: its database was restored, or
 * rewound. Routers get the present strategies as a table of the new epoch, and desired states are stated anew. Routers
 * follow.
 *
 * @param epoch of all tables and desired states from now on, above every one that was seen
 * @param tableVersion of the first table of the epoch
 * @param evidence who was ahead, and by what
 */
@EventType("cluster-group.epoch-begun")
public record EpochBegun(
        String groupId, long epoch, long tableVersion, SortedMap<String, String> evidence, String reason, Instant at)
        implements ClusterGroupEvent {}
