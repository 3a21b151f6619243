package io.tricolor.strategy.audit;

import io.tricolor.contracts.audit.AuditRootSigned;
import io.tricolor.strategy.audit.Finding.Kind;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Compares every row of the event store with the link that was made of it, and the links with the signed roots. Reads
 * only, in one snapshot of the database. What roots say counts more than what the database says: who can write to the
 * one can write to all of its tables.
 */
final class AuditVerification {

    /** So much is said of one stream; the rest follows from it. */
    private static final int MOST_OF_A_STREAM = 20;

    private static final int FETCH = 200;

    private static final String EPOCH_BEGUN = "cluster-group.epoch-begun";

    private final Connection database;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, List<Named>> named = new HashMap<>();
    private long events;
    private long unchained;
    private long uncovered;
    private long position;
    private int streams;
    private @Nullable Root lastRoot;
    private @Nullable Root firstRoot;

    /** What a root says of a stream. */
    private record Named(long root, long sequence, String hash) {}

    /** A link of the chain. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Link(long sequence, byte[] content, byte[] hash) {}

    /**
     * What was found.
     *
     * @param events rows that were compared
     * @param unchained rows that came in lately and are not chained yet
     * @param uncovered chained rows that no root names yet
     * @param firstRoot number of the first good root, null without roots
     * @param lastRoot number of the last good root
     */
    record Report(
            int streams,
            long events,
            long unchained,
            long uncovered,
            @Nullable Long firstRoot,
            @Nullable Long lastRoot,
            List<Finding> findings) {}

    private AuditVerification(Connection database) {
        this.database = database;
    }

    /**
     * Verifies all streams.
     *
     * @param database with auto-commit off, in a transaction that sees one snapshot
     * @param roots in the order of their file
     */
    static Report of(Connection database, List<AuditRootSigned> roots, PublicKey key) throws SQLException {
        AuditVerification verification = new AuditVerification(database);
        verification.check(roots, key);
        verification.walk();
        Root first = verification.firstRoot;
        Root last = verification.lastRoot;
        return new Report(
                verification.streams,
                verification.events,
                verification.unchained,
                verification.uncovered,
                first == null ? null : first.number(),
                last == null ? null : last.number(),
                List.copyOf(verification.findings));
    }

    // ---- roots

    private void check(List<AuditRootSigned> roots, PublicKey key) {
        String keyHash = Hash.sha256(key.getEncoded());
        String previous = null;
        long expected = 1;
        for (AuditRootSigned signed : roots) {
            String flaw = flaw(signed, key, keyHash, expected, previous);
            if (flaw != null) {
                findings.add(new Finding(Kind.BAD_ROOT, null, signed.number(), flaw, null));
            }
            if (flaw == null || Root.isSignedBy(key, signed)) {
                Root root = Root.in(signed);
                root.changed()
                        .forEach((stream, head) -> named.computeIfAbsent(stream, s -> new ArrayList<>())
                                .add(new Named(root.number(), head.sequence(), head.hash())));
                if (firstRoot == null) {
                    firstRoot = root;
                }
                lastRoot = root;
            }
            previous = Root.hashOf(signed);
            expected = signed.number() + 1;
        }
    }

    private static @Nullable String flaw(
            AuditRootSigned signed, PublicKey key, String keyHash, long expected, @Nullable String previous) {
        if (!Root.isSignedBy(key, signed)) {
            return signed.key().equals(keyHash)
                    ? "the signature is not that of its document"
                    : "it is signed by another key, " + signed.key();
        }
        Root root;
        try {
            root = Root.in(signed);
        } catch (JacksonException e) {
            return "its document is no root: " + e.getOriginalMessage();
        }
        if (root.number() != signed.number()) {
            return "its document is that of root " + root.number();
        }
        if (signed.number() != expected) {
            return "it stands where root " + expected + " is to be";
        }
        if (previous == null ? root.previous() != null : !previous.equals(root.previous())) {
            return "it does not follow the root before it";
        }
        return null;
    }

    // ---- streams

