package io.tricolor.contracts.deployment;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.group.Manifest;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A desired state was accepted; see {@link EnsureCluster} for its members. In revision 1 there are neither {@code epoch}, {@code
 * digest} nor {@code withdrawn}.
 */
@EventType(value = "cluster-deployment.desired", revision = 2)
public record DeploymentDesired(
        String groupId,
        String cluster,
        String commandId,
        long epoch,
        long fence,
        String digest,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        SortedMap<String, List<String>> withdrawn,
        @Nullable Instant deadline,
        @Nullable String upgradeId,
        Instant at)
        implements ClusterDeploymentEvent {

    @SuppressWarnings("NullAway") // a JSON reader passes null for what revision 1 has not
    public DeploymentDesired {
        digest = digest == null ? "" : digest;
        withdrawn = Withdrawn.of(withdrawn);
    }
}
