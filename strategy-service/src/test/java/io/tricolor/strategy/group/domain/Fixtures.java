package io.tricolor.strategy.group.domain;

import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Artifact;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.AbortUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.ApproveStage;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CreateClusterGroup;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.contracts.group.Stage;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradePolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A group under test: its stream so far, and commands in short. */
final class Fixtures {

    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
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
        return new Stage("whitelist", new IdRule(false, List.of("1"), List.of(), null), approval, null);
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
            List<ClusterGroupEvent> decided = Decider.decide(state, command, new DecisionContext(actor, NOW, version));
            for (ClusterGroupEvent event : decided) {
                state = Evolver.evolve(state, event);
                events.add(event);
            }
            return decided;
        }

        /** Completes the running step. */
        List<ClusterGroupEvent> step() {
            Upgrade upgrade = state.upgrade();
            return handle(
                    new CompleteStep("shop", upgrade.upgradeId(), upgrade.step(), new TreeMap<>()),
                    Decider.SELF,
                    state.version());
        }

        /** Completes every step of the running upgrade, approving where that is asked for. */
        void finish() {
            while (state.upgrade() != null) {
                Stage stage = state.upgrade().current().stage();
                if (stage != null && stage.approval()) {
                    handle(new ApproveStage("shop", state.upgrade().upgradeId(), stage.name(), "fine"), APPROVER, null);
                }
                step();
            }
        }
    }
}
