package io.tricolor.kit.inbox;

import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The last sequence that a consumer has applied of each stream. Every call takes part in the caller's transaction. */
final class InboxRows {

    private final JdbcClient jdbc;

    InboxRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What was last applied of a stream. */
    record Last(long epoch, long sequence) {}

    /**
     * Moves the row to {@code sequence} of {@code epoch}. True: apply it. False: it is a duplicate, or of an epoch that
     * is over. Throws {@link SequenceGap} when earlier facts of the epoch are missing. A higher epoch begins anew, at
     * whatever sequence it has.
     */
    boolean advance(String consumer, String subject, long epoch, long sequence, String id) {
        int next = jdbc.sql("""
                        update inbox set epoch = :epoch, last_sequence = :sequence, last_id = :id
                        where consumer = :consumer and subject = :subject
                          and (epoch < :epoch or epoch = :epoch and last_sequence = :sequence - 1)
                        """)
                .param("epoch", epoch)
                .param("sequence", sequence)
                .param("id", id)
                .param("consumer", consumer)
                .param("subject", subject)
                .update();
        if (next == 1) {
            return true;
        }
        int first = jdbc.sql("""
                        insert into inbox (consumer, subject, epoch, last_sequence, last_id)
                        values (:consumer, :subject, :epoch, :sequence, :id)
                        on conflict do nothing
                        """)
                .param("consumer", consumer)
                .param("subject", subject)
                .param("epoch", epoch)
                .param("sequence", sequence)
                .param("id", id)
                .update();
        if (first == 1) {
            return true;
        }
        Last last = last(consumer, subject).orElseThrow();
        if (epoch < last.epoch() || sequence <= last.sequence()) {
            return false;
        }
        throw new SequenceGap(consumer, subject, last.sequence(), sequence);
    }

    Optional<Last> last(String consumer, String subject) {
        return jdbc.sql("select epoch, last_sequence from inbox where consumer = :consumer and subject = :subject")
                .param("consumer", consumer)
                .param("subject", subject)
                .query((row, n) -> new Last(row.getLong(1), row.getLong(2)))
                .optional();
    }
}
