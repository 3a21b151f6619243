package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.router.TableIdentity;
import io.tricolor.kit.concurrent.CoalescedReads;
import io.tricolor.strategy.freeze.Freezes;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.NextActions;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.Written;
import io.tricolor.strategy.group.query.Companions;
import io.tricolor.strategy.group.query.GateJudgements;
import io.tricolor.strategy.routing.RouteTableDocuments;
import io.tricolor.strategy.routing.RouteTablePublisher;
import io.tricolor.strategy.routing.RouterRegistry;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Puts together what is seen of a group. Those who ask at the same time read together. Blocking. */
@Component
public class Observations {

    private static final int REMEMBERED_DIGESTS = 10_000;

    private final ClusterObservations clusters;
    private final RouterRegistry routers;
    private final RouteTablePublisher publisher;
    private final StepTimes times;
    private final GateJudgements judgements;
    private final Freezes freezes;
    private final Companions companions;
    private final RouteTableDocuments documents;
    private final CoalescedReads<String, Reports> reports = new CoalescedReads<>(this::read);
    private final Map<String, Digested> digests = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Digested> eldest) {
            return size() > REMEMBERED_DIGESTS;
        }
    });

    /** What deploy-service and the routers last said of a group. */
    public record Reports(
            Map<String, ClusterObserved> clusters, List<RouterObservation> routers, boolean everHadRouters) {}

    private record Digested(
            @Nullable Manifest manifest,
            SortedMap<String, Integer> instances,
            SortedMap<String, List<String>> withdrawn,
            String digest) {}

    Observations(
            ClusterObservations clusters,
            RouterRegistry routers,
            RouteTablePublisher publisher,
            StepTimes times,
            GateJudgements judgements,
            Freezes freezes,
            Companions companions,
            RouteTableDocuments documents) {
        this.clusters = clusters;
        this.routers = routers;
        this.publisher = publisher;
        this.times = times;
        this.judgements = judgements;
        this.freezes = freezes;
        this.companions = companions;
        this.documents = documents;
    }

    private Map<String, Reports> read(Set<String> groupIds) {
        Map<String, Map<String, ClusterObserved>> observed = clusters.observed(groupIds);
        Map<String, List<RouterObservation>> routed = routers.observations(groupIds);
        Set<String> ever = routers.everHadRouters(groupIds);
        return groupIds.stream()
                .collect(Collectors.toMap(
                        id -> id,
                        id -> new Reports(
                                observed.getOrDefault(id, Map.of()),
                                routed.getOrDefault(id, List.of()),
                                ever.contains(id))));
    }

    /** What was last said of these groups, each of which is there. */
    public Map<String, Reports> reports(Collection<String> groupIds) {
        return reports.get(groupIds);
    }

    /** What is seen right now. */
    public Observation of(GroupState state) {
        return of(state, Objects.requireNonNull(reports.get(state.groupId())));
    }

    /** The same with what was said of the group. */
    public Observation of(GroupState state, Reports said) {
        String groupId = state.groupId();
        TableIdentity published = publisher.published(groupId);
        SortedMap<String, ClusterObservation> observations = new TreeMap<>();
        said.clusters().forEach((name, observed) -> observations.put(name, ClusterObservations.observation(observed)));
        return new Observation(
                new Published(published.epoch(), published.version(), published.sha256()),
                observations,
                said.routers(),
                said.everHadRouters(),
                times.of(state),
                written(state),
                NextActions.isJudgedElsewhere(state) ? judgements.of(groupId) : List.of(),
                freezes.inForce(groupId, state.environment()),
                companions.of(state));
    }

    /** The digest of a desired state does not change while that does not. */
    private String digest(String key, ClusterState cluster) {
        Digested known = digests.get(key);
        if (known != null
                && Objects.equals(known.manifest, cluster.manifest())
                && known.instances.equals(cluster.instances())
                && known.withdrawn.equals(cluster.withdrawn())) {
            return known.digest;
        }
        Digested fresh = new Digested(
                cluster.manifest(), cluster.instances(), cluster.withdrawn(), DesiredStates.digest(cluster));
        digests.put(key, fresh);
        return fresh.digest;
    }

    private Written written(GroupState state) {
        SortedMap<String, String> digests = new TreeMap<>();
        state.clusters().forEach((name, cluster) -> {
            if (cluster.manifest() != null) {
                digests.put(name, digest(state.groupId() + "/" + name, cluster));
            }
        });
        String table = state.hasTable()
                ? documents
                        .at(state, state.tableVersion())
                        .map(document -> document.identity().sha256())
                        .orElse("")
                : "";
        return new Written(state.version(), table, digests);
    }
}
