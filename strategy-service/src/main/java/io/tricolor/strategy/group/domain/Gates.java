package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.GateJudged;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.StageApproved;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.contracts.group.WeeklyTime;
import io.tricolor.strategy.group.domain.Observation.Judged;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The part of {@link Decider} about gates. */
final class Gates {

    /** Name of the stage in which what is watched after the switch is looked at; no other stage has it. */
    static final String AFTER_THE_SWITCH = "after the switch";

    private static final String JUDGED_BY = "judged by";

    private Gates() {}

    /**
     * What gates judge by.
     *
     * @param approvers who approved the stage
     * @param lasted how long the stage has been applied by every router
     * @param judged what was said of this very try of the stage by who judges elsewhere, by gate
     */
    record Evidence(SortedSet<String> approvers, Duration lasted, Map<String, Judged> judged) {}

    /**
     * What a gate says.
     *
     * @param verdict null: it waits
     * @param why what it judged by, or what it waits for, for people
     * @param evidence what is kept with the verdict
     */
    record Judgement(@Nullable Verdict verdict, String why, SortedMap<String, String> evidence) {

        Judgement(@Nullable Verdict verdict, String why) {
            this(verdict, why, new TreeMap<>(Map.of(JUDGED_BY, why)));
        }

        boolean passes() {
            return verdict == Verdict.PASS;
        }
    }

    /** A gate that says FAIL. */
    record Failed(Stage stage, Gate gate, Judgement judgement) {}

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
            case Gate.Schedule schedule -> scheduled(schedule, now);
            case Gate.Metric metric ->
                judgedElsewhere("monitor-service", metric, evidence.judged().get(metric.name()));
            case Gate.Webhook webhook ->
                judgedElsewhere("the webhook", webhook, evidence.judged().get(webhook.name()));
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

    private static Judgement scheduled(Gate.Schedule gate, Instant now) {
        if (gate.notBefore() != null && now.isBefore(gate.notBefore())) {
            return new Judgement(null, "not before " + gate.notBefore());
        }
        if (!gate.within().isEmpty() && gate.within().stream().noneMatch(time -> time.contains(now))) {
            return new Judgement(
                    null,
                    "only within "
                            + String.join(
                                    " or ",
                                    gate.within().stream()
                                            .map(WeeklyTime::inWords)
                                            .toList()));
        }
        return new Judgement(Verdict.PASS, "it is time");
    }

    /** Nothing said is nothing to go by. */
    private static Judgement judgedElsewhere(String who, Gate gate, @Nullable Judged judged) {
        if (judged == null) {
            return new Judgement(null, who + " has not judged " + gate.name() + " yet");
        }
        String why = judged.verdict() + ": "
                + String.join(
                        ", ",
                        judged.evidence().entrySet().stream()
                                .map(fact -> fact.getKey() + " " + fact.getValue())
                                .toList());
        return new Judgement(judged.verdict(), why, judged.evidence());
    }

    /** Judgements that were asked for in this epoch for the step that runs, since it began to count. */
    static Evidence evidence(GroupState state, Upgrade upgrade, Observation seen) {
        return evidence(state, upgrade, upgrade.current().stage(), seen);
    }

    private static Evidence evidence(GroupState state, Upgrade upgrade, @Nullable String stage, Observation seen) {
        Map<String, Judged> judged = new HashMap<>();
        for (Judged one : seen.judged()) {
            if (one.stage().equals(stage)
                    && one.epoch() == state.epoch()
                    && one.fence() == upgrade.position().since()) {
                judged.put(one.gate(), one);
            }
        }
        return new Evidence(upgrade.position().approvedBy(), seen.elapsedOf(upgrade.position()), judged);
    }

    static boolean isApprovalMissing(Stage stage, Evidence evidence, Instant now) {
        return stage.gates().stream()
                .anyMatch(gate -> gate instanceof Gate.Approval
                        && !verdict(gate, evidence, now).passes());
    }

