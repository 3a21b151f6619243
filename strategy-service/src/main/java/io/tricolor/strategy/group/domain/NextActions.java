package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.NextAction.Advance;
import io.tricolor.strategy.group.domain.NextAction.EnsureInstances;
import io.tricolor.strategy.group.domain.NextAction.PublishTable;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done now for a group, from what is stored and what is seen. Asked again and again; whoever asks needs to remember
 * nothing between two questions.
 */
public final class NextActions {

    private NextActions() {}

    /** The actions that are due, in the order in which to do them; empty: nothing but waiting. */
    public static List<NextAction> next(GroupState state, Observation seen, Instant now) {
        List<NextAction> actions = new ArrayList<>();
        if (state.deleted()) {
            return actions;
        }
        if (state.hasTable() && isTablePending(state, seen)) {
            actions.add(new PublishTable(state.releasedVersion()));
        }
        for (ClusterState cluster : state.clusters().values()) {
            if (cluster.fence() >= 0 && !isDesiredStateKnown(cluster, seen)) {
                actions.add(new EnsureInstances(cluster, deadline(state, cluster), upgradeIdOf(state)));
            }
        }
        Upgrade upgrade = state.upgrade();
        if (upgrade != null && !upgrade.paused()) {
            advance(state, upgrade, seen, now).ifPresent(actions::add);
        }
        return actions;
    }

    /** What the running step waits for, for people; the same look that {@link #next} takes. */
    public static Progress progress(GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        UpgradeStep step = upgrade.current();
        List<RouterObservation> routers = state.live(seen.routers());
        Progress progress = new Progress();
        progress.note("routers", routers.isEmpty() ? "none registered" : Integer.toString(routers.size()));
        switch (step.kind()) {
            case START -> started(state, state.cluster(named(step)), seen, routers, progress);
            case ROUTE -> applied(state, routers, progress);
            case GATE -> passed(upgrade, Objects.requireNonNull(step.stage()), now, progress);
            case DRAIN -> drained(state, upgrade, named(step), routers, now, progress);
            case STOP -> stopped(state.cluster(named(step)), seen, progress);
        }
        return progress;
    }

    private static java.util.Optional<NextAction> advance(
            GroupState state, Upgrade upgrade, Observation seen, Instant now) {
        Progress progress = progress(state, upgrade, seen, now);
        if (progress.missing.isEmpty()) {
            return java.util.Optional.of(new Advance(
                    new CompleteStep(state.groupId(), upgrade.upgradeId(), upgrade.step(), progress.evidence)));
        }
        if (isPast(upgrade, now) && !waitsForRelease(state, upgrade)) {
            progress.missing.forEach((what, how) -> progress.note("missing: " + what, how));
            return java.util.Optional.of(new Advance(
                    new ExpireStep(state.groupId(), upgrade.upgradeId(), upgrade.step(), progress.evidence)));
        }
        return java.util.Optional.empty();
    }

    private static void started(
            GroupState state,
            ClusterState cluster,
            Observation seen,
            List<RouterObservation> routers,
            Progress progress) {
        ClusterObservation observation = seen.clusters().get(cluster.name());
        if (observation == null || observation.fence() < cluster.fence()) {
            progress.lack("instances of " + cluster.name(), "deploy-service has not taken up the desired state");
            return;
        }
        cluster.instances().forEach((service, wanted) -> {
            int healthy = serviceOf(observation, service).healthy().size();
            progress.expect("healthy instances of " + cluster.name() + "/" + service, healthy, wanted);
        });
        if (!observation.failure().isEmpty() && !progress.missing.isEmpty()) {
            progress.lack("deploy-service reports", observation.failure());
        }
        if (!state.hasTable()) {
            return;
        }
        for (RouterObservation router : routers) {
            for (Entry entry : state.entries()) {
                Set<String> usable = router.usableOf(cluster.name(), entry.service());
                long known = serviceOf(observation, entry.service()).healthy().stream()
                        .filter(usable::contains)
                        .count();
                progress.expect(
                        "instances of " + cluster.name() + "/" + entry.service() + " seen by " + router.routerId(),
                        known,
                        cluster.instances().getOrDefault(entry.service(), 0));
            }
        }
    }

    /**
     * The newest table counts, not the one that a router is meant to run; and it has to be released to all, so that a router that is
     * not known yet cannot begin with an older one.
     */
    private static void applied(GroupState state, List<RouterObservation> routers, Progress progress) {
        String newest = state.epoch() + "/" + state.tableVersion();
        progress.note("table", newest);
        if (state.holdsRoutersBack()) {
            progress.lack(
                    "release of table " + newest,
                    "routers are pinned at " + state.epoch() + "/" + state.releasedVersion()
                            + "; release the table or let routers follow");
        }
        for (RouterObservation router : routers) {
            if (!router.hasApplied(state)) {
                long own = state.versionFor(router.routerId());
                String applied = "applied " + router.epoch() + "/" + router.version();
                progress.lack(
                        "table of " + router.routerId(),
                        own < state.tableVersion()
                                ? applied + ", pinned at " + state.epoch() + "/" + own + ", does not get " + newest
                                : applied + ", not yet " + newest);
            }
        }
    }

