package io.tricolor.monitor.gate.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.monitor.gate.domain.Comparison;
import io.tricolor.monitor.gate.domain.Limits;
import io.tricolor.monitor.gate.domain.Look;
import io.tricolor.monitor.gate.domain.Retrospective;
import io.tricolor.monitor.gate.domain.Traffic;
import io.tricolor.monitor.gate.watch.GateJudgements;
import io.tricolor.monitor.gate.watch.GateJudgements.Judged;
import io.tricolor.monitor.gate.watch.GateJudgements.Judgement;
import io.tricolor.monitor.gate.watch.GateWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What is said by now of the gates that are judged. */
@RestController
@RequestMapping("/api/gates")
class GateController {

    private static final Duration LONGEST = Duration.ofDays(31);

    private final GateJudgements judgements;
    private final GateWatch watch;

    GateController(GateJudgements judgements, GateWatch watch) {
        this.judgements = judgements;
        this.watch = watch;
    }

    /** A judgement with what it is based on; verdict and time are null until the first one. */
    record GateView(
            String upgradeId,
            int step,
            String stage,
            String gate,
            long epoch,
            long fence,
            @Nullable Verdict verdict,
            SortedMap<String, String> evidence,
            @Nullable Instant at) {

        static GateView of(Judgement judgement) {
            var command = judgement.command();
            return new GateView(
                    command.upgradeId(),
                    command.step(),
                    command.stage(),
                    command.gate().name(),
                    command.epoch(),
                    command.fence(),
                    judgement.verdict(),
                    judgement.evidence(),
                    judgement.judgedAt());
        }
    }

    /** All judgements of a group; none: an empty list. */
    record GatesView(String group, List<GateView> gates) {}

    /**
     * What a gate on errors could find, at the traffic that the routers have counted since their start.
     *
     * @param requestsPerSecond that come to the baseline
     * @param share of bad requests that it is compared with; null: nothing was counted
     * @param canaryRequests that come to the stage in that time
     * @param ratio the smallest one that is found in nine of ten cases; null: none, or there is nothing to go by
     * @param minimumAfter when the least number of requests has come; null: never, at this traffic
     */
    record DetectableView(
            String group,
            String baseline,
            double percent,
            Duration within,
            double requestsPerSecond,
            @Nullable Double share,
            double canaryRequests,
            @Nullable Double ratio,
            @Nullable Duration minimumAfter) {}

    @GetMapping("/{group}/detectable")
    @Operation(summary = "What a metric gate on errors could find in a stage by percent, before it begins")
    Mono<DetectableView> detectable(
            @PathVariable String group,
            @RequestParam String baseline,
            @RequestParam double percent,
            @RequestParam(defaultValue = "PT10M") Duration within,
            @RequestParam(required = false) @Nullable Double toleratedRatio,
            @RequestParam(required = false) @Nullable Double alpha,
            @RequestParam(required = false) @Nullable Long minimumRequests,
            @RequestParam(required = false) @Nullable Double limit) {
        require(percent > 0 && percent < 100, "percent must be above 0 and below 100");
        require(within.isPositive() && within.compareTo(LONGEST) <= 0, "within must be above 0 and at most 31 days");
        requireParameters(toleratedRatio, alpha, minimumRequests, limit);
        Gate.Metric standard = new Gate.Metric("errors");
        Limits limits = new Limits(
                limit != null ? 1 : toleratedRatio == null ? standard.toleratedRatio() : toleratedRatio,
                alpha == null ? standard.alpha() : alpha,
                minimumRequests == null ? standard.minimumRequests() : minimumRequests);
        return RequestSteps.blocking("routers", () -> {
            Traffic traffic = watch.traffic(group, baseline)
                    .orElseThrow(() -> new Rejected(
                            Code.UPSTREAM_UNAVAILABLE, "strategy-service does not say which routers there are"));
            double against = limit == null ? 0 : limit;
            OptionalDouble ratio = traffic.detectable(limits, against, percent, within);
            double perSecond = traffic.within(percent, Duration.ofSeconds(1));
            double seconds = perSecond > 0 ? Math.ceil(limits.minimumRequests() / perSecond) : Double.NaN;
            return new DetectableView(
                    group,
                    baseline,
                    percent,
                    within,
                    traffic.perSecond(),
                    limit != null ? limit : traffic.counted() == 0 ? null : traffic.share(),
                    traffic.within(percent, within),
                    ratio.isPresent() ? ratio.getAsDouble() : null,
                    seconds <= LONGEST.toSeconds() ? Duration.ofSeconds((long) seconds) : null);
        });
    }

