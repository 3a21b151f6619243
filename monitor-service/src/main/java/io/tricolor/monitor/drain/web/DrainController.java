package io.tricolor.monitor.drain.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.monitor.drain.domain.RouterEvidence;
import io.tricolor.monitor.drain.domain.Verdict;
import io.tricolor.monitor.drain.watch.DrainWatch;
import java.time.Instant;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Whether a cluster is really at zero. */
@RestController
@RequestMapping("/api/drains")
class DrainController {

    private final DrainWatch watch;

    DrainController(DrainWatch watch) {
        this.watch = watch;
    }

    /** A judgement with what it is based on. */
    record DrainView(
            String group, String cluster, Verdict verdict, String reason, List<RouterEvidence> evidence, Instant at) {}

    @GetMapping("/{group}/{cluster}")
    @Operation(summary = "Requests still in flight to a cluster")
    Mono<DrainView> drain(@PathVariable String group, @PathVariable String cluster) {
        return RequestSteps.blocking("drain.judge", () -> watch.judge(group, cluster))
                .map(drain -> new DrainView(
                        drain.group(),
                        drain.cluster(),
                        drain.judgement().verdict(),
                        drain.judgement().reason(),
                        drain.judgement().evidence(),
                        drain.at()));
    }
}
