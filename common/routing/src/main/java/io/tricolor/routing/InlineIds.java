package io.tricolor.routing;

import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ids as somebody names them one by one. As many as a rule may carry stay as they are and in their order; of more than
 * that the numeric ones are held as int64 and become a list of their own. Not thread-safe.
 */
public final class InlineIds {

    private static final int FIRST_CAPACITY = 4 * IdRule.MAX_IDS;

    private final InlineCount inline;
    private List<String> texts = new ArrayList<>();
    private long[] numbers = new long[0];
    private int count;

    /** Gives lists their names, and keeps their content. */
    public interface Keeper {

        /**
         * Keeps a list of single ids.
         *
         * @param ids at least one, in any order, some perhaps several times; the keeper may change the array
         */
        IdList keepIds(long[] ids);

        /**
         * Keeps a list of intervals.
         *
         * @param starts first ids of intervals in the form that a list has, at the places below {@code count}
         * @param ends their last ids
         * @param count at least 1
         */
        IdList keepIntervals(long[] starts, long[] ends, int count);
    }

    /** None yet. */
    public InlineIds() {
        this(new InlineCount());
    }

    /** None yet; counted together with those of other rules. */
    public InlineIds(InlineCount inline) {
        this.inline = inline;
    }

    /**
     * Adds one; whether it is an id that a request can have is for others to say.
     *
     * @throws IllegalArgumentException when no rule can have that many
     */
    public void add(String text) {
        inline.add();
        if (count == 0 && texts.size() < IdRule.MAX_IDS) {
            texts.add(text);
            return;
        }
        if (count == 0 && numbers.length == 0) {
            numbers = new long[FIRST_CAPACITY];
            List<String> before = texts;
            texts = new ArrayList<>();
            before.forEach(this::sort);
        }
        sort(text);
    }

    private void sort(String text) {
        if (!RequestId.isCanonicalInt64(text)) {
            if (texts.size() == IdRule.MAX_IDS) {
                throw new IllegalArgumentException("more than " + IdRule.MAX_IDS
                        + " ids are no numbers: they stand in the rule, since a list holds numbers only");
            }
            texts.add(text);
            return;
        }
        if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, count + (count >> 1));
        }
        numbers[count++] = Long.parseLong(text);
    }

    /** How many were added. */
    public int size() {
        return texts.size() + count;
    }

    /**
     * A rule that names these ids and intervals, and those of the lists. To be called once.
     *
     * @param keeper gets the numeric ids and the intervals when there are more than a rule may carry; null: there is
     *     none, such rules are refused
     * @throws IllegalArgumentException when a rule cannot be like this
     */
    public IdRule toRule(
            boolean all,
            InlineIntervals intervals,
            @Nullable BigDecimal percent,
            List<IdList> lists,
            @Nullable Keeper keeper) {
        boolean isLong = count > 0;
        if (keeper == null && isLong) {
            throw new IllegalArgumentException("at most " + IdRule.MAX_IDS + " ids, not " + size());
        }
        if (keeper == null && intervals.isLong()) {
            throw new IllegalArgumentException(
                    "at most " + IdRule.MAX_NEW_INTERVALS + " intervals, not " + intervals.size());
        }
        // Whatever else is wrong with the rule shows before something is kept.
        IdRule named = new IdRule(all, texts, intervals.inline(), percent, lists);
        if (keeper == null || (!isLong && !intervals.isLong())) {
            return named;
        }
        List<IdList> more = new ArrayList<>(lists);
        if (isLong) {
            long[] ids = Arrays.copyOf(numbers, count);
            numbers = new long[0];
            addNew(more, keeper.keepIds(ids));
        }
        if (intervals.isLong()) {
            addNew(more, intervals.keep(keeper));
        }
        return new IdRule(all, texts, intervals.inline(), percent, more);
    }

    private static void addNew(List<IdList> lists, IdList kept) {
        if (!lists.contains(kept)) {
            lists.add(kept);
        }
    }
}
