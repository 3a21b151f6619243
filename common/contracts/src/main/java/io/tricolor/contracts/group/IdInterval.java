package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tricolor.contracts.InvalidValue;
import io.tricolor.contracts.Rejection.Code;
import java.util.List;

/**
 * A closed interval of numeric ids. In JSON a pair of decimal texts, {@code ["1", "100"]}: JSON numbers lose digits
 * above 2^53 in many readers. Numbers are accepted on input.
 *
 * @param from first id inside, any int64
 * @param to last id inside, at least {@code from}
 */
public record IdInterval(long from, long to) implements Comparable<IdInterval> {

    public IdInterval {
        if (to < from) {
            throw new InvalidValue(Code.INVALID_INTERVAL, "interval [" + from + ", " + to + "] is reversed");
        }
    }

    /**
     * Of decimal texts.
     *
     * @throws IllegalArgumentException when they are not two ends in order
     */
    @JsonCreator
    public static IdInterval of(List<String> ends) {
        if (ends.size() != 2) {
            throw new InvalidValue(Code.INVALID_INTERVAL, "an interval has two ends, not " + ends.size());
        }
        return new IdInterval(end(ends.get(0)), end(ends.get(1)));
    }

    private static long end(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new InvalidValue(Code.INVALID_INTERVAL, "'" + text + "' is not an int64 interval end", e);
        }
    }

    @JsonValue
    List<String> ends() {
        return List.of(Long.toString(from), Long.toString(to));
    }

    public boolean contains(long id) {
        return from <= id && id <= to;
    }

    @Override
    public int compareTo(IdInterval other) {
        int byFrom = Long.compare(from, other.from);
        return byFrom != 0 ? byFrom : Long.compare(to, other.to);
    }
}
