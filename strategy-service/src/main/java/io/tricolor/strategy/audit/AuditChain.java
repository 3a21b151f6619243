package io.tricolor.strategy.audit;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Follows the event store and chains what it finds: each link is the hash of the one before and of the row as it is
 * stored. Links are written once; nothing here ever changes one. Of several instances one works at a time.
 */
final class AuditChain {

    private static final Logger log = LoggerFactory.getLogger(AuditChain.class);

    private static final int BATCH = 500;

    private static final Counter LINKS = Counter.build("tricolor_audit_links_total", "Events that were chained")
            .register();
    private static final Counter BREAKS = Counter.build(
                    "tricolor_audit_breaks_total", "Events that did not follow the chain of their stream")
            .register();
    private static final Gauge POSITION = Gauge.build(
                    "tricolor_audit_position", "Global position up to which events are chained")
            .register();

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;

    AuditChain(JdbcClient jdbc, TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.transactions = transactions;
    }

    /** The newest link of a stream. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Link(long sequence, byte[] hash) {}

    /** Chains everything that is committed by now. Blocking. */
    void catchUp() {
        while (Boolean.TRUE.equals(transactions.execute(transaction -> batch()))) {
            log.trace("another batch");
        }
    }

    /** Whether there may be more. */
    private boolean batch() {
        Long after = claim(jdbc);
        if (after == null) {
            return false;
        }
        List<EventRow> rows = jdbc.sql(
                        EventRow.COLUMNS + " where global_position > :after order by global_position limit :limit")
                .param("after", after)
                .param("limit", BATCH)
                .query((row, n) -> EventRow.of(row))
                .list();
        if (rows.isEmpty()) {
            return false;
        }
        Map<String, @Nullable Link> heads = new HashMap<>();
        List<EventRow> chained = new ArrayList<>();
        for (EventRow row : rows) {
            Link head = heads.computeIfAbsent(row.aggregateId(), this::head);
            long expected = head == null ? 0 : head.sequence() + 1;
            if (row.sequence() != expected) {
                BREAKS.inc();
                log.error(
                        "event {} of {} at position {} does not follow event {}: the store was changed by somebody else",
                        row.sequence(),
                        row.aggregateId(),
                        row.position(),
                        expected - 1);
            }
            if (row.sequence() < expected) {
                continue; // what was chained stays: the check shows the difference
            }
            Link next = new Link(row.sequence(), row.link(head == null ? Hash.NOTHING : head.hash()));
            insert(row, next.hash());
            heads.put(row.aggregateId(), next);
            chained.add(row);
        }
        heads.forEach((stream, head) -> {
            if (head != null) {
                keep(stream, head);
            }
        });
        long position = rows.getLast().position();
        jdbc.sql("update audit_position set global_position = :position")
                .param("position", position)
                .update();
        LINKS.inc(chained.size());
        POSITION.set((double) position);
        return rows.size() == BATCH;
    }

    /** The position, null while another instance works. Its row is locked until the end of the transaction. */
    static @Nullable Long claim(JdbcClient jdbc) {
        return jdbc.sql("select global_position from audit_position for update skip locked")
                .query(Long.class)
                .optional()
                .orElse(null);
    }

    private @Nullable Link head(String stream) {
        return jdbc.sql("select sequence_number, hash from audit_head where aggregate_id = :stream")
                .param("stream", stream)
                .query((row, n) -> new Link(row.getLong("sequence_number"), row.getBytes("hash")))
                .optional()
                .orElse(null);
    }

    private void insert(EventRow row, byte[] hash) {
        jdbc.sql("insert into audit_chain (aggregate_id, sequence_number, content, hash)"
                        + " values (:stream, :sequence, :content, :hash)")
                .param("stream", row.aggregateId())
                .param("sequence", row.sequence())
                .param("content", row.content())
                .param("hash", hash)
                .update();
    }

    private void keep(String stream, Link head) {
        jdbc.sql("""
                        insert into audit_head (aggregate_id, sequence_number, hash) values (:stream, :sequence, :hash)
                        on conflict (aggregate_id) do update set sequence_number = excluded.sequence_number,
                            hash = excluded.hash
                        """)
                .param("stream", stream)
                .param("sequence", head.sequence())
                .param("hash", head.hash())
                .update();
    }
}
