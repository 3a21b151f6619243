package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.RouterConfigurationChanged;
import io.tricolor.contracts.group.RouterConfigurationMode;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which table each router is to run. Versions are those of the group's epoch. What a router is to run never goes down:
 * routers may have it already, and never go back.
 *
 * @param version that every router is to run that {@code routers} does not name; 0 while they follow the newest
 * @param routers canaries by router id; each runs a newer table than {@code version}
 */
public record RouterConfiguration(RouterConfigurationMode mode, long version, SortedMap<String, Long> routers) {

    private static final RouterConfiguration FOLLOWING =
            new RouterConfiguration(RouterConfigurationMode.FOLLOW, 0, new TreeMap<>());

    /** Copies {@code routers}. */
    public RouterConfiguration {
        routers = Collections.unmodifiableSortedMap(new TreeMap<>(routers));
    }

    /** What every group begins with. */
    public static RouterConfiguration following() {
        return FOLLOWING;
    }

    /** Pinned at a version; routers that are named with it, or with an older one, are no canaries. */
    static RouterConfiguration pinned(long version, SortedMap<String, Long> routers) {
        SortedMap<String, Long> canaries = new TreeMap<>(routers);
        canaries.values().removeIf(own -> own <= version);
        return new RouterConfiguration(RouterConfigurationMode.PINNED, version, canaries);
    }

    static RouterConfiguration of(RouterConfigurationChanged event) {
        Long version = event.version();
        return event.mode() == RouterConfigurationMode.FOLLOW || version == null
                ? FOLLOWING
                : pinned(version, event.routers());
    }

    public boolean isPinned() {
        return mode == RouterConfigurationMode.PINNED;
    }
}
