package io.tricolor.contracts.deployment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What deploy-service answers, on topic {@code tricolor.deploy.observations.v1}, key group id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface DeploymentObservation permits ClusterObserved, EnsureRejected {

    String groupId();

    String cluster();
}
