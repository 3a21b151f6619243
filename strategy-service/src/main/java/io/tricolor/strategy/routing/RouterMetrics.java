package io.tricolor.strategy.routing;

import io.prometheus.client.Gauge;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** What is pinned and which routers are behind, as last looked at. */
@Component
public class RouterMetrics {

    private static final Gauge PINNED = Gauge.build(
                    "tricolor_router_configuration_pinned",
                    "1 while routers of the group stay at a released table, else 0")
            .labelNames("group")
            .register();
    private static final Gauge BEHIND = Gauge.build(
                    "tricolor_routers_behind", "Live routers that do not yet run the table that they are to run")
            .labelNames("group")
            .register();
    private static final Gauge HELD_BACK = Gauge.build(
                    "tricolor_routers_held_back", "Live routers that are kept from the newest table by a pin")
            .labelNames("group")
            .register();

    private static final Gauge AHEAD = Gauge.build(
                    "tricolor_groups_ahead",
                    "Groups that are held: routers, the registry or deploy-service know more than the event store")
            .register();

    private static final Gauge SCALING = Gauge.build(
                    "tricolor_clusters_scaling", "Clusters on their way to a number of instances that was asked for")
            .labelNames("group")
            .register();
    private static final Gauge DECOMMISSIONING = Gauge.build(
                    "tricolor_group_decommissioning", "1 while the group is on its way to its end, else 0")
            .labelNames("group")
            .register();
    private static final Gauge RECOVERING = Gauge.build(
                    "tricolor_group_recovering",
                    "1 while a new epoch waits for clusters that are to take requests, else 0")
            .labelNames("group")
            .register();

    private final Set<String> ahead = ConcurrentHashMap.newKeySet();

    RouterMetrics() {}

    /**
     * Takes over what was seen of a group.
     *
     * @param isAhead whether others know more of it than its stream does
     */
    public void saw(GroupState state, List<RouterObservation> routers, boolean isAhead) {
        String group = state.groupId();
        boolean changed = (isAhead && !state.deleted()) ? ahead.add(group) : ahead.remove(group);
        if (changed) {
            AHEAD.set(ahead.size());
        }
        if (state.deleted()) {
            PINNED.remove(group);
            BEHIND.remove(group);
            HELD_BACK.remove(group);
            SCALING.remove(group);
            DECOMMISSIONING.remove(group);
            RECOVERING.remove(group);
            return;
        }
        List<RouterObservation> live = state.live(routers);
        SCALING.labels(group).set((double) state.clusters().values().stream()
                .filter(cluster -> cluster.scaling() != null)
                .count());
        DECOMMISSIONING.labels(group).set(state.decommission() != null ? 1 : 0);
        RECOVERING.labels(group).set(state.recovering() ? 1 : 0);
        PINNED.labels(group).set(state.routerConfiguration().isPinned() ? 1 : 0);
        BEHIND.labels(group).set((double)
                live.stream().filter(router -> !router.runsWhatItIsTo(state)).count());
        HELD_BACK.labels(group).set((double) live.stream()
                .filter(router -> state.versionFor(router.routerId()) < state.tableVersion())
                .count());
    }
}
