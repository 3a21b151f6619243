package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.FailStage;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ResumeUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.FailurePolicy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradePaused;
import io.tricolor.contracts.group.UpgradeResumed;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.UpgradeStepCompleted;
import io.tricolor.contracts.group.UpgradeStepExpired;
import java.util.List;

/** The part of {@link Decider} about an upgrade that runs. */
final class Upgrades {

    private Upgrades() {}

    static List<ClusterGroupEvent> pause(GroupState state, PauseUpgrade c, DecisionContext context) {
        Upgrade upgrade = running(state, c.upgradeId());
        return upgrade.position().paused()
                ? List.of()
                : List.of(new UpgradePaused(state.groupId(), c.upgradeId(), context.actor(), c.reason(), context.at()));
    }

    static List<ClusterGroupEvent> resume(GroupState state, ResumeUpgrade c, DecisionContext context) {
        Upgrade upgrade = running(state, c.upgradeId());
        if (!upgrade.position().paused()) {
            return List.of();
        }
        Decision decision = new Decision(state);
        decision.append(new UpgradeResumed(state.groupId(), c.upgradeId(), context.actor(), c.reason(), context.at()));
        decision.beginStep(context.at(), context.seen(), true);
        return decision.events();
    }

    static List<ClusterGroupEvent> abort(GroupState state, AbortUpgrade c, DecisionContext context) {
        Upgrade upgrade = running(state, c.upgradeId());
        if (upgrade.position().aborting()) {
            return List.of();
        }
        Decision decision = new Decision(state);
        decision.turnBack(upgrade, context.actor(), c.reason(), context.at());
        return decision.events();
    }

    static List<ClusterGroupEvent> begin(GroupState state, BeginStep c, DecisionContext context) {
        Upgrade upgrade = atStep(state, c.upgradeId(), c.step(), context);
        if (!Goals.isBeginningDue(state, upgrade)) {
            return List.of();
        }
        Decision decision = new Decision(state);
        decision.beginStep(context.at(), seen(context), false);
        if (decision.events().isEmpty()) {
            throw notReached(upgrade, Goals.progress(state, upgrade, seen(context), context.at()));
        }
        return decision.events();
    }

    static List<ClusterGroupEvent> complete(GroupState state, CompleteStep c, DecisionContext context) {
        Upgrade upgrade = atStep(state, c.upgradeId(), c.step(), context);
        Observation seen = seen(context);
        Progress progress = Goals.progress(state, upgrade, seen, context.at());
        if (!progress.begun() || !progress.missing().isEmpty()) {
            upgrade.gatedStage()
                    .filter(stage -> Gates.isApprovalMissing(stage, Gates.evidence(state, upgrade, seen), context.at()))
                    .ifPresent(stage -> {
                        throw new Rejected(Code.APPROVAL_MISSING, "stage " + stage.name() + " is not approved");
                    });
            throw notReached(upgrade, progress);
        }
        Decision decision = new Decision(state);
        upgrade.gatedStage()
                .ifPresent(stage -> decision.appendAll(Gates.judged(state, upgrade, stage, seen, context.at())));
        decision.append(new UpgradeStepCompleted(
                state.groupId(), c.upgradeId(), c.step(), upgrade.current().kind(), progress.evidence(), context.at()));
        if (upgrade.isLastStep()) {
            decision.end(upgrade, context.at());
        } else {
            decision.beginStep(context.at(), seen, false);
        }
        return decision.events();
    }

    /** A FAIL counts whatever else the stage waits for, and before an approval that comes at the same time. */
    static List<ClusterGroupEvent> fail(GroupState state, FailStage c, DecisionContext context) {
        Upgrade upgrade = atStep(state, c.upgradeId(), c.step(), context);
        Observation seen = seen(context);
        List<Gates.Failed> failed = Gates.failed(state, upgrade, seen, context.at());
        if (failed.isEmpty()) {
            throw new Rejected(
                    Code.GOAL_NOT_REACHED, "no gate of '" + upgrade.current().title() + "' says FAIL");
        }
        Decision decision = new Decision(state);
        decision.appendAll(Gates.judged(state, upgrade, failed, context.at()));
        String reason = Gates.inWords(failed);
        boolean isBack = failed.stream().anyMatch(gate -> gate.stage().failurePolicy() == FailurePolicy.ROLL_BACK);
        if (isBack) {
            decision.turnBack(upgrade, Decider.SELF, reason, context.at());
        } else {
            decision.append(new UpgradePaused(state.groupId(), c.upgradeId(), Decider.SELF, reason, context.at()));
        }
        return decision.events();
    }

