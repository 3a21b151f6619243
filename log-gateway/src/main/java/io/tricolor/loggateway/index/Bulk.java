package io.tricolor.loggateway.index;

import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.elasticsearch._types.ErrorCause;
import co.elastic.clients.elasticsearch.core.BulkRequest;
import co.elastic.clients.elasticsearch.core.BulkResponse;
import co.elastic.clients.elasticsearch.core.bulk.BulkResponseItem;
import io.prometheus.client.Counter;
import io.tricolor.loggateway.elastic.Elasticsearch;
import io.tricolor.loggateway.elastic.IndexTemplates;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes entries into data streams, each at most once by its id. */
final class Bulk {

    private static final long MOST_BYTES = 2 * 1024 * 1024;

    private static final Counter DOCUMENTS = Counter.build(
                    "tricolor_index_documents_total", "Documents by data stream and by what Elasticsearch answered")
            .labelNames("stream", "outcome")
            .register();

    private final Elasticsearch elasticsearch;
    private final IndexTemplates templates;

    Bulk(Elasticsearch elasticsearch, IndexTemplates templates) {
        this.elasticsearch = elasticsearch;
        this.templates = templates;
    }

    /**
     * What is left of a list of entries; all others are in Elasticsearch.
     *
     * @param again to be written later
     * @param failed those of {@code again} that Elasticsearch was asked about and failed on, each for itself
     * @param refused never to be written as they are
     * @param failure why some are to be written again, null when none are
     */
    record Rest(
            List<Entry> again,
            List<Refused> failed,
            List<Refused> refused,
            @Nullable String failure) {}

    /** An entry that Elasticsearch does not take. */
    record Refused(Entry entry, String reason) {}

    /** Writes once. Never throws for a failure of Elasticsearch: what it did not take is in the rest. */
    Rest write(List<Entry> entries) {
        Writing writing = new Writing();
        int from = 0;
        while (from < entries.size()) {
            int to = from;
            long bytes = 0;
            while (to < entries.size()
                    && (to == from || bytes + entries.get(to).json().size() <= MOST_BYTES)) {
                bytes += entries.get(to).json().size();
                to++;
            }
            writing.write(entries.subList(from, to));
            from = to;
        }
        return new Rest(writing.again, writing.failedAlone, writing.refused, writing.failure);
    }

    private final class Writing {

        private final List<Entry> again = new ArrayList<>();
        private final List<Refused> failedAlone = new ArrayList<>();
        private final List<Refused> refused = new ArrayList<>();
        private @Nullable String failure;

        void write(List<Entry> entries) {
            if (failure != null) {
                again.addAll(entries);
                return;
            }
            BulkResponse answer;
            try {
                templates.ensure();
                answer = elasticsearch.client().bulk(request(entries));
            } catch (IOException e) {
                templates.forget();
                failed(entries, e.getClass().getSimpleName() + ": " + e.getMessage());
                return;
            } catch (ElasticsearchException e) {
                refusedAsAWhole(entries, e);
                return;
            }
            if (answer.items().size() != entries.size()) {
                failed(entries, "Elasticsearch answered for " + answer.items().size() + " of " + entries.size());
                return;
            }
            for (int i = 0; i < entries.size(); i++) {
                sort(entries.get(i), answer.items().get(i));
            }
        }

        /** One bad entry can spoil a whole request; halves find it. */
        private void refusedAsAWhole(List<Entry> entries, ElasticsearchException e) {
            boolean spoiled = e.status() == 400 || e.status() == 413;
            if (!spoiled) {
                failed(entries, "status " + e.status() + ": " + e.getMessage());
            } else if (entries.size() == 1) {
                refuse(entries.getFirst(), String.valueOf(e.getMessage()));
            } else {
                int half = entries.size() / 2;
                write(entries.subList(0, half));
                write(entries.subList(half, entries.size()));
            }
        }

        private void sort(Entry entry, BulkResponseItem item) {
            int status = item.status();
            if (status / 100 == 2) {
                count(entry, "created");
            } else if (status == 409) {
                count(entry, "duplicate");
            } else if (status == 400 || status == 413) {
                refuse(entry, reason(item));
            } else {
                if (status == 404) {
                    templates.forget();
                }
                String why = "status " + status + ": " + reason(item);
                if (status == 500) {
                    failedAlone.add(new Refused(entry, why));
                }
                failed(List.of(entry), why);
            }
        }

        private void refuse(Entry entry, String reason) {
            count(entry, "refused");
            refused.add(new Refused(entry, reason));
        }

        private void failed(List<Entry> entries, String reason) {
            again.addAll(entries);
            failure = reason;
        }
    }

    /** Asks for a data stream: without its template Elasticsearch would make a plain index of that name. */
    private static BulkRequest request(List<Entry> entries) {
        BulkRequest.Builder bulk = new BulkRequest.Builder().requireDataStream(true);
        for (Entry entry : entries) {
            bulk.operations(operation -> operation.create(
                    create -> create.index(entry.stream()).id(entry.id()).document(entry.json())));
        }
        return bulk.build();
    }

    private static String reason(BulkResponseItem item) {
        ErrorCause error = item.error();
        if (error == null) {
            return "no reason given";
        }
        ErrorCause cause = error.causedBy();
        return error.type() + ": " + error.reason()
                + (cause == null ? "" : ", " + cause.type() + ": " + cause.reason());
    }

    private static void count(Entry entry, String outcome) {
        DOCUMENTS.labels(entry.stream(), outcome).inc();
    }
}
