package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.GateJudged;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.StageApproved;
import io.tricolor.contracts.group.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The part of {@link Decider} about gates. */
final class Gates {

    private Gates() {}

    /**
     * What gates judge by.
     *
     * @param approvers who approved the stage
     * @param lasted how long the stage has been applied by every router
     */
    record Evidence(SortedSet<String> approvers, Duration lasted) {}

    /**
     * What a gate says.
     *
     * @param verdict null: it waits
     * @param why what it judged by, or what it waits for, for people
     */
    record Judgement(@Nullable Verdict verdict, String why) {

        boolean passes() {
            return verdict == Verdict.PASS;
        }
    }

    /**
     * The one judgement of a gate.
     *
     * @param now for people: when something is due
     */
    static Judgement verdict(Gate gate, Evidence evidence, Instant now) {
        return switch (gate) {
            case Gate.Approval approval -> approved(approval, evidence.approvers());
            case Gate.Bake bake -> {
                Duration left = bake.time().minus(evidence.lasted());
                yield left.isPositive()
                        ? new Judgement(null, "lasts until about " + now.plus(left))
                        : new Judgement(Verdict.PASS, "lasted " + bake.time());
            }
            case Gate.Metric metric -> new Judgement(null, "monitor-service has not judged " + metric.name() + " yet");
        };
    }

    private static Judgement approved(Gate.Approval gate, SortedSet<String> approvers) {
        if (approvers.size() >= gate.approvals()) {
            return new Judgement(Verdict.PASS, "approved by " + String.join(", ", approvers));
        }
        return new Judgement(
                null,
                approvers.isEmpty()
                        ? "nobody has approved yet"
                        : approvers.size() + " of " + gate.approvals() + ": " + String.join(", ", approvers));
    }

    static Evidence evidence(Upgrade upgrade, Observation seen) {
        return new Evidence(upgrade.position().approvedBy(), seen.elapsedOf(upgrade.position()));
    }

    static boolean isApprovalMissing(Stage stage, Evidence evidence, Instant now) {
        return stage.gates().stream()
                .anyMatch(gate -> gate instanceof Gate.Approval
                        && !verdict(gate, evidence, now).passes());
    }

    /** One event for each gate of the stage that is left. */
    static List<ClusterGroupEvent> judged(
            GroupState state, Upgrade upgrade, Stage stage, Observation seen, Instant at) {
        List<ClusterGroupEvent> events = new ArrayList<>();
        for (Gate gate : stage.gates()) {
            Judgement judgement = verdict(gate, evidence(upgrade, seen), at);
            if (judgement.verdict() != null) {
                events.add(new GateJudged(
                        state.groupId(),
                        upgrade.upgradeId(),
                        upgrade.position().step(),
                        stage.name(),
                        gate.name(),
                        judgement.verdict(),
                        new TreeMap<>(Map.of("judged by", judgement.why())),
                        at));
            }
        }
        return events;
    }

    static List<ClusterGroupEvent> approve(GroupState state, ApproveStage c, DecisionContext context) {
        Upgrade upgrade = Upgrades.running(state, c.upgradeId());
        Stage stage = upgrade.gatedStage()
                .filter(gated -> gated.name().equals(c.stage())
                        && gated.gates().stream().anyMatch(Gate.Approval.class::isInstance))
                .orElseThrow(() -> new Rejected(
                        Code.NO_APPROVAL_PENDING,
                        "stage " + c.stage() + " does not wait for an approval; the upgrade is at: "
                                + upgrade.current().title()));
        SortedSet<String> approvers = upgrade.position().approvedBy();
        if (approvers.contains(context.actor())
                || !isApprovalMissing(stage, new Evidence(approvers, Duration.ZERO), context.at())) {
            return List.of();
        }
        String requester = upgrade.plan().request().by();
        if (context.actor().equals(requester)) {
            throw new Rejected(
                    Code.APPROVER_IS_REQUESTER, context.actor() + " asked for this upgrade; someone else must approve");
        }
        return List.of(new StageApproved(
                state.groupId(),
                c.upgradeId(),
                upgrade.position().step(),
                stage.name(),
                context.actor(),
                c.reason(),
                context.at()));
    }
}
