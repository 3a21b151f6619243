package io.tricolor.strategy.routing;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.router.RouterReport;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.kit.security.Actor;
import io.tricolor.strategy.routing.RouterRegistry.KnownRouter;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What routers say about themselves, and who they are. */
@RestController
@RequestMapping("/api/routers")
class RouterController {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");

    private static final int MAX_LIMIT = 5_000;

    private final RouterRegistry registry;
    private final Evictions evictions;

    RouterController(RouterRegistry registry, Evictions evictions) {
        this.registry = registry;
        this.evictions = evictions;
    }

    /**
     * A page of routers.
     *
     * @param next to be given as {@code after} for the next page, on which the last router may go on with more
     *     groups; null on the last one
     */
    record RouterPage(List<RouterView> routers, @Nullable String next) {}

    /**
     * A router and its newest report.
     *
     * @param silent whether it has not reported for longer than it should; upgrades wait for it
     */
    record RouterView(RouterReport report, Instant reportedAt, boolean silent) {}

    @PutMapping("/{routerId}")
    @Operation(summary = "What a router says about itself")
    Mono<RouterReport.Answer> report(@PathVariable String routerId, @RequestBody RouterReport report, Actor actor) {
        requireItself(actor, routerId);
        if (!routerId.equals(report.routerId()) || !ID.matcher(routerId).matches()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "routerId must be the one in the path, letters, digits, . _ : -");
        }
        requireWhole(report);
        return RequestSteps.blocking("registry", () -> {
            boolean resync = registry.take(report);
            return new RouterReport.Answer(evictions.isEvicted(routerId, report.bootId()), resync);
        });
    }

    /** What a router says decides what is stopped: nobody says it for another one. */
    private static void requireItself(Actor actor, String routerId) {
        if (!actor.isRouter(routerId)) {
            throw new Rejected(Code.FORBIDDEN, "the token of " + actor.name() + " is not for the router " + routerId);
        }
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

    /** At most {@code limit} pairs of a router and a group of it. */
    @GetMapping
    @Operation(summary = "Routers and their newest reports")
    Mono<RouterPage> list(
            @RequestParam(required = false) @Nullable String after, @RequestParam(defaultValue = "1000") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
        RouterRegistry.Place place = place(after);
        return RequestSteps.blocking("registry", () -> {
            RouterRegistry.Page page = registry.page(place, limit);
            RouterRegistry.Place next = page.next();
            return new RouterPage(
                    page.routers().stream()
                            .map((KnownRouter router) ->
                                    new RouterView(router.report(), router.reportedAt(), router.silent()))
                            .toList(),
                    next == null ? null : next.routerId() + "/" + next.groupId());
        });
    }

    private static RouterRegistry.Place place(@Nullable String after) {
        if (after == null) {
            return RouterRegistry.Place.START;
        }
        int slash = after.indexOf('/');
        if (slash < 0) {
            throw new Rejected(Code.INVALID_ARGUMENT, "after is what the page before named as next");
        }
        return new RouterRegistry.Place(after.substring(0, slash), after.substring(slash + 1));
    }

    @DeleteMapping("/{routerId}")
    @Operation(summary = "A router leaves")
    @ApiResponse(responseCode = "204", description = "Done", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> signOff(@PathVariable String routerId, Actor actor) {
        requireItself(actor, routerId);
        return RequestSteps.blocking("registry", () -> {
            registry.signOff(routerId);
            return ResponseEntity.noContent().build();
        });
    }
}