    /** A wait for a person has no deadline. */
    private static boolean waitsForRelease(GroupState state, Upgrade upgrade) {
        return switch (upgrade.current().kind()) {
            case ROUTE, DRAIN -> state.holdsRoutersBack();
            case START, GATE, STOP -> false;
        };
    }

    private static void passed(Upgrade upgrade, Stage stage, Instant now, Progress progress) {
        if (stage.approval()) {
            if (upgrade.approvedBy() == null) {
                progress.lack("approval of stage " + stage.name(), "nobody has approved yet");
            } else {
                progress.note("approved by", upgrade.approvedBy());
            }
        }
        if (stage.bakeTime() != null) {
            Instant end = upgrade.stepStartedAt().plus(stage.bakeTime());
            if (now.isBefore(end)) {
                progress.lack("bake time of stage " + stage.name(), "lasts until " + end);
            } else {
                progress.note("bake time", stage.bakeTime().toString());
            }
        }
    }

    private static void drained(
            GroupState state,
            Upgrade upgrade,
            String cluster,
            List<RouterObservation> routers,
            Instant now,
            Progress progress) {
        applied(state, routers, progress);
        int inFlight =
                routers.stream().mapToInt(router -> router.inFlightTo(cluster)).sum();
        if (inFlight > 0 && progress.missing.isEmpty() && isPast(upgrade, now)) {
            progress.note("drain deadline passed", inFlight + " requests in flight to " + cluster);
            return;
        }
        if (inFlight > 0) {
            progress.lack("end of requests to " + cluster, inFlight + " in flight");
        } else {
            progress.note("requests in flight to " + cluster, "0");
        }
    }

    private static void stopped(ClusterState cluster, Observation seen, Progress progress) {
        if (cluster.fence() < 0) {
            progress.note("running instances of " + cluster.name(), "never had any");
            return;
        }
        ClusterObservation observation = seen.clusters().get(cluster.name());
        if (observation == null || observation.fence() < cluster.fence()) {
            progress.lack("end of " + cluster.name(), "deploy-service has not taken up the desired state");
            return;
        }
        int running = observation.services().values().stream()
                .mapToInt(ServiceObservation::running)
                .sum();
        if (running > 0) {
            progress.lack("end of " + cluster.name(), running + " instances still run");
        } else {
            progress.note("running instances of " + cluster.name(), "0");
        }
    }

    private static boolean isTablePending(GroupState state, Observation seen) {
        return seen.publishedEpoch() < state.epoch()
                || (seen.publishedEpoch() == state.epoch() && seen.publishedVersion() < state.releasedVersion());
    }

    private static boolean isDesiredStateKnown(ClusterState cluster, Observation seen) {
        ClusterObservation observation = seen.clusters().get(cluster.name());
        return observation != null && observation.fence() >= cluster.fence();
    }

    private static @Nullable Instant deadline(GroupState state, ClusterState cluster) {
        Upgrade upgrade = state.upgrade();
        if (upgrade == null || !cluster.name().equals(upgrade.current().cluster())) {
            return null;
        }
        return upgrade.current().timeout() == null
                ? null
                : upgrade.stepStartedAt().plus(upgrade.current().timeout());
    }

    private static @Nullable String upgradeIdOf(GroupState state) {
        return state.upgrade() == null ? null : state.upgrade().upgradeId();
    }

    private static boolean isPast(Upgrade upgrade, Instant now) {
        return upgrade.current().timeout() != null
                && now.isAfter(upgrade.stepStartedAt().plus(upgrade.current().timeout()));
    }

    private static ServiceObservation serviceOf(ClusterObservation observation, String service) {
        return observation.services().getOrDefault(service, new ServiceObservation(0, Set.of()));
    }

    private static String named(UpgradeStep step) {
        return Objects.requireNonNull(step.cluster());
    }

    /** What was seen of a step's goal, and what it still lacks. */
    public static final class Progress {

        private final SortedMap<String, String> evidence = new TreeMap<>();
        private final SortedMap<String, String> missing = new TreeMap<>();

        private Progress() {}

        private void note(String what, String how) {
            evidence.put(what, how);
        }

        private void lack(String what, String how) {
            missing.put(what, how);
        }

        private void expect(String what, long have, long want) {
            String how = have + " of " + want;
            if (have < want) {
                lack(what, how);
            } else {
                note(what, how);
            }
        }

        /** What was seen, by subject. */
        public Map<String, String> evidence() {
            return java.util.Collections.unmodifiableMap(evidence);
        }

        /** What the goal still lacks, by subject; empty: reached. */
        public Map<String, String> missing() {
            return java.util.Collections.unmodifiableMap(missing);
        }
    }
}
