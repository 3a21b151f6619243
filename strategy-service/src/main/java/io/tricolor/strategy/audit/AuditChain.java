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
import org.springframework.jdbc.core.JdbcTemplate;
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
    private final JdbcTemplate batches;
    private final TransactionTemplate transactions;

    AuditChain(JdbcClient jdbc, JdbcTemplate batches, TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.batches = batches;
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
        Map<String, Link> heads = heads(rows);
        List<Object[]> links = new ArrayList<>();
        for (EventRow row : rows) {
            Link head = heads.get(row.aggregateId());
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
            links.add(new Object[] {row.aggregateId(), row.sequence(), row.content(), next.hash()});
            heads.put(row.aggregateId(), next);
        }
        batches.batchUpdate(
                "insert into audit_chain (aggregate_id, sequence_number, content, hash) values (?, ?, ?, ?)", links);
        keep(heads);
        long position = rows.getLast().position();
        jdbc.sql("update audit_position set global_position = :position")
                .param("position", position)
                .update();
        LINKS.inc(links.size());
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

    private Map<String, Link> heads(List<EventRow> rows) {
        Map<String, Link> heads = new HashMap<>();
        jdbc.sql("""
                        select aggregate_id, sequence_number, hash from audit_head
                        where aggregate_id = any(:streams::text[])
                        """)
                .param(
                        "streams",
                        rows.stream().map(EventRow::aggregateId).distinct().toArray(String[]::new))
                .query(row -> {
                    heads.put(row.getString(1), new Link(row.getLong(2), row.getBytes(3)));
                });
        return heads;
    }

    private void keep(Map<String, Link> heads) {
        batches.batchUpdate(
                """
                insert into audit_head (aggregate_id, sequence_number, hash) values (?, ?, ?)
                on conflict (aggregate_id) do update set sequence_number = excluded.sequence_number,
                    hash = excluded.hash
                """,
                heads.entrySet().stream()
                        .map(head -> new Object[] {
                            head.getKey(),
                            head.getValue().sequence(),
                            head.getValue().hash()
                        })
                        .toList());
    }
}
