package io.tricolor.routing;

import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Intervals as somebody names them one by one. As many as a new rule may carry stay as they are and in their order;
 * more are merged, and when that leaves still more, they become a list of their own. Not thread-safe.
 */
public final class InlineIntervals {

    private static final int FIRST_CAPACITY = 4 * IdRule.MAX_NEW_INTERVALS;

    private final InlineCount inline;
    private List<IdInterval> few = new ArrayList<>();
    private long[] starts = new long[0];
    private long[] ends = new long[0];
    private int count;
    private boolean merged;

    /** None yet. */
    public InlineIntervals() {
        this(new InlineCount());
    }

    /** None yet; counted together with those of other rules. */
    public InlineIntervals(InlineCount inline) {
        this.inline = inline;
    }

    /**
     * Adds one.
     *
     * @throws IllegalArgumentException when it is reversed, or no document can have that many
     */
    public void add(long from, long to) {
        add(new IdInterval(from, to));
    }

    /**
     * Adds one.
     *
     * @throws IllegalArgumentException when no document can have that many
     */
    public void add(IdInterval interval) {
        inline.add();
        if (count == 0 && few.size() < IdRule.MAX_NEW_INTERVALS) {
            few.add(interval);
            return;
        }
        if (count == 0) {
            starts = new long[FIRST_CAPACITY];
            ends = new long[FIRST_CAPACITY];
            few.forEach(this::append);
            few = List.of();
        }
        append(interval);
    }

    private void append(IdInterval interval) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count + (count >> 1));
            ends = Arrays.copyOf(ends, starts.length);
        }
        starts[count] = interval.from();
        ends[count] = interval.to();
        count++;
        merged = false;
    }

    /** How many were added; less when they are merged already. */
    public int size() {
        return few.size() + count;
    }

    /** Whether they are more than a rule may carry, however they are written. */
    boolean isLong() {
        if (count > 0 && !merged) {
            count = SortedIntervals.merge(starts, ends, count);
            merged = true;
        }
        return count > IdRule.MAX_NEW_INTERVALS;
    }

    /** Those that stand in the rule: none when they are a list. */
    List<IdInterval> inline() {
        if (count == 0 || isLong()) {
            return List.copyOf(few);
        }
        List<IdInterval> left = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            left.add(new IdInterval(starts[i], ends[i]));
        }
        return left;
    }

    IdList keep(InlineIds.Keeper keeper) {
        return keeper.keepIntervals(starts, ends, count);
    }
}