    private void walk() throws SQLException {
        position = number("select global_position from audit_position");
        Set<String> all = new TreeSet<>(named.keySet());
        all.addAll(texts("select aggregate_id from audit_head"));
        all.addAll(texts("select distinct aggregate_id from domain_event"));
        all.addAll(texts("select distinct aggregate_id from audit_chain"));
        streams = all.size();
        for (String stream : all) {
            walk(stream);
        }
    }

    private void walk(String stream) throws SQLException {
        int before = findings.size();
        List<Named> roots = named.getOrDefault(stream, List.of());
        Map<Long, byte[]> recomputed = new HashMap<>();
        Set<Long> wanted = new TreeSet<>();
        roots.forEach(root -> wanted.add(root.sequence()));
        long last = -1;
        long lastLink = -1;
        long seen = -1;
        Long epoch = null;
        boolean broken = false;
        byte[] pure = Hash.NOTHING;
        byte[] linked = Hash.NOTHING;
        try (PreparedStatement selectRows =
                        cursor(EventRow.COLUMNS + " where aggregate_id = ? order by sequence_number", stream);
                PreparedStatement selectLinks = cursor(
                        "select sequence_number, content, hash from audit_chain where aggregate_id = ?"
                                + " order by sequence_number",
                        stream);
                ResultSet rows = selectRows.executeQuery();
                ResultSet links = selectLinks.executeQuery()) {
            EventRow row = rows.next() ? EventRow.of(rows) : null;
            Link link = links.next() ? link(links) : null;
            while (row != null || link != null) {
                long rowAt = row == null ? Long.MAX_VALUE : row.sequence();
                long linkAt = link == null ? Long.MAX_VALUE : link.sequence();
                long next = Math.min(rowAt, linkAt);
                if (next > seen + 1) {
                    found(before, Kind.REMOVED, stream, seen + 1, "the event was gone before it was chained");
                    broken = true;
                }
                seen = Math.max(seen, next);
                if (link != null && linkAt < rowAt) {
                    found(before, Kind.REMOVED, stream, linkAt, "the event is not there any more");
                    broken = true;
                    lastLink = linkAt;
                    linked = link.hash();
                    link = links.next() ? link(links) : null;
                    continue;
                }
                if (row == null) {
                    break;
                }
                events++;
                if (row.payloadType().equals(EPOCH_BEGUN) && epoch == null) {
                    epoch = row.sequence();
                }
                if (link == null || row.sequence() < link.sequence()) {
                    if (link == null && row.position() > position && row.sequence() > lastLink) {
                        unchained++;
                    } else {
                        found(
                                before,
                                Kind.INSERTED,
                                stream,
                                row.sequence(),
                                "the event was not there when its" + " stream was chained");
                        broken = true;
                    }
                } else {
                    broken |= differs(before, stream, row, link, linked);
                    lastLink = link.sequence();
                    linked = link.hash();
                    link = links.next() ? link(links) : null;
                }
                pure = row.link(pure);
                if (wanted.contains(row.sequence())) {
                    recomputed.put(row.sequence(), pure);
                }
                last = row.sequence();
                row = rows.next() ? EventRow.of(rows) : null;
            }
        }
        compareWithRoots(stream, roots, recomputed, epoch, before, broken, last);
        long covered = roots.stream().mapToLong(Named::sequence).max().orElse(-1);
        uncovered += Math.max(0, lastLink - covered);
    }

    /** Whether the row is not what its link was made of. */
    private boolean differs(int before, String stream, EventRow row, Link link, byte[] previousLink)
            throws SQLException {
        byte[] content = row.content();
        if (Arrays.equals(content, link.content())) {
            if (Arrays.equals(row.link(previousLink), link.hash())) {
                return false;
            }
            found(
                    before,
                    Kind.REWRITTEN,
                    stream,
                    row.sequence(),
                    "the event is the same, its position in the store or" + " the chain before it is not");
            return true;
        }
        Long other = sequenceOf(stream, content);
        if (other != null) {
            found(before, Kind.MOVED, stream, row.sequence(), "it holds what was event " + other);
        } else if (holdsContent(stream, row.sequence() + 1, link.content())) {
            found(
                    before,
                    Kind.INSERTED,
                    stream,
                    row.sequence(),
                    "what was here is event " + (row.sequence() + 1) + " now");
        } else {
            found(
                    before,
                    Kind.EDITED,
                    stream,
                    row.sequence(),
                    "a " + row.payloadType() + " of " + row.recordedAt() + " is not what was stored");
        }
        return true;
    }

