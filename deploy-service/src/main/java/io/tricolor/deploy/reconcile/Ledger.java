package io.tricolor.deploy.reconcile;

import io.tricolor.deploy.deployment.domain.DeploymentCommand;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import java.util.List;
import java.util.Optional;

/** Where deployments are kept. Blocking. */
interface Ledger {

    /** Ids of all deployments. */
    List<String> ids();

    /** A deployment as it stands. */
    Optional<DeploymentState> find(String deploymentId);

    /**
     * Hands in what was found out about a deployment. Throws {@link io.tricolor.contracts.Rejected} when it is
     * refused.
     */
    void send(DeploymentState deployment, DeploymentCommand command);
}
