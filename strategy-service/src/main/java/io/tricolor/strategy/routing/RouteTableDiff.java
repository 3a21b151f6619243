package io.tricolor.strategy.routing;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.RouteTable;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How one table of a group differs from another. What is equal is not there; order and duplicates in lists make no
 * difference.
 *
 * @param equal whether routers would decide alike by both
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record RouteTableDiff(
        String group,
        long epoch,
        long from,
        long to,
        boolean equal,
        SortedMap<String, ClusterDiff> clusters,
        @Nullable Changes<Entry> entries,
        @Nullable Change<IdentitySource> identity,
        @Nullable Change<Affinity> affinity,
        @Nullable Change<Boolean> deleted) {

    /** Most elements of a list that a diff shows; the counts are always whole. */
    static final int MOST_SHOWN = 100;

    /** One value. Null where there is none, for example a cluster that one of the tables does not know. */
    record Change<T>(@Nullable T from, @Nullable T to) {}

    /**
     * A list without order.
     *
     * @param added at most {@value #MOST_SHOWN} of them
     * @param removed at most {@value #MOST_SHOWN} of them
     */
    record Changes<T>(List<T> added, List<T> removed, int addedCount, int removedCount) {}

    /** One cluster. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ClusterDiff(
            @Nullable Change<ClusterStatus> status,
            @Nullable Change<Boolean> all,
            @Nullable Changes<String> ids,
            @Nullable Changes<IdList> idLists,
            @Nullable Changes<IdInterval> intervals,
            @Nullable Change<BigDecimal> percent) {

        private static final ClusterDiff NONE = new ClusterDiff(null, null, null, null, null, null);
    }

    static RouteTableDiff between(RouteTable from, RouteTable to) {
        SortedMap<String, ClusterDiff> clusters = new TreeMap<>();
        Set<String> names = new TreeSet<>(from.clusters().keySet());
        names.addAll(to.clusters().keySet());
        for (String name : names) {
            RouteStrategy before = from.clusters().get(name);
            RouteStrategy after = to.clusters().get(name);
            ClusterDiff diff = cluster(before, after);
            if (!diff.equals(ClusterDiff.NONE)) {
                clusters.put(name, diff);
            }
        }
        Changes<Entry> entries = changes(from.entries(), to.entries());
        Change<IdentitySource> identity = change(from.identity(), to.identity());
        Change<Affinity> affinity = change(from.affinity(), to.affinity());
        Change<Boolean> deleted = change(from.deleted(), to.deleted());
        boolean equal =
                clusters.isEmpty() && entries == null && identity == null && affinity == null && deleted == null;
        return new RouteTableDiff(
                from.group(),
                from.epoch(),
                from.version(),
                to.version(),
                equal,
                clusters,
                entries,
                identity,
                affinity,
                deleted);
    }

    private static ClusterDiff cluster(@Nullable RouteStrategy before, @Nullable RouteStrategy after) {
        IdRule was = before == null ? IdRule.nobody() : before.id();
        IdRule is = after == null ? IdRule.nobody() : after.id();
        return new ClusterDiff(
                change(before == null ? null : before.status(), after == null ? null : after.status()),
                change(was.all(), is.all()),
                changes(was.ids(), is.ids()),
                changes(was.idLists(), is.idLists()),
                changes(was.intervals(), is.intervals()),
                change(was.percent(), is.percent()));
    }

    private static <T> @Nullable Change<T> change(@Nullable T from, @Nullable T to) {
        return Objects.equals(from, to) ? null : new Change<>(from, to);
    }

    private static <T> @Nullable Changes<T> changes(Collection<T> from, Collection<T> to) {
        List<T> added = without(to, from);
        List<T> removed = without(from, to);
        return added.isEmpty() && removed.isEmpty()
                ? null
                : new Changes<>(
                        added.subList(0, Math.min(added.size(), MOST_SHOWN)),
                        removed.subList(0, Math.min(removed.size(), MOST_SHOWN)),
                        added.size(),
                        removed.size());
    }

    private static <T> List<T> without(Collection<T> all, Collection<T> others) {
        Set<T> left = new LinkedHashSet<>(all);
        others.forEach(left::remove);
        return List.copyOf(left);
    }
}
