package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.strategy.group.domain.ClusterState;
import java.util.Objects;

/** How desired states are written. */
final class DesiredStates {

    private DesiredStates() {}

    /** Names the newest desired state of a cluster by its content; the cluster has a manifest. */
    static String digest(ClusterState cluster) {
        return CanonicalJson.digestOfDesiredState(
                Objects.requireNonNull(cluster.manifest()), cluster.instances(), cluster.withdrawn());
    }
}
