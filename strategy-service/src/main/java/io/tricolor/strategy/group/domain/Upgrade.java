package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStep;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The upgrade that runs.
 *
 * @param from cluster that served at its start; null for INSTALL
 * @param fromManifest what {@code from} ran at the start; null for INSTALL
 * @param fromInstances how many instances {@code from} had at the start; empty for INSTALL
 * @param steps the plan, done steps included; an abort replaces what was left of it
 * @param step index of the step that runs
 * @param attempt of that step, from 1
 * @param stepStartedAt when that step, or its newest attempt, began
 * @param approvedBy who approved the gate that runs; null: nobody yet
 */
public record Upgrade(
        String upgradeId,
        UpgradeMode mode,
        @Nullable String from,
        @Nullable Manifest fromManifest,
        SortedMap<String, Integer> fromInstances,
        String to,
        Manifest manifest,
        SortedMap<String, Integer> instances,
        List<UpgradeStep> steps,
        UpgradePolicy policy,
        @Nullable String rollbackPointId,
        String requestedBy,
        String reason,
        Instant startedAt,
        int step,
        int attempt,
        Instant stepStartedAt,
        @Nullable String approvedBy,
        boolean paused,
        boolean aborting) {

    /** The step that runs. */
    public UpgradeStep current() {
        return steps.get(step);
    }

    boolean isLastStep() {
        return step == steps.size() - 1;
    }

    Upgrade atStep(int next, Instant at) {
        return with(steps, next, 1, at, null, paused, aborting);
    }

    Upgrade retried(int expiredAttempt, Instant at) {
        return with(steps, step, expiredAttempt + 1, at, approvedBy, paused, aborting);
    }

    Upgrade approved(String by) {
        return with(steps, step, attempt, stepStartedAt, by, paused, aborting);
    }

    Upgrade pausedNow() {
        return with(steps, step, attempt, stepStartedAt, approvedBy, true, aborting);
    }

    Upgrade resumedAt(Instant at) {
        return with(steps, step, attempt, at, approvedBy, false, aborting);
    }

    Upgrade withClockRestarted(Instant at) {
        return with(steps, step, attempt, at, approvedBy, paused, aborting);
    }

    Upgrade turnedBack(List<UpgradeStep> all, int first, Instant at) {
        return with(all, first, 1, at, null, false, true);
    }

    private Upgrade with(
            List<UpgradeStep> nextSteps,
            int nextStep,
            int nextAttempt,
            Instant nextStepStartedAt,
            @Nullable String nextApprovedBy,
            boolean nowPaused,
            boolean nowAborting) {
        return new Upgrade(
                upgradeId,
                mode,
                from,
                fromManifest,
                fromInstances,
                to,
                manifest,
                instances,
                nextSteps,
                policy,
                rollbackPointId,
                requestedBy,
                reason,
                startedAt,
                nextStep,
                nextAttempt,
                nextStepStartedAt,
                nextApprovedBy,
                nowPaused,
                nowAborting);
    }
}
