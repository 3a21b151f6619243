package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Duration;
import java.time.Instant;

/**
 * An upgrade has left the cluster that served before it running, RED, so that a rollback needs no start; it is stopped
 * after a time.
 *
 * @param time how long it is kept
 * @param drainTimeout how long requests that may still be under way to it are waited for then
 */
@EventType("cluster-group.old-cluster-kept")
public record OldClusterKept(
        String groupId, String upgradeId, String cluster, Duration time, Duration drainTimeout, Instant at)
        implements ClusterGroupEvent {}
