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
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A cluster group as its stream tells it up to one position. Immutable.
 *
 * @param version position in the stream of the last event taken in, from 0
 * @param upgrade the one that runs; null: none
 * @param rollbackPoints oldest first
 */
public record GroupState(
        String groupId,
        long version,
        boolean deleted,
        Application about,
        Traffic traffic,
        SortedMap<String, ClusterState> clusters,
        @Nullable Upgrade upgrade,
        List<RollbackPoint> rollbackPoints,
        Routers routers) {

    /** What the group is a group of. */
    public record Application(String name, String environment) {}

    public String application() {
        return about.name();
    }

    public String environment() {
        return about.environment();
    }

    public long epoch() {
        return traffic.epoch();
    }

    /** Version of the newest table; 0 before the first. */
    public long tableVersion() {
        return traffic.tableVersion();
    }

    public List<Entry> entries() {
        return traffic.entries();
    }

    public IdentitySource identity() {
        return traffic.identity();
    }

    public Affinity affinity() {
        return traffic.affinity();
    }

    public RouterConfiguration routerConfiguration() {
        return routers.configuration();
    }

    /** Boots of routers, {@code <routerId>/<bootId>}, that are not waited for. */
    public SortedSet<String> evictedBoots() {
        return routers.evictedBoots();
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
                ? Optional.of(new RouteTable(
                        groupId, epoch(), tableVersion(), affinity(), identity(), entries(), strategies()))
                : Optional.empty();
    }

    /** Version of the table that every router is to run that has no other of its own; 0 before the first. */
    public long releasedVersion() {
        return routerConfiguration().isPinned() ? routerConfiguration().version() : tableVersion();
    }

    /** Version of the table that this router is to run; null for one that is not known. */
    public long versionFor(@Nullable String routerId) {
        Long own = routerId == null ? null : routerConfiguration().routers().get(routerId);
        return own == null ? releasedVersion() : Math.max(own, releasedVersion());
    }

    /** Whether routers are kept from the newest table: upgrades do not direct traffic until it is released. */
    public boolean holdsRoutersBack() {
        return releasedVersion() < tableVersion();
    }

    /** Strategies of all clusters. */
    public SortedMap<String, RouteStrategy> strategies() {
        SortedMap<String, RouteStrategy> strategies = new TreeMap<>();
        clusters.forEach((name, cluster) -> strategies.put(name, cluster.strategy()));
        return strategies;
    }

    /** Those of the routers that upgrades wait for. */
    public List<RouterObservation> live(List<RouterObservation> known) {
        return known.stream()
                .filter(router -> !isEvicted(router.routerId(), router.bootId()))
                .toList();
    }

    boolean isEvicted(String routerId, String bootId) {
        return evictedBoots().contains(routerId + "/" + bootId);
    }

    // ---- the next state, for the evolver

    GroupState atVersion(long next) {
        return new GroupState(groupId, next, deleted, about, traffic, clusters, upgrade, rollbackPoints, routers);
    }

    GroupState ended() {
        return new GroupState(groupId, version, true, about, traffic, clusters, upgrade, rollbackPoints, routers);
    }

    GroupState with(Traffic next) {
        return new GroupState(groupId, version, deleted, about, next, clusters, upgrade, rollbackPoints, routers);
    }

    GroupState with(Routers next) {
        return new GroupState(groupId, version, deleted, about, traffic, clusters, upgrade, rollbackPoints, next);
    }

    GroupState withUpgrade(@Nullable Upgrade next) {
        return new GroupState(groupId, version, deleted, about, traffic, clusters, next, rollbackPoints, routers);
    }

    GroupState withRollbackPoints(List<RollbackPoint> next) {
        return new GroupState(groupId, version, deleted, about, traffic, clusters, upgrade, next, routers);
    }

    GroupState withClusters(SortedMap<String, ClusterState> next) {
        return new GroupState(
                groupId,
                version,
                deleted,
                about,
                traffic,
                Collections.unmodifiableSortedMap(next),
                upgrade,
                rollbackPoints,
                routers);
    }

    /** With one cluster changed; as it is when there is none of that name. */
    GroupState withCluster(String name, UnaryOperator<ClusterState> change) {
        SortedMap<String, ClusterState> next = new TreeMap<>(clusters);
        next.computeIfPresent(name, (key, cluster) -> change.apply(cluster));
        return withClusters(next);
    }
}
