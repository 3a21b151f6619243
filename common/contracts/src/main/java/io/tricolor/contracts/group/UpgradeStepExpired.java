package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A step did not reach its goal in time.
 *
 * @param attempt from 1
 * @param outcome what follows
 * @param evidence what was missing
 */
@EventType("cluster-group.upgrade-step-expired")
public record UpgradeStepExpired(
        String groupId,
        String upgradeId,
        int step,
        int attempt,
        ExpiryPolicy outcome,
        SortedMap<String, String> evidence,
        Instant at)
        implements ClusterGroupEvent {}
