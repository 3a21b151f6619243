package io.tricolor.strategy.audit;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.audit.AuditRootSigned;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.MessagePublisher;
import java.io.IOException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Signs roots over the heads of all chains and brings them out of the database: into a file of each instance, and to
 * Kafka. A root that is signed goes to both, sooner or later.
 */
final class AuditRoots {

    private static final Logger log = LoggerFactory.getLogger(AuditRoots.class);

    /** So many heads are new in one root at the most; what is left is in the next one, at once. */
    private static final int HEADS = 500;

    private static final int PAGE = 100;
    private static final long PATIENCE_SECONDS = 30;

    private static final Counter SIGNED = Counter.build("tricolor_audit_roots_total", "Roots that were signed")
            .register();
    private static final Gauge UNPUBLISHED = Gauge.build(
                    "tricolor_audit_roots_unpublished", "Roots that are signed and not yet acknowledged by Kafka")
            .register();

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final MessagePublisher publisher;
    private final InstantSource clock;
    private final String service;
    private final PrivateKey key;
    private final PublicKey publicKey;
    private final RootsFile file;
    private boolean compared;

    AuditRoots(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            MessagePublisher publisher,
            InstantSource clock,
            String service,
            PrivateKey key,
            PublicKey publicKey,
            RootsFile file) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.publisher = publisher;
        this.clock = clock;
        this.service = service;
        this.key = key;
        this.publicKey = publicKey;
        this.file = file;
    }

    /** Signs what is new, if anything is, and brings out what is signed. Blocking. */
    void turn() throws IOException, InterruptedException, ExecutionException, TimeoutException {
        if (!compared) {
            takeInWhatTheDatabaseForgot();
            compared = true;
        }
        while (Boolean.TRUE.equals(transactions.execute(transaction -> sign()))) {
            SIGNED.inc();
        }
        append();
        publish();
    }

    /**
     * A database that was restored has lost its newest roots; the file has not. They are taken in, so that no number is
     * used twice and the chain of roots goes on.
     */
    private void takeInWhatTheDatabaseForgot() throws IOException {
        long inFile = file.last(); // also takes a line away that was cut off
        List<AuditRootSigned> forgotten = inFile > lastNumber() ? file.after(lastNumber()) : List.of();
        for (AuditRootSigned root : forgotten) {
            if (!Root.isSignedBy(publicKey, root)) {
                throw new IOException("root " + root.number() + " in " + file + " is not signed by the present key");
            }
            transactions.executeWithoutResult(transaction -> insert(root));
        }
        if (!forgotten.isEmpty()) {
            log.warn(
                    "the database lacked {} roots up to {}, which {} has: it was restored",
                    forgotten.size(),
                    forgotten.getLast().number(),
                    file);
        }
    }

    private long lastNumber() {
        return jdbc.sql("select coalesce(max(number), 0) from audit_root")
                .query(Long.class)
                .single();
    }

    /** Whether a root was signed. */
    private boolean sign() {
        if (AuditChain.claim(jdbc) == null) {
            return false;
        }
        SortedMap<String, Root.Head> changed = changed();
        if (changed.isEmpty()) {
            return false;
        }
        AuditRootSigned last = jdbc.sql(
                        "select number, document, signature, key from audit_root" + " order by number desc limit 1")
                .query((row, n) -> root(
                        row.getLong("number"),
                        row.getString("document"),
                        row.getString("signature"),
                        row.getString("key")))
                .optional()
                .orElse(null);
        Root.AllHeads all = new Root.AllHeads();
        jdbc.sql("select aggregate_id, sequence_number, hash from audit_head order by aggregate_id collate \"C\"")
                .query(row -> {
                    all.add(row.getString("aggregate_id"), row.getLong("sequence_number"), row.getBytes("hash"));
                });
        Root root = new Root(
                last == null ? 1 : last.number() + 1,
                last == null ? null : Root.hashOf(last),
                clock.instant(),
                all.count(),
                all.digest(),
                changed);
        insert(root.sign(key, publicKey));
        jdbc.sql("update audit_head set rooted = hash where aggregate_id = any (:streams)")
                .param("streams", changed.keySet().toArray(String[]::new))
                .update();
        return true;
    }

    private SortedMap<String, Root.Head> changed() {
        SortedMap<String, Root.Head> changed = new TreeMap<>();
        jdbc.sql("""
                        select aggregate_id, sequence_number, hash from audit_head where rooted is distinct from hash
                        order by aggregate_id limit :limit
                        """).param("limit", HEADS).query(row -> {
            changed.put(
                    row.getString("aggregate_id"),
                    new Root.Head(row.getLong("sequence_number"), Hash.hex(row.getBytes("hash"))));
        });
        return changed;
    }

    private void insert(AuditRootSigned root) {
        jdbc.sql("""
                        insert into audit_root (number, document, signature, key)
                        values (:number, :document, :signature, :key) on conflict (number) do nothing
                        """)
                .param("number", root.number())
                .param("document", root.document())
                .param("signature", root.signature())
                .param("key", root.key())
                .update();
    }

    private void append() throws IOException {
        long last = file.last();
        List<AuditRootSigned> missing = roots("number > " + last);
        while (!missing.isEmpty()) {
            for (AuditRootSigned root : missing) {
                file.append(root);
            }
            missing = roots("number > " + missing.getLast().number());
        }
    }

    private void publish() throws InterruptedException, ExecutionException, TimeoutException {
        for (AuditRootSigned root : roots("not published")) {
            Envelope envelope = new Envelope(
                    service + "-audit-root-" + root.number(),
                    publisher.source(),
                    service,
                    root.at(),
                    root.number() - 1,
                    null,
                    null,
                    null,
                    null);
            publisher.publish(Topics.AUDIT_ROOTS, service, root, envelope).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            jdbc.sql("update audit_root set published = true where number = :number")
                    .param("number", root.number())
                    .update();
        }
        UNPUBLISHED.set(jdbc.sql("select count(*) from audit_root where not published")
                .query(Long.class)
                .single());
    }

    private List<AuditRootSigned> roots(String which) {
        return jdbc.sql("select number, document, signature, key from audit_root where " + which
                        + " order by number limit " + PAGE)
                .query((row, n) -> root(
                        row.getLong("number"),
                        row.getString("document"),
                        row.getString("signature"),
                        row.getString("key")))
                .list();
    }

    private static AuditRootSigned root(long number, String document, String signature, String key) {
        AuditRootSigned bare = new AuditRootSigned(number, Instant.EPOCH, document, signature, key);
        return new AuditRootSigned(number, Root.in(bare).at(), document, signature, key);
    }

    /** The last root that is signed. */
    @Nullable
    Long last() {
        long last = lastNumber();
        return last == 0 ? null : (Long) last;
    }
}
