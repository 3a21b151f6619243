package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * How requests reach the group, or how users are told apart, changed; routers get it as a new table.
 *
 * @param tableVersion of the table that says so
 */
@EventType("cluster-group.changed")
public record ClusterGroupChanged(
        String groupId, List<Entry> entries, IdentitySource identity, Affinity affinity, long tableVersion, Instant at)
        implements ClusterGroupEvent {}
