package io.tricolor.routing;

import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Closed intervals, ascending, with at least one id between two of them. */
public final class SortedIntervals implements ListContent {

    private final IdList reference;
    private final LongBuffer ends;

    SortedIntervals(IdList reference, LongBuffer ends) {
        this.reference = reference;
        this.ends = ends;
        for (int i = 0; i < ends.limit(); i += 2) {
            long from = ends.get(i);
            if (ends.get(i + 1) < from) {
                throw ListContent.wrong(reference, "has a reversed interval that begins with " + from);
            }
            if (i > 0 && continues(ends.get(i - 1), from)) {
                throw ListContent.wrong(
                        reference,
                        "has no id between two intervals: " + from + " begins one, " + ends.get(i - 1)
                                + " ends the one before");
            }
        }
    }

    /**
     * Puts the union of intervals into the form that a list has, in place.
     *
     * <p>Starts and ends are sorted each for themselves: a part of the union ends where as many intervals have ended as
     * have begun, so it does not matter which end belongs to which start.
     *
     * @param starts the first {@code count} are replaced by the first ids of the merged intervals, ascending
     * @param ends none below the start at the same place; replaced likewise by the last ids
     * @return how many there are after that
     */
    public static int merge(long[] starts, long[] ends, int count) {
        Arrays.sort(starts, 0, count);
        Arrays.sort(ends, 0, count);
        int merged = 0;
        for (int i = 0; i < count; i++) {
            if (merged == 0 || !continues(ends[merged - 1], starts[i])) {
                starts[merged] = starts[i];
                merged++;
            }
            ends[merged - 1] = ends[i];
        }
        return merged;
    }

    /**
     * Whether an interval that begins with {@code from} overlaps or touches those before, of which the last id is
     * {@code end}.
     */
    public static boolean continues(long end, long from) {
        return from <= end || from - 1 == end;
    }

    @Override
    public IdList reference() {
        return reference;
    }

    /** All intervals, ascending. */
    public Stream<IdInterval> intervals() {
        return IntStream.range(0, reference.count())
                .mapToObj(i -> new IdInterval(ends.get(2 * i), ends.get(2 * i + 1)));
    }

    @Override
    public boolean contains(long id) {
        int low = 0;
        int high = reference.count() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (ends.get(2 * middle + 1) < id) {
                low = middle + 1;
            } else if (ends.get(2 * middle) > id) {
                high = middle - 1;
            } else {
                return true;
            }
        }
        return false;
    }
}
