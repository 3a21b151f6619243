package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.contracts.group.UpgradeStep;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Plans of upgrades as lists of steps. The order is what keeps traffic whole: a cluster takes users only after all its
 * instances are healthy and seen by every router, and is stopped only after every router has applied a table in which it is
 * RED and its last request has ended.
 */
final class UpgradePlan {

    private final SortedMap<String, RouteStrategy> strategies;
    private final UpgradePolicy policy;
    private final List<UpgradeStep> steps = new ArrayList<>();

    private UpgradePlan(GroupState state, UpgradePolicy policy) {
        this.strategies = state.strategies();
        this.policy = policy;
    }

    static List<UpgradeStep> install(GroupState state, String to, UpgradePolicy policy) {
        return new UpgradePlan(state, policy)
                .start(to)
                .route("serve everybody from " + to, to, RouteStrategy.green())
                .steps;
    }

    static List<UpgradeStep> grayscale(
            GroupState state, String from, String to, List<Stage> stages, UpgradePolicy policy) {
        UpgradePlan plan = new UpgradePlan(state, policy)
                .start(to)
                .route("open " + to + " to nobody", to, RouteStrategy.yellow(IdRule.nobody()));
        for (Stage stage : stages) {
            plan.route("stage " + stage.name(), to, RouteStrategy.yellow(stage.rule()))
                    .gate(to, stage);
        }
        return plan.route("everybody to " + to, to, RouteStrategy.yellow(IdRule.everybody()))
                .drain(from)
                .exchange(from, to)
                .steps;
    }

    static List<UpgradeStep> switchOver(GroupState state, String from, String to, UpgradePolicy policy) {
        return new UpgradePlan(state, policy).start(to).exchange(from, to).steps;
    }

    static List<UpgradeStep> rollback(GroupState state, String from, String to, UpgradePolicy policy) {
        return new UpgradePlan(state, policy)
                .start(to)
                .route("everybody to " + to, to, RouteStrategy.yellow(IdRule.everybody()))
                .drain(from)
                .exchange(from, to)
                .steps;
    }

    /**
     * The way back from wherever the upgrade stands. The same from everywhere: steps whose goal is met already complete at once, and
     * none relies on how far the upgrade got. After an INSTALL has directed traffic there is nothing to go back to.
     */
    static List<UpgradeStep> wayBack(GroupState state, Upgrade upgrade) {
        UpgradePlan plan = new UpgradePlan(state, upgrade.policy());
        if (upgrade.mode() == UpgradeMode.INSTALL) {
            return state.hasTable() ? List.of() : plan.stop(upgrade.to()).steps;
        }
        String from = java.util.Objects.requireNonNull(upgrade.from());
        return plan.start(from).exchange(upgrade.to(), from).steps;
    }

    private UpgradePlan start(String cluster) {
        return add(UpgradeStep.Kind.START, cluster, null, null, policy.startTimeout(), "start " + cluster);
    }

    private UpgradePlan route(String title, String cluster, RouteStrategy strategy) {
        strategies.put(cluster, strategy);
        return add(UpgradeStep.Kind.ROUTE, null, new TreeMap<>(strategies), null, policy.routeTimeout(), title);
    }

    private UpgradePlan gate(String cluster, Stage stage) {
        return add(UpgradeStep.Kind.GATE, cluster, null, stage, null, "pass stage " + stage.name());
    }

    private UpgradePlan drain(String cluster) {
        return add(UpgradeStep.Kind.DRAIN, cluster, null, null, policy.drainTimeout(), "drain " + cluster);
    }

    private UpgradePlan stop(String cluster) {
        return add(UpgradeStep.Kind.STOP, cluster, null, null, policy.stopTimeout(), "stop " + cluster);
    }

    /** Both colours change in one table, so that no router ever knows a table that leaves somebody unserved. */
    private UpgradePlan exchange(String from, String to) {
        strategies.put(from, RouteStrategy.red());
        return route(from + " RED, " + to + " GREEN", to, RouteStrategy.green())
                .drain(from)
                .stop(from);
    }

    private UpgradePlan add(
            UpgradeStep.Kind kind,
            @Nullable String cluster,
            @Nullable SortedMap<String, RouteStrategy> table,
            @Nullable Stage stage,
            @Nullable Duration timeout,
            String title) {
        steps.add(new UpgradeStep(kind, cluster, table, stage, timeout, title));
        return this;
    }
}
