package io.tricolor.consul;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One key.
 *
 * @param value base64, null for an empty value
 * @param flags 64 bits without a sign
 * @param session the session that holds the key
 */
record KvEntry(
        String key,
        @Nullable String value,
        long flags,
        long lockIndex,
        @Nullable String session,
        long createIndex,
        long modifyIndex) {
    static @Nullable String encode(byte[] content) {
        return content.length == 0 ? null : Base64.getEncoder().encodeToString(content);
    }

    byte[] content() {
        return value == null ? new byte[0] : Base64.getDecoder().decode(value.getBytes(StandardCharsets.US_ASCII));
    }

    KvEntry withSession(@Nullable String holder, long index) {
        return new KvEntry(key, value, flags, lockIndex, holder, createIndex, index);
    }

    KvEntry at(long index) {
        return new KvEntry(key, value, flags, lockIndex, session, createIndex, index);
    }

    /** Whether only the position in history differs. */
    boolean sameContent(KvEntry other) {
        return Objects.equals(value, other.value)
                && flags == other.flags
                && lockIndex == other.lockIndex
                && Objects.equals(session, other.session);
    }

    Map<String, @Nullable Object> view(boolean withValue) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("LockIndex", lockIndex);
        view.put("Key", key);
        view.put("Flags", new BigInteger(Long.toUnsignedString(flags)));
        view.put("Value", withValue ? value : null);
        if (session != null) {
            view.put("Session", session);
        }
        view.put("CreateIndex", createIndex);
        view.put("ModifyIndex", modifyIndex);
        return view;
    }
}
