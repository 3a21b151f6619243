package io.tricolor.config.namespace.query;

import io.tricolor.config.namespace.content.ConfigContent;
import io.tricolor.config.namespace.content.ContentStore;
import io.tricolor.config.namespace.domain.ConfigNamespace;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.kit.eventstore.Rebuilds;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Answers questions about revisions. Blocking. */
@Component
public class Revisions implements SmartInitializingSingleton {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofMillis(10);

    private static final String COLUMNS =
            "select namespace, revision, sha256, restored, changed_keys, reason, actor, published_at from config_revision ";

    private final JdbcClient jdbc;
    private final ContentStore contents;
    private final Rebuilds rebuilds;

    /** Position of the newest revision when this process began; what comes later may be a moment behind. */
    private volatile long newestAtStart;

    Revisions(JdbcClient jdbc, ContentStore contents, Rebuilds rebuilds) {
        this.jdbc = jdbc;
        this.contents = contents;
        this.rebuilds = rebuilds;
    }

    /**
     * Throws {@link Rejected} unless everything is here that was published before this process began: where a read
     * model is not made yet, or is incomplete, nothing is read from it. "There is no configuration" is never said for
     * "it is not known".
     */
    public void whole() {
        long there = jdbc.sql("select coalesce(max(position), 0) from config_revision")
                .query(Long.class)
                .single();
        if (there < newestAtStart) {
            throw new Rejected(
                    Code.READ_MODEL_MISSING, "the revisions are being read from the stream; there is no answer yet");
        }
    }

    @Override
    public void afterSingletonsInstantiated() {
        newestAtStart = jdbc.sql(
                        "select coalesce(max(global_position), 0) from domain_event where aggregate_type = :type")
                .param("type", ConfigNamespace.TYPE)
                .query(Long.class)
                .single();
    }

    /**
     * The revisions that are current in some namespaces, or were at the moment of a position; a namespace without one
     * is left out.
     *
     * @param position the newest that counts; null: all
     */
    public Map<String, RevisionView> currentOf(Collection<NamespaceId> namespaces, @Nullable Long position) {
        Map<String, RevisionView> found = new HashMap<>();
        jdbc.sql("""
                        select distinct on (namespace) namespace, revision, sha256, restored, changed_keys, reason, actor,
                               published_at
                        from config_revision
                        where namespace in (:namespaces) and (:position::bigint is null or position <= :position::bigint)
                        order by namespace, revision desc
                        """)
                .param(
                        "namespaces",
                        namespaces.stream().map(NamespaceId::toString).toList())
                .param("position", position)
                .query(Revisions::view)
                .list()
                .forEach(view -> found.put(view.namespace(), view));
        return found;
    }

    /** The place of a revision among those of all namespaces; throws {@link Rejected} when there is none. */
    public long positionOf(NamespaceId namespace, long revision) {
        return jdbc.sql("select position from config_revision where namespace = :namespace and revision = :revision")
                .param("namespace", namespace.toString())
                .param("revision", revision)
                .query(Long.class)
                .optional()
                .orElseThrow(() -> new Rejected(Code.REVISION_NOT_FOUND, namespace + " has no revision " + revision));
    }

    /** Whether any namespace has this label. */
    public boolean hasLabel(String label) {
        return jdbc.sql("select exists (select 1 from config_revision where label = :label)")
                .param("label", label)
                .query(Boolean.class)
                .single();
    }

    /** Revisions of a namespace from the newest down, older than {@code before} (exclusive; null: all). */
    public List<RevisionView> list(NamespaceId namespace, @Nullable Long before, int limit) {
        List<RevisionView> revisions = jdbc.sql(COLUMNS + """
                        where namespace = :namespace and (:before::bigint is null or revision < :before::bigint)
                        order by revision desc limit :limit
                        """)
                .param("namespace", namespace.toString())
                .param("before", before)
                .param("limit", limit)
                .query(Revisions::view)
                .list();
        if (revisions.isEmpty() && before == null) {
            throw missing(namespace);
        }
        return revisions;
    }

    /** One revision; throws {@link Rejected} when there is none. */
    public RevisionView get(NamespaceId namespace, long revision) {
        return find(namespace, revision)
                .orElseThrow(() -> current(namespace).isEmpty()
                        ? missing(namespace)
                        : new Rejected(Code.REVISION_NOT_FOUND, namespace + " has no revision " + revision));
    }

    /** One revision, empty when there is none here. */
    public Optional<RevisionView> find(NamespaceId namespace, long revision) {
        return jdbc.sql(COLUMNS + "where namespace = :namespace and revision = :revision")
                .param("namespace", namespace.toString())
                .param("revision", revision)
                .query(Revisions::view)
                .optional();
    }

    /** The current revision, empty for a namespace without one. */
    public Optional<RevisionView> current(NamespaceId namespace) {
        return jdbc.sql(COLUMNS + "where namespace = :namespace order by revision desc limit 1")
                .param("namespace", namespace.toString())
                .query(Revisions::view)
                .optional();
    }

    /** The content of a revision. */
    public ConfigContent contentOf(RevisionView revision) {
        return contents.get(revision.sha256());
    }

    /** Current revision of every namespace, by name, after {@code after} (exclusive; null: all). */
    public List<RevisionView> namespaces(@Nullable String after, int limit) {
        return jdbc.sql("""
                        select distinct on (namespace) namespace, revision, sha256, restored, changed_keys, reason, actor,
                               published_at
                        from config_revision
                        where :after::text is null or namespace > :after::text
                        order by namespace, revision desc limit :limit
                        """)
                .param("after", after)
                .param("limit", limit)
                .query(Revisions::view)
                .list();
    }

    /**
     * Waits until a revision that was just published can be read here, so that its author sees it; at most three
     * seconds.
     */
    public void await(NamespaceId namespace, long revision) {
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (current(namespace).map(RevisionView::revision).orElse(0L) < revision && System.nanoTime() < end) {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Makes the read model again from the events, in the background; until it is whole, the old one is read. */
    public void rebuild() {
        rebuilds.start(RevisionProjection.GROUP);
    }

    private static Rejected missing(NamespaceId namespace) {
        return new Rejected(Code.NAMESPACE_NOT_FOUND, "there is no namespace " + namespace);
    }

    private static RevisionView view(ResultSet row, int number) throws SQLException {
        Array changedKeys = row.getArray("changed_keys");
        return new RevisionView(
                row.getString("namespace"),
                row.getLong("revision"),
                row.getString("sha256"),
                row.getObject("restored", Long.class),
                List.of((String[]) changedKeys.getArray()),
                row.getString("reason"),
                row.getString("actor"),
                row.getTimestamp("published_at").toInstant());
    }
}
