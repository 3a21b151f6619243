package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.Rejection;
import java.time.Instant;

/**
 * A desired state could not be met: its deadline passed, its artifact is not the pinned one, or the orchestrator refuses it. In
 * revision 1 there is no {@code epoch}.
 */
@EventType(value = "cluster-deployment.failed", revision = 2)
public record DeploymentFailed(String groupId, String cluster, long epoch, long fence, Rejection rejection, Instant at)
        implements ClusterDeploymentEvent {}
