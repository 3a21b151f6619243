package io.tricolor.strategy.group.domain;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What was decided about the routers of a group.
 *
 * @param configuration which table each router is to run
 * @param evictedBoots boots of routers, {@code <routerId>/<bootId>}, that are not waited for
 */
public record Routers(RouterConfiguration configuration, SortedSet<String> evictedBoots) {

    static Routers none() {
        return new Routers(RouterConfiguration.following(), Collections.emptySortedSet());
    }

    Routers evicted(String routerId, String bootId) {
        SortedSet<String> more = new TreeSet<>(evictedBoots);
        more.add(routerId + "/" + bootId);
        return new Routers(configuration, Collections.unmodifiableSortedSet(more));
    }

    Routers configured(RouterConfiguration next) {
        return new Routers(next, evictedBoots);
    }
}
