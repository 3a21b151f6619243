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
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Plans of upgrades as lists of steps. The order is what keeps traffic whole: a cluster takes users only after all its
 * instances are healthy and seen by every router, and is stopped only after every router has applied a table in which
 * it is
 * RED and its last request has ended.
 */
final class Plans {

    private final UpgradePolicy policy;
    private final List<UpgradeStep> steps = new ArrayList<>();

    private Plans(UpgradePolicy policy) {
        this.policy = policy;
    }

    static List<UpgradeStep> install(String to, UpgradePolicy policy) {
        return new Plans(policy).start(to).route("serve everybody from " + to, to, RouteStrategy.green()).steps;
    }

    static List<UpgradeStep> grayscale(String from, String to, List<Stage> stages, UpgradePolicy policy) {
        Plans plan = new Plans(policy)
                .start(to)
                .route("open " + to + " to nobody", to, RouteStrategy.yellow(IdRule.nobody()));
        for (Stage stage : stages) {
            plan.stage(to, stage.name());
        }
        return plan.route("everybody to " + to, to, RouteStrategy.yellow(IdRule.everybody()))
                .drain(from)
                .exchange(from, to)
                .steps;
    }

    static List<UpgradeStep> switchOver(String from, String to, UpgradePolicy policy) {
        return new Plans(policy).start(to).exchange(from, to).steps;
    }

    static List<UpgradeStep> rollback(String from, String to, UpgradePolicy policy) {
        return new Plans(policy)
                .start(to)
                .route("everybody to " + to, to, RouteStrategy.yellow(IdRule.everybody()))
                .drain(from)
                .exchange(from, to)
                .steps;
    }

    /**
     * The way back from wherever the upgrade stands. The same from everywhere: steps whose goal is met already
     * complete at once, and
     * none relies on how far the upgrade got. After an INSTALL has directed traffic there is nothing to go back to.
     */
    static List<UpgradeStep> wayBack(GroupState state, Upgrade upgrade) {
        Plans plan = new Plans(upgrade.plan().policy());
        String to = upgrade.plan().to().cluster();
        if (upgrade.plan().mode() == UpgradeMode.INSTALL) {
            return state.hasTable() ? List.of() : plan.stop(to).steps;
        }
        String from = Objects.requireNonNull(upgrade.plan().from()).cluster();
        return plan.start(from).exchange(to, from).steps;
    }

    private Plans start(String cluster) {
        return add(UpgradeStep.Kind.START, cluster, null, null, policy.startTimeout(), "start " + cluster);
    }

    private Plans route(String title, String cluster, RouteStrategy strategy) {
        SortedMap<String, RouteStrategy> changes = new TreeMap<>();
        changes.put(cluster, strategy);
        return route(title, changes);
    }

    private Plans route(String title, SortedMap<String, RouteStrategy> changes) {
        return add(UpgradeStep.Kind.ROUTE, null, changes, null, policy.routeTimeout(), title);
    }

    private Plans stage(String cluster, String stage) {
        return add(UpgradeStep.Kind.ROUTE, cluster, null, stage, policy.routeTimeout(), "stage " + stage)
                .add(UpgradeStep.Kind.GATE, cluster, null, stage, null, "pass stage " + stage);
    }

    private Plans drain(String cluster) {
        return add(UpgradeStep.Kind.DRAIN, cluster, null, null, policy.drainTimeout(), "drain " + cluster);
    }

    private Plans stop(String cluster) {
        return add(UpgradeStep.Kind.STOP, cluster, null, null, policy.stopTimeout(), "stop " + cluster);
    }

    /** Both colours change in one table, so that no router ever knows a table that leaves somebody unserved. */
    private Plans exchange(String from, String to) {
        SortedMap<String, RouteStrategy> changes = new TreeMap<>();
        changes.put(from, RouteStrategy.red());
        changes.put(to, RouteStrategy.green());
        return route(from + " RED, " + to + " GREEN", changes).drain(from).stop(from);
    }

    private Plans add(
            UpgradeStep.Kind kind,
            @Nullable String cluster,
            @Nullable SortedMap<String, RouteStrategy> table,
            @Nullable String stage,
            @Nullable Duration timeout,
            String title) {
        steps.add(new UpgradeStep(kind, cluster, table, stage, timeout, title));
        return this;
    }
}
