package io.tricolor.config.namespace.draft;

import io.tricolor.config.ConfigProperties;
import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.content.ContentStore;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.config.namespace.publication.Publications;
import io.tricolor.config.namespace.query.RevisionView;
import io.tricolor.config.namespace.query.Revisions;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.command.CommandContext;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What is being written: no application sees it, and it is no part of the history before it is published. A namespace
 * has one draft or none. Blocking.
 */
@Component
public class Drafts {

    private final JdbcClient jdbc;
    private final ContentStore contents;
    private final Revisions revisions;
    private final Publications publications;
    private final ConfigProperties properties;
    private final TransactionTemplate transaction;
    private final Clock clock = Clock.systemUTC();

    Drafts(
            JdbcClient jdbc,
            ContentStore contents,
            Revisions revisions,
            Publications publications,
            ConfigProperties properties,
            PlatformTransactionManager transactionManager) {
        this.jdbc = jdbc;
        this.contents = contents;
        this.revisions = revisions;
        this.publications = publications;
        this.properties = properties;
        this.transaction = new TransactionTemplate(transactionManager);
    }

    /** The draft of a namespace; empty when there is none. */
    public Optional<DraftView> find(NamespaceId namespace) {
        return jdbc.sql("""
                        select namespace, version, base, sha256, authors, updated_at from config_draft
                        where namespace = :namespace
                        """)
                .param("namespace", namespace.toString())
                .query(Drafts::view)
                .optional();
    }

    /** The draft of a namespace; throws {@link Rejected} with {@code DRAFT_NOT_FOUND}. */
    public DraftView get(NamespaceId namespace) {
        return find(namespace).orElseThrow(() -> new Rejected(Code.DRAFT_NOT_FOUND, namespace + " has no draft"));
    }

    /** What a draft has. */
    public ConfigContent contentOf(DraftView draft) {
        return contents.get(draft.sha256());
    }

    /**
     * Writes the draft: what {@code change} makes of it, or of the current revision when there was none.
     *
     * @param base revision that it is made on; null: that of the draft, or the current one
     * @param expectedVersion of the draft that the author has seen, 0 for none; null: any
     */
    public DraftView save(
            NamespaceId namespace,
            UnaryOperator<ConfigContent> change,
            @Nullable Long base,
            @Nullable Long expectedVersion,
            String author) {
        return Objects.requireNonNull(transaction.execute(status -> {
            lock(namespace);
            DraftView before = find(namespace).orElse(null);
            expect(before, expectedVersion);
            RevisionView current = revisions.current(namespace).orElse(null);
            long newest = current == null ? 0 : current.revision();
            if (base != null && (base < 0 || base > newest)) {
                throw new Rejected(Code.REVISION_NOT_FOUND, namespace + " has no revision " + base);
            }
            ConfigContent start = before != null
                    ? contentOf(before)
                    : current == null ? ConfigContent.EMPTY : revisions.contentOf(current);
            SortedSet<String> authors = new TreeSet<>(before == null ? List.of() : before.authors());
            authors.add(author);
            DraftView after = new DraftView(
                    namespace.toString(),
                    before == null ? 1 : before.version() + 1,
                    base != null ? base : before == null ? newest : before.base(),
                    contents.put(change.apply(start)),
                    List.copyOf(authors),
                    clock.instant());
            put(after);
            return after;
        }));
    }

    /** Two who write at once wait for each other, also where there is no row yet. */
    private void lock(NamespaceId namespace) {
        jdbc.sql("select pg_advisory_xact_lock(hashtextextended('config-draft/' || :namespace, 0))")
                .param("namespace", namespace.toString())
                .query((row, number) -> true)
                .list();
    }

    private static void expect(@Nullable DraftView draft, @Nullable Long expectedVersion) {
        long version = draft == null ? 0 : draft.version();
        if (expectedVersion != null && expectedVersion != version) {
            throw new Rejected(
                    Code.VERSION_MISMATCH,
                    draft == null
                            ? "there is no draft any more"
                            : "the draft is at version " + version + ", not " + expectedVersion + " as expected");
        }
    }

    private void put(DraftView draft) {
        jdbc.sql("""
                        insert into config_draft (namespace, version, base, sha256, authors, updated_at)
                        values (:namespace, :version, :base, :sha256, :authors, :at)
                        on conflict (namespace) do update set version = excluded.version, base = excluded.base,
                            sha256 = excluded.sha256, authors = excluded.authors, updated_at = excluded.updated_at
                        """)
                .param("namespace", draft.namespace())
                .param("version", draft.version())
                .param("base", draft.base())
                .param("sha256", draft.sha256())
                .param("authors", draft.authors().toArray(String[]::new))
                .param("at", Timestamp.from(draft.updatedAt()))
                .update();
    }

    /** Throws the draft away. */
    public void drop(NamespaceId namespace, @Nullable Long expectedVersion) {
        transaction.executeWithoutResult(status -> {
            lock(namespace);
            expect(get(namespace), expectedVersion);
            delete(namespace);
        });
    }

    private void delete(NamespaceId namespace) {
        jdbc.sql("delete from config_draft where namespace = :namespace")
                .param("namespace", namespace.toString())
                .update();
    }

    /**
     * Makes the draft the current revision, in one transaction; returns its number. Throws {@link Rejected} with
     * {@code CONCURRENT_CHANGE} when another revision came in between, and with {@code PUBLISHER_IS_EDITOR} where two
     * people are needed.
     *
     * @param expectedVersion of the draft; null: any
     */
    public long publish(NamespaceId namespace, @Nullable Long expectedVersion, String reason, CommandContext context) {
        try {
            return publishOnce(namespace, expectedVersion, reason, context);
        } catch (Rejected refused) {
            if (refused.rejection().code() != Code.DRAFT_NOT_FOUND) {
                throw refused;
            }
            // The same request again, whose answer was lost, gets its answer.
            return publications.publishedBefore(namespace, reason, context).orElseThrow(() -> refused);
        }
    }

    private long publishOnce(
            NamespaceId namespace, @Nullable Long expectedVersion, String reason, CommandContext context) {
        return Objects.requireNonNull(transaction.execute(status -> {
            lock(namespace);
            DraftView draft = get(namespace);
            expect(draft, expectedVersion);
            if (needsTwo(namespace) && draft.authors().contains(context.actor())) {
                throw new Rejected(
                        Code.PUBLISHER_IS_EDITOR,
                        "somebody who has not written the draft has to publish it in " + namespace.profile());
            }
            long revision = publications.publish(namespace, contentOf(draft), draft.base(), reason, context);
            delete(namespace);
            return revision;
        }));
    }

    /** Throws {@link Rejected} with {@code DRAFT_REQUIRED} where nobody may publish without another one's look. */
    public void allowDirect(NamespaceId namespace) {
        if (needsTwo(namespace)) {
            throw new Rejected(
                    Code.DRAFT_REQUIRED, "in " + namespace.profile() + " one writes a draft, and another publishes it");
        }
    }

    private boolean needsTwo(NamespaceId namespace) {
        return properties.twoPeopleProfiles().contains(namespace.profile());
    }

    private static DraftView view(ResultSet row, int number) throws SQLException {
        return new DraftView(
                row.getString("namespace"),
                row.getLong("version"),
                row.getLong("base"),
                row.getString("sha256"),
                List.of((String[]) row.getArray("authors").getArray()),
                row.getTimestamp("updated_at").toInstant());
    }
}
