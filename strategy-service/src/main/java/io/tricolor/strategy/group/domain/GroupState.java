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
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A cluster group as its stream tells it up to one position. Immutable.
 *
 * @param version position in the stream of the last event taken in, from 0
 * @param upgrade the one that runs; null: none
 * @param rollbackPoints oldest first
 * @param life whether it is on its way to its end, or back after a restore; the usual one for a group that just lives
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
        Routers routers,
        Life life) {

    /** What the group is a group of. */
    public record Application(String name, String environment) {}

    /**
     * Whether a group is on its way to its end, or back after a restore.
     *
     * @param decommission null: nobody asked for its end
     * @param recovering whether a new epoch waits for its clusters; routers do not get its tables until then
     */
    public record Life(@Nullable Decommission decommission, boolean recovering) {

        static final Life USUAL = new Life(null, false);
    }

    public @Nullable Decommission decommission() {
        return life.decommission();
    }

    public boolean recovering() {
        return life.recovering();
    }

    /** Whether the newest table says that the group is deleted: its traffic was taken for good. */
    public boolean isTrafficEnded() {
        Decommission decommission = life.decommission();
        return decommission != null && decommission.phase() != Decommission.Phase.GRACE;
    }

    /** Version of the table by which the group ends for routers. */
    public long tombstoneVersion() {
        return isTrafficEnded() ? tableVersion() : tableVersion() + 1;
    }

    /** Whether the group is on its way to something that it has not reached yet. */
    public boolean isUnderWay() {
        return !deleted
                && (upgrade != null
                        || life.recovering()
                        || life.decommission() != null
                        || clusters.values().stream()
                                .anyMatch(cluster -> cluster.scaling() != null || cluster.kept() != null));
    }

    /** Positions of the events from which on a time counts. */
    public SortedSet<Long> timers() {
        SortedSet<Long> timers = new TreeSet<>();
        if (upgrade != null) {
            timers.add(upgrade.position().since());
        }
        if (life.decommission() != null) {
            timers.add(life.decommission().since());
        }
        for (ClusterState cluster : clusters.values()) {
            if (cluster.scaling() != null) {
                timers.add(cluster.scaling().since());
            }
            if (cluster.kept() != null) {
                timers.add(cluster.kept().since());
            }
        }
        return timers;
    }

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

    /** Whether routers have something to go by: a request without id has a target, or the group has ended for them. */
    public boolean hasTable() {
        return isTrafficEnded() || isServed();
    }

    private boolean isServed() {
        return clusters.values().stream().anyMatch(c -> c.strategy().takesRequestsWithoutId());
    }

    /** The newest table; empty as long as a request without id would have no target. */
    public Optional<RouteTable> routeTable() {
        if (isTrafficEnded()) {
            return Optional.of(RouteTable.deleted(groupId, epoch(), tableVersion()));
        }
        return isServed()
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
        return new GroupState(groupId, next, deleted, about, traffic, clusters, upgrade, rollbackPoints, routers, life);
    }

    GroupState ended() {
        return new GroupState(groupId, version, true, about, traffic, clusters, upgrade, rollbackPoints, routers, life);
    }

    GroupState with(Traffic next) {
        return new GroupState(groupId, version, deleted, about, next, clusters, upgrade, rollbackPoints, routers, life);
    }

    GroupState with(Routers next) {
        return new GroupState(groupId, version, deleted, about, traffic, clusters, upgrade, rollbackPoints, next, life);
    }

    GroupState with(Life next) {
        return new GroupState(
                groupId, version, deleted, about, traffic, clusters, upgrade, rollbackPoints, routers, next);
    }

    GroupState withUpgrade(@Nullable Upgrade next) {
        return new GroupState(groupId, version, deleted, about, traffic, clusters, next, rollbackPoints, routers, life);
    }

    GroupState withRollbackPoints(List<RollbackPoint> next) {
        return new GroupState(groupId, version, deleted, about, traffic, clusters, upgrade, next, routers, life);
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
                routers,
                life);
    }

    /** With one cluster changed; as it is when there is none of that name. */
    GroupState withCluster(String name, UnaryOperator<ClusterState> change) {
        SortedMap<String, ClusterState> next = new TreeMap<>(clusters);
        next.computeIfPresent(name, (key, cluster) -> change.apply(cluster));
        return withClusters(next);
    }
}
