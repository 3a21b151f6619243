package io.tricolor.routing;

import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A rule as a document shows it. A list that was made of what a document named one by one can be shown like that again;
 * whoever reads it makes the same list of it.
 *
 * @param lists those that are referred to
 */
record WrittenRule(
        boolean all,
        List<String> ids,
        List<IdInterval> intervals,
        @Nullable BigDecimal percent,
        List<IdList> lists) {

    static WrittenRule of(IdRule rule, IdLists contents, int mostInline) {
        IdList ids = only(rule.idLists(), IdList.Kind.IDS);
        if (ids != null
                && (ids.count() > mostInline
                        || ids.count() <= IdRule.MAX_IDS
                        || rule.ids().stream().anyMatch(RequestId::isCanonicalInt64))) {
            ids = null;
        }
        IdList intervals = only(rule.idLists(), IdList.Kind.INTERVALS);
        if (intervals != null
                && (intervals.count() > mostInline
                        || intervals.count() <= IdRule.MAX_NEW_INTERVALS
                        || !rule.intervals().isEmpty())) {
            intervals = null;
        }
        List<IdList> inline =
                Stream.of(ids, intervals).filter(IdList.class::isInstance).toList();
        List<IdList> left = new ArrayList<>(rule.idLists());
        left.removeAll(inline);
        if (!rule.idLists().equals(Stream.concat(left.stream(), inline.stream()).toList())) {
            // Read again, the lists would stand in another order.
            return new WrittenRule(rule.all(), rule.ids(), rule.intervals(), rule.percent(), rule.idLists());
        }
        List<String> allIds = new ArrayList<>(rule.ids());
        List<IdInterval> allIntervals = new ArrayList<>(rule.intervals());
        for (IdList list : inline) {
            ListContent content = contents.content(list);
            if (content instanceof SortedIds some) {
                some.ids().mapToObj(Long::toString).forEach(allIds::add);
            } else if (content instanceof SortedIntervals some) {
                some.intervals().forEach(allIntervals::add);
            }
        }
        return new WrittenRule(rule.all(), allIds, allIntervals, rule.percent(), left);
    }

    private static @Nullable IdList only(List<IdList> lists, IdList.Kind kind) {
        Predicate<IdList> isOfKind = list -> list.kind() == kind;
        return lists.stream().filter(isOfKind).count() == 1
                ? lists.stream().filter(isOfKind).findFirst().orElseThrow()
                : null;
    }
}
