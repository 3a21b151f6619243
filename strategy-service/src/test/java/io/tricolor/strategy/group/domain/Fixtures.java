package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.ExpireStep;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.Elapsed;
import io.tricolor.strategy.group.domain.Observation.Published;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import io.tricolor.strategy.group.domain.Observation.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A group under test: its stream so far, and commands in short. */
final class Fixtures {

    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final Duration LONG = Duration.ofDays(40);
    static final String OPERATOR = "olga";
    static final String APPROVER = "ann";

    private Fixtures() {}

    static Manifest manifest(String version) {
        ServiceManifest web = new ServiceManifest(
                "web",
                new Artifact.File("file:/srv/shop-" + version + ".jar", "a".repeat(64)),
                List.of("java", "-jar", "shop.jar"),
                new TreeMap<>(),
                1,
                0.1,
                64,
                null,
                null,
                null);
        return new Manifest(version, List.of(web));
    }

    static UpgradePolicy policy(ExpiryPolicy onExpiry) {
        Duration minute = Duration.ofMinutes(1);
        return new UpgradePolicy(minute, minute, minute, minute, onExpiry);
    }

    static Stage whitelist(boolean approval) {
        List<Gate> gates = approval ? List.of(new Gate.Approval("approval", 1)) : List.of();
        return new Stage("whitelist", new IdRule(false, List.of("1"), List.of(), null), gates);
    }

    static CreateClusterGroup create(String... clusters) {
        return new CreateClusterGroup(
                "shop",
                "shop",
                "prod",
                1,
                List.of(clusters),
                List.of(new Entry(null, "/shop", "web")),
                IdentitySource.standard(),
                Affinity.ID);
    }

    static StartUpgrade upgrade(UpgradeMode mode, String to, String version, List<Stage> stages) {
        return upgrade(mode, to, version, stages, policy(ExpiryPolicy.PAUSE));
    }

    static StartUpgrade upgrade(UpgradeMode mode, String to, String version, List<Stage> stages, UpgradePolicy policy) {
        return new StartUpgrade(
                "shop", "up-" + version, mode, to, manifest(version), stages, policy, "release " + version);
    }

    static StartRollback rollback(@Nullable String point) {
        return new StartRollback("shop", "back", point, policy(ExpiryPolicy.PAUSE), "broken");
    }

    static AbortUpgrade abort(String upgradeId) {
        return new AbortUpgrade("shop", upgradeId, "stop it");
    }

    /** All instances are as desired and healthy, there is no router, and much time has passed. */
    static Observation ideal(GroupState state) {
        return ideal(state, LONG);
    }

    static Observation ideal(GroupState state, Duration elapsed) {
        SortedMap<String, ClusterObservation> clusters = new TreeMap<>();
        state.clusters().forEach((name, cluster) -> {
            if (cluster.fence() >= 0) {
                SortedMap<String, ServiceObservation> services = new TreeMap<>();
                cluster.instances().forEach((service, count) -> {
                    Set<String> healthy = new TreeSet<>();
                    for (int i = 0; i < count; i++) {
                        healthy.add(name + "." + service + "." + i);
                    }
                    services.put(service, new ServiceObservation(count, healthy));
                });
                clusters.put(name, new ClusterObservation(0, cluster.fence(), "", services, ""));
            }
        });
        return new Observation(
                new Published(state.epoch(), state.tableVersion(), ""),
                clusters,
                List.of(),
                false,
                later(state, elapsed),
                Written.UNKNOWN);
    }

    /** So much time has passed since everything that has a time began. */
    static Elapsed later(GroupState state, Duration time) {
        SortedMap<Long, Duration> times = new TreeMap<>();
        state.timers().forEach(since -> times.put(since, time));
        return new Elapsed(times);
    }

    /** A stream with the functions applied to it, without any reactor. */
    static final class Group {

        final List<ClusterGroupEvent> events = new ArrayList<>();

        @Nullable
        GroupState state;

        /** A and B; A serves version 1. */
        static Group serving() {
            Group group = new Group();
            group.handle(create("A", "B"));
            group.handle(upgrade(UpgradeMode.INSTALL, "A", "1", List.of()));
            group.finish();
            return group;
        }

        /** A and B; B serves version 2 after a grayscale upgrade from A. */
        static Group upgraded() {
            Group group = serving();
            group.handle(upgrade(UpgradeMode.GRAYSCALE, "B", "2", List.of()));
            group.finish();
            return group;
        }

        List<ClusterGroupEvent> handle(ClusterGroupCommand command) {
            return handle(command, OPERATOR, null);
        }

        List<ClusterGroupEvent> handle(ClusterGroupCommand command, String actor, @Nullable Long version) {
            return handle(command, actor, version, null);
        }

        List<ClusterGroupEvent> handle(
                ClusterGroupCommand command, String actor, @Nullable Long version, @Nullable Observation seen) {
            List<ClusterGroupEvent> decided =
                    Decider.decide(state, command, new DecisionContext(actor, NOW, version, seen));
            for (ClusterGroupEvent event : decided) {
                state = Evolver.evolve(state, event);
                events.add(event);
            }
            return decided;
        }

        /** Completes the running step, in a world in which everything is as the group wants it. */
        List<ClusterGroupEvent> step() {
            Upgrade upgrade = state.upgrade();
            int step = upgrade.position().step();
            if (Goals.isBeginningDue(state, upgrade)) {
                handle(new BeginStep("shop", upgrade.upgradeId(), step), Decider.SELF, state.version(), ideal(state));
            }
            return handle(
                    new CompleteStep("shop", upgrade.upgradeId(), step), Decider.SELF, state.version(), ideal(state));
        }

        /** Lets the running step run out of time while nothing is seen of any cluster. */
        List<ClusterGroupEvent> expire() {
            Upgrade upgrade = state.upgrade();
            return handle(
                    new ExpireStep(
                            "shop", upgrade.upgradeId(), upgrade.position().step()),
                    Decider.SELF,
                    state.version(),
                    new Observation(
                            Published.NOTHING, new TreeMap<>(), List.of(), false, later(state, LONG), Written.UNKNOWN));
        }

        /** Completes every step of the running upgrade, approving where that is asked for. */
        void finish() {
            while (state.upgrade() != null) {
                Stage stage = state.upgrade().gatedStage().orElse(null);
                if (stage != null && stage.gates().stream().anyMatch(Gate.Approval.class::isInstance)) {
                    handle(new ApproveStage("shop", state.upgrade().upgradeId(), stage.name(), "fine"), APPROVER, null);
                }
                step();
            }
        }
    }
}
