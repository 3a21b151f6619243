package io.tricolor.loggateway.search;

import static java.util.Objects.requireNonNull;

import co.elastic.clients.elasticsearch._types.FieldValue;
import co.elastic.clients.elasticsearch._types.aggregations.CompositeBucket;
import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import io.swagger.v3.oas.annotations.media.Schema;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.loggateway.elastic.DataStreams;
import io.tricolor.loggateway.search.PublishedEvents.Position;
import io.tricolor.loggateway.search.PublishedEvents.Reading;
import io.tricolor.loggateway.search.PublishedEvents.Stream;
import io.tricolor.loggateway.search.Sequences.Range;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Compares what was published on Kafka with the audit trail. Every document says at which offset its event stands; the
 * offsets that no document names are all that is read from Kafka. Blocking.
 */
final class Completeness {

    private static final String SEQUENCE = "event.sequence";
    private static final String TOPIC = "tricolor.topic";
    private static final String SUBJECT = "tricolor.aggregate.id";
    private static final String EPOCH = "tricolor.epoch";
    private static final String PARTITION = "tricolor.partition";
    private static final String OFFSET = "tricolor.offset";

    private final PublishedEvents published;
    private final Finder finder;
    private final Composites composites;
    private final Positions positions;

    Completeness(PublishedEvents published, Finder finder) {
        this.published = published;
        this.finder = finder;
        this.composites = new Composites(finder);
        this.positions = new Positions(finder);
    }

    /**
     * Whether the audit trail of a group is whole.
     *
     * @param complete no stream has a missing document or a gap; what retention has removed is neither
     */
    @Schema(name = "AuditCompleteness")
    record Report(String group, boolean complete, List<StreamReport> streams) {}

    /**
     * One stream in one of its epochs.
     *
     * @param highest the highest position that is known
     * @param events different positions that are known: in the audit trail, or on Kafka
     * @param documents different positions in the audit trail
     * @param removedUpTo positions up to this one were removed by retention, null when none was
     * @param missing on Kafka and not in the audit trail: lost, or not yet there
     * @param gaps below the highest, neither on Kafka nor in the audit trail: never published, or lost by both
     */
    record StreamReport(
            String topic,
            String subject,
            long epoch,
            long highest,
            long events,
            long documents,
            @Nullable Long removedUpTo,
            List<Range> missing,
            List<Range> gaps) {}

    Report of(String group) {
        return published.ask(group, kafka -> of(group, kafka));
    }

    private Report of(String group, Reading kafka) {
        // the ends of the partitions first: what comes in meanwhile is not missed
        Map<TopicPartition, Range> offsets = kafka.kept();
        finder.refresh(DataStreams.AUDIT);
        Kept kept = finder.kept(DataStreams.AUDIT);
        SortedMap<Stream, Sequences> documents = documentsOf(group);
        SortedMap<Stream, Sequences> others = new TreeMap<>();
        Set<String> shortened = new HashSet<>();
        offsets.forEach((partition, range) -> {
            long first = firstToBeThere(kafka, partition, range, kept);
            if (range.from() > 0 || kept.since() != null) {
                shortened.add(partition.topic());
            }
            for (Position position : kafka.read(partition, withoutDocument(partition, first, range.to()))) {
                others.computeIfAbsent(position.stream(), _ -> new Sequences()).add(position.sequence());
            }
        });
        SortedSet<Stream> streams = new TreeSet<>(documents.keySet());
        streams.addAll(others.keySet());
        if (streams.isEmpty()) {
            throw new Rejected(
                    Code.GROUP_NOT_FOUND,
                    "no event of a cluster group " + group + (shortened.isEmpty() ? " was published" : " is kept"));
        }
        List<StreamReport> reports = streams.stream()
                .map(stream -> report(
                        stream,
                        documents.getOrDefault(stream, new Sequences()),
                        others.getOrDefault(stream, new Sequences()),
                        shortened.contains(stream.topic())))
                .toList();
        boolean complete = reports.stream()
                .allMatch(stream -> stream.missing().isEmpty() && stream.gaps().isEmpty());
        return new Report(group, complete, reports);
    }

