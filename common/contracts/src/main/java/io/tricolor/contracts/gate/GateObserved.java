package io.tricolor.contracts.gate;

import io.tricolor.contracts.EventType;
import io.tricolor.contracts.group.Verdict;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the numbers say of a gate by now. Sent at once when the verdict changes, else at most once a second. Of those
 * with the identity of one {@link JudgeGate} the one with the highest observation counts; times order nothing.
 *
 * @param gate name of the gate
 * @param epoch of the judgement that is answered
 * @param fence of the judgement that is answered
 * @param observation counter of monitor-service's database, rises with each observation, also over restarts
 * @param verdict INCONCLUSIVE: nothing can be said yet
 * @param evidence what it judged by, for people and for the record; {@code needed}: about how many more requests of the
 *     canary a verdict takes, while it is INCONCLUSIVE and that can be said
 */
@EventType("monitor.gate-observed")
public record GateObserved(
        String groupId,
        String upgradeId,
        int step,
        String stage,
        String gate,
        long epoch,
        long fence,
        long observation,
        Verdict verdict,
        SortedMap<String, String> evidence,
        Instant at)
        implements GateObservation {

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing map
    public GateObserved {
        evidence = Collections.unmodifiableSortedMap(evidence == null ? new TreeMap<>() : new TreeMap<>(evidence));
    }
}
