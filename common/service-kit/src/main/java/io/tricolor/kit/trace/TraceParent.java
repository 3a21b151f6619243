package io.tricolor.kit.trace;

import java.util.Optional;

/**
 * The {@code traceparent} header of W3C Trace Context, level 1
 * (https://www.w3.org/TR/trace-context/#traceparent-header).
 *
 * @param traceId 32 lower-case hexadecimal digits, not all zero
 * @param parentId 16 lower-case hexadecimal digits, not all zero
 * @param sampled the one flag that level 1 knows; the others are not handed on
 */
record TraceParent(String traceId, String parentId, boolean sampled) {

    static final String HEADER = "traceparent";

    private static final int LENGTH = "00-".length() + 32 + "-".length() + 16 + "-00".length();

    /**
     * Reads a header. Version {@code ff} is refused; a version that we do not know is read by the part that is as in
     * version 00, and may have more after it. Empty when it is not valid: then the trace begins here.
     */
    static Optional<TraceParent> parse(String header) {
        if (header.length() < LENGTH
                || header.charAt(2) != '-'
                || header.charAt(35) != '-'
                || header.charAt(52) != '-') {
            return Optional.empty();
        }
        String version = header.substring(0, 2);
        String traceId = header.substring(3, 35);
        String parentId = header.substring(36, 52);
        String flags = header.substring(53, 55);
        if (!isHex(version) || !isHex(traceId) || !isHex(parentId) || !isHex(flags)) {
            return Optional.empty();
        }
        boolean hasMore = header.length() > LENGTH;
        boolean mayHaveMore = !version.equals("00");
        if (version.equals("ff") || (hasMore && (!mayHaveMore || header.charAt(LENGTH) != '-'))) {
            return Optional.empty();
        }
        if (isZero(traceId) || isZero(parentId)) {
            return Optional.empty();
        }
        return Optional.of(new TraceParent(traceId, parentId, (Integer.parseInt(flags, 16) & 1) == 1));
    }

    /** As version 00. */
    String header() {
        return "00-" + traceId + "-" + parentId + (sampled ? "-01" : "-00");
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    private static boolean isZero(String text) {
        return text.chars().allMatch(c -> c == '0');
    }
}
