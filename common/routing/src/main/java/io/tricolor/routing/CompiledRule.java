package io.tricolor.routing;

import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An {@link IdRule} made ready to be asked: binary searches and one comparison. */
final class CompiledRule {

    /** Hash buckets that percent is counted in: 10,000, so that 0.01 percent is one of them. */
    static final int BUCKETS = 10_000;

    private final boolean all;
    private final long[] numbers;
    private final ListContent[] idLists;
    private final ListContent[] intervalLists;
    private final Set<String> strings;
    private final long[] from;
    private final long[] to;
    private final int percentBuckets;
    private final boolean byPercentAlone;

    CompiledRule(IdRule rule, IdLists contents) {
        all = rule.all();
        Set<String> texts = new HashSet<>();
        long[] ids = new long[rule.ids().size()];
        int count = 0;
        for (String text : rule.ids()) {
            if (RequestId.isCanonicalInt64(text)) {
                ids[count++] = Long.parseLong(text);
            } else {
                texts.add(text);
            }
        }
        numbers = Arrays.copyOf(ids, count);
        Arrays.sort(numbers);
        strings = Set.copyOf(texts);
        idLists = lists(rule, IdList.Kind.IDS, contents);
        intervalLists = lists(rule, IdList.Kind.INTERVALS, contents);

        List<IdInterval> sorted = rule.intervals().stream().sorted().toList();
        long[] starts = new long[sorted.size()];
        long[] ends = new long[sorted.size()];
        int merged = 0;
        for (IdInterval interval : sorted) {
            if (merged > 0 && interval.from() <= ends[merged - 1]) {
                ends[merged - 1] = Math.max(ends[merged - 1], interval.to());
            } else {
                starts[merged] = interval.from();
                ends[merged] = interval.to();
                merged++;
            }
        }
        from = Arrays.copyOf(starts, merged);
        to = Arrays.copyOf(ends, merged);

        BigDecimal percent = rule.percent();
        percentBuckets = percent == null ? 0 : percent.movePointRight(2).intValueExact();
        byPercentAlone = percentBuckets > 0
                && !all
                && rule.ids().isEmpty()
                && rule.intervals().isEmpty()
                && rule.idLists().isEmpty();
    }

    private static ListContent[] lists(IdRule rule, IdList.Kind kind, IdLists contents) {
        return rule.idLists().stream()
                .filter(list -> list.kind() == kind)
                .map(contents::content)
                .toArray(ListContent[]::new);
    }

    /** Whether {@link #match} needs the bucket of the id. */
    boolean usesPercent() {
        return percentBuckets > 0;
    }

    /** How many buckets it takes when it names nobody; 0: it names somebody, or takes none. */
    int sampledBuckets() {
        return byPercentAlone ? percentBuckets : 0;
    }

    /**
     * How the rule matches; null when it does not.
     *
     * @param bucket of the id, 0 to {@value #BUCKETS} exclusive; of no meaning without id or unless {@link
     *     #usesPercent()}
     */
    Decision.@Nullable Reason match(@Nullable RequestId id, int bucket) {
        if (all) {
            return Decision.Reason.ALL;
        }
        if (id == null) {
            return null;
        }
        if (id.isNumber()) {
            if (Arrays.binarySearch(numbers, id.number()) >= 0 || isIn(idLists, id.number())) {
                return Decision.Reason.WHITELIST_ID;
            }
            if (inInterval(id.number()) || isIn(intervalLists, id.number())) {
                return Decision.Reason.WHITELIST_INTERVAL;
            }
        } else if (strings.contains(id.text())) {
            return Decision.Reason.WHITELIST_ID;
        }
        return bucket < percentBuckets ? Decision.Reason.PERCENT : null;
    }

    private static boolean isIn(ListContent[] lists, long number) {
        for (ListContent list : lists) {
            if (list.contains(number)) {
                return true;
            }
        }
        return false;
    }

    private boolean inInterval(long number) {
        int position = Arrays.binarySearch(from, number);
        if (position >= 0) {
            return true;
        }
        int before = -position - 2;
        return before >= 0 && number <= to[before];
    }
}
