package io.tricolor.loggateway.search;

import static java.util.Objects.requireNonNull;

import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.aggregations.Aggregation;
import co.elastic.clients.elasticsearch._types.aggregations.CompositeAggregationSource;
import co.elastic.clients.elasticsearch._types.aggregations.CompositeBucket;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.util.NamedValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Documents by the values of some fields, with the lowest and the highest of a number in each set. Blocking. */
final class Composites {

    private static final int PAGE = 500;
    private static final String LOWEST = "lowest";
    private static final String HIGHEST = "highest";

    private final Finder finder;

    Composites(Finder finder) {
        this.finder = finder;
    }

    /**
     * A field to tell sets apart by.
     *
     * @param mayBeMissing whether documents without it make a set; else they are in none
     */
    record Source(String field, boolean mayBeMissing) {}

    /** All sets. */
    List<CompositeBucket> all(String stream, List<Query> filters, List<Source> sources, String number) {
        List<CompositeBucket> found = new ArrayList<>();
        Map<String, FieldValue> after = Map.of();
        while (true) {
            List<CompositeBucket> page = page(stream, filters, sources, number, Map.of(), after, PAGE);
            found.addAll(page);
            if (page.size() < PAGE) {
                return found;
            }
            after = page.getLast().key();
        }
    }

    /** Some sets, in the order of the fields' values; more about each by {@code extra}. */
    List<CompositeBucket> page(
            String stream,
            List<Query> filters,
            List<Source> sources,
            String number,
            Map<String, Aggregation> extra,
            Map<String, FieldValue> after,
            int limit) {
        List<NamedValue<CompositeAggregationSource>> by = sources.stream()
                .map(source -> NamedValue.of(
                        source.field(),
                        CompositeAggregationSource.of(composite -> composite.terms(
                                terms -> terms.field(source.field()).missingBucket(source.mayBeMissing())))))
                .toList();
        SearchRequest.Builder search = new SearchRequest.Builder()
                .index(stream)
                .query(query -> query.bool(bool -> bool.filter(filters)))
                .size(0)
                .aggregations(
                        "sets",
                        sets -> sets.composite(composite -> {
                                    composite.size(limit).sources(by);
                                    return after.isEmpty() ? composite : composite.after(after);
                                })
                                .aggregations(extra)
                                .aggregations(LOWEST, lowest -> lowest.min(min -> min.field(number)))
                                .aggregations(HIGHEST, highest -> highest.max(max -> max.field(number))));
        var sets = finder.search(search, JsonNode.class).aggregations().get("sets");
        return sets == null ? List.of() : sets.composite().buckets().array();
    }

    static long lowest(CompositeBucket set) {
        return number(requireNonNull(set.aggregations().get(LOWEST)).min().value());
    }

    static long highest(CompositeBucket set) {
        return number(requireNonNull(set.aggregations().get(HIGHEST)).max().value());
    }

    /** The lowest value of a number, null when no document has it. */
    @Nullable
    Long lowest(String stream, List<Query> filters, String number) {
        SearchRequest.Builder search = new SearchRequest.Builder()
                .index(stream)
                .query(query -> query.bool(bool -> bool.filter(filters)))
                .size(0)
                .aggregations(LOWEST, lowest -> lowest.min(min -> min.field(number)));
        var found = finder.search(search, JsonNode.class).aggregations().get(LOWEST);
        Double value = found == null ? null : found.min().value();
        return value == null || value.isInfinite() || value.isNaN() ? null : (Long) value.longValue();
    }

    private static long number(@Nullable Double value) {
        if (value == null || value.isInfinite() || value.isNaN()) {
            throw new IllegalStateException("a set of documents without the number that all of them have");
        }
        return value.longValue();
    }
}
