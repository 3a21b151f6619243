package io.tricolor.contracts.gate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.EventType;
import io.tricolor.contracts.group.Gate;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Desired state: this gate is to be judged. Said again every few seconds as long as it is desired; what is not said for
 * {@value #FORGOTTEN_AFTER_SECONDS} s is forgotten, with all that was counted for it. Its identity is (group, upgrade,
 * step, stage, name of the gate, epoch, fence): another fence is another judgement, which begins with nothing.
 *
 * @param step index of the step that waits for the gate, from 0
 * @param stage name of the stage
 * @param canary the cluster that is judged
 * @param baseline the cluster that it is compared with
 * @param services what is counted: requests to any of these services; not empty
 * @param basisPoints hundredths of a percent of the ids that the stage takes, where it takes them by percent alone;
 *     null: the stage names ids, which are no random sample of all
 * @param epoch of the group
 * @param fence position in the group's stream from which the step's time counts; rises within an epoch
 * @param switched whether the baseline serves nobody any more: it is compared with what was counted of it before
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@EventType("monitor.judge-gate")
public record JudgeGate(
        String groupId,
        String upgradeId,
        int step,
        String stage,
        Gate.Metric gate,
        String canary,
        String baseline,
        SortedSet<String> services,
        @Nullable Integer basisPoints,
        long epoch,
        long fence,

        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean switched)
        implements GateCommand {

    /** One while the baseline serves. */
    public JudgeGate(
            String groupId,
            String upgradeId,
            int step,
            String stage,
            Gate.Metric gate,
            String canary,
            String baseline,
            SortedSet<String> services,
            @Nullable Integer basisPoints,
            long epoch,
            long fence) {
        this(groupId, upgradeId, step, stage, gate, canary, baseline, services, basisPoints, epoch, fence, false);
    }

    /** After so many seconds without it the judgement is forgotten. */
    public static final int FORGOTTEN_AFTER_SECONDS = 60;

    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing set
    public JudgeGate {
        services = Collections.unmodifiableSortedSet(services == null ? new TreeSet<>() : new TreeSet<>(services));
    }
}
