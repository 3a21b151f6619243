package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.group.Manifest;
import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** A desired state was accepted; see {@link EnsureCluster} for its members. */
@EventType("cluster-deployment.desired")
public record DeploymentDesired(
        String groupId,
        String cluster,
        String commandId,
        long fence,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        @Nullable Instant deadline,
        @Nullable String upgradeId,
        Instant at)
        implements ClusterDeploymentEvent {}
