package io.tricolor.strategy.group.domain;

import java.time.Instant;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How far an upgrade is.
 *
 * @param step index of the step that runs
 * @param attempt of that step, from 1
 * @param since position in the stream of the event from which on the step's time counts
 * @param stepStartedAt when that event was recorded, for people
 * @param approvedBy who approved the stage that runs
 * @param cutOff clusters whose last requests were not waited for to the end: the drain deadline passed
 * @param freezeOverridden whether it goes forward although freeze windows are in force
 */
public record UpgradePosition(
        int step,
        int attempt,
        long since,
        Instant stepStartedAt,
        SortedSet<String> approvedBy,
        SortedSet<String> cutOff,
        boolean paused,
        boolean aborting,
        boolean freezeOverridden) {

    private static final SortedSet<String> NOBODY = Collections.emptySortedSet();

    static UpgradePosition first(long since, Instant at) {
        return new UpgradePosition(0, 1, since, at, NOBODY, NOBODY, false, false, false);
    }

    UpgradePosition atStep(int next, long sequence, Instant at) {
        return new UpgradePosition(next, 1, sequence, at, NOBODY, cutOff, paused, aborting, freezeOverridden);
    }

    UpgradePosition retried(int expiredAttempt, long sequence, Instant at) {
        return new UpgradePosition(
                step, expiredAttempt + 1, sequence, at, approvedBy, cutOff, paused, aborting, freezeOverridden);
    }

    /** More time for the same step, which goes on. */
    UpgradePosition extended(int expiredAttempt) {
        return new UpgradePosition(
                step, expiredAttempt + 1, since, stepStartedAt, approvedBy, cutOff, paused, aborting, freezeOverridden);
    }

    /** The step's time counts from now on. */
    UpgradePosition timedFrom(long sequence, Instant at) {
        return new UpgradePosition(step, attempt, sequence, at, approvedBy, cutOff, paused, aborting, freezeOverridden);
    }

    UpgradePosition approved(String by) {
        return new UpgradePosition(
                step, attempt, since, stepStartedAt, with(approvedBy, by), cutOff, paused, aborting, freezeOverridden);
    }

    UpgradePosition unapproved() {
        return new UpgradePosition(
                step, attempt, since, stepStartedAt, NOBODY, cutOff, paused, aborting, freezeOverridden);
    }

    UpgradePosition drained(String cluster, boolean deadlinePassed) {
        SortedSet<String> next = new TreeSet<>(cutOff);
        next.remove(cluster);
        return new UpgradePosition(
                step,
                attempt,
                since,
                stepStartedAt,
                approvedBy,
                deadlinePassed ? with(cutOff, cluster) : Collections.unmodifiableSortedSet(next),
                paused,
                aborting,
                freezeOverridden);
    }

    UpgradePosition pausedNow() {
        return new UpgradePosition(
                step, attempt, since, stepStartedAt, approvedBy, cutOff, true, aborting, freezeOverridden);
    }

    UpgradePosition resumed(long sequence, Instant at) {
        return new UpgradePosition(step, 1, sequence, at, approvedBy, cutOff, false, aborting, freezeOverridden);
    }

    UpgradePosition turnedBack(int firstStep, long sequence, Instant at) {
        return new UpgradePosition(firstStep, 1, sequence, at, NOBODY, cutOff, false, true, freezeOverridden);
    }

    UpgradePosition unfrozen() {
        return new UpgradePosition(step, attempt, since, stepStartedAt, approvedBy, cutOff, paused, aborting, true);
    }

    private static SortedSet<String> with(SortedSet<String> names, String name) {
        SortedSet<String> more = new TreeSet<>(names);
        more.add(name);
        return Collections.unmodifiableSortedSet(more);
    }
}
