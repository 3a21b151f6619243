package io.tricolor.contracts;

import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Brings the JSON of one revision of a message type to the next revision. A pure function of its input: it may change
 * the map that it is given, and returns what the next revision would have been written as.
 *
 * @param name stored name, see {@link EventType}
 * @param fromRevision the older of the two revisions, 1 or more
 * @param change from the JSON object of {@code fromRevision} to that of {@code fromRevision + 1}; objects are maps,
 *     arrays are lists, fractions are {@link java.math.BigDecimal}
 */
public record Upcast(String name, int fromRevision, UnaryOperator<Map<String, Object>> change) {

    /** Refuses a revision below 1. */
    public Upcast {
        if (fromRevision < 1) {
            throw new IllegalArgumentException("revisions of " + name + " begin with 1, not " + fromRevision);
        }
    }

    /** For a revision that only has members more, which have defaults: the older JSON is read as it is. */
    public static Upcast unchanged(String name, int fromRevision) {
        return new Upcast(name, fromRevision, UnaryOperator.identity());
    }
}
