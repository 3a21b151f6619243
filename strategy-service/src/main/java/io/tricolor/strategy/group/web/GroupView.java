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
import io.tricolor.strategy.group.domain.Ahead;
import io.tricolor.strategy.group.domain.Decommission;
import io.tricolor.strategy.group.domain.GroupState;
import io.tricolor.strategy.group.domain.Kept;
import io.tricolor.strategy.group.domain.NextActions;
import io.tricolor.strategy.group.domain.Observation;
import io.tricolor.strategy.group.domain.Progress;
import io.tricolor.strategy.group.domain.Scaling;
import io.tricolor.strategy.group.domain.Upgrade;
import java.time.Duration;
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
 * @param ended true for a group that has ended; else missing
 * @param decommission how far it is on its way to its end; null: it is not
 * @param recovery a new epoch waits for clusters that are to take requests; null: it does not
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
        @Nullable Boolean ended,
        @Nullable DecommissionView decommission,
        @Nullable RecoveryView recovery,
        @Nullable AheadView ahead,
        @Nullable List<Action> actions) {

    /**
     * A group on its way to its end.
     *
     * @param phase GRACE: it can be cancelled; DRAINING: routers drop it; STOPPING: its clusters are being stopped
     * @param seen what is seen of what the phase waits for
     * @param missing what it still lacks
     */
    record DecommissionView(
            Decommission.Phase phase,
            Duration grace,
            Instant startedAt,
            String requestedBy,
            String reason,
            Map<String, String> seen,
            Map<String, String> missing) {

        static DecommissionView of(Decommission decommission, @Nullable Progress progress) {
            return new DecommissionView(
                    decommission.phase(),
                    decommission.grace(),
                    decommission.at(),
                    decommission.requestedBy(),
                    decommission.reason(),
                    seenIn(progress),
                    missingIn(progress));
        }
    }

    /**
     * That routers do not get the tables of a new epoch yet.
     *
     * @param seen what is seen of the clusters that are to take requests
     * @param missing what they still lack
     */
    record RecoveryView(Map<String, String> seen, Map<String, String> missing) {}

    /**
     * A cluster on its way to a number of instances.
     *
     * @param instances the goal, by service
     * @param seen what is seen of what is next
     * @param missing what that still lacks
     */
    record ScalingView(
            SortedMap<String, Integer> instances,
            Instant startedAt,
            String requestedBy,
            String reason,
            Map<String, String> seen,
            Map<String, String> missing) {

        static ScalingView of(Scaling scaling, @Nullable Progress progress) {
            return new ScalingView(
                    scaling.target(),
                    scaling.at(),
                    scaling.requestedBy(),
                    scaling.reason(),
                    seenIn(progress),
                    missingIn(progress));
        }
    }

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
     * @param withdrawn ids of instances that are to leave the registry, by service
     * @param scaling on its way to a number of instances that a person asked for; null: it is not
     * @param kept RED and still running after the upgrade that took its users away; null: it is not
     * @param observed what deploy-service last said; null in views of the past, and before the first word
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ClusterView(
            ClusterStatus status,
            IdRule id,
            @Nullable Manifest manifest,
            SortedMap<String, Integer> instances,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, List<String>> withdrawn,

            @Nullable ScalingView scaling,
            @Nullable KeptView kept,
            @Nullable ClusterObserved observed) {}

    /** That a cluster goes on running for a time, and is stopped then. */
    record KeptView(Instant since, Duration time, String upgradeId) {

        static @Nullable KeptView of(@Nullable Kept kept) {
            return kept == null ? null : new KeptView(kept.at(), kept.time(), kept.upgradeId());
        }
    }

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
            // Between the events of its last step and of its end it is still at its last step.
            int step =
                    Math.min(upgrade.position().step(), upgrade.plan().steps().size() - 1);
            return new RunningUpgrade(
                    upgrade.upgradeId(),
                    upgrade.plan().mode(),
                    upgrade.plan().from() == null ? null : upgrade.plan().from().cluster(),
                    upgrade.plan().to().cluster(),
                    upgrade.plan().to().manifest().version(),
                    upgrade.position().paused(),
                    upgrade.position().aborting(),
                    step,
                    upgrade.plan().steps().size(),
                    upgrade.plan().steps().get(step).title(),
                    upgrade.position().attempt(),
                    upgrade.plan().request().at(),
                    upgrade.position().stepStartedAt(),
                    upgrade.plan().request().by(),
                    upgrade.plan().request().reason(),
                    seenIn(progress),
                    missingIn(progress));
        }
    }

    /**
     * Of a state.
     *
     * @param seen what is seen of the group now; null in views of the past
     * @param actions of who looks; null in views of the past
     */
    static GroupView of(
            GroupState state,
            Map<String, ClusterObserved> observed,
            @Nullable Observation seen,
            Instant now,
            @Nullable List<Action> actions) {
        SortedMap<String, ClusterView> clusters = new TreeMap<>();
        state.clusters().forEach((name, cluster) -> {
            Scaling scaling = cluster.scaling();
            clusters.put(
                    name,
                    new ClusterView(
                            cluster.strategy().status(),
                            cluster.strategy().id(),
                            cluster.manifest(),
                            cluster.instances(),
                            cluster.withdrawn(),
                            scaling == null
                                    ? null
                                    : ScalingView.of(
                                            scaling, seen == null ? null : NextActions.progress(state, cluster, seen)),
                            KeptView.of(cluster.kept()),
                            observed.get(name)));
        });
        Upgrade upgrade = state.upgrade();
        Progress progress = upgrade == null || seen == null ? null : NextActions.progress(state, upgrade, seen, now);
        Decommission decommission = state.deleted() ? null : state.decommission();
        Progress recovery = state.recovering() && seen != null ? NextActions.recovery(state, seen) : null;
        SortedMap<String, String> ahead = seen == null ? new TreeMap<>() : Ahead.evidence(state, seen);
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
                state.deleted() ? true : null,
                decommission == null
                        ? null
                        : DecommissionView.of(
                                decommission, seen == null ? null : NextActions.progress(state, decommission, seen)),
                state.recovering() ? new RecoveryView(seenIn(recovery), missingIn(recovery)) : null,
                ahead.isEmpty() ? null : new AheadView(ahead),
                actions);
    }

    private static Map<String, String> seenIn(@Nullable Progress progress) {
        return progress == null ? Map.of() : progress.evidence();
    }

    private static Map<String, String> missingIn(@Nullable Progress progress) {
        return progress == null ? Map.of() : progress.missing();
    }
}
