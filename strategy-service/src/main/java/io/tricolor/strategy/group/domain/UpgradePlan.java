package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.PlanSource;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.Train;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an upgrade is to do.
 *
 * @param from what served at its start; null for INSTALL
 * @param to what is to serve
 * @param stages by which the traffic moves; steps name them
 * @param steps done ones included; an abort replaces what was left of them
 * @param rollbackPointId for a rollback: where to; null: it is none
 * @param source the template that it was made by; null: none
 * @param train which it is a part of; null: none
 */
public record UpgradePlan(
        String upgradeId,
        UpgradeMode mode,
        @Nullable Release from,
        Release to,
        List<Stage> stages,
        List<UpgradeStep> steps,
        UpgradePolicy policy,
        @Nullable String rollbackPointId,
        Request request,
        @Nullable PlanSource source,
        @Nullable Train train) {

    /** Who asked for it, why and when. */
    public record Request(String by, String reason, Instant at) {}

    /** Whether it goes back to what was there before, however. */
    public boolean isRollback() {
        return rollbackPointId != null;
    }

    /** Whether it is the stage after the switch, in which nothing moves and gates of others are looked at. */
    public static boolean isAfterTheSwitch(Stage stage) {
        return Gates.isAfterTheSwitch(stage);
    }

    /** Names of the gates that are looked at after the switch. */
    public List<String> watchedAfterTheSwitch() {
        return stages.stream()
                .flatMap(stage -> stage.gates().stream())
                .filter(gate -> Gates.watchedAfter(gate) != null)
                .map(Gate::name)
                .distinct()
                .toList();
    }

    /** The stage of that name. */
    Stage stage(String name) {
        return stages.stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("upgrade " + upgradeId + " has no stage " + name));
    }

    /** Index of the step that directs the users of a stage; -1: there is none, as for a batch of instances. */
    int routeOf(String stage) {
        return indexOf(UpgradeStep.Kind.ROUTE, stage);
    }

    /** Index of the step that waits for the gates of a stage; -1: there is no such stage. */
    int gateOf(String stage) {
        return indexOf(UpgradeStep.Kind.GATE, stage);
    }

    private int indexOf(UpgradeStep.Kind kind, String stage) {
        for (int i = 0; i < steps.size(); i++) {
            UpgradeStep step = steps.get(i);
            if (step.kind() == kind && stage.equals(step.stage())) {
                return i;
            }
        }
        return -1;
    }

    UpgradePlan with(Stage changed) {
        List<Stage> all = stages.stream()
                .map(stage -> stage.name().equals(changed.name()) ? changed : stage)
                .toList();
        return new UpgradePlan(upgradeId, mode, from, to, all, steps, policy, rollbackPointId, request, source, train);
    }

    UpgradePlan withWayBack(int firstStep, List<UpgradeStep> wayBack) {
        List<UpgradeStep> all = new ArrayList<>(steps.subList(0, firstStep));
        all.addAll(wayBack);
        return new UpgradePlan(
                upgradeId, mode, from, to, stages, List.copyOf(all), policy, rollbackPointId, request, source, train);
    }
}
