package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterAdded;
import io.tricolor.contracts.group.ClusterGroupChanged;
import io.tricolor.contracts.group.ClusterGroupCommand.AddCluster;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.DeleteClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.RemoveCluster;
import io.tricolor.contracts.group.ClusterGroupCreated;
import io.tricolor.contracts.group.ClusterGroupDeleted;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterRemoved;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Manifest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part of {@link Decider} about what a group is made of. */
final class Groups {

    private Groups() {}

    static List<ClusterGroupEvent> create(@Nullable GroupState state, CreateClusterGroup c, DecisionContext context) {
        if (state != null && !state.deleted()) {
            throw new Rejected(Code.GROUP_EXISTS, "there is a cluster group " + c.groupId() + " already");
        }
        Checks.name("group id", c.groupId());
        Checks.text("application", c.application());
        Checks.text("environment", c.environment());
        if (c.clusters().isEmpty()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "a group has at least one cluster");
        }
        if (c.clusters().stream().distinct().count() != c.clusters().size()) {
            throw new Rejected(Code.CLUSTER_EXISTS, "a cluster is named twice: " + c.clusters());
        }
        c.clusters().forEach(Checks::cluster);
        Checks.entries(c.entries());
        Checks.identity(c.identity());
        if (state != null && c.epoch() <= state.epoch()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "epoch must be above " + state.epoch());
        }
        return List.of(new ClusterGroupCreated(
                c.groupId(),
                c.application(),
                c.environment(),
                c.epoch(),
                List.copyOf(c.clusters()),
                c.entries(),
                c.identity(),
                c.affinity(),
                context.at()));
    }

    static List<ClusterGroupEvent> change(GroupState state, ChangeClusterGroup c, DecisionContext context) {
        if (c.entries().equals(state.entries())
                && c.identity().equals(state.identity())
                && c.affinity() == state.affinity()) {
            return List.of();
        }
        Upgrades.refuseWhileUpgrading(state);
        Checks.entries(c.entries());
        Checks.identity(c.identity());
        for (ClusterState cluster : state.clusters().values()) {
            Manifest manifest = cluster.manifest();
            if (cluster.strategy().status() != ClusterStatus.RED && manifest != null) {
                Manifests.servesEntries(manifest, c.entries());
            }
        }
        return List.of(new ClusterGroupChanged(
                state.groupId(), c.entries(), c.identity(), c.affinity(), state.tableVersion() + 1, context.at()));
    }

    static List<ClusterGroupEvent> delete(GroupState state, DeleteClusterGroup c, DecisionContext context) {
        Upgrades.refuseWhileUpgrading(state);
        state.clusters().values().forEach(cluster -> {
            Scalings.refuseWhileScaling(cluster);
            if (cluster.strategy().status() != ClusterStatus.RED || cluster.wantsInstances()) {
                throw new Rejected(
                        Code.GROUP_IN_SERVICE,
                        "cluster " + cluster.name() + " of " + state.groupId() + " is in service");
            }
        });
        return List.of(new ClusterGroupDeleted(state.groupId(), c.reason(), context.at()));
    }

    static List<ClusterGroupEvent> add(GroupState state, AddCluster c, DecisionContext context) {
        Checks.cluster(c.cluster());
        if (state.clusters().containsKey(c.cluster())) {
            throw new Rejected(Code.CLUSTER_EXISTS, state.groupId() + " has a cluster " + c.cluster() + " already");
        }
        Upgrades.refuseWhileUpgrading(state);
        return List.of(new ClusterAdded(state.groupId(), c.cluster(), state.tableVersion() + 1, context.at()));
    }

    static List<ClusterGroupEvent> remove(GroupState state, RemoveCluster c, DecisionContext context) {
        ClusterState cluster = state.cluster(c.cluster());
        Upgrades.refuseWhileUpgrading(state);
        if (cluster.strategy().status() != ClusterStatus.RED) {
            throw new Rejected(
                    Code.CLUSTER_NOT_RED,
                    "cluster " + c.cluster() + " is " + cluster.strategy().status()
                            + "; only a RED one can be removed");
        }
        Scalings.refuseWhileScaling(cluster);
        if (cluster.wantsInstances()) {
            throw new Rejected(Code.CLUSTER_IN_SERVICE, "cluster " + c.cluster() + " still has instances");
        }
        if (state.clusters().size() == 1) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the last cluster of a group cannot be removed");
        }
        return List.of(new ClusterRemoved(state.groupId(), c.cluster(), state.tableVersion() + 1, context.at()));
    }
}
