package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * Every fact the stream of a cluster group can hold. Published language: a stored record's meaning never changes; a
 * change
 * is a new revision. Who did it and for which command is in the metadata of the event (headers {@code ce_actor},
 * {@code ce_correlationid}, {@code ce_causationid} on Kafka); the position in the stream is {@code ce_sequence}, from
 * 0.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface ClusterGroupEvent
        permits ClusterGroupCreated,
                ClusterGroupChanged,
                ClusterGroupDeleted,
                ClusterAdded,
                ClusterRemoved,
                RouteStrategiesChanged,
                ClusterDesiredStateChanged,
                RollbackPointCreated,
                UpgradeStarted,
                UpgradeStepCompleted,
                UpgradeStepExpired,
                StageApproved,
                GateJudged,
                StageSkipped,
                StageRepeated,
                StageChanged,
                FreezeOverridden,
                UpgradePaused,
                UpgradeResumed,
                UpgradeAborting,
                UpgradeCompleted,
                UpgradeAborted,
                EpochBegun,
                RecoveryStarted,
                RecoveryCompleted,
                ClusterScalingStarted,
                ClusterScalingDrained,
                ClusterScalingCompleted,
                OldClusterKept,
                DecommissionStarted,
                DecommissionCancelled,
                TrafficEnded,
                TrafficDrained,
                RouterEvicted,
                RouterConfigurationChanged {

    /** Stream identifier, for example {@code shop}; also the key of the Kafka record. */
    String groupId();
}