    /**
     * A judgement as it would have been with other parameters.
     *
     * @param compared what the canary was compared with then
     * @param verdict after the last look
     * @param first when a verdict other than INCONCLUSIVE was there first; null: never
     * @param canaryUntil requests of the canary until then, or in all
     */
    record RejudgedView(
            int step,
            String stage,
            String gate,
            long epoch,
            long fence,
            String compared,
            double toleratedRatio,
            double alpha,
            long minimumRequests,
            @Nullable Double limit,
            Verdict verdict,
            @Nullable Instant first,
            @Nullable Verdict firstVerdict,
            long canaryUntil,
            long looks,
            long canary,
            long canaryBad,
            long baseline,
            long baselineBad,
            @Nullable Double ratio) {}

    /** Judgements of an upgrade, judged again; none are kept any more: an empty list. */
    record RetrospectiveView(String group, String upgrade, List<RejudgedView> gates) {}

    @GetMapping("/{group}/retrospective")
    @Operation(summary = "What the metric gates of an upgrade would have said with other parameters")
    Mono<RetrospectiveView> retrospective(
            @PathVariable String group,
            @RequestParam String upgrade,
            @RequestParam(required = false) @Nullable String stage,
            @RequestParam(required = false) @Nullable String gate,
            @RequestParam(required = false) @Nullable Double toleratedRatio,
            @RequestParam(required = false) @Nullable Double alpha,
            @RequestParam(required = false) @Nullable Long minimumRequests,
            @RequestParam(required = false) @Nullable Double limit) {
        requireParameters(toleratedRatio, alpha, minimumRequests, limit);
        return RequestSteps.blocking(
                        "gates.judged",
                        () -> judgements.judged(group, upgrade, stage, gate).stream()
                                .map(judged -> again(judged, toleratedRatio, alpha, minimumRequests, limit))
                                .toList())
                .map(gates -> new RetrospectiveView(group, upgrade, gates));
    }

    private static RejudgedView again(
            Judged judged,
            @Nullable Double toleratedRatio,
            @Nullable Double alpha,
            @Nullable Long minimumRequests,
            @Nullable Double limit) {
        var command = judged.command();
        var gate = command.gate();
        double share = limit == null ? judged.share() : limit;
        boolean isByLimit = limit != null || judged.compared().equals(Comparison.LIMIT.name());
        boolean isBefore = limit == null && judged.compared().equals(Comparison.BEFORE.name());
        Limits limits = new Limits(
                isByLimit ? 1 : toleratedRatio == null ? gate.toleratedRatio() : toleratedRatio,
                (alpha == null ? gate.alpha() : alpha) / (isBefore ? 2 : 1),
                minimumRequests == null ? gate.minimumRequests() : minimumRequests);
        Retrospective.Said said = Retrospective.judge(judged.looks(), limits, share);
        Look total = said.total();
        return new RejudgedView(
                command.step(),
                command.stage(),
                gate.name(),
                command.epoch(),
                command.fence(),
                limit == null ? judged.compared() : Comparison.LIMIT.name(),
                limits.toleratedRatio(),
                limits.alpha(),
                limits.minimumRequests(),
                share > 0 ? share : null,
                said.verdict(),
                said.first(),
                said.firstVerdict(),
                said.canaryUntil(),
                said.looks(),
                total.canary(),
                total.canaryBad(),
                total.baseline(),
                total.baselineBad(),
                said.ratio());
    }

    private static void requireParameters(
            @Nullable Double toleratedRatio,
            @Nullable Double alpha,
            @Nullable Long minimumRequests,
            @Nullable Double limit) {
        require(isWithin(toleratedRatio, 1, 10), "toleratedRatio must be from 1 to 10");
        require(isWithin(alpha, 0.000_001, 0.2), "alpha must be from 0.000001 to 0.2");
        require(minimumRequests == null || minimumRequests >= 1, "minimumRequests must be at least 1");
        require(isWithin(limit, 0.000_001, 0.999_999), "limit must be above 0 and below 1");
    }

    /** NaN is within nothing. */
    private static boolean isWithin(@Nullable Double value, double least, double most) {
        return value == null || (value >= least && value <= most);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new Rejected(Code.INVALID_ARGUMENT, message);
        }
    }

    @GetMapping("/{group}")
    @Operation(summary = "Metric gates that are judged for a group")
    Mono<GatesView> gates(@PathVariable String group) {
        return RequestSteps.blocking("gates.of", () -> judgements.of(group))
                .map(all -> new GatesView(group, all.stream().map(GateView::of).toList()));
    }
}