    private void compareWithRoots(
            String stream,
            List<Named> roots,
            Map<Long, byte[]> recomputed,
            @Nullable Long epoch,
            int before,
            boolean broken,
            long last) {
        Named agreed = null;
        List<Named> against = new ArrayList<>();
        for (Named root : roots) {
            byte[] now = recomputed.get(root.sequence());
            if (now != null && Hash.hex(now).equals(root.hash())) {
                agreed = root;
                if (epoch != null && root.sequence() >= epoch && !against.isEmpty() && !broken) {
                    superseded(stream, against, epoch);
                    against.clear();
                }
            } else {
                against.add(root);
            }
        }
        for (int i = before; i < findings.size(); i++) {
            Finding finding = findings.get(i);
            if (finding.kind() != Kind.SUPERSEDED) {
                findings.set(
                        i,
                        finding.provenBy(against.stream()
                                .filter(root -> root.sequence() >= finding.sequence())
                                .map(Named::root)
                                .findFirst()
                                .orElse(null)));
            }
        }
        if (!against.isEmpty() && !broken) {
            Named first = against.getFirst();
            long from = agreed == null || agreed.sequence() > first.sequence() ? 0 : agreed.sequence() + 1;
            if (first.sequence() > last) {
                findings.add(new Finding(
                        Kind.REMOVED,
                        stream,
                        last + 1,
                        "its tail up to event " + first.sequence() + " is not there any more, nor is its chain",
                        first.root()));
            } else {
                findings.add(new Finding(
                        Kind.REWRITTEN,
                        stream,
                        from,
                        "an event from here to event " + first.sequence() + " was changed together with the chain",
                        first.root()));
            }
        }
    }

    private void superseded(String stream, List<Named> against, long epoch) {
        findings.add(new Finding(
                Kind.SUPERSEDED,
                stream,
                epoch,
                "what roots " + against.getFirst().root() + " to "
                        + against.getLast().root() + " say of it was before the restore that led to this epoch",
                against.getFirst().root()));
    }

    private void found(int before, Kind kind, String stream, long sequence, String detail) {
        if (findings.size() - before < MOST_OF_A_STREAM) {
            findings.add(new Finding(kind, stream, sequence, detail, null));
        }
    }

    // ---- the database

    private @Nullable Long sequenceOf(String stream, byte[] content) throws SQLException {
        try (PreparedStatement select = database.prepareStatement(
                "select min(sequence_number) from audit_chain where aggregate_id = ? and content = ?")) {
            select.setString(1, stream);
            select.setBytes(2, content);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                long sequence = row.getLong(1);
                return row.wasNull() ? null : (Long) sequence;
            }
        }
    }

    private boolean holdsContent(String stream, long sequence, byte[] content) throws SQLException {
        try (PreparedStatement select =
                database.prepareStatement(EventRow.COLUMNS + " where aggregate_id = ? and sequence_number = ?")) {
            select.setString(1, stream);
            select.setLong(2, sequence);
            try (ResultSet row = select.executeQuery()) {
                return row.next() && Arrays.equals(EventRow.of(row).content(), content);
            }
        }
    }

    private PreparedStatement cursor(String sql, String stream) throws SQLException {
        PreparedStatement select = database.prepareStatement(sql);
        select.setFetchSize(FETCH);
        select.setString(1, stream);
        return select;
    }

    private static Link link(ResultSet row) throws SQLException {
        return new Link(row.getLong("sequence_number"), row.getBytes("content"), row.getBytes("hash"));
    }

    private long number(String sql) throws SQLException {
        try (Statement select = database.createStatement();
                ResultSet row = select.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private List<String> texts(String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Statement select = database.createStatement()) {
            select.setFetchSize(FETCH);
            try (ResultSet row = select.executeQuery(sql)) {
                while (row.next()) {
                    found.add(row.getString(1));
                }
            }
        }
        return found;
    }
}
