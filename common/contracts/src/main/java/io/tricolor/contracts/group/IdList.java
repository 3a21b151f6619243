package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Numeric ids that are too many to be carried along, named by their content: single ids, or intervals of them.
 * strategy-service keeps the content for ever, so that a rule of the past can still be asked.
 *
 * @param sha256 of the content, 64 lower-case hex digits
 * @param count of what the list has, at least 1: ids, or intervals; at most as many as {@link Kind#maxCount()}
 * @param kind how the content is read; the same bytes may be a list of either kind. {@code IDS} when missing, and then
 *     not written, as in what was written before there was another kind
 */
public record IdList(
        String sha256,
        int count,

        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = UsualKind.class)
        Kind kind) {

    /** Longest list of single ids. */
    public static final int MAX_COUNT = 10_000_000;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /**
     * What a list has. All numbers of a content are int64 in 8 bytes little-endian, with nothing before, between or
     * after.
     */
    public enum Kind {
        /** Single ids in ascending order, each once. */
        IDS("ids", Long.BYTES),

        /**
         * Closed intervals in ascending order, each as its first and its last id; at least one id lies between two of
         * them, since what overlaps or touches is one interval.
         */
        INTERVALS("intervals", 2 * Long.BYTES);

        private final String word;
        private final int bytesEach;

        Kind(String word, int bytesEach) {
            this.word = word;
            this.bytesEach = bytesEach;
        }

        /** As it is written in JSON, and what a list of it is counted in. */
        @JsonValue
        public String word() {
            return word;
        }

        /** Length of one of them in the content. */
        public int bytesEach() {
            return bytesEach;
        }

        /** Longest list of this kind: no content is longer than that of {@value IdList#MAX_COUNT} ids. */
        public int maxCount() {
            return MAX_COUNT * Long.BYTES / bytesEach;
        }

        /**
         * The kind of this word.
         *
         * @throws IllegalArgumentException when there is none
         */
        @JsonCreator
        public static Kind parse(String word) {
            for (Kind kind : values()) {
                if (kind.word.equals(word)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("kind is ids or intervals, not '" + word + "'");
        }
    }

    /** Equal to what is not written. */
    @SuppressWarnings({"EqualsHashCode", "EqualsUnsafeCast"})
    private static final class UsualKind {

        @Override
        public boolean equals(@Nullable Object kind) {
            return kind == null || kind == Kind.IDS;
        }

        @Override
        public int hashCode() {
            return Kind.IDS.hashCode();
        }
    }

    /** Throws {@link IllegalArgumentException} when a bound above is broken. */
    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public IdList {
        kind = kind == null ? Kind.IDS : kind;
        if (sha256 == null || !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("sha256 of an id list must be 64 lower-case hex digits");
        }
        if (count < 1 || count > kind.maxCount()) {
            throw new IllegalArgumentException(
                    "an id list has from 1 to " + kind.maxCount() + " " + kind.word + ", not " + count);
        }
    }

    /** A list of single ids. */
    public IdList(String sha256, int count) {
        this(sha256, count, Kind.IDS);
    }

    /** Length of the content in bytes. */
    public long bytes() {
        return (long) count * kind.bytesEach;
    }

    /** Whether the other one has the same content, read in the same way; the counts then have to agree as well. */
    public boolean namesSameAs(IdList other) {
        return sha256.equals(other.sha256) && kind == other.kind;
    }
}
