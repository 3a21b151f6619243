package io.tricolor.contracts.router;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which table of a group: its place in the order, and its content. Two tables of the same place and another content
 * are different
 * tables: one of them was lost, for example by a database that was restored.
 *
 * @param epoch from 0
 * @param version from 1; 0 with epoch 0: no table
 * @param sha256 lower-case hex of SHA-256 over the bytes of the document as strategy-service wrote it; empty: not known
 */
public record TableIdentity(long epoch, long version, String sha256) {

    private static final Pattern SHA256 = Pattern.compile("(?:[0-9a-f]{64})?");

    /** No table. */
    public static final TableIdentity NONE = new TableIdentity(0, 0, "");

    /** Throws {@link IllegalArgumentException} when it is not whole. */
    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public TableIdentity {
        sha256 = sha256 == null ? "" : sha256;
        if (epoch < 0 || version < 0 || !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException(
                    "a table has an epoch and a version from 0 and a sha256 of 64 lower-case hex digits, not " + epoch
                            + "." + version + "." + sha256);
        }
    }

    /** The identity of a document. */
    public static TableIdentity of(long epoch, long version, String document) {
        return of(epoch, version, document.getBytes(StandardCharsets.UTF_8));
    }

    /** The identity of the bytes of a document. */
    public static TableIdentity of(long epoch, long version, byte[] document) {
        return new TableIdentity(epoch, version, sha256(document));
    }

    /** SHA-256 as 64 lower-case hex digits. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Whether it comes after the other in the order of (epoch, version), whatever the contents are. */
    public boolean supersedes(@Nullable TableIdentity other) {
        return other == null || epoch > other.epoch || (epoch == other.epoch && version > other.version);
    }

    /** Whether it has the same place in the order and another content; a content that is not known is no other. */
    public boolean contradicts(TableIdentity other) {
        return epoch == other.epoch
                && version == other.version
                && !sha256.isEmpty()
                && !other.sha256.isEmpty()
                && !sha256.equals(other.sha256);
    }

    /** Epoch, version and sha256, joined by dots: what an {@code ETag} has between its quotes. */
    @Override
    public String toString() {
        return epoch + "." + version + "." + sha256;
    }
}
