package io.tricolor.routing;

import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ids as somebody names them one by one, however many. As many as a rule may carry stay as they are and in their order; of more
 * than that the numeric ones are held as int64 and become a list of their own. Not thread-safe.
 */
public final class InlineIds {

    private static final int FIRST_CAPACITY = 4 * IdRule.MAX_IDS;

    private List<String> texts = new ArrayList<>();
    private long[] numbers = new long[0];
    private int count;

    /** Gives a list its name, and keeps its content. */
    @FunctionalInterface
    public interface Keeper {

        /**
         * Keeps a list.
         *
         * @param ids at least one, in any order, some perhaps several times; the keeper may change the array
         */
        IdList keep(long[] ids);
    }

    /** Adds one; whether it is an id that a request can have is for others to say. */
    public void add(String text) {
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
     * A rule that names these ids and those of the lists.
     *
     * @param keeper gets the numeric ids when there are more than a rule may carry; null: there is none, such ids are refused
     * @throws IllegalArgumentException when a rule cannot be like this
     */
    public IdRule toRule(
            boolean all,
            List<IdInterval> intervals,
            @Nullable BigDecimal percent,
            List<IdList> lists,
            @Nullable Keeper keeper) {
        if (count == 0) {
            return new IdRule(all, texts, intervals, percent, lists);
        }
        if (keeper == null) {
            throw new IllegalArgumentException("at most " + IdRule.MAX_IDS + " ids, not " + size());
        }
        if (texts.size() > IdRule.MAX_IDS) {
            throw new IllegalArgumentException("at most " + IdRule.MAX_IDS + " ids that are no numbers, not "
                    + texts.size() + ": a list holds numbers only");
        }
        // Whatever else is wrong with the rule shows before something is kept.
        IdRule named = new IdRule(all, texts, intervals, percent, lists);
        IdList kept = keeper.keep(Arrays.copyOf(numbers, count));
        if (lists.contains(kept)) {
            return named;
        }
        List<IdList> more = new ArrayList<>(lists);
        more.add(kept);
        return new IdRule(all, texts, intervals, percent, more);
    }
}
