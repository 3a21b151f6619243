package io.tricolor.strategy.idlist;

import io.prometheus.client.Gauge;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.InlineIds;
import io.tricolor.strategy.idlist.IdSorter.Sorted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The lists, each stored once by its content, in pieces, and never deleted: events of the past refer to them. Blocking. */
@Component
public class IdListStore {

    /** Longest piece of a list; lists that are stored already may have pieces of another length. */
    private static final int PIECE_BYTES = 1 << 19;

    private static final Gauge LISTS =
            Gauge.build("tricolor_id_lists", "Lists of ids that are stored").register();
    private static final Gauge BYTES = Gauge.build(
                    "tricolor_id_lists_bytes", "Content of all lists of ids that are stored, referred to or not")
            .register();

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final InstantSource clock;

    IdListStore(JdbcClient jdbc, PlatformTransactionManager transactions, InstantSource clock) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
        LISTS.setChild(gauge("select count(*) from id_list"));
        BYTES.setChild(gauge("select coalesce(sum(count::bigint), 0) * 8 from id_list"));
    }

    /** Asked when the page of metrics is made. */
    private Gauge.Child gauge(String query) {
        return new Gauge.Child() {
            @Override
            public double get() {
                return jdbc.sql(query).query(Long.class).single();
            }
        };
    }

    /**
     * A list that is stored.
     *
     * @param storedBy who brought it first
     */
    record StoredList(String sha256, int count, Instant storedAt, String storedBy) {}

    /** A list and the number of its pieces. */
    record Pieces(IdList list, int number) {}

    /** Stores a list; false: it was there already. Of two at once one stores it, and the other waits for that. */
    boolean keep(Sorted sorted, String actor) {
        return Boolean.TRUE.equals(transaction.execute(status -> {
            try {
                return insert(sorted, actor);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
    }

    private boolean insert(Sorted sorted, String actor) throws IOException {
        IdList list = sorted.name();
        int pieces = Math.toIntExact((list.bytes() + PIECE_BYTES - 1) / PIECE_BYTES);
        int inserted = jdbc.sql("""
                        insert into id_list (sha256, count, chunks, stored_at, stored_by)
                        values (:sha256, :count, :chunks, :at, :actor)
                        on conflict do nothing
                        """)
                .param("sha256", list.sha256())
                .param("count", list.count())
                .param("chunks", pieces)
                .param("at", Timestamp.from(clock.instant()))
                .param("actor", actor)
                .update();
        if (inserted == 0) {
            return false;
        }
        for (int i = 0; i < pieces; i++) {
            jdbc.sql("insert into id_list_chunk (sha256, number, content) values (:sha256, :number, :content)")
                    .param("sha256", list.sha256())
                    .param("number", i)
                    .param("content", sorted.read((long) i * PIECE_BYTES, PIECE_BYTES))
                    .update();
        }
        return true;
    }

    /** Makes lists of the ids that are too many for a rule, and stores them. */
    public InlineIds.Keeper keeper(String actor) {
        return ids -> {
            try (IdSorter sorter = new IdSorter()) {
                for (long id : ids) {
                    sorter.add(id);
                }
                Sorted sorted = sorter.sorted();
                keep(sorted, actor);
                return sorted.name();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /**
     * Sees to it that nobody refers to what is not there: ID_LIST_NOT_FOUND for a list that is not stored, INVALID_ARGUMENT for
     * one of another length.
     */
    public void requireAll(Collection<IdList> references) {
        for (IdList reference : references) {
            IdList stored = pieces(reference.sha256()).list();
            if (!stored.equals(reference)) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "id list " + reference.sha256() + " has " + stored.count() + " ids, not " + reference.count());
            }
        }
    }

    /** A list by its sha256; ID_LIST_NOT_FOUND when it is not stored. */
    Pieces pieces(String sha256) {
        Optional<Pieces> found = jdbc.sql("select count, chunks from id_list where sha256 = :sha256")
                .param("sha256", sha256)
                .query((row, number) -> new Pieces(new IdList(sha256, row.getInt(1)), row.getInt(2)))
                .optional();
        return found.orElseThrow(() -> new Rejected(Code.ID_LIST_NOT_FOUND, "there is no id list " + sha256));
    }

    /** A piece of a list that is stored, counted from 0. */
    byte[] piece(String sha256, int number) {
        return jdbc.sql("select content from id_list_chunk where sha256 = :sha256 and number = :number")
                .param("sha256", sha256)
                .param("number", number)
                .query((row, index) -> row.getBytes(1))
                .single();
    }

    /** Lists in the order of their sha256, after {@code after} (null: from the first). */
    List<StoredList> page(@Nullable String after, int limit) {
        return jdbc.sql("""
                        select sha256, count, stored_at, stored_by from id_list
                        where :after::text is null or sha256 > :after::text
                        order by sha256 limit :limit
                        """)
                .param("after", after)
                .param("limit", limit)
                .query((row, number) -> new StoredList(
                        row.getString(1), row.getInt(2), row.getTimestamp(3).toInstant(), row.getString(4)))
                .list();
    }
}
