package io.tricolor.strategy.group.web;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.routing.RequestId;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.RollbackPoint;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.HistoryFilter;
import io.tricolor.strategy.group.query.IdMoves;
import io.tricolor.strategy.group.query.PastQuestions;
import io.tricolor.strategy.group.query.ReadModelRebuild;
import io.tricolor.strategy.group.query.ReadModelRebuild.Comparison;
import io.tricolor.strategy.group.query.UpgradeTimes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * The past: who did what and why, what was when, where one can go back to, and whether all of it still follows from the
 * stream.
 */
@RestController
@RequestMapping("/api")
class HistoryController {

    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private static final List<String> HISTORY =
            List.of("after", "limit", "actor", "type", "cluster", "upgrade", "from", "to");

    private final GroupStreams streams;
    private final PastQuestions questions;
    private final IdMoves moves;
    private final ReadModelRebuild rebuild;

    HistoryController(GroupStreams streams, PastQuestions questions, IdMoves moves, ReadModelRebuild rebuild) {
        this.streams = streams;
        this.questions = questions;
        this.moves = moves;
        this.rebuild = rebuild;
    }

    /** Points of a group, newest first. */
    record RollbackPoints(List<RollbackPoint> rollbackPoints) {}

    @GetMapping("/groups/{groupId}/history")
    @Operation(summary = "Events of a group: who did what, when and why")
    Mono<PastQuestions.Found> history(
            @PathVariable String groupId,
            @RequestParam(defaultValue = "-1") long after,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String actor,
            @RequestParam(required = false) @Nullable String type,
            @RequestParam(required = false) @Nullable String cluster,
            @RequestParam(required = false) @Nullable String upgrade,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            ServerHttpRequest request) {
        Paging.check(limit);
        for (String name : request.getQueryParams().keySet()) {
            if (!HISTORY.contains(name)) {
                // a filter with a typing error would find too much
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "there is no parameter \"" + name + "\" here; there are " + String.join(", ", HISTORY));
            }
        }
        if (from != null && to != null && !from.isBefore(to)) {
            throw new Rejected(Code.INVALID_INTERVAL, "from is not before to");
        }
        HistoryFilter filter = new HistoryFilter(actor, type, cluster, upgrade, from, to);
        return RequestSteps.blocking("history", () -> questions.history(groupId, after, limit, filter));
    }

    @GetMapping("/groups/{groupId}/moves")
    @Operation(summary = "Events that changed where requests go, or where those of one id go")
    Mono<IdMoves.Found> moves(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable String id,
            @RequestParam(required = false) @Nullable String service,
            @RequestParam(defaultValue = "-1") long after,
            @RequestParam(defaultValue = "100") int limit) {
        Paging.check(limit);
        RequestId user = RequestId.of(id);
        if (id != null && user == null) {
            throw new Rejected(Code.INVALID_ID, "id is blank or longer than " + RequestId.MAX_BYTES + " bytes");
        }
        return RequestSteps.blocking("stream", () -> moves.of(groupId, user, service, after, limit));
    }

    @GetMapping("/groups/{groupId}/diff")
    @Operation(summary = "How the states after two events differ")
    Mono<StateDiff> diff(@PathVariable String groupId, @RequestParam long from, @RequestParam long to) {
        positive(from);
        positive(to);
        return RequestSteps.blocking(
                "stream",
                () -> StateDiff.between(
                        groupId,
                        from,
                        past(streams.atSequence(groupId, from)),
                        to,
                        past(streams.atSequence(groupId, to))));
    }

    @GetMapping("/groups/{groupId}/upgrades/{upgradeId}/times")
    @Operation(summary = "How long an upgrade took and what it waited for")
    Mono<UpgradeTimes> times(@PathVariable String groupId, @PathVariable String upgradeId) {
        return RequestSteps.blocking("stream", () -> questions.times(groupId, upgradeId));
    }

    private static GroupView past(GroupState state) {
        return GroupView.of(state, Map.of(), null, Instant.EPOCH, null);
    }

    @GetMapping("/groups/{groupId}/state")
    @Operation(summary = "The state of a group at an instant or after an event")
    Mono<GroupView> state(
            @PathVariable String groupId,
            @RequestParam(required = false) @Nullable Instant at,
            @RequestParam(required = false) @Nullable Long sequence) {
        if ((at == null) == (sequence == null)) {
            throw new Rejected(Code.INVALID_ARGUMENT, "name either at, an instant, or sequence, a position");
        }
        return RequestSteps.blocking("stream", () -> {
            GroupState state = at != null
                    ? streams.atInstant(groupId, keepable(at))
                    : streams.atSequence(groupId, positive(sequence));
            return past(state);
        });
    }

    /** One that a database can compare with. */
    private static Instant keepable(Instant at) {
        if (at.isBefore(FIRST) || at.isAfter(LAST)) {
            throw new Rejected(Code.INVALID_ARGUMENT, "at is from " + FIRST + " to " + LAST);
        }
        return at;
    }

    private static long positive(@Nullable Long sequence) {
        if (sequence == null || sequence < 0) {
            throw new Rejected(Code.INVALID_ARGUMENT, "sequence is from 0, not " + sequence);
        }
        return sequence;
    }

    @GetMapping("/groups/{groupId}/rollback-points")
    @Operation(summary = "Releases that a group can go back to")
    Mono<RollbackPoints> rollbackPoints(@PathVariable String groupId) {
        return RequestSteps.blocking(
                "stream",
                () -> new RollbackPoints(
                        streams.existing(groupId).rollbackPoints().reversed()));
    }

    @GetMapping("/groups/{groupId}/rebuild")
    @Operation(summary = "Whether the read models say what the stream says")
    Mono<Comparison> compare(@PathVariable String groupId) {
        return RequestSteps.blocking("stream", () -> rebuild.compare(groupId));
    }

    @PostMapping("/read-models/rebuild")
    @Operation(summary = "Rebuild the read models from the stream")
    @ApiResponse(responseCode = "202", description = "Accepted; carried out by and by", useReturnTypeSchema = true)
    Mono<ResponseEntity<Void>> rebuildAll() {
        return RequestSteps.blocking("rebuild", () -> {
            rebuild.start();
            return ResponseEntity.accepted().build();
        });
    }
}
