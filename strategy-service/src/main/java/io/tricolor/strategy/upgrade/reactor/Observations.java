package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.Written;
import io.tricolor.strategy.routing.RouteTableDocuments;
import io.tricolor.strategy.routing.RouteTablePublisher;
import io.tricolor.strategy.routing.RouterRegistry;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.stereotype.Component;

/** Puts together what is seen of a group. Blocking. */
@Component
public class Observations {

    private final ClusterObservations clusters;
    private final RouterRegistry routers;
    private final RouteTablePublisher publisher;
    private final StepTimes times;
    private final RouteTableDocuments documents;

    Observations(
            ClusterObservations clusters,
            RouterRegistry routers,
            RouteTablePublisher publisher,
            StepTimes times,
            RouteTableDocuments documents) {
        this.clusters = clusters;
        this.routers = routers;
        this.publisher = publisher;
        this.times = times;
        this.documents = documents;
    }

    /** What is seen right now. */
    public Observation of(GroupState state) {
        String groupId = state.groupId();
        TableIdentity published = publisher.published(groupId);
        SortedMap<String, ClusterObservation> observations = new TreeMap<>();
        clusters.observed(groupId)
                .forEach((name, observed) -> observations.put(name, ClusterObservations.observation(observed)));
        return new Observation(
                new Published(published.epoch(), published.version(), published.sha256()),
                observations,
                routers.observations(groupId),
                routers.everHadRouters(groupId),
                times.of(state),
                written(state));
    }

    private Written written(GroupState state) {
        SortedMap<String, String> digests = new TreeMap<>();
        state.clusters().forEach((name, cluster) -> {
            if (cluster.manifest() != null) {
                digests.put(name, DesiredStates.digest(cluster));
            }
        });
        String table = state.hasTable()
                ? documents
                        .at(state, state.tableVersion())
                        .map(document -> document.identity().sha256())
                        .orElse("")
                : "";
        return new Written(table, digests);
    }
}
