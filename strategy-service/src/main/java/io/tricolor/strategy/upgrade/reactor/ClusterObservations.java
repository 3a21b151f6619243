package io.tricolor.strategy.upgrade.reactor;

import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.deployment.ClusterObserved.Instance;
import io.tricolor.kit.message.ContractsJson;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import io.tricolor.strategy.group.query.GroupNotifications;
import java.sql.Timestamp;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** What deploy-service last said of each cluster. Blocking. */
@Component
public class ClusterObservations {

    private final JdbcClient jdbc;
    private final GroupNotifications notifications;
    private final JsonMapper json = ContractsJson.mapper();

    ClusterObservations(JdbcClient jdbc, GroupNotifications notifications) {
        this.jdbc = jdbc;
        this.notifications = notifications;
    }

    /** Takes in an observation; one that is older than the stored one is passed over. */
    void take(ClusterObserved observed) {
        int changed = jdbc.sql("""
                        insert into cluster_sighting (group_id, cluster, epoch, fence, number, observed_at, observation)
                        values (:group, :cluster, :epoch, :fence, :number, :at, :observation::jsonb)
                        on conflict (group_id, cluster) do update
                            set epoch = excluded.epoch, fence = excluded.fence, number = excluded.number,
                                observed_at = excluded.observed_at, observation = excluded.observation
                            where (cluster_sighting.epoch, cluster_sighting.fence, cluster_sighting.number)
                                <= (excluded.epoch, excluded.fence, excluded.number)
                        """)
                .param("group", observed.groupId())
                .param("cluster", observed.cluster())
                .param("epoch", observed.epoch())
                .param("fence", observed.fence())
                .param("number", observed.observation())
                .param("at", Timestamp.from(observed.observedAt()))
                .param("observation", json.writeValueAsString(observed))
                .update();
        if (changed > 0) {
            notifications.groupChanged(observed.groupId());
        }
    }

    /** Newest observations of a group's clusters, by name. */
    public SortedMap<String, ClusterObserved> observed(String groupId) {
        SortedMap<String, ClusterObserved> byName = new TreeMap<>();
        jdbc.sql("select observation from cluster_sighting where group_id = :group")
                .param("group", groupId)
                .query(String.class)
                .list()
                .forEach(text -> {
                    ClusterObserved observed = json.readValue(text, ClusterObserved.class);
                    byName.put(observed.cluster(), observed);
                });
        return byName;
    }

    /** The same of several groups, by group; those of which nothing was said are missing. */
    public Map<String, Map<String, ClusterObserved>> observed(Collection<String> groupIds) {
        Map<String, Map<String, ClusterObserved>> byGroup = new HashMap<>();
        jdbc.sql("select observation from cluster_sighting where group_id = any(:groups::text[])")
                .param("groups", groupIds.toArray(String[]::new))
                .query(String.class)
                .list()
                .forEach(text -> {
                    ClusterObserved observed = json.readValue(text, ClusterObserved.class);
                    byGroup.computeIfAbsent(observed.groupId(), group -> new TreeMap<>())
                            .put(observed.cluster(), observed);
                });
        return byGroup;
    }

    static ClusterObservation observation(ClusterObserved observed) {
        SortedMap<String, ServiceObservation> services = new TreeMap<>();
        observed.services().forEach(service -> {
            Set<String> healthy = service.instances().stream()
                    .filter(Instance::healthy)
                    .map(Instance::instanceId)
                    .collect(Collectors.toUnmodifiableSet());
            Set<String> ids =
                    service.instances().stream().map(Instance::instanceId).collect(Collectors.toUnmodifiableSet());
            services.put(service.service(), new ServiceObservation(service.running(), healthy, ids));
        });
        String failure = observed.failure();
        return new ClusterObservation(
                observed.epoch(), observed.fence(), observed.digest(), services, failure == null ? "" : failure);
    }
}
