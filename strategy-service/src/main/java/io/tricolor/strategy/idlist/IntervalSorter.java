package io.tricolor.strategy.idlist;

import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.SortedIntervals;
import java.io.IOException;

/**
 * Makes a list of intervals: sorted, and merged where they overlap or touch. Why an end need not stay with its start:
 * {@link SortedIntervals#merge}.
 */
final class IntervalSorter extends ListSorter {

    private final SortedNumbers starts = new SortedNumbers();
    private final SortedNumbers ends = new SortedNumbers();

    IntervalSorter() throws IOException {
        super(IdList.Kind.INTERVALS);
    }

    /** Takes one more, {@code to} not below {@code from}; PAYLOAD_TOO_LARGE beyond the longest list there may be. */
    void add(long from, long to) throws IOException {
        count();
        starts.add(from);
        ends.add(to);
    }

    @Override
    void writeTo(NewList content) throws IOException {
        starts.sort();
        ends.sort();
        long end = 0;
        for (boolean first = true; starts.hasNext(); first = false) {
            long from = starts.next();
            if (first) {
                content.write(from);
            } else if (!SortedIntervals.continues(end, from)) {
                content.write(end);
                content.write(from);
            }
            end = ends.next();
            if (!starts.hasNext()) {
                content.write(end);
            }
        }
    }

    @Override
    public void close() throws IOException {
        starts.close();
        ends.close();
        super.close();
    }
}
