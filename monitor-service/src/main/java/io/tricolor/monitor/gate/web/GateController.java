package io.tricolor.monitor.gate.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.monitor.gate.watch.GateJudgements;
import io.tricolor.monitor.gate.watch.GateJudgements.Judgement;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What is said by now of the gates that are judged. */
@RestController
@RequestMapping("/api/gates")
class GateController {

    private final GateJudgements judgements;

    GateController(GateJudgements judgements) {
        this.judgements = judgements;
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

    @GetMapping("/{group}")
    @Operation(summary = "Metric gates that are judged for a group")
    Mono<GatesView> gates(@PathVariable String group) {
        return RequestSteps.blocking("gates.of", () -> judgements.of(group))
                .map(all -> new GatesView(group, all.stream().map(GateView::of).toList()));
    }
}
