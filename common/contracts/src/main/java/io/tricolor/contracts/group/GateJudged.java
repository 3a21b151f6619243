package io.tricolor.contracts.group;

import io.tricolor.contracts.EventType;
import java.time.Instant;
import java.util.SortedMap;

/**
 * A gate of the running stage came to its verdict.
 *
 * @param step index of the step that waits for the gates, from 0
 * @param gate its name in the stage
 * @param evidence what it judged by
 */
@EventType("cluster-group.gate-judged")
public record GateJudged(
        String groupId,
        String upgradeId,
        int step,
        String stage,
        String gate,
        Verdict verdict,
        SortedMap<String, String> evidence,
        Instant at)
        implements ClusterGroupEvent {}
