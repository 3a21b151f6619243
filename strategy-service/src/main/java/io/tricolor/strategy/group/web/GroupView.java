package io.tricolor.strategy.group.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Progress;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A group for clients.
 *
 * @param version position of the last event; the value of ETag and If-Match
 * @param tableVersion of the newest route table; 0 before the first
 * @param routerConfiguration whether routers follow the newest table or are pinned
 * @param upgrade the one that runs; null: none
 * @param ahead others know more of the group than its stream does, which holds everything; null: nobody does
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record GroupView(
        String groupId,
        long version,
        String application,
        String environment,
        long epoch,
        long tableVersion,
        List<Entry> entries,
        IdentitySource identity,
        Affinity affinity,
        SortedMap<String, ClusterView> clusters,
        RouterConfigurationView.Outline routerConfiguration,
        @Nullable RunningUpgrade upgrade,
        @Nullable AheadView ahead) {

    /**
     * That others know more of the group than its stream does, as after its database was restored.
     *
     * @param evidence who, and what of
     */
    record AheadView(SortedMap<String, String> evidence) {}

    /**
     * A cluster for clients.
     *
     * @param instances desired, by service
     * @param observed what deploy-service last said; null in views of the past, and before the first word
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ClusterView(
            ClusterStatus status,
            IdRule id,
            @Nullable Manifest manifest,
            SortedMap<String, Integer> instances,
            @Nullable ClusterObserved observed) {}

    /**
     * The upgrade that runs.
     *
     * @param step index of the running step, from 0
     * @param steps number of steps
     * @param title of the running step
     * @param seen what is seen of its goal
     * @param missing what the goal still lacks
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record RunningUpgrade(
            String upgradeId,
            UpgradeMode mode,
            @Nullable String from,
            String to,
            String version,
            boolean paused,
            boolean aborting,
            int step,
            int steps,
            String title,
            int attempt,
            Instant startedAt,
            Instant stepStartedAt,
            String requestedBy,
            String reason,
            Map<String, String> seen,
            Map<String, String> missing) {

        static RunningUpgrade of(Upgrade upgrade, @Nullable Progress progress) {
            return new RunningUpgrade(
                    upgrade.upgradeId(),
                    upgrade.plan().mode(),
                    upgrade.plan().from() == null ? null : upgrade.plan().from().cluster(),
                    upgrade.plan().to().cluster(),
                    upgrade.plan().to().manifest().version(),
                    upgrade.position().paused(),
                    upgrade.position().aborting(),
                    upgrade.position().step(),
                    upgrade.plan().steps().size(),
                    upgrade.current().title(),
                    upgrade.position().attempt(),
                    upgrade.plan().request().at(),
                    upgrade.position().stepStartedAt(),
                    upgrade.plan().request().by(),
                    upgrade.plan().request().reason(),
                    progress == null ? Map.of() : progress.evidence(),
                    progress == null ? Map.of() : progress.missing());
        }
    }

    static GroupView of(
            GroupState state,
            Map<String, ClusterObserved> observed,
            @Nullable Progress progress,
            SortedMap<String, String> ahead) {
        SortedMap<String, ClusterView> clusters = new TreeMap<>();
        state.clusters()
                .forEach((name, cluster) -> clusters.put(
                        name,
                        new ClusterView(
                                cluster.strategy().status(),
                                cluster.strategy().id(),
                                cluster.manifest(),
                                cluster.instances(),
                                observed.get(name))));
        Upgrade upgrade = state.upgrade();
        return new GroupView(
                state.groupId(),
                state.version(),
                state.application(),
                state.environment(),
                state.epoch(),
                state.tableVersion(),
                state.entries(),
                state.identity(),
                state.affinity(),
                clusters,
                RouterConfigurationView.Outline.of(state),
                upgrade == null ? null : RunningUpgrade.of(upgrade, progress),
                ahead.isEmpty() ? null : new AheadView(ahead));
    }
}
