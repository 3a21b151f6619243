package io.tricolor.strategy.routing;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.routing.RouterRegistry.KnownRouter;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What each router says of one group. */
@RestController
class GroupRoutersController {

    private static final int MAX_LIMIT = 500;

    private final RouterRegistry registry;
    private final GroupStreams streams;

    GroupRoutersController(RouterRegistry registry, GroupStreams streams) {
        this.registry = registry;
        this.streams = streams;
    }

    /**
     * A page of routers that have the group.
     *
     * @param next to be given as {@code after} for the next page; null on the last one
     */
    record GroupRouters(List<GroupRouter> routers, @Nullable String next) {}

    /**
     * A router and what it last said of the group.
     *
     * @param silent whether it has not reported for longer than it should; upgrades wait for it
     */
    record GroupRouter(
            String routerId, String bootId, String kind, Instant reportedAt, boolean silent, GroupReport report) {

        static GroupRouter of(KnownRouter router, String groupId) {
            return new GroupRouter(
                    router.report().routerId(),
                    router.report().bootId(),
                    router.report().kind(),
                    router.reportedAt(),
                    router.silent(),
                    Objects.requireNonNull(router.report().groups().get(groupId)));
        }
    }

    @GetMapping("/api/groups/{groupId}/routers")
    @Operation(summary = "Routers of a group and what they said last")
    Mono<GroupRouters> list(
            @PathVariable String groupId,
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "100") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
        return RequestSteps.blocking("registry", () -> {
            streams.existing(groupId);
            List<GroupRouter> routers = registry.withGroup(groupId, after, limit).stream()
                    .map(router -> GroupRouter.of(router, groupId))
                    .toList();
            return new GroupRouters(
                    routers, routers.size() < limit ? null : routers.getLast().routerId());
        });
    }
}
