package io.tricolor.contracts.deployment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * Every fact the stream of a cluster's deployment can hold. Stream identifier: {@code <group id>/<cluster>}; key of
 * the Kafka record:
 * the group id.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface ClusterDeploymentEvent permits DeploymentDesired, InstancesChanged, DeploymentFailed {

    String groupId();

    String cluster();

    /** Identifier of the stream. */
    default String deploymentId() {
        return groupId() + "/" + cluster();
    }
}
