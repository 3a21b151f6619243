package io.tricolor.contracts.group;

import java.util.regex.Pattern;

/**
 * A list of numeric ids that is too long to be carried along, named by its content: the ids in ascending order, each once, 8 bytes
 * little-endian each, nothing before or after. strategy-service keeps the content for ever, so that a rule of the past can still be
 * asked.
 *
 * @param sha256 of the content, 64 lower-case hex digits
 * @param count ids in the list, 1 to {@value #MAX_COUNT}
 */
public record IdList(String sha256, int count) {

    /** Longest list. */
    public static final int MAX_COUNT = 10_000_000;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** Throws {@link IllegalArgumentException} when a bound above is broken. */
    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public IdList {
        if (sha256 == null || !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("sha256 of an id list must be 64 lower-case hex digits");
        }
        if (count < 1 || count > MAX_COUNT) {
            throw new IllegalArgumentException("an id list has from 1 to " + MAX_COUNT + " ids, not " + count);
        }
    }

    /** Length of the content in bytes. */
    public long bytes() {
        return (long) count * Long.BYTES;
    }
}
