package io.tricolor.loggateway.search;

import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import io.swagger.v3.oas.annotations.Operation;
import io.tricolor.kit.requestlog.RequestSteps;
import io.tricolor.loggateway.elastic.DataStreams;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Finds requests, and shows whether all of them are there. */
@RestController
class RequestController {

    private static final Set<String> PARAMETERS =
            Set.of("service", "user", "outcome", "cluster", "trace", "from", "to", "minDurationMs", "after", "limit");
    private static final Set<String> OUTCOMES = Set.of("success", "failure", "unknown");

    /** A century; above it the nanoseconds would not fit. */
    private static final long MOST_MILLIS = 3_155_760_000_000L;

    private final Finder finder;
    private final RequestCompleteness completeness;

    RequestController(Finder finder, RequestCompleteness completeness) {
        this.finder = finder;
        this.completeness = completeness;
    }

    /** A page of requests, newest first, each as it was logged. */
    record RequestPage(List<JsonNode> requests, @Nullable String next) {}

    @GetMapping("/api/requests")
    @Operation(summary = "Search request logs")
    Mono<RequestPage> find(ServerHttpRequest request) {
        Parameters parameters = Parameters.of(request.getQueryParams(), PARAMETERS);
        List<Query> filters = new ArrayList<>();
        Finder.term(filters, "service.name", parameters.text("service"));
        Finder.term(filters, "user.id", parameters.text("user"));
        Finder.term(filters, "event.outcome", parameters.oneOf("outcome", OUTCOMES));
        Finder.term(filters, "tricolor.cluster.name", parameters.text("cluster"));
        Finder.term(filters, "trace.id", parameters.text("trace"));
        Finder.within(filters, parameters.period());
        Long least = parameters.number("minDurationMs");
        if (least != null) {
            double nanos = Math.min(least, MOST_MILLIS) * 1e6;
            filters.add(Query.of(query -> query.range(range ->
                    range.number(number -> number.field("event.duration").gte(nanos)))));
        }
        int limit = parameters.limit();
        String after = parameters.text("after");
        if (after != null) {
            Cursor.parse(after);
        }
        return RequestSteps.blocking("elasticsearch", () -> {
            Finder.Page page = finder.newestFirst(DataStreams.REQUESTS, filters, limit, after);
            return new RequestPage(page.documents(), page.next());
        });
    }

    @GetMapping("/api/requests/completeness")
    @Operation(summary = "Whether every request line of a time is in the index")
    Mono<RequestCompleteness.Report> completeness(ServerHttpRequest request) {
        Parameters parameters = Parameters.of(request.getQueryParams(), Set.of("service", "after", "limit"));
        String service = parameters.text("service");
        int limit = parameters.limit();
        String after = parameters.text("after");
        if (after != null) {
            Cursor.parseTexts(after, 2);
        }
        return RequestSteps.blocking("completeness", () -> completeness.of(service, limit, after));
    }
}
