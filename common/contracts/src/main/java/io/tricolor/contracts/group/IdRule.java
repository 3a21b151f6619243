package io.tricolor.contracts.group;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which users a cluster takes. Nothing named means nobody, unless {@link #all()}.
 *
 * @param all everybody, with id or without; the other members are then without effect
 * @param ids single ids as text, a number in its canonical decimal form; at most {@value #MAX_IDS}; order and
 *     duplicates carry no meaning
 * @param intervals closed intervals of numeric ids; may overlap; at most {@value #MAX_INTERVALS}, and since there are
 *     lists of intervals, nothing is decided any more with more than {@value #MAX_NEW_INTERVALS}
 * @param percent share of the ids, 0.00 to 100.00 with two decimals, chosen by a hash of the id so that raising it
 *     never moves a user back; null means none
 * @param idLists numeric ids and intervals that are too many to be carried along, by their content; at most {@value
 *     #MAX_ID_LISTS}, each once; not written when there are none, as in what was written before there were any
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IdRule(
        boolean all,
        List<String> ids,
        List<IdInterval> intervals,
        @Nullable BigDecimal percent,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<IdList> idLists) {

    /** Longest list of ids that a rule may carry inline. */
    public static final int MAX_IDS = 1_000;

    /** Longest list of intervals that a rule of the past carries: every reader takes them. */
    public static final int MAX_INTERVALS = 10_000;

    /** Longest list of intervals that a rule of a new decision may carry inline. */
    public static final int MAX_NEW_INTERVALS = 100;

    /** Most lists that a rule may refer to. */
    public static final int MAX_ID_LISTS = 16;

    private static final BigDecimal HUNDRED = new BigDecimal("100.00");

    private static final IdRule NOBODY = new IdRule(false, List.of(), List.of(), null);
    private static final IdRule EVERYBODY = new IdRule(true, List.of(), List.of(), null);

    /** Throws {@link IllegalArgumentException} when a bound above is broken. Missing lists become empty ones. */
    @SuppressWarnings("NullAway") // a JSON reader passes null for a missing list
    public IdRule {
        ids = ids == null ? List.of() : List.copyOf(ids);
        intervals = intervals == null ? List.of() : List.copyOf(intervals);
        if (ids.size() > MAX_IDS) {
            throw new IllegalArgumentException("at most " + MAX_IDS + " ids, not " + ids.size());
        }
        if (intervals.size() > MAX_INTERVALS) {
            throw new IllegalArgumentException("at most " + MAX_INTERVALS + " intervals, not " + intervals.size());
        }
        idLists = idLists == null ? List.of() : List.copyOf(idLists);
        if (idLists.size() > MAX_ID_LISTS) {
            throw new IllegalArgumentException("at most " + MAX_ID_LISTS + " id lists, not " + idLists.size());
        }
        Set<String> contents = new HashSet<>();
        for (IdList list : idLists) {
            if (!contents.add(list.kind() + list.sha256())) {
                throw new IllegalArgumentException("id list " + list.sha256() + " is there twice");
            }
        }
        if (percent != null) {
            try {
                percent = percent.setScale(2, RoundingMode.UNNECESSARY);
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException("percent has at most two decimals, not " + percent, e);
            }
            if (percent.signum() < 0 || percent.compareTo(HUNDRED) > 0) {
                throw new IllegalArgumentException("percent is from 0 to 100, not " + percent);
            }
        }
    }

    /** A rule that refers to no list. */
    public IdRule(boolean all, List<String> ids, List<IdInterval> intervals, @Nullable BigDecimal percent) {
        this(all, ids, intervals, percent, List.of());
    }

    public static IdRule nobody() {
        return NOBODY;
    }

    public static IdRule everybody() {
        return EVERYBODY;
    }

    /** Whether no request can match. */
    public boolean matchesNobody() {
        return !all
                && ids.isEmpty()
                && idLists.isEmpty()
                && intervals.isEmpty()
                && (percent == null || percent.signum() == 0);
    }
}
