package io.tricolor.deploy.deployment.domain;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.deployment.EnsureCluster;
import java.time.Instant;
import java.util.SortedMap;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** What a deployment may be asked. */
public sealed interface DeploymentCommand {

    /** Identifier of the stream, {@code <group>/<cluster>}. */
    String deploymentId();

    /** When it was asked; becomes the time of the events. */
    Instant at();

    /** Take up a desired state, which states its digest. */
    record TakeUp(@TargetAggregateIdentifier String deploymentId, EnsureCluster desired, Instant at)
            implements DeploymentCommand {

        public static TakeUp of(EnsureCluster desired, Instant at) {
            return new TakeUp(desired.groupId() + "/" + desired.cluster(), desired, at);
        }
    }

    /** Record how many instances there are of the desired state of this order. */
    record RecordCounts(
            @TargetAggregateIdentifier String deploymentId,
            Order order,
            SortedMap<String, Integer> running,
            SortedMap<String, Integer> healthy,
            Instant at)
            implements DeploymentCommand {}

    /** Give the desired state of this order up. */
    record GiveUp(@TargetAggregateIdentifier String deploymentId, Order order, Rejection rejection, Instant at)
            implements DeploymentCommand {}
}
