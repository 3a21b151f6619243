package io.tricolor.strategy.scaling.reactor;

import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.scaling.domain.ScalingRules;
import io.tricolor.strategy.scaling.domain.Situation;
import java.util.List;
import java.util.Optional;

/** What rules are asked about, from the state of a group. */
public final class Situations {

    private Situations() {}

    /** The clusters that a rule for this service is about: those that take requests and have the service. */
    public static List<ClusterState> clusters(GroupState state, String service) {
        return state.clusters().values().stream()
                .filter(cluster ->
                        cluster.takesRequests() && manifest(cluster, service).isPresent())
                .toList();
    }

    /** How the service stands in such a cluster. */
    public static Situation of(GroupState state, ClusterState cluster, String service, ScalingRules rules) {
        return new Situation(
                cluster.instances().getOrDefault(service, 0),
                manifest(cluster, service).map(ServiceManifest::cpus).orElse(0.0),
                busy(state, cluster),
                rules.lastOf(cluster.name(), service));
    }

    private static Optional<ServiceManifest> manifest(ClusterState cluster, String service) {
        return cluster.manifest() == null
                ? Optional.empty()
                : cluster.manifest().services().stream()
                        .filter(each -> each.name().equals(service))
                        .findFirst();
    }

    /** Steps of an upgrade count instances, and so does everything else that is under way. */
    private static String busy(GroupState state, ClusterState cluster) {
        Upgrade upgrade = state.upgrade();
        if (upgrade != null && upgrade.touches(cluster.name())) {
            return "upgrade " + upgrade.upgradeId() + " decides how many instances the cluster has";
        }
        if (cluster.scaling() != null) {
            return "the cluster is on its way to " + cluster.scaling().target();
        }
        if (state.decommission() != null) {
            return "the group is being decommissioned";
        }
        return state.recovering() ? "the group is back after a restore and waits for its clusters" : "";
    }
}
