package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
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

    Observations(ClusterObservations clusters, RouterRegistry routers, RouteTablePublisher publisher) {
        this.clusters = clusters;
        this.routers = routers;
        this.publisher = publisher;
    }

    /** What is seen right now. */
    public Observation of(String groupId) {
        TableIdentity published = publisher.published(groupId);
        SortedMap<String, ClusterObservation> observations = new TreeMap<>();
        clusters.observed(groupId)
                .forEach((name, observed) -> observations.put(name, ClusterObservations.observation(observed)));
        return new Observation(published.epoch(), published.version(), observations, routers.observations(groupId));
    }
}
