package io.tricolor.strategy.routing;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.RouteTableVersion;
import io.tricolor.strategy.group.query.RouteTableVersions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Earlier tables of a group: which there were, what each said, how two differ. */
@RestController
@RequestMapping("/api/route-tables/{groupId}")
class RouteTableVersionController {

    private static final int MAX_LIMIT = 500;

    private final GroupStreams streams;
    private final RouteTableVersions versions;

    RouteTableVersionController(GroupStreams streams, RouteTableVersions versions) {
        this.streams = streams;
        this.versions = versions;
    }

    /**
     * A page of tables, newest first.
     *
     * @param next to be given as {@code before} for the next page; null on the last one
     */
    record VersionPage(
            List<RouteTableVersion> versions, @Nullable Long next) {}

    @GetMapping("/versions")
    @Operation(summary = "Tables of a group, newest first")
    Mono<VersionPage> list(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "50") int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MAX_LIMIT + ", not " + limit);
        }
        return RequestSteps.blocking("stream", () -> {
            streams.existing(groupId);
            List<RouteTableVersion> page = versions.newestFirst(groupId, before, limit);
            return new VersionPage(
                    page, page.size() < limit ? null : page.getLast().version());
        });
    }

    @GetMapping("/versions/{version}")
    @Operation(summary = "An earlier table")
    Mono<ResponseEntity<RouteTable>> table(@PathVariable String groupId, @PathVariable long version) {
        return RequestSteps.blocking("stream", () -> {
            RouteTable table = versions.existing(streams.existing(groupId), version);
            return ResponseEntity.ok()
                    .eTag("\"" + table.epoch() + "." + table.version() + "\"")
                    .body(table);
        });
    }

    /** Without {@code from}: the table that everybody is to run. Without {@code to}: the newest. */
    @GetMapping("/diff")
    @Operation(summary = "How two tables differ")
    Mono<RouteTableDiff> diff(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable Long from,
            @RequestParam(required = false) @Nullable Long to) {
        return RequestSteps.blocking("stream", () -> {
            GroupState state = streams.existing(groupId);
            return RouteTableDiff.between(
                    versions.existing(state, from == null ? state.releasedVersion() : from),
                    versions.existing(state, to == null ? state.tableVersion() : to));
        });
    }
}
