package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.Rejection;
import java.time.Instant;

/** A desired state was refused and changed nothing. */
@EventType("deploy.ensure-rejected")
public record EnsureRejected(
        String groupId, String cluster, String commandId, long fence, Rejection rejection, Instant observedAt)
        implements DeploymentObservation {}