    /** Only what misses its front can have lost it to retention; a hole behind a kept document is a hole. */
    private static StreamReport report(Stream stream, Sequences documents, Sequences others, boolean shortened) {
        Sequences known = new Sequences();
        known.add(documents);
        known.add(others);
        // an epoch that began after a restore begins where the restored stream ended
        long begin = stream.epoch() == 0 ? 0 : known.lowest();
        boolean removed = shortened && known.lowest() > begin;
        return new StreamReport(
                stream.topic(),
                stream.subject(),
                stream.epoch(),
                known.highest(),
                known.size(),
                documents.size(),
                removed ? (Long) (known.lowest() - 1) : null,
                others.without(documents),
                known.gapsFrom(removed ? known.lowest() : begin));
    }

    /**
     * The first offset whose event is to be in the audit trail. Where retention has removed the front of the trail,
     * that is the first that a document names, or the first that was published after the oldest remaining index was
     * made, whichever is lower.
     */
    private long firstToBeThere(Reading kafka, TopicPartition partition, Range range, Kept kept) {
        Instant since = kept.since();
        if (since == null) {
            return range.from();
        }
        Long younger = kafka.offsetAt(partition, since);
        Long named = composites.lowest(DataStreams.AUDIT, ofPartition(partition), OFFSET);
        long first = Math.min(younger == null ? range.to() + 1 : younger, named == null ? range.to() + 1 : named);
        return Math.max(range.from(), first);
    }

    private List<Range> withoutDocument(TopicPartition partition, long first, long last) {
        Sequences named = positions.of(DataStreams.AUDIT, ofPartition(partition), OFFSET, first, last);
        return Sequences.between(first, last).without(named);
    }

    private SortedMap<Stream, Sequences> documentsOf(String group) {
        Query ofGroup = term("tricolor.group.id", group);
        SortedMap<Stream, Sequences> found = new TreeMap<>();
        List<CompositeBucket> streams = composites.all(
                DataStreams.AUDIT,
                List.of(ofGroup, exists(SEQUENCE)),
                List.of(
                        new Composites.Source(TOPIC, false),
                        new Composites.Source(SUBJECT, false),
                        new Composites.Source(EPOCH, true)),
                SEQUENCE);
        for (CompositeBucket bucket : streams) {
            FieldValue epoch = bucket.key().get(EPOCH);
            Stream stream = new Stream(
                    requireNonNull(bucket.key().get(TOPIC)).stringValue(),
                    requireNonNull(bucket.key().get(SUBJECT)).stringValue(),
                    epoch == null || epoch.isNull() ? 0 : epoch.longValue());
            List<Query> filters =
                    new ArrayList<>(List.of(ofGroup, term(TOPIC, stream.topic()), term(SUBJECT, stream.subject())));
            filters.add(stream.epoch() == 0 ? not(exists(EPOCH)) : number(EPOCH, stream.epoch()));
            found.put(
                    stream,
                    positions.of(
                            DataStreams.AUDIT,
                            filters,
                            SEQUENCE,
                            Composites.lowest(bucket),
                            Composites.highest(bucket)));
        }
        return found;
    }

    private static List<Query> ofPartition(TopicPartition partition) {
        return List.of(term(TOPIC, partition.topic()), number(PARTITION, partition.partition()));
    }

    private static Query term(String field, String value) {
        return Query.of(query -> query.term(term -> term.field(field).value(value)));
    }

    private static Query number(String field, long value) {
        return Query.of(query -> query.term(term -> term.field(field).value(value)));
    }

    private static Query exists(String field) {
        return Query.of(query -> query.exists(exists -> exists.field(field)));
    }

    private static Query not(Query unwanted) {
        return Query.of(query -> query.bool(bool -> bool.mustNot(unwanted)));
    }
}
