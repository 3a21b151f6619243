package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.BeginStep;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.OverrideFreeze;
import io.tricolor.contracts.group.ClusterGroupCommand.StartRollback;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.ClusterStatus;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.FreezeOverridden;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.NextAction.Advance;
import io.tricolor.strategy.group.domain.Observation.Freeze;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FreezesTest {

    private static final List<Freeze> WEEKEND =
            List.of(new Freeze("weekend", Fixtures.NOW.plusSeconds(3_600), "nobody is there to look"));

    private static StartUpgrade start(UpgradeMode mode, boolean override) {
        StartUpgrade plain = Fixtures.upgrade(
                mode, "B", "2", mode == UpgradeMode.GRAYSCALE ? List.of(Fixtures.whitelist(false)) : List.of());
        return new StartUpgrade(
                plain.groupId(),
                plain.upgradeId(),
                mode,
                plain.to(),
                plain.manifest(),
                plain.stages(),
                plain.policy(),
                null,
                override,
                null,
                null,
                plain.reason());
    }

    private static Observation frozen(Group group) {
        return Fixtures.ideal(group.state).withFreezes(WEEKEND);
    }

    private static List<ClusterGroupEvent> tried(Group group, ClusterGroupCommand command) {
        return group.handle(command, Fixtures.OPERATOR, null, frozen(group));
    }

    private static List<ClusterGroupCommand> due(Group group, Observation seen) {
        return NextActions.next(group.state, seen, Fixtures.NOW).stream()
                .filter(Advance.class::isInstance)
                .map(action -> ((Advance) action).command())
                .toList();
    }

    /** Does what is due until nothing is. */
    private static void run(Group group, boolean isFrozen) {
        for (int i = 0; i < 50; i++) {
            Observation seen = isFrozen ? frozen(group) : Fixtures.ideal(group.state);
            List<ClusterGroupCommand> due = due(group, seen);
            if (due.isEmpty()) {
                return;
            }
            group.handle(due.getFirst(), Decider.SELF, group.state.version(), seen);
        }
        throw new AssertionError("never rests");
    }

    private static void assertRefused(Code code, Runnable command) {
        assertThatThrownBy(command::run)
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(code));
    }

    @ParameterizedTest
    @EnumSource(
            value = UpgradeMode.class,
            names = {"GRAYSCALE", "SWITCH", "ROLLING"})
    void keeps_upgrades_from_beginning_and_says_until_when(UpgradeMode mode) {
        Group group = Group.serving();
        assertThatThrownBy(() -> tried(group, start(mode, false)))
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(Code.UPGRADE_FROZEN))
                .hasMessageContainingAll("weekend", "2026-01-01T01:00:00Z", "nobody is there to look");
        assertThat(tried(group, start(mode, true))).satisfies(events -> {
            assertThat(events).hasAtLeastOneElementOfType(UpgradeStarted.class);
            assertThat(events.stream()
                            .filter(FreezeOverridden.class::isInstance)
                            .toList())
                    .isEqualTo(List.of(new FreezeOverridden(
                            "shop", "up-2", List.of("weekend"), Fixtures.OPERATOR, "release 2", Fixtures.NOW)));
        });
        run(group, true);
        assertThat(group.state.upgrade()).as("it goes on to its end").isNull();
    }

    @Test
    void never_keeps_a_rollback_from_anything() {
        Group group = Group.upgraded();
        tried(group, Fixtures.rollback(null));
        run(group, true);
        assertThat(group.state.upgrade()).isNull();
        assertThat(group.state.serving().orElseThrow().manifest().version()).isEqualTo("1");
    }

    @Test
    void never_keeps_a_rollback_that_goes_instance_by_instance_from_anything() {
        Group group = Group.upgraded();
        tried(
                group,
                new StartRollback(
                        "shop",
                        "back",
                        null,
                        List.of(),
                        RollingPolicy.standard(),
                        Fixtures.policy(ExpiryPolicy.PAUSE),
                        "broken"));
        run(group, true);
        assertThat(group.state.upgrade()).isNull();
        assertThat(group.state.serving().orElseThrow().manifest().version()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(
            value = UpgradeMode.class,
            names = {"GRAYSCALE", "SWITCH", "ROLLING"})
    void holds_an_upgrade_where_it_is_and_lets_it_go_on_afterwards(UpgradeMode mode) {
        int longest = 0;
        for (int steps = 0; ; steps++) {
            Group group = Group.serving();
            group.handle(start(mode, false), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
            for (int i = 0; i < steps && group.state.upgrade() != null; i++) {
                Observation seen = Fixtures.ideal(group.state);
                group.handle(due(group, seen).getFirst(), Decider.SELF, group.state.version(), seen);
            }
            if (group.state.upgrade() == null) {
                break;
            }
            int known = group.events.size();
            run(group, true);
            assertThat(group.events.subList(known, group.events.size()))
                    .as("after %s steps", steps)
                    .noneMatch(RouteStrategiesChanged.class::isInstance);
            if (group.state.upgrade() != null) {
                longest = steps;
                Observation seen = frozen(group);
                Progress progress = Goals.progress(group.state, group.state.upgrade(), seen, Fixtures.NOW);
                assertThat(progress.missing())
                        .hasEntrySatisfying(
                                "end of the freeze", why -> assertThat(why).contains("weekend"));
                Upgrade held = group.state.upgrade();
                assertRefused(
                        held.current().kind() == UpgradeStep.Kind.ROUTE
                                        || held.current().kind() == UpgradeStep.Kind.STOP
                                ? Code.GOAL_NOT_REACHED
                                : Code.APPROVAL_MISSING,
                        () -> group.handle(
                                new BeginStep("shop", "up-2", held.position().step()),
                                Decider.SELF,
                                group.state.version(),
                                seen));
                assertRefused(
                        Code.GOAL_NOT_REACHED,
                        () -> group.handle(
                                new CompleteStep("shop", "up-2", held.position().step()),
                                Decider.SELF,
                                group.state.version(),
                                seen));
                run(group, false);
            }
            assertThat(group.state.upgrade()).as("after %s steps", steps).isNull();
            assertThat(group.state.serving().orElseThrow().manifest().version()).isEqualTo("2");
        }
        assertThat(longest).isGreaterThan(1);
    }

    @Test
    void does_not_hold_what_goes_back() {
        Group group = Group.serving();
        group.handle(start(UpgradeMode.GRAYSCALE, false), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
        while (group.state.cluster("B").strategy().status() == ClusterStatus.RED) {
            Observation seen = Fixtures.ideal(group.state);
            group.handle(due(group, seen).getFirst(), Decider.SELF, group.state.version(), seen);
        }
        run(group, true);
        assertThat(group.state.upgrade()).isNotNull();
        tried(group, Fixtures.abort("up-2"));
        assertRefused(Code.NOTHING_TO_CHANGE, () -> tried(group, new OverrideFreeze("shop", "up-2", "now")));
        run(group, true);
        assertThat(group.state.upgrade()).isNull();
        assertThat(group.state.cluster("B").strategy().status()).isEqualTo(ClusterStatus.RED);
    }

    @Test
    void is_overridden_for_one_upgrade_to_its_end() {
        Group group = Group.serving();
        group.handle(start(UpgradeMode.GRAYSCALE, false), Fixtures.OPERATOR, null, Fixtures.ideal(group.state));
        assertRefused(
                Code.NOTHING_TO_CHANGE,
                () -> group.handle(
                        new OverrideFreeze("shop", "up-2", "now"),
                        Fixtures.OPERATOR,
                        null,
                        Fixtures.ideal(group.state)));
        run(group, true);
        assertThat(group.state.upgrade()).isNotNull();
        List<ClusterGroupEvent> events = tried(group, new OverrideFreeze("shop", "up-2", "a hole is being used"));
        assertThat(events.getFirst()).isInstanceOfSatisfying(FreezeOverridden.class, e -> {
            assertThat(e.windows()).containsExactly("weekend");
            assertThat(e.overriddenBy()).isEqualTo(Fixtures.OPERATOR);
        });
        assertThat(tried(group, new OverrideFreeze("shop", "up-2", "again"))).isEmpty();
        run(group, true);
        assertThat(group.state.upgrade()).isNull();
        assertRefused(
                Code.UPGRADE_FROZEN, () -> tried(group, Fixtures.upgrade(UpgradeMode.SWITCH, "A", "3", List.of())));
    }
}
