package io.tricolor.strategy.group.domain;

import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether others know more of a group than its stream does, as after a database was restored from a backup. Then
 * nothing is concluded and nothing is done, until a person begins a new epoch.
 */
public final class Ahead {

    private Ahead() {}

    /** Who is ahead and by what, for people; empty: nobody. */
    public static SortedMap<String, String> evidence(GroupState state, Observation seen) {
        SortedMap<String, String> evidence = new TreeMap<>();
        Published published = seen.published();
        if (isTableAhead(state, seen, published.epoch(), published.version(), published.sha256())
                && !isOnlyTheCopyChanged(state, seen)) {
            evidence.put("registry", table(published.epoch(), published.version()) + newest(state));
        }
        for (RouterObservation router : seen.routers()) {
            if (isTableAhead(state, seen, router.epoch(), router.version(), router.sha256())) {
                evidence.put("router " + router.routerId(), table(router.epoch(), router.version()) + newest(state));
            }
        }
        seen.clusters().forEach((name, observed) -> {
            if (isDesiredStateAhead(state, state.clusters().get(name), observed, seen)) {
                evidence.put(
                        "deploy-service, cluster " + name,
                        "holds desired state " + observed.epoch() + "/" + observed.fence()
                                + ", which is not of this stream");
            }
        });
        return evidence;
    }

    /** The highest epoch that anybody has seen of the group. */
    static long highestEpoch(GroupState state, Observation seen) {
        long highest = Math.max(state.epoch(), seen.published().epoch());
        for (RouterObservation router : seen.routers()) {
            highest = Math.max(highest, router.epoch());
        }
        for (ClusterObservation cluster : seen.clusters().values()) {
            highest = Math.max(highest, cluster.epoch());
        }
        return highest;
    }

    /**
     * Whether the registry's copy has the place of this stream's table and a router runs that very table: then somebody
     * changed the copy, and it is written again.
     */
    private static boolean isOnlyTheCopyChanged(GroupState state, Observation seen) {
        Published copy = seen.published();
        return copy.epoch() == state.epoch()
                && copy.version() == state.tableVersion()
                && seen.routers().stream()
                        .anyMatch(router -> !router.incomplete()
                                && router.epoch() == copy.epoch()
                                && router.version() == copy.version()
                                && router.sha256().equals(tableSha256(state, seen)));
    }

    private static boolean isTableAhead(GroupState state, Observation seen, long epoch, long version, String sha256) {
        if (epoch != state.epoch()) {
            return epoch > state.epoch();
        }
        return version > state.tableVersion()
                || (version == state.tableVersion() && version > 0 && differ(sha256, tableSha256(state, seen)));
    }

    /** Of the newest table of this state; empty: not known. */
    private static String tableSha256(GroupState state, Observation seen) {
        return seen.written().version() == state.version() ? seen.written().tableSha256() : "";
    }

    private static boolean isDesiredStateAhead(
            GroupState state, @Nullable ClusterState cluster, ClusterObservation observed, Observation seen) {
        if (observed.epoch() != 0 && observed.epoch() != state.epoch()) {
            return observed.epoch() > state.epoch();
        }
        if (cluster == null) {
            return observed.fence() > state.version();
        }
        return observed.fence() > cluster.fence()
                || (observed.fence() == cluster.fence()
                        && seen.written().version() == state.version()
                        && differ(observed.digest(), seen.written().digests().getOrDefault(cluster.name(), "")));
    }

    /** What is not known differs from nothing. */
    private static boolean differ(String a, String b) {
        return !a.isEmpty() && !b.isEmpty() && !a.equals(b);
    }

    private static String table(long epoch, long version) {
        return "has table " + epoch + "/" + version;
    }

    private static String newest(GroupState state) {
        return "; the newest of this stream is " + state.epoch() + "/" + state.tableVersion();
    }
}
