package io.tricolor.loggateway.search;

import static java.util.Objects.requireNonNull;

import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.aggregations.HistogramBucket;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.search.Hit;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.loggateway.search.Sequences.Range;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Which whole numbers occur in a field of documents. Elasticsearch counts the different ones in buckets; only buckets
 * that are not full are read number by number, so that the cost follows what is missing. Blocking.
 *
 * <p>Elasticsearch's count of different values may be a little too low and is never too high: a bucket that counts as
 * full is full.
 */
final class Positions {

    /** Below the precision of the count, and below what one search may answer. */
    private static final int BUCKET = 5_000;

    private static final int BUCKETS_OF_A_SEARCH = 200;
    private static final int PRECISION = 8_000;
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private final Finder finder;
    private final Composites composites;

    Positions(Finder finder) {
        this.finder = finder;
        this.composites = new Composites(finder);
    }

    /**
     * The numbers from {@code first} to {@code last} that occur. Throws {@link Rejected} when Elasticsearch cannot
     * answer, or not in time.
     *
     * @param first at least 0
     */
    Sequences of(String stream, List<Query> filters, String field, long first, long last) {
        Sequences found = new Sequences();
        long deadline = System.nanoTime() + LONGEST.toNanos();
        long span = (long) BUCKET * BUCKETS_OF_A_SEARCH;
        long from = first;
        while (from <= last) {
            // buckets begin at multiples of their width
            Range chunk = new Range(from, Math.min(last, (from / span + 1) * span - 1));
            from = chunk.to() + 1;
            List<HistogramBucket> buckets = buckets(stream, filters, field, chunk);
            if (buckets.isEmpty()) {
                Long next = composites.lowest(stream, List.of(within(filters, field, new Range(from, last))), field);
                if (next == null) {
                    return found;
                }
                from = Math.max(from, next);
            }
            for (HistogramBucket bucket : buckets) {
                long begin = Math.max(chunk.from(), (long) bucket.key());
                long end = Math.min(chunk.to(), (long) bucket.key() + BUCKET - 1);
                if (requireNonNull(bucket.aggregations().get("different"))
                                .cardinality()
                                .value()
                        == end - begin + 1) {
                    found.add(begin, end);
                } else {
                    single(stream, filters, field, new Range(begin, end), found);
                }
            }
            if (System.nanoTime() > deadline) {
                throw new Rejected(
                        Code.UPSTREAM_TIMEOUT, "what is kept could not be counted in " + LONGEST.toSeconds() + " s");
            }
        }
        return found;
    }

    private List<HistogramBucket> buckets(String stream, List<Query> filters, String field, Range range) {
        SearchRequest.Builder search = new SearchRequest.Builder()
                .index(stream)
                .query(within(filters, field, range))
                .size(0)
                .aggregations(
                        "buckets",
                        by -> by.histogram(histogram -> histogram
                                        .field(field)
                                        .interval((double) BUCKET)
                                        .minDocCount(1))
                                .aggregations(
                                        "different",
                                        count -> count.cardinality(cardinality ->
                                                cardinality.field(field).precisionThreshold(PRECISION))));
        var counted = finder.search(search, JsonNode.class).aggregations().get("buckets");
        return counted == null ? List.of() : counted.histogram().buckets().array();
    }

    /** The sort values of the documents are all that is read of them. */
    private void single(String stream, List<Query> filters, String field, Range range, Sequences found) {
        List<FieldValue> after = List.of();
        while (true) {
            SearchRequest.Builder search = new SearchRequest.Builder()
                    .index(stream)
                    .query(within(filters, field, range))
                    .source(source -> source.fetch(false))
                    .size(BUCKET)
                    .sort(sort -> sort.field(by -> by.field(field).order(SortOrder.Asc)));
            if (!after.isEmpty()) {
                search.searchAfter(after);
            }
            List<Hit<JsonNode>> hits =
                    finder.search(search, JsonNode.class).hits().hits();
            hits.forEach(hit -> found.add(hit.sort().getFirst().longValue()));
            if (hits.size() < BUCKET) {
                return;
            }
            after = hits.getLast().sort();
        }
    }

    private static Query within(List<Query> filters, String field, Range range) {
        List<Query> all = new ArrayList<>(filters);
        all.add(Query.of(query -> query.range(of -> of.term(
                term -> term.field(field).gte(Long.toString(range.from())).lte(Long.toString(range.to()))))));
        return Query.of(query -> query.bool(bool -> bool.filter(all)));
    }
}
