package io.tricolor.deploy.reconcile;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.deploy.deployment.domain.DeploymentState;
import org.jspecify.annotations.Nullable;

/** Takes what is seen of clusters and tells others. */
interface Observations {

    /** This was seen. */
    void publish(ClusterObserved observed);

    /** Nothing new is seen, and why: instances stay as last told, the complaint is passed on. */
    void unchanged(DeploymentState deployment, @Nullable String failure, @Nullable Rejection problem);
}
