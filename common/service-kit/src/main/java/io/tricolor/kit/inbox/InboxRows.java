package io.tricolor.kit.inbox;

import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The last sequence that a consumer has applied of each stream. Every call takes part in the caller's transaction. */
final class InboxRows {

    private final JdbcClient jdbc;

    InboxRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Moves the row to {@code sequence}. True: apply it. False: it is a duplicate. Throws {@link SequenceGap} when earlier
     * facts are missing.
     */
    boolean advance(String consumer, String subject, long sequence, String id) {
        int next = jdbc.sql("""
                        update inbox set last_sequence = :sequence, last_id = :id
                        where consumer = :consumer and subject = :subject and last_sequence = :sequence - 1
                        """)
                .param("sequence", sequence)
                .param("id", id)
                .param("consumer", consumer)
                .param("subject", subject)
                .update();
        if (next == 1) {
            return true;
        }
        int first = jdbc.sql("""
                        insert into inbox (consumer, subject, last_sequence, last_id)
                        values (:consumer, :subject, :sequence, :id)
                        on conflict do nothing
                        """)
                .param("consumer", consumer)
                .param("subject", subject)
                .param("sequence", sequence)
                .param("id", id)
                .update();
        if (first == 1) {
            return true;
        }
        long last = last(consumer, subject).orElseThrow();
        if (sequence <= last) {
            return false;
        }
        throw new SequenceGap(consumer, subject, last, sequence);
    }

    Optional<Long> last(String consumer, String subject) {
        return jdbc.sql("select last_sequence from inbox where consumer = :consumer and subject = :subject")
                .param("consumer", consumer)
                .param("subject", subject)
                .query(Long.class)
                .optional();
    }
}
