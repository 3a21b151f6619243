package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.IdList;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.strategy.group.domain.ClusterState;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Upgrade;
import io.tricolor.strategy.group.query.GroupStatus;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A group in a list: enough to see what it is up to, and small.
 *
 * @param version position of the last event
 * @param status what it is up to
 * @param health of its clusters together
 * @param upgrade the one that runs; missing: none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record LightGroup(
        String groupId,
        String application,
        String environment,
        long version,
        long tableVersion,
        GroupStatus status,
        Health health,
        SortedMap<String, LightCluster> clusters,
        @Nullable LightUpgrade upgrade) {

    /** Of a cluster, or of the worst of several. */
    enum Health {
        /** It wants no instances. */
        STOPPED,
        HEALTHY,
        /** Nothing was said of it yet. */
        UNKNOWN,
        /** Fewer are healthy than it wants, or its last start has failed. */
        DEGRADED
    }

    /**
     * A cluster.
     *
     * @param release of its manifest; missing: it never had one
     * @param takes whom it takes
     * @param desired instances, by service
     * @param healthy of them, by service; missing: nothing was said yet
     * @param failure why its last start did not succeed; missing: it did
     * @param scaling whether it is on its way to another number of instances
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LightCluster(
            ClusterStatus status,
            @Nullable String release,
            Takes takes,
            Health health,
            SortedMap<String, Integer> desired,
            @Nullable SortedMap<String, Integer> healthy,
            @Nullable String failure,
            boolean scaling) {}

    /**
     * How many a rule names.
     *
     * @param ids one by one and in lists
     * @param intervals one by one and in lists
     * @param percent of all ids; missing: no share
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Takes(
            boolean all, long ids, long intervals, @Nullable BigDecimal percent) {

        static Takes of(IdRule rule) {
            long ids = rule.ids().size();
            long intervals = rule.intervals().size();
            for (IdList list : rule.idLists()) {
                if (list.kind() == IdList.Kind.IDS) {
                    ids += list.count();
                } else {
                    intervals += list.count();
                }
            }
            return new Takes(rule.all(), ids, intervals, rule.percent());
        }
    }

    /**
     * The upgrade that runs.
     *
     * @param step index of the running step, from 0
     * @param title of the running step
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LightUpgrade(
            String upgradeId,
            UpgradeMode mode,
            @Nullable String from,
            String to,
            String version,
            int step,
            int steps,
            String title,
            Instant startedAt,
            String requestedBy) {

        static LightUpgrade of(Upgrade upgrade) {
            return new LightUpgrade(
                    upgrade.upgradeId(),
                    upgrade.plan().mode(),
                    upgrade.plan().from() == null ? null : upgrade.plan().from().cluster(),
                    upgrade.plan().to().cluster(),
                    upgrade.plan().to().manifest().version(),
                    upgrade.position().step(),
                    upgrade.plan().steps().size(),
                    upgrade.current().title(),
                    upgrade.plan().request().at(),
                    upgrade.plan().request().by());
        }
    }

    static LightGroup of(GroupState state, Map<String, ClusterObserved> observed) {
        SortedMap<String, LightCluster> clusters = new TreeMap<>();
        Health worst = Health.STOPPED;
        for (ClusterState cluster : state.clusters().values()) {
            LightCluster light = cluster(cluster, observed.get(cluster.name()));
            clusters.put(cluster.name(), light);
            if (light.health().compareTo(worst) > 0) {
                worst = light.health();
            }
        }
        Upgrade upgrade = state.upgrade();
        return new LightGroup(
                state.groupId(),
                state.application(),
                state.environment(),
                state.version(),
                state.tableVersion(),
                GroupStatus.of(state),
                worst,
                clusters,
                upgrade == null ? null : LightUpgrade.of(upgrade));
    }

    private static LightCluster cluster(ClusterState cluster, @Nullable ClusterObserved observed) {
        SortedMap<String, Integer> healthy = null;
        if (observed != null) {
            healthy = new TreeMap<>();
            for (ClusterObserved.ServiceObservation service : observed.services()) {
                healthy.put(service.service(), service.healthy());
            }
        }
        String failure = observed == null ? null : observed.failure();
        return new LightCluster(
                cluster.strategy().status(),
                cluster.manifest() == null ? null : cluster.manifest().version(),
                Takes.of(cluster.strategy().id()),
                health(cluster, healthy, failure),
                cluster.instances(),
                healthy,
                failure,
                cluster.scaling() != null);
    }

    private static Health health(
            ClusterState cluster, @Nullable SortedMap<String, Integer> healthy, @Nullable String failure) {
        if (!cluster.wantsInstances()) {
            return Health.STOPPED;
        }
        if (healthy == null) {
            return Health.UNKNOWN;
        }
        boolean isWhole = failure == null
                && cluster.instances().entrySet().stream()
                        .allMatch(desired -> healthy.getOrDefault(desired.getKey(), 0) >= desired.getValue());
        return isWhole ? Health.HEALTHY : Health.DEGRADED;
    }
}
