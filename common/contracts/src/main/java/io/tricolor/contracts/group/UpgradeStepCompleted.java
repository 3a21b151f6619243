package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A step reached its goal; the next one runs, if there is one.
 *
 * @param step index in the plan, from 0
 * @param evidence what was seen that proves it
 */
@EventType("cluster-group.upgrade-step-completed")
public record UpgradeStepCompleted(
        String groupId,
        String upgradeId,
        int step,
        UpgradeStep.Kind kind,
        SortedMap<String, String> evidence,
        Instant at)
        implements ClusterGroupEvent {}
