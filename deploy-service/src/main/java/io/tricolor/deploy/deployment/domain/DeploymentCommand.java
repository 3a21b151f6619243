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

    /** Take up a wish. */
    record TakeUp(@TargetAggregateIdentifier String deploymentId, EnsureCluster wish, Instant at)
            implements DeploymentCommand {

        public static TakeUp of(EnsureCluster wish, Instant at) {
            return new TakeUp(wish.groupId() + "/" + wish.cluster(), wish, at);
        }
    }

    /** Record how many instances there are of the wish with this fence. */
    record RecordCounts(
            @TargetAggregateIdentifier String deploymentId,
            long fence,
            SortedMap<String, Integer> running,
            SortedMap<String, Integer> healthy,
            Instant at)
            implements DeploymentCommand {}

    /** Give the wish with this fence up. */
    record GiveUp(@TargetAggregateIdentifier String deploymentId, long fence, Rejection rejection, Instant at)
            implements DeploymentCommand {}
}
