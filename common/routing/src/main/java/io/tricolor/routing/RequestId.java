package io.tricolor.routing;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The id of the user that a request is for, in canonical form. A canonical decimal int64 ({@code 0}, {@code 42},
 * {@code -7}; no plus sign, no leading zeros, no {@code -0}, within int64) is a number and can lie in intervals; every
 * other text is a string and is compared as it is, case included. {@code 007} and {@code 7} are therefore two users.
 */
public final class RequestId {

    /** Longest id, in UTF-8 bytes after trimming. */
    public static final int MAX_BYTES = 256;

    private static final int MAX_DIGITS = 19;

    private final String text;
    private final byte[] utf8;
    private final boolean numeric;
    private final long number;

    private RequestId(String text, byte[] utf8) {
        this.text = text;
        this.utf8 = utf8;
        this.numeric = isCanonicalInt64(text);
        this.number = numeric ? Long.parseLong(text) : 0;
    }

    /**
     * Reads an id as a client sent it: characters up to U+0020 are cut off at both ends. Null when nothing is left or
     * more than {@value #MAX_BYTES} bytes are: the request is then one without an id.
     */
    public static @Nullable RequestId of(@Nullable String raw) {
        if (raw == null) {
            return null;
        }
        String text = raw.trim();
        if (text.isEmpty() || text.length() > MAX_BYTES) {
            return null;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return utf8.length > MAX_BYTES ? null : new RequestId(text, utf8);
    }

    static boolean isCanonicalInt64(String text) {
        int length = text.length();
        int firstDigit = text.startsWith("-") ? 1 : 0;
        int digits = length - firstDigit;
        if (digits < 1 || digits > MAX_DIGITS) {
            return false;
        }
        for (int i = firstDigit; i < length; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        if (text.charAt(firstDigit) == '0') {
            return length == 1;
        }
        if (digits < MAX_DIGITS) {
            return true;
        }
        String limit = firstDigit == 1 ? "9223372036854775808" : "9223372036854775807";
        return text.substring(firstDigit).compareTo(limit) <= 0;
    }

    /** Trimmed; for a number its canonical decimal form. */
    public String text() {
        return text;
    }

    public boolean isNumber() {
        return numeric;
    }

    /** The number; 0 when {@link #isNumber()} is false. */
    public long number() {
        return number;
    }

    /** Not to be changed by the caller. */
    byte[] utf8() {
        return utf8;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RequestId that && that.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
