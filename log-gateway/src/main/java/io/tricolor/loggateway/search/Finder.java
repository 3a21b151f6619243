package io.tricolor.loggateway.search;

import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.elasticsearch._types.SortOptions;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.elasticsearch.core.SearchRequest;
import co.elastic.clients.elasticsearch.core.SearchResponse;
import co.elastic.clients.elasticsearch.core.search.Hit;
import co.elastic.clients.elasticsearch.indices.IndexSettings;
import co.elastic.clients.elasticsearch.indices.IndexState;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.loggateway.elastic.Elasticsearch;
import io.tricolor.loggateway.search.Parameters.Period;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Asks Elasticsearch. All answers or none: a search that some shard did not answer is a failure. Blocking. */
final class Finder {

    private static final Logger log = LoggerFactory.getLogger(Finder.class);

    private final Elasticsearch elasticsearch;

    Finder(Elasticsearch elasticsearch) {
        this.elasticsearch = elasticsearch;
    }

    /**
     * Documents, newest first.
     *
     * @param next to be given as {@code after}; null on the last page
     */
    record Page(List<JsonNode> documents, @Nullable String next) {}

    Page newestFirst(String stream, List<Query> filters, int limit, @Nullable String after) {
        SearchRequest.Builder search = new SearchRequest.Builder()
                .index(stream)
                .query(query -> query.bool(bool -> bool.filter(filters)))
                .size(limit)
                .sort(descending("@timestamp", null), descending("event.sequence", -1L), descending("event.id", null));
        if (after != null) {
            search.searchAfter(Cursor.parse(after));
        }
        SearchResponse<JsonNode> answer = search(search, JsonNode.class);
        List<JsonNode> documents = new ArrayList<>();
        for (Hit<JsonNode> hit : answer.hits().hits()) {
            if (hit.source() != null) {
                documents.add(hit.source());
            }
        }
        List<Hit<JsonNode>> hits = answer.hits().hits();
        return new Page(
                documents, hits.size() < limit ? null : Cursor.of(hits.getLast().sort()));
    }

    <T> SearchResponse<T> search(SearchRequest.Builder search, Class<T> type) {
        try {
            return elasticsearch
                    .client()
                    .search(
                            search.ignoreUnavailable(true)
                                    .allowNoIndices(true)
                                    .allowPartialSearchResults(false)
                                    .trackTotalHits(hits -> hits.enabled(false))
                                    .build(),
                            type);
        } catch (IOException | ElasticsearchException e) {
            throw unavailable(e);
        }
    }

    /** What is left of a data stream. */
    Kept kept(String stream) {
        try {
            // By the indices' settings: a minimal Elasticsearch has no API for data streams.
            Map<String, IndexState> indices = elasticsearch
                    .client()
                    .indices()
                    .getSettings(get -> get.index(stream).flatSettings(false))
                    .settings();
            Map.Entry<String, IndexState> oldest = indices.entrySet().stream()
                    .min(Comparator.comparingLong(index -> generationOf(index.getKey())))
                    .orElse(null);
            if (oldest == null || generationOf(oldest.getKey()) <= 1) {
                return Kept.ALL;
            }
            IndexState state = oldest.getValue();
            return Kept.since(createdAt(state));
        } catch (ElasticsearchException e) {
            if (e.status() == 404) {
                return Kept.ALL;
            }
            throw unavailable(e);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    /** The number at the end of the name of a backing index. */
    private static long generationOf(String index) {
        String digits = index.substring(index.lastIndexOf('-') + 1);
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 1;
    }

    private static Instant createdAt(@Nullable IndexState state) {
        IndexSettings settings = state == null ? null : state.settings();
        IndexSettings index = settings == null ? null : settings.index();
        Long millis = index == null ? null : index.creationDate();
        if (millis == null) {
            throw new Rejected(Code.UPSTREAM_UNAVAILABLE, "Elasticsearch does not say how old an index is");
        }
        return Instant.ofEpochMilli(millis);
    }

    /** Makes what has been written visible to searches. */
    void refresh(String stream) {
        try {
            var _ = elasticsearch
                    .client()
                    .indices()
                    .refresh(refresh ->
                            refresh.index(stream).ignoreUnavailable(true).allowNoIndices(true));
        } catch (IOException | ElasticsearchException e) {
            throw unavailable(e);
        }
    }

    private static Rejected unavailable(Exception e) {
        log.warn("a search failed: {}", e.toString().lines().findFirst().orElse(""));
        return new Rejected(
                Code.UPSTREAM_UNAVAILABLE, "Elasticsearch cannot answer now; what has been taken is not lost");
    }

    static void term(List<Query> filters, String field, @Nullable String value) {
        if (value != null) {
            filters.add(Query.of(query -> query.term(term -> term.field(field).value(value))));
        }
    }

    static void within(List<Query> filters, Period period) {
        if (period.from() != null || period.to() != null) {
            filters.add(Query.of(query -> query.range(range -> range.date(date -> {
                date.field("@timestamp");
                if (period.from() != null) {
                    date.gte(period.from().toString());
                }
                if (period.to() != null) {
                    date.lt(period.to().toString());
                }
                return date;
            }))));
        }
    }

    private static SortOptions descending(String field, @Nullable Long missing) {
        return SortOptions.of(sort -> sort.field(by -> {
            by.field(field).order(SortOrder.Desc);
            if (missing != null) {
                by.missing(missing);
            }
            return by;
        }));
    }
}
