package io.tricolor.contracts.deployment;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventType;
import io.tricolor.contracts.Rejection;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs of a cluster right now. Sent on every change, and again every few seconds while nothing changes. The one
 * with the highest
 * epoch, then fence, then observation counts; it replaces all others. Times order nothing. In revision 1 there are
 * neither {@code
 * epoch}, {@code digest}, {@code observation} nor {@code withdrawn} of an instance.
 *
 * @param epoch of the desired state that deploy-service holds for this cluster
 * @param fence of that desired state
 * @param digest of that desired state; empty: not stated
 * @param observation counter of deploy-service's database, rises with each observation, also over restarts
 * @param services one for each service of the desired state's manifest
 * @param failure why the desired state is not being met, for people; null while there is nothing to complain about
 * @param problem what keeps the cluster from what is desired, by its code; null when there is nothing, or nothing that
 *     has a code. Not written then, as in what was written before there was one
 */
@EventType(value = "deploy.cluster-observed", revision = 2)
public record ClusterObserved(
        String groupId,
        String cluster,
        long epoch,
        long fence,
        String digest,
        long observation,
        List<ServiceObservation> services,
        @Nullable String failure,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Rejection problem,
        Instant observedAt)
        implements DeploymentObservation {

    @SuppressWarnings("NullAway") // a JSON reader passes null for what revision 1 has not
    public ClusterObserved {
        digest = digest == null ? "" : digest;
    }

    /** Without a problem that has a code. */
    public ClusterObserved(
            String groupId,
            String cluster,
            long epoch,
            long fence,
            String digest,
            long observation,
            List<ServiceObservation> services,
            @Nullable String failure,
            Instant observedAt) {
        this(groupId, cluster, epoch, fence, digest, observation, services, failure, null, observedAt);
    }

    /**
     * Counts of one service.
     *
     * @param desired instances that are desired
     * @param running instances that the orchestrator runs, of any version
     * @param healthy instances of the desired manifest that pass their health check, at most {@code running}
     */
    public record ServiceObservation(String service, int desired, int running, int healthy, List<Instance> instances) {}

    /**
     * One running instance.
     *
     * @param instanceId as the orchestrator names it
     * @param healthy passes its health check
     * @param withdrawn is to be out of the registry because the desired state says so
     */
    public record Instance(String instanceId, String host, int port, boolean healthy, boolean withdrawn) {}
}
