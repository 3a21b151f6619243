package io.tricolor.strategy.routing;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.router.TableChanges;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.query.GroupStreams;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Tables for routers: one, or what has changed of all as soon as it has. */
@RestController
@RequestMapping("/api/route-tables")
class RouteTableController {

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration USUAL_WAIT = Duration.ofSeconds(20);

    private final GroupStreams streams;
    private final RouteTableDocuments documents;
    private final TableFeed feed;

    RouteTableController(GroupStreams streams, RouteTableDocuments documents, TableFeed feed) {
        this.streams = streams;
        this.documents = documents;
        this.feed = feed;
    }

    /**
     * The tables that a router is to run and that have changed after {@code since}, which is the cursor of an earlier
     * answer; all without
     * it, or when it is of another store. Without a change the answer is held back for up to {@code wait}.
     */
    @GetMapping("/changes")
    @Operation(summary = "Tables that have changed, as soon as they have")
    Mono<TableChanges> changes(
            @RequestParam String router,
            @RequestParam(required = false) @Nullable String since,
            @RequestParam(required = false) @Nullable String wait) {
        return feed.changes(router, since, wait == null ? USUAL_WAIT : duration(wait));
    }

    /**
     * The table that a router is to run; without {@code router} the one that everybody is. Of a group that is
     * deleted, the table that says
     * so. ROUTE_TABLE_NOT_FOUND while no cluster of the group takes requests without id.
     */
    @GetMapping("/{groupId}")
    @Operation(summary = "The table that a router is to run")
    @ApiResponse(
            responseCode = "200",
            description = "The table",
            content = @Content(schema = @Schema(implementation = RouteTable.class)))
    Mono<ResponseEntity<String>> table(
            @PathVariable String groupId, @RequestParam(required = false) @Nullable String router) {
        return RequestSteps.blocking("table", () -> {
            GroupState state = streams.current(groupId)
                    .orElseThrow(() -> new Rejected(Code.GROUP_NOT_FOUND, "there is no cluster group " + groupId));
            RouteTableDocument document = documents
                    .meant(state, router)
                    .orElseThrow(() -> new Rejected(
                            Code.ROUTE_TABLE_NOT_FOUND, "no cluster of " + groupId + " takes requests yet"));
            return ResponseEntity.ok()
                    .eTag(document.etag())
                    .contentType(MediaType.APPLICATION_JSON)
                    .body(document.json());
        });
    }

    private static Duration duration(String wait) {
        try {
            Duration asked = DurationStyle.detectAndParse(wait);
            if (!asked.isNegative() && asked.compareTo(LONGEST_WAIT) <= 0) {
                return asked;
            }
        } catch (IllegalArgumentException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, "wait is a duration such as 20s, not '" + wait + "'");
        }
        throw new Rejected(Code.INVALID_ARGUMENT, "wait is from 0 to 5m, not '" + wait + "'");
    }
}
