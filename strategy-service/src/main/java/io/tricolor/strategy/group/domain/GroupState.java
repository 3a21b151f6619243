package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster group as its stream tells it up to one position. Immutable.
 *
 * @param version position in the stream of the last event taken in, from 0
 * @param tableVersion of the newest route table; 0 before the first
 * @param upgrade the one that runs; null: none
 * @param rollbackPoints oldest first
 * @param evictedBoots boots of routers, {@code <routerId>/<bootId>}, that are not waited for
 * @param routerConfiguration which table each router is to run
 */
public record GroupState(
        String groupId,
        long version,
        boolean deleted,
        String application,
        String environment,
        long epoch,
        List<Entry> entries,
        IdentitySource identity,
        Affinity affinity,
        long tableVersion,
        SortedMap<String, ClusterState> clusters,
        @Nullable Upgrade upgrade,
        List<RollbackPoint> rollbackPoints,
        SortedSet<String> evictedBoots,
        RouterConfiguration routerConfiguration) {

    /** A state that was stored before there were router configurations has none: its routers follow. */
    @SuppressWarnings("NullAway") // a JSON reader passes null for what is missing
    public GroupState {
        routerConfiguration = routerConfiguration == null ? RouterConfiguration.following() : routerConfiguration;
    }

    /** The cluster of that name; {@link Rejected} with CLUSTER_NOT_FOUND otherwise. */
    public ClusterState cluster(String name) {
        ClusterState cluster = clusters.get(name);
        if (cluster == null) {
            throw new Rejected(Code.CLUSTER_NOT_FOUND, "group " + groupId + " has no cluster " + name);
        }
        return cluster;
    }

    /** The GREEN cluster that serves requests without id; the first by name if there are several. */
    public Optional<ClusterState> serving() {
        return clusters.values().stream()
                .filter(c -> c.strategy().status() == ClusterStatus.GREEN
                        && c.strategy().id().all())
                .findFirst();
    }

    /** Whether routers have something to route by: a request without id has a target. */
    public boolean hasTable() {
        return clusters.values().stream().anyMatch(c -> c.strategy().takesRequestsWithoutId());
    }

    /** The newest table; empty as long as a request without id would have no target. */
    public Optional<RouteTable> routeTable() {
        return hasTable()
                ? Optional.of(new RouteTable(groupId, epoch, tableVersion, affinity, identity, entries, strategies()))
                : Optional.empty();
    }

    /** Version of the table that every router is to run that has no other of its own; 0 before the first. */
    public long releasedVersion() {
        return routerConfiguration.isPinned() ? routerConfiguration.version() : tableVersion;
    }

    /** Version of the table that this router is to run; null for one that is not known. */
    public long versionFor(@Nullable String routerId) {
        Long own = routerId == null ? null : routerConfiguration.routers().get(routerId);
        return own == null ? releasedVersion() : Math.max(own, releasedVersion());
    }

    /** Whether routers are kept from the newest table: upgrades do not direct traffic until it is released. */
    public boolean holdsRoutersBack() {
        return releasedVersion() < tableVersion;
    }

    /** Strategies of all clusters. */
    public SortedMap<String, RouteStrategy> strategies() {
        SortedMap<String, RouteStrategy> strategies = new TreeMap<>();
        clusters.forEach((name, cluster) -> strategies.put(name, cluster.strategy()));
        return strategies;
    }

    /** Those of the routers that upgrades wait for. */
    public List<RouterObservation> live(List<RouterObservation> routers) {
        return routers.stream()
                .filter(router -> !isEvicted(router.routerId(), router.bootId()))
                .toList();
    }

    boolean isEvicted(String routerId, String bootId) {
        return evictedBoots.contains(routerId + "/" + bootId);
    }
}
