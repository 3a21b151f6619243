package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;

/**
 * A new epoch began. Routers keep the tables that they have until the clusters that are to take requests are whole and
 * known to every router.
 *
 * @param clusters those that are waited for
 */
@EventType("cluster-group.recovery-started")
public record RecoveryStarted(String groupId, List<String> clusters, Instant at) implements ClusterGroupEvent {}
