package io.tricolor.contracts.deployment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/** What deploy-service may be asked, on topic {@code tricolor.deploy.commands.v1}, key group id. */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface DeployCommand permits EnsureCluster {

    /** Equal for every repetition of the same desired state. */
    String commandId();

    String groupId();
}
