package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs of a cluster right now. Sent on every change, and again every few seconds while nothing changes. The latest one
 * counts; it replaces all earlier ones.
 *
 * @param fence of the desired state that deploy-service holds for this cluster
 * @param services one for each service of the desired state's manifest
 * @param failure why the desired state is not being met, for people; null while there is nothing to complain about
 */
@EventType("deploy.cluster-observed")
public record ClusterObserved(
        String groupId,
        String cluster,
        long fence,
        List<ServiceObservation> services,
        @Nullable String failure,
        Instant observedAt)
        implements DeploymentObservation {

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
     */
    public record Instance(String instanceId, String host, int port, boolean healthy) {}
}
