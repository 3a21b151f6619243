package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.Rejection;
import java.time.Instant;

/** A desired state could not be met: its deadline passed, its artifact is not the pinned one, or the orchestrator refuses it. */
@EventType("cluster-deployment.failed")
public record DeploymentFailed(String groupId, String cluster, long fence, Rejection rejection, Instant at)
        implements ClusterDeploymentEvent {}
