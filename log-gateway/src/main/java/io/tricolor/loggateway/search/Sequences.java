package io.tricolor.loggateway.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A set of positions, kept as closed ranges: almost always one. */
final class Sequences {

    /** A closed range. */
    record Range(long from, long to) {}

    private final NavigableMap<Long, Long> ranges = new TreeMap<>();

    void add(long sequence) {
        Map.Entry<Long, Long> below = ranges.floorEntry(sequence);
        if (below != null && below.getValue() >= sequence) {
            return;
        }
        long from = below != null && below.getValue() == sequence - 1 ? below.getKey() : sequence;
        Long toOfNext = ranges.remove(sequence + 1);
        ranges.put(from, toOfNext != null ? toOfNext : sequence);
    }

    long size() {
        return ranges.entrySet().stream()
                .mapToLong(range -> range.getValue() - range.getKey() + 1)
                .sum();
    }

    /** The highest, -1 for none. */
    long highest() {
        return ranges.isEmpty() ? -1 : ranges.lastEntry().getValue();
    }

    /** What is here and not in {@code other}. */
    List<Range> without(Sequences other) {
        List<Range> left = new ArrayList<>();
        ranges.forEach((from, to) -> {
            long at = from;
            while (at <= to) {
                Map.Entry<Long, Long> covering = other.ranges.floorEntry(at);
                if (covering != null && covering.getValue() >= at) {
                    at = covering.getValue() + 1;
                    continue;
                }
                Long next = other.ranges.ceilingKey(at);
                long end = next == null || next > to ? to : next - 1;
                left.add(new Range(at, end));
                at = end + 1;
            }
        });
        return left;
    }

    /** What is missing between 0 and the highest. */
    List<Range> gaps() {
        Sequences all = new Sequences();
        if (!ranges.isEmpty()) {
            all.ranges.put(0L, highest());
        }
        return all.without(this);
    }
}
