package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.ChangeStage;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatStage;
import io.tricolor.contracts.group.ClusterGroupCommand.SkipStage;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.StageChanged;
import io.tricolor.contracts.group.StageRepeated;
import io.tricolor.contracts.group.StageSkipped;
import io.tricolor.contracts.group.UpgradeStep;
import java.util.List;
import java.util.Objects;

/** The part of {@link Decider} about what people do to the stages of an upgrade that runs. */
final class Stages {

    private Stages() {}

    /** Leaves the stage that waits for its gates. Who asked for the upgrade cannot replace the approval of others. */
    static List<ClusterGroupEvent> skip(GroupState state, SkipStage c, DecisionContext context) {
        Upgrade upgrade = forward(state, c.upgradeId());
        int gate = upgrade.plan().gateOf(c.stage());
        if (gate < 0) {
            throw notFound(upgrade, c.stage());
        }
        UpgradeStep current = upgrade.current();
        if (upgrade.position().step() > gate) {
            return List.of(); // it is behind
        }
        if (upgrade.position().step() < gate) {
            throw new Rejected(
                    Code.STAGE_NOT_CURRENT,
                    "stage " + c.stage() + " does not wait for its gates yet; the upgrade is at: " + current.title());
        }
        Stage stage = upgrade.plan().stage(c.stage());
        if (stage.gates().stream().anyMatch(Gate.Approval.class::isInstance)
                && context.actor().equals(upgrade.plan().request().by())) {
            throw new Rejected(
                    Code.APPROVER_IS_REQUESTER,
                    context.actor() + " asked for this upgrade; someone else must let stage " + c.stage() + " pass");
        }
        Decision decision = new Decision(state);
        decision.append(new StageSkipped(
                state.groupId(),
                c.upgradeId(),
                upgrade.position().step(),
                c.stage(),
                context.actor(),
                c.reason(),
                context.at()));
        goOn(decision, context);
        return decision.events();
    }

    /** Possible as long as the cluster that served before still does: from there on the way is an abort. */
    static List<ClusterGroupEvent> repeat(GroupState state, RepeatStage c, DecisionContext context) {
        Upgrade upgrade = forward(state, c.upgradeId());
        int route = begun(upgrade, c.stage());
        if (upgrade.position().step() == route) {
            return List.of();
        }
        Release from = Objects.requireNonNull(upgrade.plan().from());
        ClusterState before = state.cluster(from.cluster());
        if (before.strategy().status() != ClusterStatus.GREEN
                || !before.strategy().id().all()) {
            throw new Rejected(
                    Code.STAGE_NOT_CURRENT,
                    "cluster " + before.name() + " does not serve any more; abort the upgrade or roll back instead");
        }
        Decision decision = new Decision(state);
        decision.append(new StageRepeated(
                state.groupId(), c.upgradeId(), route, c.stage(), context.actor(), c.reason(), context.at()));
        goOn(decision, context);
        return decision.events();
    }

    static List<ClusterGroupEvent> change(GroupState state, ChangeStage c, DecisionContext context) {
        Upgrade upgrade = forward(state, c.upgradeId());
        Checks.stages(List.of(c.stage()));
        String name = c.stage().name();
        boolean isWatched = upgrade.plan().gateOf(Gates.AFTER_THE_SWITCH) >= 0;
        if (!isWatched && !Gates.watchedAfter(List.of(c.stage())).isZero()) {
            throw new Rejected(
                    Code.INVALID_STAGES,
                    "the plan of this upgrade has no time after the switch in which a gate of stage " + name
                            + " could be watched; it would have to be named at the start");
        }
        int route = routeOf(upgrade, name);
        if (upgrade.plan().stage(name).equals(c.stage())) {
            return List.of();
        }
        if (upgrade.position().step() >= route) {
            throw new Rejected(
                    Code.STAGE_BEGUN,
                    "stage " + name + " has begun; repeat an earlier one, or change one that follows");
        }
        return List.of(
                new StageChanged(state.groupId(), c.upgradeId(), c.stage(), context.actor(), c.reason(), context.at()));
    }

    /** A paused upgrade stays so, and does what its step does at its beginning when it is resumed. */
    private static void goOn(Decision decision, DecisionContext context) {
        Upgrade upgrade = Objects.requireNonNull(decision.state().upgrade());
        if (!upgrade.position().paused()) {
            decision.beginStep(context.at(), context.seen(), false);
        }
    }

    private static Upgrade forward(GroupState state, String upgradeId) {
        Upgrade upgrade = Upgrades.running(state, upgradeId);
        if (upgrade.position().aborting()) {
            throw new Rejected(Code.UPGRADE_ABORTING, "upgrade " + upgradeId + " is on its way back");
        }
        return upgrade;
    }

    private static int routeOf(Upgrade upgrade, String stage) {
        if (upgrade.plan().gateOf(stage) < 0) {
            throw notFound(upgrade, stage);
        }
        int route = upgrade.plan().routeOf(stage);
        if (route < 0) {
            throw new Rejected(
                    Code.STAGE_NOT_CURRENT,
                    "stage " + stage + " moves no users, it waits: it can be approved and skipped, nothing else");
        }
        return route;
    }

    private static Rejected notFound(Upgrade upgrade, String stage) {
        return new Rejected(Code.STAGE_NOT_FOUND, "upgrade " + upgrade.upgradeId() + " has no stage '" + stage + "'");
    }

    private static int begun(Upgrade upgrade, String stage) {
        int route = routeOf(upgrade, stage);
        if (upgrade.position().step() < route) {
            throw new Rejected(
                    Code.STAGE_NOT_CURRENT,
                    "stage " + stage + " has not begun; the upgrade is at: "
                            + upgrade.current().title());
        }
        return route;
    }
}
