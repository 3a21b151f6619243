package io.tricolor.loggateway.search;

import static java.util.Objects.requireNonNull;

import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.aggregations.Aggregation;
import co.elastic.clients.elasticsearch._types.aggregations.CompositeBucket;
import co.elastic.clients.elasticsearch._types.aggregations.StringTermsBucket;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.loggateway.elastic.DataStreams;
import io.tricolor.loggateway.search.Sequences.Range;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whether all lines are there that a process has counted. Blocking. */
final class RequestCompleteness {

    private static final String SERVICE = "service.name";
    private static final String PROCESS = "service.ephemeral_id";
    private static final String NODE = "service.node.name";
    private static final String SEQUENCE = "event.sequence";

    /** The number of the first line of a process. */
    private static final long FIRST = 1;

    private static final int MOST_GAPS = 100;
    private static final int TIME_BASED = 7;

    private final Finder finder;
    private final Composites composites;
    private final Positions positions;

    RequestCompleteness(Finder finder) {
        this.finder = finder;
        this.composites = new Composites(finder);
        this.positions = new Positions(finder);
    }

    /**
     * A page of processes.
     *
     * @param complete no process of this page has a gap
     * @param next value of {@code after} for the next page, null at the end
     */
    @Schema(name = "RequestCompleteness")
    record Report(
            boolean complete,
            List<ProcessReport> processes,
            @Nullable String next) {}

    /**
     * What is kept of one process: a service from its start to its end, a worker of a router.
     *
     * @param process its boot id
     * @param first number of the first line that is kept
     * @param last number of the last one that has come in
     * @param lines different lines between them
     * @param lost lines that are not there and not removed by retention; those behind the last one nobody knows of
     * @param gaps which ones, the first 100 ranges
     * @param removedUpTo lines up to this one were removed by retention, null when none was
     * @param firstAt time of the earliest line that is kept
     * @param lastAt time of the latest
     */
    record ProcessReport(
            String service,
            String process,
            @Nullable String node,
            long first,
            long last,
            long lines,
            long lost,
            List<Range> gaps,
            @Nullable Long removedUpTo,
            Instant firstAt,
            Instant lastAt) {}

    Report of(@Nullable String service, int limit, @Nullable String after) {
        finder.refresh(DataStreams.REQUESTS);
        Kept kept = finder.kept(DataStreams.REQUESTS);
        List<Query> filters = new ArrayList<>();
        Finder.term(filters, SERVICE, service);
        filters.add(Query.of(query -> query.exists(exists -> exists.field(SEQUENCE))));
        List<CompositeBucket> found = composites.page(
                DataStreams.REQUESTS,
                filters,
                List.of(new Composites.Source(SERVICE, false), new Composites.Source(PROCESS, false)),
                SEQUENCE,
                Map.of(
                        "from", Aggregation.of(of -> of.min(min -> min.field("@timestamp"))),
                        "to", Aggregation.of(of -> of.max(max -> max.field("@timestamp"))),
                        "node",
                                Aggregation.of(of ->
                                        of.terms(terms -> terms.field(NODE).size(1)))),
                afterOf(after),
                limit);
        List<ProcessReport> processes =
                found.stream().map(process -> report(process, kept)).toList();
        return new Report(
                processes.stream().allMatch(process -> process.lost() == 0),
                processes,
                found.size() < limit ? null : next(found.getLast()));
    }

    private ProcessReport report(CompositeBucket found, Kept kept) {
        String service = requireNonNull(found.key().get(SERVICE)).stringValue();
        String process = requireNonNull(found.key().get(PROCESS)).stringValue();
        List<Query> filters = new ArrayList<>();
        Finder.term(filters, SERVICE, service);
        Finder.term(filters, PROCESS, process);
        long first = Math.max(0, Composites.lowest(found));
        Sequences lines = positions.of(DataStreams.REQUESTS, filters, SEQUENCE, first, Composites.highest(found));
        boolean removed = first > FIRST && isRemoved(process, kept);
        List<Range> gaps = lines.gapsFrom(removed ? first : Math.min(first, FIRST));
        List<StringTermsBucket> nodes = requireNonNull(found.aggregations().get("node"))
                .sterms()
                .buckets()
                .array();
        return new ProcessReport(
                service,
                process,
                nodes.isEmpty() ? null : nodes.getFirst().key().stringValue(),
                first,
                lines.highest(),
                lines.size(),
                gaps.stream().mapToLong(gap -> gap.to() - gap.from() + 1).sum(),
                gaps.size() <= MOST_GAPS ? gaps : gaps.subList(0, MOST_GAPS),
                removed ? (Long) (first - 1) : null,
                time(requireNonNull(found.aggregations().get("from")).min().value()),
                time(requireNonNull(found.aggregations().get("to")).max().value()));
    }

    /**
     * Whether retention can have removed the first lines of a process: it was started before the oldest index that is
     * left was made. The time of its start is in its boot id; of one that is not made of a time nobody knows, and it
     * gets the benefit of the doubt.
     */
    private static boolean isRemoved(String process, Kept kept) {
        Instant since = kept.since();
        if (since == null) {
            return false;
        }
        try {
            UUID boot = UUID.fromString(process);
            return boot.version() != TIME_BASED
                    || Instant.ofEpochMilli(boot.getMostSignificantBits() >>> 16)
                            .isBefore(since);
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    private static Instant time(@Nullable Double millis) {
        return Instant.ofEpochMilli(millis == null ? 0 : millis.longValue());
    }

    private static String next(CompositeBucket last) {
        return Cursor.ofTexts(List.of(
                requireNonNull(last.key().get(SERVICE)).stringValue(),
                requireNonNull(last.key().get(PROCESS)).stringValue()));
    }

    private static Map<String, FieldValue> afterOf(@Nullable String after) {
        if (after == null) {
            return Map.of();
        }
        List<String> texts = Cursor.parseTexts(after, 2);
        return Map.of(SERVICE, FieldValue.of(texts.get(0)), PROCESS, FieldValue.of(texts.get(1)));
    }
}