    /** Stages whose gates are looked at now: the one that waits for them, and what earlier ones go on watching. */
    static List<JudgedGate> lookedAt(Upgrade upgrade) {
        List<JudgedGate> gates = new ArrayList<>();
        Stage current = upgrade.gatedStage().orElse(null);
        if (current == null || upgrade.position().aborting()) {
            return gates;
        }
        boolean isSwitched = isAfterTheSwitch(current);
        for (Stage stage : upgrade.plan().stages()) {
            boolean isCurrent = stage.name().equals(current.name());
            if (isCurrent
                    || upgrade.plan().gateOf(stage.name()) < upgrade.position().step()) {
                for (Gate gate : stage.gates()) {
                    boolean isWatched = isSwitched ? watchedAfter(gate) != null : isWatchedLater(gate);
                    if (isJudgedElsewhere(gate) && (isCurrent || isWatched)) {
                        gates.add(new JudgedGate(stage, gate));
                    }
                }
            }
        }
        return gates;
    }

    private static boolean isJudgedElsewhere(Gate gate) {
        return switch (gate) {
            case Gate.Metric metric -> true;
            case Gate.Webhook webhook -> true;
            case Gate.Approval approval -> false;
            case Gate.Bake bake -> false;
            case Gate.Schedule schedule -> false;
        };
    }

    private static boolean isWatchedLater(Gate gate) {
        return switch (gate) {
            case Gate.Metric metric -> metric.watch();
            case Gate.Webhook webhook -> webhook.watch();
            case Gate.Approval approval -> false;
            case Gate.Bake bake -> false;
            case Gate.Schedule schedule -> false;
        };
    }

    /** How long a gate goes on being looked at after the switch; null: it does not. */
    static @Nullable Duration watchedAfter(Gate gate) {
        return switch (gate) {
            case Gate.Metric metric -> metric.watchAfter();
            case Gate.Webhook webhook -> webhook.watchAfter();
            case Gate.Approval approval -> null;
            case Gate.Bake bake -> null;
            case Gate.Schedule schedule -> null;
        };
    }

    static boolean isAfterTheSwitch(Stage stage) {
        return stage.name().equals(AFTER_THE_SWITCH);
    }

    /** The longest of the times that gates of these stages are watched after the switch; zero: none is. */
    static Duration watchedAfter(List<Stage> stages) {
        Duration longest = Duration.ZERO;
        for (Stage stage : stages) {
            for (Gate gate : stage.gates()) {
                Duration time = watchedAfter(gate);
                longest = time != null && time.compareTo(longest) > 0 ? time : longest;
            }
        }
        return longest;
    }

    /**
     * These stages, and one after the switch where a gate is watched then: both clusters run, and the new one serves.
     */
    static List<Stage> withWatch(List<Stage> stages) {
        Duration time = watchedAfter(stages);
        if (time.isZero()) {
            return stages;
        }
        List<Stage> all = new ArrayList<>(stages);
        all.add(new Stage(AFTER_THE_SWITCH, IdRule.everybody(), List.of(new Gate.Bake("watched", time))));
        return List.copyOf(all);
    }

    /** What monitor-service is asked while the step runs. Another step, or another try of it, is another judgement. */
    static List<JudgeGate> toBeJudged(GroupState state, Upgrade upgrade) {
        Release from = upgrade.plan().from();
        Stage current = upgrade.gatedStage().orElse(null);
        if (from == null || current == null) {
            return List.of();
        }
        SortedSet<String> services = new TreeSet<>();
        state.entries().forEach(entry -> services.add(entry.service()));
        List<JudgeGate> asked = new ArrayList<>();
        for (JudgedGate looked : lookedAt(upgrade)) {
            if (looked.gate() instanceof Gate.Metric metric) {
                asked.add(new JudgeGate(
                        state.groupId(),
                        upgrade.upgradeId(),
                        upgrade.position().step(),
                        looked.stage().name(),
                        metric,
                        upgrade.plan().to().cluster(),
                        from.cluster(),
                        services,
                        basisPoints(current.rule()),
                        state.epoch(),
                        upgrade.position().since(),
                        isAfterTheSwitch(current)));
            }
        }
        return asked;
    }

