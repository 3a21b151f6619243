package io.tricolor.contracts.group;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster group may be asked. Who asks, when, and on which version of the group stands beside the command, not
 * in it. A
 * command that is already fulfilled changes nothing; one that cannot be is answered with a {@link
 * io.tricolor.contracts.Rejection}.
 */
public sealed interface ClusterGroupCommand {

    /** The group that is asked. */
    String groupId();

    /** Begin a group; all clusters RED. */
    record CreateClusterGroup(
            String groupId,
            String application,
            String environment,
            long epoch,
            List<String> clusters,
            List<Entry> entries,
            IdentitySource identity,
            Affinity affinity)
            implements ClusterGroupCommand {}

    /** Change how requests reach the group or how users are told apart. */
    record ChangeClusterGroup(String groupId, List<Entry> entries, IdentitySource identity, Affinity affinity)
            implements ClusterGroupCommand {}

    /** End a group none of whose clusters runs. */
    record DeleteClusterGroup(String groupId, String reason) implements ClusterGroupCommand {}

    /** Add a RED cluster. */
    record AddCluster(String groupId, String cluster) implements ClusterGroupCommand {}

    /** Remove a RED cluster that is stopped. */
    record RemoveCluster(String groupId, String cluster) implements ClusterGroupCommand {}

    /**
     * Direct the traffic by hand; while an upgrade runs only to and from YELLOW clusters that it does not touch.
     *
     * @param strategies clusters that are not named keep theirs
     */
    record ChangeRouteStrategies(String groupId, SortedMap<String, RouteStrategy> strategies, String reason)
            implements ClusterGroupCommand {}

    /**
     * Begin an upgrade of mode INSTALL, GRAYSCALE, SWITCH or ROLLING.
     *
     * @param to a RED cluster that is stopped; null: one that is free
     * @param stages for GRAYSCALE, may be empty; refused for the others
     * @param rolling for ROLLING: by how many instances; null: by the standard. Refused for the others
     * @param source the template that the plan was made by; null: none
     * @param train which it is a part of; null: none. For GRAYSCALE and SWITCH
     */
    record StartUpgrade(
            String groupId,
            String upgradeId,
            UpgradeMode mode,
            @Nullable String to,
            Manifest manifest,
            List<Stage> stages,
            UpgradePolicy policy,
            @Nullable RollingPolicy rolling,
            boolean overrideFreeze,
            @Nullable PlanSource source,
            @Nullable Train train,
            String reason)
            implements ClusterGroupCommand {

        /** One that no freeze window stands against. */
        public StartUpgrade(
                String groupId,
                String upgradeId,
                UpgradeMode mode,
                @Nullable String to,
                Manifest manifest,
                List<Stage> stages,
                UpgradePolicy policy,
                @Nullable RollingPolicy rolling,
                String reason) {
            this(groupId, upgradeId, mode, to, manifest, stages, policy, rolling, false, null, null, reason);
        }

        /** One that does not exchange instance by instance, or does so by the standard. */
        public StartUpgrade(
                String groupId,
                String upgradeId,
                UpgradeMode mode,
                @Nullable String to,
                Manifest manifest,
                List<Stage> stages,
                UpgradePolicy policy,
                String reason) {
            this(groupId, upgradeId, mode, to, manifest, stages, policy, null, reason);
        }
    }

    /**
     * Go back to a rollback point.
     *
     * @param rollbackPointId null: the newest one that names another release than the serving one
     * @param stages by which the users go back; empty: all at once
     * @param rolling to go back instance by instance; null: not so. Without stages
     */
    record StartRollback(
            String groupId,
            String upgradeId,
            @Nullable String rollbackPointId,
            List<Stage> stages,
            @Nullable RollingPolicy rolling,
            UpgradePolicy policy,
            String reason)
            implements ClusterGroupCommand {

        /** All at once. */
        public StartRollback(
                String groupId,
                String upgradeId,
                @Nullable String rollbackPointId,
                UpgradePolicy policy,
                String reason) {
            this(groupId, upgradeId, rollbackPointId, List.of(), null, policy, reason);
        }
    }

    /** Let the upgrade stand still where it is. */
    record PauseUpgrade(String groupId, String upgradeId, String reason) implements ClusterGroupCommand {}

    /** Let a paused upgrade go on, with a new deadline for its step. */
    record ResumeUpgrade(String groupId, String upgradeId, String reason) implements ClusterGroupCommand {}

    /** Turn the upgrade back. */
    record AbortUpgrade(String groupId, String upgradeId, String reason) implements ClusterGroupCommand {}

    /** Let the stage that waits for it pass. */
    record ApproveStage(String groupId, String upgradeId, String stage, String reason) implements ClusterGroupCommand {}

    /** Let the upgrade leave the stage that runs without waiting for its gates. */
    record SkipStage(String groupId, String upgradeId, String stage, String reason) implements ClusterGroupCommand {}

    /** Take the upgrade back to a stage that it has begun, as long as the cluster that served before still does. */
    record RepeatStage(String groupId, String upgradeId, String stage, String reason) implements ClusterGroupCommand {}

    /**
     * Take a rolling upgrade back to the start of the batch that waits, since not all of its instances are healthy any
     * more: its time begins anew. Decided by what is seen then, only on the version of the group that was looked at.
     */
    record RepeatBatch(String groupId, String upgradeId, int step) implements ClusterGroupCommand {}

