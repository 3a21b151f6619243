package io.tricolor.strategy.group.domain;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * What is seen of a group right now. Everything in it may be old; the functions that read it rely only on facts that stay true:
 * a fence that was reached, a table that was applied, a count that was zero after the table that made it so.
 *
 * @param publishedEpoch epoch of the table that routers can fetch; 0: none
 * @param publishedVersion version of that table; 0: none
 * @param clusters by name; missing: never observed
 * @param routers every router that is known and has not signed off
 */
public record Observation(
        long publishedEpoch,
        long publishedVersion,
        SortedMap<String, ClusterObservation> clusters,
        List<RouterObservation> routers) {

    /**
     * What deploy-service last said of a cluster.
     *
     * @param fence of the desired state it holds
     * @param services by name
     * @param failure what it complains about, empty for nothing
     */
    public record ClusterObservation(long fence, SortedMap<String, ServiceObservation> services, String failure) {}

    /**
     * Instances of one service.
     *
     * @param running number of instances, of any version
     * @param healthy ids of the healthy instances of the desired manifest
     */
    public record ServiceObservation(int running, Set<String> healthy) {}

    /**
     * What a router last said of the group, over all its workers: the oldest table, the sum of requests, the instances that all of them know.
     *
     * @param epoch of the applied table; 0: none
     * @param version of the applied table; 0: none
     * @param inFlight by cluster; missing: none
     * @param usableInstances ids of the instances it would send to, by cluster, then by service; missing: none
     */
    public record RouterObservation(
            String routerId,
            String bootId,
            long epoch,
            long version,
            Map<String, Integer> inFlight,
            Map<String, Map<String, Set<String>>> usableInstances) {

        boolean hasApplied(GroupState state) {
            return hasApplied(state, state.tableVersion());
        }

        /** Whether it runs the table that it is to run, or a newer one. True while the group has no table. */
        public boolean runsWhatItIsTo(GroupState state) {
            return !state.hasTable() || hasApplied(state, state.versionFor(routerId));
        }

        private boolean hasApplied(GroupState state, long wanted) {
            return epoch > state.epoch() || (epoch == state.epoch() && version >= wanted);
        }

        int inFlightTo(String cluster) {
            return inFlight.getOrDefault(cluster, 0);
        }

        Set<String> usableOf(String cluster, String service) {
            return usableInstances.getOrDefault(cluster, Map.of()).getOrDefault(service, Set.of());
        }
    }
}
