package io.tricolor.nginxtemplate;

import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.routing.ListContent;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.SortedIds;
import io.tricolor.routing.SortedIntervals;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.LongStream;

/**
 * The ids that a rule names, made ready for writing and comparing.
 *
 * @param all every request, with id or without
 * @param anyId every request with an id
 * @param numbers single numeric ids, sorted, each once
 * @param strings ids that are no numbers
 * @param intervals sorted, merged where they overlap
 * @param percentHundredths share by hash; 0 also when it is without effect
 */
@SuppressWarnings("ArrayRecordComponent") // up to millions of ids; nobody compares rules by equals
record IdRanges(
        boolean all,
        boolean anyId,
        long[] numbers,
        NavigableSet<String> strings,
        List<IdInterval> intervals,
        int percentHundredths) {

    private static final int HUNDRED_PERCENT = 10_000;

    static IdRanges of(IdRule rule, Collection<ListContent> lists) {
        NavigableSet<String> strings = new TreeSet<>();
        LongStream.Builder inline = LongStream.builder();
        for (String text : rule.ids()) {
            RequestId id = RequestId.of(text);
            if (id != null && id.isNumber()) {
                inline.add(id.number());
            } else {
                strings.add(text);
            }
        }
        List<IdInterval> intervals = new ArrayList<>(rule.intervals());
        LongStream listed = LongStream.empty();
        for (ListContent list : lists) {
            switch (list) {
                case SortedIds ids -> listed = LongStream.concat(listed, ids.ids());
                case SortedIntervals some -> some.intervals().forEach(intervals::add);
            }
        }
        long[] numbers =
                LongStream.concat(inline.build(), listed).sorted().distinct().toArray();
        BigDecimal percent = rule.percent();
        int hundredths = percent == null ? 0 : percent.movePointRight(2).intValueExact();
        return new IdRanges(
                rule.all(),
                hundredths == HUNDRED_PERCENT,
                numbers,
                strings,
                merged(intervals),
                hundredths == HUNDRED_PERCENT ? 0 : hundredths);
    }

    private static List<IdInterval> merged(List<IdInterval> intervals) {
        List<IdInterval> merged = new ArrayList<>();
        for (IdInterval interval : intervals.stream().sorted().toList()) {
            IdInterval last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && (interval.from() <= last.to() || interval.from() - 1 == last.to())) {
                merged.set(merged.size() - 1, new IdInterval(last.from(), Math.max(last.to(), interval.to())));
            } else {
                merged.add(interval);
            }
        }
        return merged;
    }

    boolean nobody() {
        return !all
                && !anyId
                && numbers.length == 0
                && strings.isEmpty()
                && intervals.isEmpty()
                && percentHundredths == 0;
    }

    /** Whether a request can match both; for a share by hash: whether it is to be expected. */
    boolean overlaps(IdRanges other) {
        if (nobody() || other.nobody()) {
            return false;
        }
        if (takesUnnamed() || other.takesUnnamed()) {
            return true;
        }
        return strings.stream().anyMatch(other.strings::contains) || numbersOverlap(other);
    }

    private boolean takesUnnamed() {
        return all || anyId || percentHundredths > 0;
    }

    private boolean numbersOverlap(IdRanges other) {
        List<IdInterval> mine = ranges();
        List<IdInterval> theirs = other.ranges();
        int m = 0;
        int t = 0;
        while (m < mine.size() && t < theirs.size()) {
            if (mine.get(m).to() < theirs.get(t).from()) {
                m++;
            } else if (theirs.get(t).to() < mine.get(m).from()) {
                t++;
            } else {
                return true;
            }
        }
        return false;
    }

    private List<IdInterval> ranges() {
        List<IdInterval> ranges = new ArrayList<>(intervals);
        for (long number : numbers) {
            ranges.add(new IdInterval(number, number));
        }
        return merged(ranges);
    }
}
