package io.tricolor.strategy.idlist;

import io.prometheus.client.Gauge;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.IdLists;
import io.tricolor.routing.InlineIds;
import io.tricolor.routing.ListContent;
import io.tricolor.strategy.idlist.NewList.Sorted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
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

/**
 * The lists, each stored once by its content, in pieces, and never deleted: events of the past refer to them. Blocking.
 */
@Component
public class IdListStore implements IdLists {

    /** Longest piece of a list; lists that are stored already may have pieces of another length. */
    private static final int PIECE_BYTES = 1 << 19;

    private static final Gauge LISTS = Gauge.build("tricolor_id_lists", "Lists of ids and of intervals that are stored")
            .register();
    private static final Gauge BYTES = Gauge.build(
                    "tricolor_id_lists_bytes", "Content of all lists that are stored, referred to or not")
            .register();

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final InstantSource clock;

    IdListStore(JdbcClient jdbc, PlatformTransactionManager transactions, InstantSource clock) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
        LISTS.setChild(gauge("select count(*) from id_list"));
        BYTES.setChild(gauge("""
                select coalesce(sum(count::bigint * case kind when 'ids' then 8 else 16 end), 0)
                from (select distinct on (sha256) count, kind from id_list) content
                """));
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
    record StoredList(String sha256, int count, IdList.Kind kind, Instant storedAt, String storedBy) {}

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
        // The content may be there already, as a list of the other kind, and in pieces of another length.
        Optional<Integer> known = jdbc.sql("select chunks from id_list where sha256 = :sha256 limit 1")
                .param("sha256", list.sha256())
                .query(Integer.class)
                .optional();
        int inserted = jdbc.sql("""
                        insert into id_list (sha256, kind, count, chunks, stored_at, stored_by)
                        values (:sha256, :kind, :count, :chunks, :at, :actor)
                        on conflict do nothing
                        """)
                .param("sha256", list.sha256())
                .param("kind", list.kind().word())
                .param("count", list.count())
                .param("chunks", known.orElse(pieces))
                .param("at", Timestamp.from(clock.instant()))
                .param("actor", actor)
                .update();
        if (inserted == 0 || known.isPresent()) {
            return inserted > 0;
        }
        for (int i = 0; i < pieces; i++) {
            // Somebody may store the other kind of this content at the same time: then in the same pieces.
            jdbc.sql("""
                            insert into id_list_chunk (sha256, number, content) values (:sha256, :number, :content)
                            on conflict do nothing
                            """)
                    .param("sha256", list.sha256())
                    .param("number", i)
                    .param("content", sorted.read((long) i * PIECE_BYTES, PIECE_BYTES))
                    .update();
        }
        return true;
    }

    /** Makes lists of the ids and intervals that are too many for a rule, and stores them. */
    public InlineIds.Keeper keeper(String actor) {
        return new InlineIds.Keeper() {
            @Override
            public IdList keepIds(long[] ids) {
                try (IdSorter sorter = new IdSorter()) {
                    for (long id : ids) {
                        sorter.add(id);
                    }
                    return kept(sorter.sorted(), actor);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public IdList keepIntervals(long[] starts, long[] ends, int count) {
                try (NewList list = new NewList(IdList.Kind.INTERVALS)) {
                    for (int i = 0; i < count; i++) {
                        list.write(starts[i]);
                        list.write(ends[i]);
                    }
                    return kept(list.sorted(), actor);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private IdList kept(Sorted sorted, String actor) {
        keep(sorted, actor);
        return sorted.name();
    }

    /** All of a list in memory: for short ones. */
    @Override
    public ListContent content(IdList reference) {
        Pieces stored = pieces(reference);
        ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(stored.list().bytes()));
        for (int i = 0; i < stored.number(); i++) {
            content.put(piece(reference.sha256(), i));
        }
        return ListContent.of(reference, content.flip());
    }

    /**
     * Sees to it that nobody refers to what is not there: ID_LIST_NOT_FOUND for a list that is not stored,
     * INVALID_ARGUMENT for one of another length.
     */
    public void requireAll(Collection<IdList> references) {
        for (IdList reference : references) {
            IdList stored = pieces(reference).list();
            if (!stored.equals(reference)) {
                throw new Rejected(
                        Code.INVALID_ARGUMENT,
                        "id list " + reference.sha256() + " has " + stored.count() + " "
                                + stored.kind().word() + ", not " + reference.count());
            }
        }
    }

    private Pieces pieces(IdList reference) {
        return found(reference.sha256(), reference.kind().word())
                .orElseThrow(() -> new Rejected(
                        Code.ID_LIST_NOT_FOUND,
                        "there is no id list " + reference.sha256() + " of "
                                + reference.kind().word()));
    }

    /** A list of either kind by its sha256: the content is the same; ID_LIST_NOT_FOUND when it is not stored. */
    Pieces pieces(String sha256) {
        return found(sha256, null)
                .orElseThrow(() -> new Rejected(Code.ID_LIST_NOT_FOUND, "there is no id list " + sha256));
    }

    private Optional<Pieces> found(String sha256, @Nullable String kind) {
        return jdbc.sql("""
                        select count, kind, chunks from id_list
                        where sha256 = :sha256 and (:kind::text is null or kind = :kind::text)
                        order by kind limit 1
                        """)
                .param("sha256", sha256)
                .param("kind", kind)
                .query((row, number) -> new Pieces(
                        new IdList(sha256, row.getInt(1), IdList.Kind.parse(row.getString(2))), row.getInt(3)))
                .optional();
    }

    /** A piece of a list that is stored, counted from 0. */
    byte[] piece(String sha256, int number) {
        return jdbc.sql("select content from id_list_chunk where sha256 = :sha256 and number = :number")
                .param("sha256", sha256)
                .param("number", number)
                .query((row, index) -> row.getBytes(1))
                .single();
    }

    /**
     * Lists in the order of their sha256.
     *
     * @param after sha256 and kind of the last list before them; null: from the first
     */
    List<StoredList> page(@Nullable String after, int limit) {
        return jdbc.sql("""
                        select sha256, count, kind, stored_at, stored_by from id_list
                        where :after::text is null or sha256 || '.' || kind > :after::text
                        order by sha256, kind limit :limit
                        """)
                .param("after", after)
                .param("limit", limit)
                .query((row, number) -> new StoredList(
                        row.getString(1),
                        row.getInt(2),
                        IdList.Kind.parse(row.getString(3)),
                        row.getTimestamp(4).toInstant(),
                        row.getString(5)))
                .list();
    }
}
