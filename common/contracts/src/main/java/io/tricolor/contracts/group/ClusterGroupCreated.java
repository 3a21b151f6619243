package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * A group began. All its clusters are RED.
 *
 * @param epoch rises with every creation of a group of this id; a router prefers the higher (epoch, table version)
 * @param entries how requests reach the services
 */
@EventType("cluster-group.created")
public record ClusterGroupCreated(
        String groupId,
        String application,
        String environment,
        long epoch,
        List<String> clusters,
        List<Entry> entries,
        IdentitySource identity,
        Affinity affinity,
        Instant at)
        implements ClusterGroupEvent {}
