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

    /** All numbers of a range, none when it ends before it begins. */
    static Sequences between(long from, long to) {
        Sequences sequences = new Sequences();
        sequences.add(from, to);
        return sequences;
    }

    /** Adds a range that begins after everything that is here, or when nothing is here. */
    private void append(long from, long to) {
        Map.Entry<Long, Long> last = ranges.lastEntry();
        if (last != null && last.getValue() >= from - 1) {
            ranges.put(last.getKey(), Math.max(last.getValue(), to));
        } else {
            ranges.put(from, to);
        }
    }

    /** Adds all numbers of a range. */
    void add(long from, long to) {
        if (from > to) {
            return;
        }
        Sequences sum = new Sequences();
        boolean added = false;
        for (Map.Entry<Long, Long> range : ranges.entrySet()) {
            if (!added && range.getKey() > from) {
                sum.append(from, to);
                added = true;
            }
            sum.append(range.getKey(), range.getValue());
        }
        if (!added) {
            sum.append(from, to);
        }
        ranges.clear();
        ranges.putAll(sum.ranges);
    }

    /** Adds all numbers of another set. */
    void add(Sequences other) {
        other.ranges.forEach(this::add);
    }

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

    /** The lowest, -1 for none. */
    long lowest() {
        return ranges.isEmpty() ? -1 : ranges.firstKey();
    }

    /** What is missing between {@code first} and the highest. */
    List<Range> gapsFrom(long first) {
        return ranges.isEmpty() ? List.of() : between(first, highest()).without(this);
    }
}
