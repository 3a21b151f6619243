package io.tricolor.loggateway.search;

import co.elastic.clients.elasticsearch._types.query_dsl.Operator;
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

/** Finds state changes, and shows whether all of them are there. */
@RestController
class AuditController {

    private static final Set<String> PARAMETERS =
            Set.of("group", "cluster", "upgrade", "actor", "action", "from", "to", "q", "after", "limit");

    private final Finder finder;
    private final Completeness completeness;

    AuditController(Finder finder, Completeness completeness) {
        this.finder = finder;
        this.completeness = completeness;
    }

    /** A page of state changes, newest first. */
    record AuditPage(List<JsonNode> events, @Nullable String next) {}

    @GetMapping("/api/audit")
    @Operation(summary = "Search the audit trail")
    Mono<AuditPage> find(ServerHttpRequest request) {
        Parameters parameters = Parameters.of(request.getQueryParams(), PARAMETERS);
        List<Query> filters = new ArrayList<>();
        Finder.term(filters, "tricolor.group.id", parameters.text("group"));
        Finder.term(filters, "tricolor.cluster.name", parameters.text("cluster"));
        Finder.term(filters, "tricolor.upgrade.id", parameters.text("upgrade"));
        Finder.term(filters, "user.id", parameters.text("actor"));
        Finder.term(filters, "event.action", parameters.text("action"));
        Finder.within(filters, parameters.period());
        String words = parameters.text("q");
        if (words != null) {
            filters.add(anywhere(words));
        }
        int limit = parameters.limit();
        String after = parameters.text("after");
        if (after != null) {
            Cursor.parse(after);
        }
        return RequestSteps.blocking("elasticsearch", () -> {
            Finder.Page page = finder.newestFirst(DataStreams.AUDIT, filters, limit, after);
            return new AuditPage(page.documents(), page.next());
        });
    }

    @GetMapping("/api/audit/completeness")
    @Operation(summary = "Whether every event of a time is in the index")
    Mono<Completeness.Report> completeness(ServerHttpRequest request) {
        String group = Parameters.of(request.getQueryParams(), Set.of("group")).required("group");
        return RequestSteps.blocking("completeness", () -> completeness.of(group));
    }

    /** All words in the message, or exactly this as some value of the event. */
    private static Query anywhere(String words) {
        Query message = Query.of(query -> query.simpleQueryString(text -> text.fields("message")
                .query(words)
                .defaultOperator(Operator.And)
                .lenient(true)));
        Query value = Query.of(
                query -> query.term(term -> term.field("tricolor.payload").value(words)));
        return Query.of(query -> query.bool(bool -> bool.should(message, value).minimumShouldMatch("1")));
    }
}
