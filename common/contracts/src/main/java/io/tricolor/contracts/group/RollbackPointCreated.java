package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A position one can go back to.
 *
 * @param rollbackPointId unique in the group
 * @param sequence position in the stream whose state it names
 * @param cluster that served
 * @param manifest it ran
 * @param instances it had, by service name
 * @param strategies of all clusters at that position
 */
@EventType("cluster-group.rollback-point-created")
public record RollbackPointCreated(
        String groupId,
        String rollbackPointId,
        long sequence,
        String cluster,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        SortedMap<String, RouteStrategy> strategies,
        Instant at)
        implements ClusterGroupEvent {}
