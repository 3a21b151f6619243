package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginEpoch;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.EpochBegun;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/** The part of {@link Decider} about a group that others are ahead of. */
final class Epochs {

    private Epochs() {}

    static List<ClusterGroupEvent> begin(GroupState state, BeginEpoch c, DecisionContext context) {
        Observation seen = Upgrades.seen(context);
        SortedMap<String, String> evidence = Ahead.evidence(state, seen);
        if (evidence.isEmpty()) {
            return List.of();
        }
        state.clusters().values().forEach(cluster -> requireHealthy(state, cluster, seen));
        return List.of(new EpochBegun(
                state.groupId(),
                Ahead.highestEpoch(state, seen) + 1,
                state.tableVersion() + 1,
                evidence,
                c.reason(),
                context.at()));
    }

    /** The tables of the new epoch are those of the stream: whoever takes requests in them has to be there. */
    private static void requireHealthy(GroupState state, ClusterState cluster, Observation seen) {
        if (cluster.strategy().status() == ClusterStatus.RED) {
            return;
        }
        ClusterObservation observed = seen.clusters().get(cluster.name());
        for (Entry entry : state.entries()) {
            Set<String> healthy = observed == null
                    ? Set.of()
                    : observed.services()
                            .getOrDefault(entry.service(), new ServiceObservation(0, Set.of()))
                            .healthy();
            if (healthy.isEmpty()) {
                throw new Rejected(
                        Code.CLUSTER_NOT_RUNNING,
                        "cluster " + cluster.name() + " is "
                                + cluster.strategy().status() + " in this stream and no instance of "
                                + entry.service() + " is healthy");
            }
        }
    }

    /** Refuses to record anything about a group that others know more of. */
    static void refuseWhileAhead(GroupState state, Observation seen) {
        SortedMap<String, String> evidence = Ahead.evidence(state, seen);
        if (!evidence.isEmpty()) {
            throw new Rejected(
                    Code.GROUP_AHEAD, "others are ahead of the stream of " + state.groupId() + ": " + evidence);
        }
    }
}
