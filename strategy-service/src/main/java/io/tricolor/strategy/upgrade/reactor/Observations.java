package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.routing.RouteTable;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.Observation.ClusterSighting;
import io.tricolor.strategy.routing.RouteTablePublisher;
import io.tricolor.strategy.routing.RouterRegistry;
import java.util.SortedMap;
import java.util.TreeMap;
import org.springframework.stereotype.Component;

/** Puts together what is seen of a group. Blocking. */
@Component
public class Observations {

    private final ClusterSightings clusters;
    private final RouterRegistry routers;
    private final RouteTablePublisher publisher;

    Observations(ClusterSightings clusters, RouterRegistry routers, RouteTablePublisher publisher) {
        this.clusters = clusters;
        this.routers = routers;
        this.publisher = publisher;
    }

    /** What is seen right now. */
    public Observation of(String groupId) {
        RouteTable published = publisher.published(groupId);
        SortedMap<String, ClusterSighting> sightings = new TreeMap<>();
        clusters.observed(groupId)
                .forEach((name, observed) -> sightings.put(name, ClusterSightings.sighting(observed)));
        return new Observation(
                published == null ? 0 : published.epoch(),
                published == null ? 0 : published.version(),
                sightings,
                routers.sightings(groupId));
    }
}
