package io.tricolor.strategy.routing;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.routing.RouterRegistry.KnownRouter;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What routers say about themselves, and who they are. */
@RestController
@RequestMapping("/api/routers")
class RouterController {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");

    private final RouterRegistry registry;
    private final Evictions evictions;

    RouterController(RouterRegistry registry, Evictions evictions) {
        this.registry = registry;
        this.evictions = evictions;
    }

    /** Every known router. */
    record RouterList(List<RouterView> routers) {}

    /**
     * A router and its newest report.
     *
     * @param silent whether it has not reported for longer than it should; upgrades wait for it
     */
    record RouterView(RouterReport report, Instant reportedAt, boolean silent) {}

    @PutMapping("/{routerId}")
    Mono<RouterReport.Answer> report(@PathVariable String routerId, @RequestBody RouterReport report) {
        if (!routerId.equals(report.routerId()) || !ID.matcher(routerId).matches()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "routerId must be the one in the path, letters, digits, . _ : -");
        }
        requireWhole(report);
        return RequestSteps.blocking("registry", () -> {
            boolean resync = registry.take(report);
            return new RouterReport.Answer(evictions.isEvicted(routerId, report.bootId()), resync);
        });
    }

    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    private static void requireWhole(RouterReport report) {
        if (report.bootId() == null || report.kind() == null || report.sequence() < 1 || report.round() < 0) {
            throw new Rejected(
                    Code.INVALID_ARGUMENT, "a report has a bootId, a kind, a sequence from 1 and a round from 0");
        }
        report.groups().forEach((group, said) -> {
            if (said == null) {
                throw new Rejected(Code.INVALID_ARGUMENT, "groups." + group + " is null");
            }
        });
    }

    @GetMapping
    Mono<RouterList> list() {
        return RequestSteps.blocking(
                "registry",
                () -> new RouterList(registry.all().stream()
                        .map((KnownRouter router) ->
                                new RouterView(router.report(), router.reportedAt(), router.silent()))
                        .toList()));
    }

    @DeleteMapping("/{routerId}")
    Mono<ResponseEntity<Void>> signOff(@PathVariable String routerId) {
        return RequestSteps.blocking("registry", () -> {
            registry.signOff(routerId);
            return ResponseEntity.noContent().build();
        });
    }
}
