package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is seen of a group right now. Everything in it may be old. What completes a step are facts that stay true (a
 * fence that was
 * reached, a table that was applied, a count that was zero after the table that made it so) and the health of
 * instances, which does
 * not: whatever takes traffic or instances away asks for it at its beginning and again when it is recorded as done.
 *
 * @param published the table that routers can fetch from the registry
 * @param clusters by name; missing: never observed
 * @param routers every router that is known and has not signed off, silent ones too
 * @param everHadRouters whether the group has had a router at any time: then having none is no reason to go on
 * @param elapsed how long the running step, and whatever else has a time, has taken
 * @param written how the group's newest table and desired states are written, to compare with what others hold
 * @param judged the newest judgement of each gate that is judged elsewhere
 * @param freezes that are in force for the group
 * @param companions the other groups of the train that the upgrade is a part of
 */
public record Observation(
        Published published,
        SortedMap<String, ClusterObservation> clusters,
        List<RouterObservation> routers,
        boolean everHadRouters,
        Elapsed elapsed,
        Written written,
        List<Judged> judged,
        List<Freeze> freezes,
        List<Companion> companions) {

    /** Nothing was judged elsewhere, and nothing is frozen. */
    public Observation(
            Published published,
            SortedMap<String, ClusterObservation> clusters,
            List<RouterObservation> routers,
            boolean everHadRouters,
            Elapsed elapsed,
            Written written) {
        this(published, clusters, routers, everHadRouters, elapsed, written, List.of(), List.of(), List.of());
    }

    /** Nothing is frozen. */
    public Observation(
            Published published,
            SortedMap<String, ClusterObservation> clusters,
            List<RouterObservation> routers,
            boolean everHadRouters,
            Elapsed elapsed,
            Written written,
            List<Judged> judged) {
        this(published, clusters, routers, everHadRouters, elapsed, written, judged, List.of(), List.of());
    }

    /** The same, with freeze windows in force. */
    public Observation withFreezes(List<Freeze> inForce) {
        return new Observation(
                published,
                clusters,
                routers,
                everHadRouters,
                elapsed,
                written,
                judged,
                List.copyOf(inForce),
                companions);
    }

    /** The same, with other groups of a train. */
    public Observation withCompanions(List<Companion> others) {
        return new Observation(
                published, clusters, routers, everHadRouters, elapsed, written, judged, freezes, List.copyOf(others));
    }

    /**
     * How another group of a train stands; it may stand further by now.
     *
     * @param step index of the step that runs
     * @param title of that step, for people
     */
    public record Companion(String groupId, Standing standing, int step, String title) {

        /** As {@link #step} says nothing for one that does not run. */
        public static Companion of(String groupId, Standing standing) {
            return new Companion(groupId, standing, -1, "");
        }
    }

    /** Where another group of a train is. */
    public enum Standing {
        /** Its stream has no such upgrade. */
        NOT_BEGUN,
        RUNNING,
        /** It turns back, or has done so. */
        BACK,
        COMPLETED,
        /** It has ended, and it is not known how yet. */
        UNKNOWN
    }

    /**
     * A freeze window that is in force.
     *
     * @param until when it ends, for people
     */
    public record Freeze(String window, Instant until, String reason) {

        String inWords() {
            return "window " + window + " until " + until + ": " + reason;
        }
    }

    /**
     * What was last said of a gate by who judges it elsewhere.
     *
     * @param stage that the gate is of
     * @param gate its name
     * @param epoch of the group when the judgement was asked for
     * @param fence position of the event from which on the step counted that asked for it: what was judged for an
     *     earlier one, of an earlier stage or an earlier try, does not count
     * @param evidence what it judged by
     */
    public record Judged(
            String stage, String gate, long epoch, long fence, Verdict verdict, SortedMap<String, String> evidence) {}

    /**
     * Contents by their hash, as strategy-service writes them.
     *
     * @param version of the group that they are of
     * @param tableSha256 of the newest table; empty: not known, or no table
     * @param digests of the newest desired states, by cluster
     */
    public record Written(long version, String tableSha256, SortedMap<String, String> digests) {

        /** Nothing is known of contents: none contradicts another. */
        public static final Written UNKNOWN = new Written(0, "", Collections.emptySortedMap());
    }

    /**
     * A table in the registry.
     *
     * @param epoch 0: none
     * @param version 0: none
     * @param sha256 of the document; empty: not known
     */
    public record Published(long epoch, long version, String sha256) {

        /** There is no table. */
        public static final Published NOTHING = new Published(0, 0, "");

        /** Whether it is older than the table that is released to all routers. */
        boolean isBehind(GroupState state) {
            return epoch < state.epoch() || (epoch == state.epoch() && version < state.releasedVersion());
        }
    }

    /**
     * Times, by clocks that only go forward and that nobody sets; never the difference of two machines' clocks.
     *
     * @param since by the position of the event that it is counted from: at least this much has passed since then
     */
    public record Elapsed(SortedMap<Long, Duration> since) {

        /** Nothing has passed since anything. */
        public static final Elapsed NONE = new Elapsed(new TreeMap<>());

        public Elapsed(long since, Duration time) {
            this(new TreeMap<>(Map.of(since, time)));
        }

        /** Zero while nobody has begun to count from that event. */
        Duration of(long event) {
            return since.getOrDefault(event, Duration.ZERO);
        }
    }

    /** What was last said of the newest desired state of the cluster, or a newer one; null: nothing yet. */
    @Nullable
    ClusterObservation newestOf(GroupState state, ClusterState cluster) {
        ClusterObservation observed = clusters.get(cluster.name());
        return observed != null && observed.isOf(state, cluster) ? observed : null;
    }

    /** How long the running attempt of the running step has taken; zero while nobody has begun to count. */
    Duration elapsedOf(UpgradePosition position) {
        return elapsed.of(position.since());
    }

    /**
     * What deploy-service last said of a cluster.
     *
     * @param epoch of the desired state it holds; 0: it does not say
     * @param fence of the desired state it holds
     * @param digest of the desired state it holds; empty: it does not say
     * @param services by name
     * @param failure what it complains about, empty for nothing
     */
    public record ClusterObservation(
            long epoch, long fence, String digest, SortedMap<String, ServiceObservation> services, String failure) {

        /** Whether it is about the newest desired state of the cluster, or a newer one. */
        boolean isOf(GroupState state, ClusterState cluster) {
            return epoch > state.epoch() || ((epoch == 0 || epoch == state.epoch()) && fence >= cluster.fence());
        }

        /** Whether more instances of a service run than are desired. */
        boolean runsMoreThan(ClusterState cluster) {
            return cluster.instances().entrySet().stream()
                    .anyMatch(desired -> of(desired.getKey()).running() > desired.getValue());
        }

        ServiceObservation of(String service) {
            return services.getOrDefault(service, ServiceObservation.NOTHING);
        }
    }

    /**
     * Instances of one service.
     *
     * @param running number of instances, of any version
     * @param healthy ids of the healthy instances of the desired manifest
     * @param ids of all that run
     */
    public record ServiceObservation(int running, Set<String> healthy, Set<String> ids) {

        static final ServiceObservation NOTHING = new ServiceObservation(0, Set.of());

        public ServiceObservation(int running, Set<String> healthy) {
            this(running, healthy, healthy);
        }
    }

    /**
     * What a router last said of the group, over all its workers: the oldest table, the sum of requests, the
     * instances that all of them
     * know.
     *
     * @param epoch of the applied table; 0: none
     * @param version of the applied table; 0: none
     * @param sha256 of the applied table; empty: it does not say
     * @param incomplete whether the word of a worker is missing: nothing is concluded from the others then
     * @param silent whether it has said nothing for long: it holds upgrades
     * @param inFlight by cluster; missing: none
     * @param inFlightInstances by cluster, by service, by instance id; missing: none
     * @param usableInstances ids of the instances it would send to, by cluster, then by service; missing: none
     */
    public record RouterObservation(
            String routerId,
            String bootId,
            long epoch,
            long version,
            String sha256,
            boolean incomplete,
            boolean silent,
            Map<String, Integer> inFlight,
            Map<String, Map<String, Map<String, Integer>>> inFlightInstances,
            Map<String, Map<String, Set<String>>> usableInstances) {

        boolean hasApplied(GroupState state) {
            return hasApplied(state, state.tableVersion());
        }

        /** Whether it runs the table that it is to run, or a newer one. True while the group has no table. */
        public boolean runsWhatItIsTo(GroupState state) {
            return !state.hasTable() || hasApplied(state, state.versionFor(routerId));
        }

        private boolean hasApplied(GroupState state, long wanted) {
            return !incomplete && (epoch > state.epoch() || (epoch == state.epoch() && version >= wanted));
        }

        int inFlightTo(String cluster) {
            return inFlight.getOrDefault(cluster, 0);
        }

        /** Requests in flight to one instance. */
        int inFlightTo(String cluster, String service, String instance) {
            return inFlightInstances
                    .getOrDefault(cluster, Map.of())
                    .getOrDefault(service, Map.of())
                    .getOrDefault(instance, 0);
        }

        Set<String> usableOf(String cluster, String service) {
            return usableInstances.getOrDefault(cluster, Map.of()).getOrDefault(service, Set.of());
        }
    }
}
