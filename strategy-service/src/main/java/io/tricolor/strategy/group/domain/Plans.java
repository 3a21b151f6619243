package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RollingPolicy;
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
import java.util.stream.IntStream;
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

    static List<UpgradeStep> install(Release release, UpgradePolicy policy) {
        String to = release.cluster();
        return new Plans(policy).start(release).route("serve everybody from " + to, to, RouteStrategy.green()).steps;
    }

    static List<UpgradeStep> grayscale(String from, Start start, List<Stage> stages, UpgradePolicy policy) {
        String to = start.release().cluster();
        Plans plan = new Plans(policy)
                .start(start)
                .route("open " + to + " to nobody", to, RouteStrategy.yellow(IdRule.nobody()));
        for (Stage stage : stages) {
            plan.stage(to, stage.name());
        }
        return plan.route("everybody to " + to, to, RouteStrategy.yellow(IdRule.everybody()))
                .drain(from)
                .exchange(
                        from, to, policy.keepOld(), !Gates.watchedAfter(stages).isZero())
                .steps;
    }

    static List<UpgradeStep> switchOver(String from, Release to, UpgradePolicy policy) {
        return new Plans(policy).start(to).exchange(from, to.cluster()).steps;
    }

    /** One for each batch after which something is waited for; everybody may reach the new cluster in it. */
    static List<Stage> batches(Release from, Release to, RollingPolicy rolling) {
        List<Gate> gates = new ArrayList<>();
        Duration pause = rolling.minReady().plus(rolling.pauseBetween());
        if (!pause.isZero()) {
            gates.add(new Gate.Bake("pause-between", pause));
        }
        gates.addAll(rolling.gates());
        if (gates.isEmpty()) {
            return List.of();
        }
        long batches = Batches.moves(from.instances(), to.instances(), rolling).stream()
                .filter(Batches.Move::grows)
                .count();
        return IntStream.rangeClosed(1, (int) batches)
                .mapToObj(batch -> new Stage("batch " + batch, IdRule.everybody(), gates))
                .toList();
    }

    /**
     * The new cluster grows and serves beside the old one, which shrinks as much as the policy lets it. An instance of
     * the old one is stopped only after all that take its place are healthy and seen by every router.
     */
    static List<UpgradeStep> rolling(Release from, Release to, RollingPolicy rolling, UpgradePolicy policy) {
        Plans plan = new Plans(policy);
        boolean isGated = !batches(from, to, rolling).isEmpty();
        boolean serves = false;
        int batch = 0;
        SortedMap<String, Integer> started = new TreeMap<>();
        for (Batches.Move move : Batches.moves(from.instances(), to.instances(), rolling)) {
            if (!move.grows()) {
                plan.shrink(from.cluster(), move.instances());
                continue;
            }
            batch++;
            started = move.instances();
            List<SortedMap<String, Integer>> inOrder =
                    batch == 1 ? StartOrder.steps(to.manifest(), started) : List.of(started);
            for (SortedMap<String, Integer> running : inOrder) {
                plan.start(to.cluster(), running, "start batch " + batch + " of " + to.cluster());
            }
            if (!serves && !started.containsValue(0)) {
                serves = true;
                plan.route(to.cluster() + " GREEN beside " + from.cluster(), to.cluster(), RouteStrategy.green());
            }
            if (isGated) {
                plan.add(UpgradeStep.Kind.GATE, to.cluster(), null, "batch " + batch, null, "pass batch " + batch);
            }
        }
        plan.exchange(from.cluster(), to.cluster());
        if (!started.equals(to.instances())) {
            plan.start(to.cluster(), to.instances(), "start the rest of " + to.cluster());
        }
        return plan.steps;
    }

    private void start(String cluster, SortedMap<String, Integer> instances, String title) {
        steps.add(new UpgradeStep(
                UpgradeStep.Kind.START,
                cluster,
                null,
                null,
                new TreeMap<>(instances),
                new TreeMap<>(),
                policy.startTimeout(),
                title));
    }

    private void shrink(String cluster, SortedMap<String, Integer> instances) {
        steps.add(new UpgradeStep(
                UpgradeStep.Kind.STOP,
                cluster,
                null,
                null,
                new TreeMap<>(instances),
                new TreeMap<>(),
                policy.drainTimeout().plus(policy.stopTimeout()),
                cluster + " gives way, " + instances + " stay"));
    }

    static List<UpgradeStep> rollback(String from, Start start, UpgradePolicy policy) {
        String to = start.release().cluster();
        return new Plans(policy)
                .start(start)
                .route("everybody to " + to, to, RouteStrategy.yellow(IdRule.everybody()))
                .drain(from)
                .exchange(from, to)
                .steps;
    }

    /** What is to serve runs already. */
    static List<UpgradeStep> atOnce(String from, String to, UpgradePolicy policy) {
        return new Plans(policy).exchange(from, to).steps;
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
        Release from = Objects.requireNonNull(upgrade.plan().from());
        return plan.start(Start.of(from, state.cluster(from.cluster())))
                .exchange(to, from.cluster(), null, false)
                .steps;
    }

    /**
     * A release that is to run.
     *
     * @param isRunning whether something of it runs: nothing of that is stopped to be started in order
     */
    record Start(Release release, boolean isRunning) {

        static Start of(Release release, ClusterState cluster) {
            return new Start(release, cluster.wantsInstances());
        }
    }

    private Plans start(Release release) {
        return start(new Start(release, false));
    }

    /** All services at once, or each after those that it depends on. */
    private Plans start(Start start) {
        Release release = start.release();
        String cluster = release.cluster();
        List<SortedMap<String, Integer>> inOrder = StartOrder.steps(release.manifest(), release.instances());
        if (start.isRunning() || inOrder.size() == 1) {
            return add(UpgradeStep.Kind.START, cluster, null, null, policy.startTimeout(), "start " + cluster);
        }
        SortedMap<String, Integer> before = new TreeMap<>();
        for (SortedMap<String, Integer> running : inOrder) {
            List<String> fresh = running.keySet().stream()
                    .filter(service -> !running.getOrDefault(service, 0).equals(before.getOrDefault(service, 0)))
                    .toList();
            start(cluster, running, "start " + String.join(", ", fresh) + " of " + cluster);
            before.putAll(running);
        }
        return this;
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

    private Plans exchange(String from, String to) {
        return exchange(from, to, policy.keepOld(), false);
    }

    /**
     * Both colours change in one table, so that no router ever knows a table that leaves somebody unserved.
     *
     * @param keepOld null: what gave its colour is stopped at once
     * @param watched whether gates are looked at before that: going back is one table then
     */
    private Plans exchange(String from, String to, @Nullable Duration keepOld, boolean watched) {
        SortedMap<String, RouteStrategy> changes = new TreeMap<>();
        changes.put(from, RouteStrategy.red());
        changes.put(to, RouteStrategy.green());
        route(from + " RED, " + to + " GREEN", changes).drain(from);
        if (watched) {
            add(UpgradeStep.Kind.GATE, to, null, Gates.AFTER_THE_SWITCH, null, "watch " + to + " after the switch");
        }
        return keepOld == null ? stop(from) : this;
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