    /**
     * Turn an upgrade back that is a part of a train, since another part of it has turned back, or has never begun.
     * Decided by what is seen then, only on the version of the group that was looked at.
     */
    record FollowTrain(String groupId, String upgradeId) implements ClusterGroupCommand {}

    /** Let the upgrade go forward although freeze windows are in force. */
    record OverrideFreeze(String groupId, String upgradeId, String reason) implements ClusterGroupCommand {}

    /** Make another one of a stage that has not begun. */
    record ChangeStage(String groupId, String upgradeId, Stage stage, String reason) implements ClusterGroupCommand {}

    /**
     * Record that a gate of the stage that runs says FAIL, and do what the stage says about that. Decided by what is
     * seen then, only on the version of the group that was looked at.
     */
    record FailStage(String groupId, String upgradeId, int step) implements ClusterGroupCommand {}

    /** Do what the running step does at its beginning, if it waited for that. Decided by what is seen then. */
    record BeginStep(String groupId, String upgradeId, int step) implements ClusterGroupCommand {}

    /**
     * Record that a step reached its goal. Decided by what is seen then, only on the version of the group that was
     * looked at.
     */
    record CompleteStep(String groupId, String upgradeId, int step) implements ClusterGroupCommand {}

    /**
     * Record that a step ran out of time. Decided by what is seen then, only on the version of the group that was
     * looked at.
     */
    record ExpireStep(String groupId, String upgradeId, int step) implements ClusterGroupCommand {}

    /**
     * Go on from the present state, above whatever others have seen. Decided by what is seen then; nothing to do when
     * nobody is ahead.
     */
    record BeginEpoch(String groupId, String reason) implements ClusterGroupCommand {}

    /**
     * Let routers have the tables of the epoch: the clusters that take requests in them serve. Decided by what is seen
     * then.
     */
    record CompleteRecovery(String groupId) implements ClusterGroupCommand {}

    /**
     * Stop a RED cluster; what it ran stays known.
     *
     * @param drainTimeout how long requests that are still under way to it are waited for
     */
    record StopCluster(String groupId, String cluster, Duration drainTimeout, String reason)
            implements ClusterGroupCommand {}

    /**
     * Bring the number of instances of a cluster to another one.
     *
     * @param instances by service name; services that are not named keep theirs
     * @param manifest for a RED cluster that is stopped: what it is to run; null: what it has or had
     * @param drainTimeout how long requests to instances that leave are waited for
     */
    record SetInstances(
            String groupId,
            String cluster,
            SortedMap<String, Integer> instances,
            @Nullable Manifest manifest,
            Duration drainTimeout,
            String reason)
            implements ClusterGroupCommand {

        /** Of the release that the cluster has or had. */
        public SetInstances(
                String groupId,
                String cluster,
                SortedMap<String, Integer> instances,
                Duration drainTimeout,
                String reason) {
            this(groupId, cluster, instances, null, drainTimeout, reason);
        }
    }

    /** Stop a cluster that was kept after an upgrade: its time has passed. Decided by what is seen then. */
    record StopKeptCluster(String groupId, String cluster) implements ClusterGroupCommand {}

    /** Do the next thing that brings a cluster to the number that was asked for. Decided by what is seen then. */
    record ContinueScaling(String groupId, String cluster) implements ClusterGroupCommand {}

    /**
     * End a group: after a time of grace take its traffic, then stop its clusters.
     *
     * @param confirmation the name of the group once more
     * @param grace how long it can still be cancelled
     * @param drainTimeout how long requests are waited for
     */
    record DecommissionGroup(String groupId, String confirmation, Duration grace, Duration drainTimeout, String reason)
            implements ClusterGroupCommand {}

    /** Keep a group that was to end; possible until its traffic is taken. */
    record CancelDecommission(String groupId, String reason) implements ClusterGroupCommand {}

    /** Do the next thing that ends a group. Decided by what is seen then. */
    record ContinueDecommission(String groupId) implements ClusterGroupCommand {}

    /** Do not wait for a router any longer. */
    record EvictRouter(String groupId, String routerId, String bootId, String reason) implements ClusterGroupCommand {}

    /**
     * Say which table each router is to run.
     *
     * @param version for PINNED: the table that routers stay at; null: the one that they are to run now. Null for
     *     FOLLOW
     * @param routers for PINNED: a newer table for single routers, by router id. Empty for FOLLOW
     */
    record ConfigureRouters(
            String groupId,
            RouterConfigurationMode mode,
            @Nullable Long version,
            SortedMap<String, Long> routers,
            String reason)
            implements ClusterGroupCommand {}

    /**
     * Give a table to single routers of a pinned group before the others.
     *
     * @param version null: the newest
     */
    record TryRouteTable(
            String groupId, List<String> routers, @Nullable Long version, String reason)
            implements ClusterGroupCommand {}

    /**
     * Give a table to all routers of a pinned group, which stays pinned.
     *
     * @param version null: the one that canaries run; without canaries the newest
     */
    record ReleaseRouteTable(String groupId, @Nullable Long version, String reason) implements ClusterGroupCommand {}

    /**
     * Publish what an earlier table said as a new one, and give it to all routers. Carries what the table said, so that
     * deciding needs no look at the past.
     *
     * @param epoch of the earlier table
     * @param version of the earlier table
     */
    record RestoreRouteTable(
            String groupId,
            long epoch,
            long version,
            List<Entry> entries,
            IdentitySource identity,
            Affinity affinity,
            SortedMap<String, RouteStrategy> strategies,
            String reason)
            implements ClusterGroupCommand {}
}
