package io.tricolor.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A list of numeric ids as routers fetch it: sorted, eight bytes each, little-endian. */
final class IdList {

    private final String sha256;
    private final byte[] bytes;

    private IdList(String sha256, byte[] bytes) {
        this.sha256 = sha256;
        this.bytes = bytes;
    }

    /** {@code count} ids: {@code first}, {@code first + step}, and so on. */
    static IdList of(long first, long step, int count) {
        ByteBuffer buffer = ByteBuffer.allocate(count * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            buffer.putLong(first + i * step);
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(buffer.array());
            return new IdList(HexFormat.of().formatHex(digest), buffer.array());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /** Of the bytes, in hexadecimal. */
    String sha256() {
        return sha256;
    }

    /** To be read only. */
    byte[] bytes() {
        return bytes;
    }

    int count() {
        return bytes.length / Long.BYTES;
    }
}