    /** Which programs are asked while the step runs. */
    static List<WebhookCall> toBeCalled(GroupState state, Upgrade upgrade) {
        Release from = upgrade.plan().from();
        List<WebhookCall> calls = new ArrayList<>();
        for (JudgedGate looked : lookedAt(upgrade)) {
            if (looked.gate() instanceof Gate.Webhook webhook) {
                calls.add(new WebhookCall(
                        state.groupId(),
                        upgrade.upgradeId(),
                        upgrade.position().step(),
                        looked.stage().name(),
                        webhook.name(),
                        webhook.url(),
                        upgrade.plan().to().cluster(),
                        upgrade.plan().to().manifest().version(),
                        from == null ? null : from.cluster(),
                        from == null ? null : from.manifest().version(),
                        state.epoch(),
                        upgrade.position().since(),
                        !upgrade.gatedStage()
                                .map(Stage::name)
                                .equals(Optional.of(looked.stage().name()))));
            }
        }
        return calls;
    }

    /** Null for a rule that names ids: those are no random sample. */
    private static @Nullable Integer basisPoints(IdRule rule) {
        boolean isSample = !rule.all()
                && rule.ids().isEmpty()
                && rule.intervals().isEmpty()
                && rule.idLists().isEmpty();
        return rule.percent() == null || !isSample
                ? null
                : rule.percent().movePointRight(2).intValueExact();
    }

    /** After the switch: what is said by now of the gates that are looked at. */
    static SortedMap<String, String> watched(GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        SortedMap<String, String> said = new TreeMap<>();
        if (upgrade.gatedStage().filter(Gates::isAfterTheSwitch).isPresent()) {
            for (JudgedGate looked : lookedAt(upgrade)) {
                Judgement judgement = verdict(
                        looked.gate(), evidence(state, upgrade, looked.stage().name(), seen), now);
                said.put(looked.gate().name() + " of stage " + looked.stage().name(), judgement.why());
            }
        }
        return said;
    }

    /** Gates that say FAIL, of the stage that runs, or of an earlier one that is still watched. */
    static List<Failed> failed(GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        List<Failed> failed = new ArrayList<>();
        for (JudgedGate looked : lookedAt(upgrade)) {
            Judgement judgement = verdict(
                    looked.gate(), evidence(state, upgrade, looked.stage().name(), seen), now);
            if (judgement.verdict() == Verdict.FAIL) {
                failed.add(new Failed(looked.stage(), looked.gate(), judgement));
            }
        }
        return failed;
    }

    static String inWords(List<Failed> failed) {
        return String.join(
                "; ",
                failed.stream()
                        .map(gate -> "gate " + gate.gate().name() + " of stage "
                                + gate.stage().name() + " says "
                                + gate.judgement().why())
                        .toList());
    }

    /** One event for each gate of the stage that is left. */
    static List<ClusterGroupEvent> judged(
            GroupState state, Upgrade upgrade, Stage stage, Observation seen, Instant at) {
        Evidence evidence = evidence(state, upgrade, seen);
        List<ClusterGroupEvent> events = new ArrayList<>();
        for (Gate gate : stage.gates()) {
            record(state, upgrade, stage, gate, verdict(gate, evidence, at), at).ifPresent(events::add);
        }
        return events;
    }

    /** One event for each gate that says FAIL. */
    static List<ClusterGroupEvent> judged(GroupState state, Upgrade upgrade, List<Failed> failed, Instant at) {
        List<ClusterGroupEvent> events = new ArrayList<>();
        for (Failed one : failed) {
            record(state, upgrade, one.stage(), one.gate(), one.judgement(), at).ifPresent(events::add);
        }
        return events;
    }

    private static Optional<ClusterGroupEvent> record(
            GroupState state, Upgrade upgrade, Stage stage, Gate gate, Judgement judgement, Instant at) {
        return judgement.verdict() == null
                ? Optional.empty()
                : Optional.of(new GateJudged(
                        state.groupId(),
                        upgrade.upgradeId(),
                        upgrade.position().step(),
                        stage.name(),
                        gate.name(),
                        judgement.verdict(),
                        judgement.evidence(),
                        at));
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
                || !isApprovalMissing(stage, new Evidence(approvers, Duration.ZERO, Map.of()), context.at())) {
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
