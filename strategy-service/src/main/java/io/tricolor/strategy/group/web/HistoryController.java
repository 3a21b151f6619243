package io.tricolor.strategy.group.web;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.RollbackPoint;
import io.tricolor.strategy.group.query.GroupStreams;
import io.tricolor.strategy.group.query.HistoryEntry;
import io.tricolor.strategy.group.query.ReadModelRebuild;
import io.tricolor.strategy.group.query.ReadModelRebuild.Comparison;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
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

    private final GroupStreams streams;
    private final ReadModelRebuild rebuild;

    HistoryController(GroupStreams streams, ReadModelRebuild rebuild) {
        this.streams = streams;
        this.rebuild = rebuild;
    }

    /**
     * A page of a history, oldest first.
     *
     * @param next to be given as {@code after} for the next page; null on the last one
     */
    record HistoryPage(List<HistoryEntry> events, @Nullable Long next) {}

    /** Points of a group, newest first. */
    record RollbackPoints(List<RollbackPoint> rollbackPoints) {}

    @GetMapping("/groups/{groupId}/history")
    Mono<HistoryPage> history(
            @PathVariable String groupId,
            @RequestParam(defaultValue = "-1") long after,
            @RequestParam(defaultValue = "100") int limit) {
        Paging.check(limit);
        return RequestSteps.blocking("history", () -> {
            List<HistoryEntry> events = streams.history(groupId, after, limit);
            return new HistoryPage(
                    events, events.size() < limit ? null : events.getLast().sequence());
        });
    }

    @GetMapping("/groups/{groupId}/state")
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
            return GroupView.of(state, Map.of(), null, Instant.EPOCH, null);
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
    Mono<RollbackPoints> rollbackPoints(@PathVariable String groupId) {
        return RequestSteps.blocking(
                "stream",
                () -> new RollbackPoints(
                        streams.existing(groupId).rollbackPoints().reversed()));
    }

    @GetMapping("/groups/{groupId}/rebuild")
    Mono<Comparison> compare(@PathVariable String groupId) {
        return RequestSteps.blocking("stream", () -> rebuild.compare(groupId));
    }

    @PostMapping("/read-models/rebuild")
    Mono<ResponseEntity<Void>> rebuildAll() {
        return RequestSteps.blocking("rebuild", () -> {
            rebuild.start();
            return ResponseEntity.accepted().build();
        });
    }
}
