package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.OverrideFreeze;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.FreezeOverridden;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Observation.Freeze;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link Decider} about freeze windows. While one is in force no upgrade begins, and one that runs moves no
 * more users and takes no more instances away; what is under way to go back is never held.
 */
final class Freezes {

    private Freezes() {}

    static List<Freeze> inForce(DecisionContext context) {
        return context.seen() == null ? List.of() : context.seen().freezes();
    }

    static void refuseStart(GroupState state, DecisionContext context) {
        List<Freeze> inForce = inForce(context);
        if (!inForce.isEmpty()) {
            throw new Rejected(
                    Code.UPGRADE_FROZEN, "no upgrade of " + state.groupId() + " begins now: " + inWords(inForce));
        }
    }

    static List<ClusterGroupEvent> override(GroupState state, OverrideFreeze c, DecisionContext context) {
        Upgrade upgrade = Upgrades.running(state, c.upgradeId());
        if (upgrade.position().freezeOverridden()) {
            return List.of();
        }
        if (!isForward(upgrade)) {
            throw new Rejected(
                    Code.NOTHING_TO_CHANGE,
                    "upgrade " + c.upgradeId() + " is on a way back: no freeze window holds it");
        }
        List<Freeze> inForce = inForce(context);
        if (inForce.isEmpty()) {
            throw new Rejected(
                    Code.NOTHING_TO_CHANGE,
                    "no freeze window is in force for " + state.groupId() + ": nothing to override");
        }
        Decision decision = new Decision(state);
        decision.append(overridden(state, c.upgradeId(), inForce, c.reason(), context));
        if (!upgrade.position().paused() && Goals.isBeginningDue(state, upgrade)) {
            decision.beginStep(context.at(), context.seen(), false);
        }
        return decision.events();
    }

    static FreezeOverridden overridden(
            GroupState state, String upgradeId, List<Freeze> inForce, String reason, DecisionContext context) {
        return new FreezeOverridden(
                state.groupId(),
                upgradeId,
                inForce.stream().map(Freeze::window).toList(),
                context.actor(),
                reason,
                context.at());
    }

    /** Whether the step that runs waits for the end of freeze windows before it begins. */
    static boolean hold(GroupState state, Upgrade upgrade, @Nullable Observation seen) {
        UpgradeStep.Kind kind = upgrade.current().kind();
        return seen != null
                && !seen.freezes().isEmpty()
                && (kind == UpgradeStep.Kind.ROUTE || kind == UpgradeStep.Kind.STOP)
                && isForward(upgrade)
                && !upgrade.position().freezeOverridden()
                && Goals.isBeginningDue(state, upgrade);
    }

    static String inWords(List<Freeze> inForce) {
        return String.join("; ", inForce.stream().map(Freeze::inWords).toList());
    }

    private static boolean isForward(Upgrade upgrade) {
        return !upgrade.position().aborting() && upgrade.plan().mode() != UpgradeMode.ROLLBACK;
    }
}
