package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.Rejection;
import java.time.Instant;

/** A desired state was refused and changed nothing. In revision 1 there is no {@code epoch}. */
@EventType(value = "deploy.ensure-rejected", revision = 2)
public record EnsureRejected(
        String groupId,
        String cluster,
        String commandId,
        long epoch,
        long fence,
        Rejection rejection,
        Instant observedAt)
        implements DeploymentObservation {}
