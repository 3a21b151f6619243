package io.tricolor.strategy.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over fields, each as its length (int32, big-endian; -1 when there is none) and its bytes, so that no two
 * lists of fields have the same bytes.
 */
final class Hash {

    /** What the first link of a stream follows. */
    static final byte[] NOTHING = new byte[32];

    private final MessageDigest digest;

    /** @param purpose the first field */
    Hash(String purpose) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        text(purpose);
    }

    Hash text(@Nullable String text) {
        return bytes(text == null ? null : text.getBytes(UTF_8));
    }

    Hash bytes(byte @Nullable [] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES)
                .putInt(bytes == null ? -1 : bytes.length)
                .flip());
        if (bytes != null) {
            digest.update(bytes);
        }
        return this;
    }

    Hash number(long number) {
        return bytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }

    byte[] done() {
        return digest.digest();
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Of a text alone, as any tool computes it. */
    static String sha256(byte[] bytes) {
        try {
            return hex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