    static List<ClusterGroupEvent> expire(GroupState state, ExpireStep c, DecisionContext context) {
        Upgrade upgrade = atStep(state, c.upgradeId(), c.step(), context);
        Observation seen = seen(context);
        Progress progress = Goals.progress(state, upgrade, seen, context.at());
        String title = upgrade.current().title();
        if (progress.missing().isEmpty() || !Goals.isPast(upgrade, seen) || Goals.isUntimed(state, upgrade, seen)) {
            throw new Rejected(Code.STEP_NOT_CURRENT, "'" + title + "' has reached its goal, or has time left");
        }
        ExpiryPolicy outcome = outcomeOfExpiry(state, upgrade);
        Decision decision = new Decision(state);
        decision.append(new UpgradeStepExpired(
                state.groupId(),
                c.upgradeId(),
                c.step(),
                upgrade.position().attempt(),
                outcome,
                progress.all(),
                context.at()));
        String reason = "'" + title + "' did not reach its goal in time";
        switch (outcome) {
            case RETRY -> decision.beginStep(context.at(), seen, true);
            case PAUSE ->
                decision.append(new UpgradePaused(state.groupId(), c.upgradeId(), Decider.SELF, reason, context.at()));
            case ROLL_BACK -> decision.turnBack(upgrade, Decider.SELF, reason, context.at());
        }
        return decision.events();
    }

    /**
     * A way back is tried until it succeeds; and a release that serves everybody is not undone because its old
     * cluster is slow to stop.
     * It is, when the old cluster could not be stopped because the new one no longer serves.
     */
    private static ExpiryPolicy outcomeOfExpiry(GroupState state, Upgrade upgrade) {
        if (upgrade.position().aborting()) {
            return ExpiryPolicy.RETRY;
        }
        Stage gated = upgrade.gatedStage().orElse(null);
        if (gated != null) {
            return switch (gated.inconclusivePolicy()) {
                case ROLL_BACK -> ExpiryPolicy.ROLL_BACK;
                case PAUSE -> ExpiryPolicy.PAUSE;
                case HOLD -> ExpiryPolicy.RETRY;
                case EXTEND ->
                    upgrade.position().attempt() <= Stage.MOST_EXTENSIONS ? ExpiryPolicy.RETRY : ExpiryPolicy.PAUSE;
            };
        }
        ExpiryPolicy asked = upgrade.plan().policy().onExpiry();
        boolean onlySlow = upgrade.current().kind() == UpgradeStep.Kind.STOP
                && upgrade.current().instances() == null
                && !Goals.isBeginningDue(state, upgrade);
        return asked == ExpiryPolicy.ROLL_BACK && onlySlow ? ExpiryPolicy.PAUSE : asked;
    }

    static Upgrade running(GroupState state, String upgradeId) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null || !upgrade.upgradeId().equals(upgradeId)) {
            throw new Rejected(
                    Code.UPGRADE_NOT_RUNNING, "upgrade " + upgradeId + " of " + state.groupId() + " is not running");
        }
        return upgrade;
    }

    static void refuseWhileUpgrading(GroupState state) {
        if (state.upgrade() != null) {
            throw new Rejected(
                    Code.UPGRADE_RUNNING,
                    "upgrade " + state.upgrade().upgradeId() + " of " + state.groupId() + " is running");
        }
    }

    /** The upgrade, for one who looked at this version of the group while it was at that step. */
    private static Upgrade atStep(GroupState state, String upgradeId, int step, DecisionContext context) {
        requireVersion(context);
        Upgrade upgrade = running(state, upgradeId);
        if (upgrade.position().step() != step) {
            throw new Rejected(
                    Code.STEP_NOT_CURRENT,
                    "upgrade " + upgradeId + " is at step " + upgrade.position().step() + ", not " + step);
        }
        if (upgrade.position().paused()) {
            throw new Rejected(Code.UPGRADE_PAUSED, "upgrade " + upgradeId + " is paused");
        }
        Epochs.refuseWhileRecovering(state);
        return upgrade;
    }

    /** What is decided by what is seen is decided on the version that was looked at. */
    static void requireVersion(DecisionContext context) {
        if (context.expectedVersion() == null) {
            throw new Rejected(Code.VERSION_MISMATCH, "a step is recorded only on a stated version of the group");
        }
    }

    static Observation seen(DecisionContext context) {
        if (context.seen() == null) {
            throw new Rejected(Code.GOAL_NOT_REACHED, "this is decided only by what is seen of the group");
        }
        return context.seen();
    }

    private static Rejected notReached(Upgrade upgrade, Progress progress) {
        return new Rejected(
                Code.GOAL_NOT_REACHED, "'" + upgrade.current().title() + "' still lacks " + progress.missing());
    }
}
