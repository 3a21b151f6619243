package io.tricolor.routing;

/**
 * Counts the ids and intervals that one document or request names one by one, over all of its rules. Not thread-safe.
 */
public final class InlineCount {

    /** Most of them. */
    public static final int MAX = 1_000_000;

    private int count;

    /**
     * One more.
     *
     * @throws IllegalArgumentException when there are too many
     */
    void add() {
        if (count == MAX) {
            throw new IllegalArgumentException(
                    "more than " + MAX + " ids and intervals are named one by one: upload a list and refer to it");
        }
        count++;
    }
}
