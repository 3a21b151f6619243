package io.tricolor.loggateway.search;

import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.SortOptions;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.search.Hit;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.loggateway.elastic.DataStreams;
import io.tricolor.loggateway.search.PublishedSequences.Stream;
import io.tricolor.loggateway.search.Sequences.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import tools.jackson.databind.JsonNode;

/** Compares what was published on Kafka with the audit trail, position by position. Blocking. */
final class Completeness {

    private static final int PAGE = 2000;

    private final PublishedSequences published;
    private final Finder finder;

    Completeness(PublishedSequences published, Finder finder) {
        this.published = published;
        this.finder = finder;
    }

    /**
     * Whether the audit trail of a group is whole.
     *
     * @param complete no stream has a missing document or a gap
     */
    record Report(String group, boolean complete, List<StreamReport> streams) {}

    /**
     * One stream.
     *
     * @param highest the highest position on Kafka
     * @param events different positions on Kafka
     * @param documents different positions in the audit trail
     * @param missing on Kafka and not in the audit trail: lost, or not yet there
     * @param gaps between 0 and the highest, and not on Kafka: never published
     */
    record StreamReport(
            String topic,
            String subject,
            long highest,
            long events,
            long documents,
            List<Range> missing,
            List<Range> gaps) {}

    Report of(String group) {
        SortedMap<Stream, Sequences> events = published.ofGroup(group);
        if (events.isEmpty()) {
            throw new Rejected(Code.GROUP_NOT_FOUND, "no event of a cluster group " + group + " was published");
        }
        Map<Stream, Sequences> documents = documentsOf(group);
        List<StreamReport> streams = new ArrayList<>();
        events.forEach((stream, onKafka) -> {
            Sequences kept = documents.getOrDefault(stream, new Sequences());
            streams.add(new StreamReport(
                    stream.topic(),
                    stream.subject(),
                    onKafka.highest(),
                    onKafka.size(),
                    kept.size(),
                    onKafka.without(kept),
                    onKafka.gaps()));
        });
        boolean complete = streams.stream()
                .allMatch(stream -> stream.missing().isEmpty() && stream.gaps().isEmpty());
        return new Report(group, complete, streams);
    }

    /** The sort values of every document are all that is read of them. */
    private Map<Stream, Sequences> documentsOf(String group) {
        finder.refresh(DataStreams.AUDIT);
        Map<Stream, Sequences> found = new HashMap<>();
        List<FieldValue> after = List.of();
        while (true) {
            SearchRequest.Builder search = new SearchRequest.Builder()
                    .index(DataStreams.AUDIT)
                    .query(ofGroup(group))
                    .source(source -> source.fetch(false))
                    .size(PAGE)
                    .sort(
                            ascending("tricolor.topic"),
                            ascending("tricolor.aggregate.id"),
                            ascending("event.sequence"),
                            ascending("event.id"));
            if (!after.isEmpty()) {
                search.searchAfter(after);
            }
            List<Hit<JsonNode>> hits =
                    finder.search(search, JsonNode.class).hits().hits();
            for (Hit<JsonNode> hit : hits) {
                List<FieldValue> values = hit.sort();
                Stream stream =
                        new Stream(values.get(0).stringValue(), values.get(1).stringValue());
                found.computeIfAbsent(stream, _ -> new Sequences())
                        .add(values.get(2).longValue());
            }
            if (hits.size() < PAGE) {
                return found;
            }
            after = hits.getLast().sort();
        }
    }

    private static Query ofGroup(String group) {
        return Query.of(query -> query.bool(bool -> bool.filter(
                Query.of(inner ->
                        inner.term(term -> term.field("tricolor.group.id").value(group))),
                exists("event.sequence"),
                exists("tricolor.aggregate.id"),
                exists("tricolor.topic"))));
    }

    private static Query exists(String field) {
        return Query.of(query -> query.exists(exists -> exists.field(field)));
    }

    private static SortOptions ascending(String field) {
        return SortOptions.of(sort -> sort.field(by -> by.field(field).order(SortOrder.Asc)));
    }
}
