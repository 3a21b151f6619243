package io.tricolor.monitor.health.web;

import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.health.HealthChanged;
import io.tricolor.contracts.health.HealthEvent;
import io.tricolor.contracts.health.HealthForgotten;
import io.tricolor.contracts.health.HealthStatus;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.monitor.health.query.HealthView;
import io.tricolor.monitor.health.query.HealthViews;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Health, by subject. */
@RestController
@RequestMapping("/api/health")
class HealthController {

    private static final int MOST = 1000;

    private final HealthViews views;
    private final StreamReader streams;

    HealthController(HealthViews views, StreamReader streams) {
        this.views = views;
        this.streams = streams;
    }

    /**
     * A page of subjects.
     *
     * @param next value of {@code after} for the next page, null at the end
     */
    record HealthPage(List<HealthView> subjects, @Nullable String next) {}

    /**
     * One change.
     *
     * @param now null where the subject was forgotten
     */
    record Change(
            long sequence,
            HealthStatus before,
            @Nullable HealthStatus now,
            SortedMap<String, String> details,
            Instant at) {}

    /**
     * A subject with a page of its changes, oldest first.
     *
     * @param next value of {@code after} for the next page of the history, null at the end
     */
    record SubjectHistory(
            String subjectId,
            HealthStatus status,
            HealthStatus recorded,
            long sequence,
            Instant since,
            SortedMap<String, String> details,
            List<Change> history,
            @Nullable Long next) {}

    @GetMapping
    @Operation(summary = "Subjects and their health")
    Mono<HealthPage> list(
            @RequestParam(required = false) @Nullable String status,
            @RequestParam(defaultValue = "") String prefix,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(defaultValue = "100") int limit) {
        HealthStatus wanted = status == null ? null : statusOf(status);
        requireLimit(limit);
        return RequestSteps.blocking("db.health", () -> {
            List<HealthView> found = views.list(wanted, prefix, after, limit + 1);
            return found.size() <= limit
                    ? new HealthPage(found, null)
                    : new HealthPage(
                            found.subList(0, limit), found.get(limit - 1).subjectId());
        });
    }

    @GetMapping("/{*subject}")
    @Operation(summary = "Changes of one subject")
    Mono<SubjectHistory> subject(
            @PathVariable String subject,
            @RequestParam(defaultValue = "-1") long after,
            @RequestParam(defaultValue = "100") int limit) {
        String id = subject.substring(1);
        requireLimit(limit);
        return RequestSteps.blocking("db.health", () -> {
            HealthView view = views.find(id)
                    .orElseThrow(() -> new Rejected(Code.SUBJECT_NOT_FOUND, "nothing is known of the health of " + id));
            List<Change> changes = streams.read(id, after + 1, limit + 1).stream()
                    .map(event -> change((HealthEvent) event.payload()))
                    .toList();
            boolean more = changes.size() > limit;
            List<Change> page = more ? changes.subList(0, limit) : changes;
            return new SubjectHistory(
                    view.subjectId(),
                    view.status(),
                    view.recorded(),
                    view.sequence(),
                    view.since(),
                    view.details(),
                    page,
                    more ? (Long) page.getLast().sequence() : null);
        });
    }

    private static Change change(HealthEvent event) {
        return switch (event) {
            case HealthChanged changed ->
                new Change(changed.sequence(), changed.before(), changed.now(), changed.details(), changed.at());
            case HealthForgotten forgotten ->
                new Change(forgotten.sequence(), HealthStatus.UNKNOWN, null, new TreeMap<>(), forgotten.at());
        };
    }

    private static HealthStatus statusOf(String word) {
        try {
            return HealthStatus.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new Rejected(Code.INVALID_ARGUMENT, "status is UP, DOWN or UNKNOWN, not '" + word + "'");
        }
    }

    private static void requireLimit(int limit) {
        if (limit < 1 || limit > MOST) {
            throw new Rejected(Code.INVALID_ARGUMENT, "limit is from 1 to " + MOST + ", not " + limit);
        }
    }
}
