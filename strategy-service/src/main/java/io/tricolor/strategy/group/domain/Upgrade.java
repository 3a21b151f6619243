package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The upgrade that runs: what it is to do, and how far it is. */
public record Upgrade(UpgradePlan plan, UpgradePosition position) {

    public String upgradeId() {
        return plan.upgradeId();
    }

    /** The step that runs. */
    public UpgradeStep current() {
        return plan.steps().get(position.step());
    }

    /** The stage whose gates are waited for, if the step that runs does. */
    public Optional<Stage> gatedStage() {
        UpgradeStep step = current();
        return step.kind() == UpgradeStep.Kind.GATE
                ? Optional.of(plan.stage(Objects.requireNonNull(step.stage())))
                : Optional.empty();
    }

    /** Whether the cluster is one that the upgrade goes from or to. */
    public boolean touches(String cluster) {
        return plan.to().cluster().equals(cluster)
                || (plan.from() != null && plan.from().cluster().equals(cluster));
    }

    boolean isLastStep() {
        return position.step() == plan.steps().size() - 1;
    }

    Upgrade at(UpgradePosition next) {
        return new Upgrade(plan, next);
    }

    /** What START asks for. */
    Release started(UpgradeStep step) {
        String cluster = Objects.requireNonNull(step.cluster());
        Release release = cluster.equals(plan.to().cluster()) ? plan.to() : Objects.requireNonNull(plan.from());
        return step.instances() == null
                ? release
                : new Release(cluster, release.manifest(), new TreeMap<>(step.instances()));
    }

    /** Index of the step that started the batch of instances that the running step waits for; -1: it waits for none. */
    int startOfBatch() {
        UpgradeStep waits = current();
        if (plan.mode() != UpgradeMode.ROLLING || waits.stage() == null || plan.routeOf(waits.stage()) >= 0) {
            return -1;
        }
        for (int i = position.step(); i >= 0; i--) {
            if (plan.steps().get(i).kind() == UpgradeStep.Kind.START) {
                return i;
            }
        }
        return -1;
    }

    /** Whether the running step takes some of the instances of this cluster away, and leaves it the others. */
    boolean isShrinking(ClusterState cluster) {
        UpgradeStep step = current();
        return step.kind() == UpgradeStep.Kind.STOP
                && step.instances() != null
                && cluster.name().equals(step.cluster());
    }

    /** Whether a number of instances that the cluster is on its way to is this upgrade's. */
    boolean scales(ClusterState cluster) {
        return plan.mode() == UpgradeMode.ROLLING && touches(cluster.name());
    }

    /** How many instances STOP leaves of what runs. */
    static SortedMap<String, Integer> left(UpgradeStep step, ClusterState cluster) {
        SortedMap<String, Integer> left = new TreeMap<>();
        cluster.instances().keySet().forEach(service -> left.put(service, 0));
        if (step.instances() != null) {
            left.putAll(step.instances());
        }
        return left;
    }
}
