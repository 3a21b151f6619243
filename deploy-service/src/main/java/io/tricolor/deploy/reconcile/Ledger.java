package io.tricolor.deploy.reconcile;

import io.tricolor.deploy.deployment.domain.DeploymentCommand;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import java.util.List;

/** Where deployments are kept. Blocking. */
interface Ledger {

    /** Every deployment as it stands. */
    List<DeploymentState> all();

    /** Hands in what was found out about a deployment. Throws {@link io.tricolor.contracts.Rejected} when it is refused. */
    void send(DeploymentState deployment, DeploymentCommand command);
}
