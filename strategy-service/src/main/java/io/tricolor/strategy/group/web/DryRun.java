package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.FailurePolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.contracts.group.WeeklyTime;
import io.tricolor.strategy.group.domain.Configured;
import io.tricolor.strategy.group.domain.Preflight;
import io.tricolor.strategy.group.domain.Release;
import io.tricolor.strategy.group.domain.UpgradePlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/**
 * What an upgrade would do if it were begun now.
 *
 * @param from what serves; null for an INSTALL
 * @param instances that {@code to} would have, by service
 * @param atLeast how long it takes at the least: the bake times of its stages; starting, routing and draining come on
 *     top
 * @param approvals by how many people in all
 * @param planHash what an approval can name, so that it is for this plan and no other
 * @param preflight what was checked; a plan of which a check fails is refused
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record DryRun(
        String groupId,
        UpgradeMode mode,
        @Nullable String from,
        String to,
        String release,
        SortedMap<String, Integer> instances,
        Duration atLeast,
        int approvals,
        String planHash,
        List<Preflight.Check> preflight,
        List<Step> steps) {

    /** Query parameter that asks for it. */
    static final String PARAMETER = "dryRun";

    /**
     * A step.
     *
     * @param number from 1
     * @param what it does and waits for, in words
     * @param timeout after which {@code onExpiry} of the policy speaks; null: never
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "DryRunStep")
    record Step(
            int number,
            UpgradeStep.Kind kind,
            String title,
            String what,
            @Nullable Duration timeout) {}

    static DryRun of(String groupId, UpgradePlan plan, Configured configured) {
        Release from = plan.from();
        Map<String, Stage> stages = new TreeMap<>();
        plan.stages().forEach(stage -> stages.put(stage.name(), stage));
        List<Step> steps = new ArrayList<>();
        Duration atLeast = Duration.ZERO;
        int approvals = 0;
        for (UpgradeStep step : plan.steps()) {
            Stage stage = step.stage() == null ? null : stages.get(step.stage());
            if (step.kind() == UpgradeStep.Kind.GATE && stage != null) {
                atLeast = atLeast.plus(longestBake(stage));
                approvals += approvals(stage);
            }
            steps.add(new Step(steps.size() + 1, step.kind(), step.title(), words(step, stage, plan), step.timeout()));
        }
        return new DryRun(
                groupId,
                plan.mode(),
                from == null ? null : from.cluster(),
                plan.to().cluster(),
                plan.to().manifest().version(),
                plan.to().instances(),
                atLeast,
                approvals,
                PlanHash.of(plan),
                Preflight.of(plan, configured),
                List.copyOf(steps));
    }

    /**
     * Whether a query asks for a dry run. Anything else in it is refused: who has misspelt it does not want the upgrade
     * to begin.
     */
    static boolean isAsked(MultiValueMap<String, String> query) {
        for (String name : query.keySet()) {
            if (!name.equals(PARAMETER)) {
                throw new Rejected(Code.INVALID_ARGUMENT, "the only query parameter here is " + PARAMETER);
            }
        }
        List<String> values = query.getOrDefault(PARAMETER, List.of("false"));
        String value = values.getFirst();
        if (values.size() > 1 || !(value == null || value.isEmpty() || value.equals("true") || value.equals("false"))) {
            throw new Rejected(Code.INVALID_ARGUMENT, PARAMETER + " is true or false");
        }
        return !"false".equals(value);
    }

    private static String words(UpgradeStep step, @Nullable Stage stage, UpgradePlan plan) {
        String cluster = step.cluster();
        return switch (step.kind()) {
            case START -> {
                Release started =
                        plan.from() != null && plan.from().cluster().equals(cluster) ? plan.from() : plan.to();
                yield "ask for "
                        + counts(step.instances() == null ? started.instances() : step.instances()) + " of release "
                        + started.manifest().version() + " in cluster " + cluster
                        + "; done when all are healthy and every live router knows them";
            }
            case ROUTE ->
                "publish a table in which "
                        + (stage == null
                                ? colours(step.strategies())
                                : cluster + " is YELLOW for " + whom(stage.rule()))
                        + "; done when every live router and the registry have it";
            case GATE ->
                stage != null && UpgradePlan.isAfterTheSwitch(stage)
                        ? "watch " + String.join(", ", plan.watchedAfterTheSwitch()) + " for " + longestBake(stage)
                                + " while the old cluster runs; a FAIL goes back by one table"
                        : stage == null || stage.gates().isEmpty()
                                ? "nothing to wait for"
                                : "wait for "
                                        + String.join(
                                                " and ",
                                                stage.gates().stream()
                                                        .map(DryRun::gate)
                                                        .toList())
                                        + patience(stage);
            case DRAIN -> "wait until no request to " + cluster + " is in flight";
            case STOP ->
                step.instances() != null
                        ? "withdraw instances of cluster " + cluster + " until " + counts(step.instances())
                                + " are left; stop each when no router lists it and its requests have ended"
                        : "stop cluster " + cluster + "; its release is kept for the way back";
        };
    }

    private static String counts(SortedMap<String, Integer> instances) {
        return String.join(
                ", ",
                instances.entrySet().stream()
                        .filter(service -> service.getValue() > 0)
                        .map(service -> service.getValue() + " x " + service.getKey())
                        .toList());
    }

    private static String colours(@Nullable SortedMap<String, RouteStrategy> strategies) {
        if (strategies == null || strategies.isEmpty()) {
            return "nothing changes";
        }
        return String.join(
                ", ",
                strategies.entrySet().stream()
                        .map(named -> named.getKey() + " is " + colour(named.getValue()))
                        .toList());
    }

    private static String colour(RouteStrategy strategy) {
        return strategy.status() == ClusterStatus.RED ? "RED" : strategy.status() + " for " + whom(strategy.id());
    }

    private static String whom(IdRule rule) {
        if (rule.all()) {
            return "everybody";
        }
        List<String> parts = new ArrayList<>();
        if (!rule.ids().isEmpty()) {
            parts.add(number(rule.ids().size(), "id"));
        }
        if (!rule.intervals().isEmpty()) {
            parts.add(number(rule.intervals().size(), "interval"));
        }
        if (rule.percent() != null) {
            parts.add(rule.percent().stripTrailingZeros().toPlainString() + " % of all ids");
        }
        for (IdList list : rule.idLists()) {
            parts.add("a list of " + number(list.count(), list.kind() == IdList.Kind.IDS ? "id" : "interval"));
        }
        return parts.isEmpty() ? "nobody" : String.join(", ", parts);
    }

    private static String number(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static String gate(Gate gate) {
        return switch (gate) {
            case Gate.Approval approval ->
                number(approval.approvals(), "approval") + ", not by who asked for the upgrade";
            case Gate.Bake bake -> bake.time() + " of bake time";
            case Gate.Schedule schedule -> {
                List<String> times = new ArrayList<>();
                if (schedule.notBefore() != null) {
                    times.add("not before " + schedule.notBefore());
                }
                if (!schedule.within().isEmpty()) {
                    times.add("only within "
                            + String.join(
                                    " or ",
                                    schedule.within().stream()
                                            .map(WeeklyTime::inWords)
                                            .toList()));
                }
                yield String.join(" and ", times);
            }
            case Gate.Metric metric -> metric(metric);
            case Gate.Webhook webhook -> "a PASS of " + webhook.url();
        };
    }

    private static String patience(Stage stage) {
        String onFail = stage.gates().stream()
                        .anyMatch(gate -> gate instanceof Gate.Metric || gate instanceof Gate.Webhook)
                ? "; a FAIL " + (stage.failurePolicy() == FailurePolicy.PAUSE ? "pauses the upgrade" : "rolls back")
                : "";
        return stage.deadline() == null
                ? onFail
                : onFail + "; after " + stage.deadline() + " without a verdict "
                        + switch (stage.inconclusivePolicy()) {
                            case HOLD -> "it goes on waiting";
                            case EXTEND ->
                                "it waits for as long again, " + Stage.MOST_EXTENSIONS + " times, then pauses";
                            case PAUSE -> "the upgrade pauses";
                            case ROLL_BACK -> "it rolls back";
                        };
    }

    private static String metric(Gate.Metric gate) {
        String bad = switch (gate.measure()) {
            case ERRORS -> "errors";
            case LATENCY -> gate.slowerThan() == null ? "slow requests" : "requests slower than " + gate.slowerThan();
        };
        String than = gate.limit() == null
                ? gate.toleratedRatio() + " times the share of " + bad + " of the cluster that serves"
                : "a share of " + gate.limit() + " of " + bad;
        return "not more than " + than + ", on at least " + gate.minimumRequests() + " requests";
    }

    private static Duration longestBake(Stage stage) {
        Duration longest = Duration.ZERO;
        for (Gate gate : stage.gates()) {
            if (gate instanceof Gate.Bake bake && bake.time().compareTo(longest) > 0) {
                longest = bake.time();
            }
        }
        return longest;
    }

    private static int approvals(Stage stage) {
        int approvals = 0;
        for (Gate gate : stage.gates()) {
            if (gate instanceof Gate.Approval approval) {
                approvals += approval.approvals();
            }
        }
        return approvals;
    }
}
