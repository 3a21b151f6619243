package io.tricolor.strategy.group.domain;

import static io.tricolor.contracts.Rejection.Code.GOAL_NOT_REACHED;
import static io.tricolor.contracts.Rejection.Code.INVALID_TRAIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.ClusterGroupCommand.FollowTrain;
import io.tricolor.contracts.group.ClusterGroupCommand.PauseUpgrade;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.contracts.group.PlanSource;
import io.tricolor.contracts.group.RouteStrategiesChanged;
import io.tricolor.contracts.group.Train;
import io.tricolor.contracts.group.UpgradeAborting;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStarted;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.Observation.Companion;
import io.tricolor.strategy.group.domain.Observation.Standing;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrainsTest {

    private static final Train TRAIN = new Train(List.of("shop", "cart"));

    private static StartUpgrade start(UpgradeMode mode, @Nullable Train train) {
        return new StartUpgrade(
                "shop",
                "train-1",
                mode,
                "B",
                Fixtures.manifest("2"),
                List.of(),
                Fixtures.policy(io.tricolor.contracts.group.ExpiryPolicy.PAUSE),
                null,
                false,
                new PlanSource("slowly", 3),
                train,
                "together");
    }

    /** B of the shop is healthy; the first table is next. */
    private static Group atFirstBarrier() {
        Group group = Group.serving();
        group.handle(start(UpgradeMode.SWITCH, TRAIN));
        group.step();
        assertThat(group.state.upgrade().position().step()).isEqualTo(1);
        return group;
    }

    private static List<NextAction> due(Group group, Observation seen) {
        return NextActions.next(group.state, seen, Fixtures.NOW);
    }

    private static Observation seen(Group group, Duration elapsed, Companion cart) {
        return Fixtures.ideal(group.state, elapsed).withCompanions(List.of(cart));
    }

    private static Companion cartAt(int step) {
        return new Companion("cart", Standing.RUNNING, step, "start B");
    }

    @Test
    void the_plan_says_which_train_and_which_template_it_is_of() {
        Group group = atFirstBarrier();
        assertThat(group.state.upgrade().plan().train()).isEqualTo(TRAIN);
        assertThat(group.events)
                .filteredOn(UpgradeStarted.class::isInstance)
                .last()
                .extracting(event -> ((UpgradeStarted) event).source())
                .isEqualTo(new PlanSource("slowly", 3));
    }

    @Test
    void a_table_waits_until_the_others_have_come_as_far() {
        Group group = atFirstBarrier();
        assertThat(due(group, seen(group, Duration.ZERO, cartAt(0)))).isEmpty();
        assertThat(NextActions.progress(
                                group.state, group.state.upgrade(), seen(group, Duration.ZERO, cartAt(0)), Fixtures.NOW)
                        .missing())
                .containsEntry("other groups of the train", "cart is at 'start B'");

        List<NextAction> together = due(group, seen(group, Duration.ZERO, cartAt(1)));
        assertThat(together).hasSize(1);
        List<ClusterGroupEvent> begun = group.handle(
                ((NextAction.Advance) together.getFirst()).command(),
                Decider.SELF,
                group.state.version(),
                seen(group, Duration.ZERO, cartAt(1)));
        assertThat(begun).hasOnlyElementsOfType(RouteStrategiesChanged.class);
    }

    @Test
    void waiting_for_others_never_expires() {
        Group group = atFirstBarrier();
        assertThat(due(group, seen(group, Fixtures.LONG, cartAt(0)))).isEmpty();
        assertThat(due(group, seen(group, Fixtures.LONG, Companion.of("cart", Standing.UNKNOWN))))
                .isEmpty();
        assertThat(due(group, Fixtures.ideal(group.state))).isEmpty();
    }

    @Test
    void it_goes_back_when_another_does_also_while_it_is_paused() {
        Group group = atFirstBarrier();
        group.handle(new PauseUpgrade("shop", "train-1", "wait"));
        Observation back = seen(group, Duration.ZERO, Companion.of("cart", Standing.BACK));
        FollowTrain follow = new FollowTrain("shop", "train-1");
        assertThat(due(group, back)).containsExactly(new NextAction.Advance(follow));
        assertThat(group.handle(follow, Decider.SELF, group.state.version(), back))
                .first()
                .isInstanceOfSatisfying(
                        UpgradeAborting.class,
                        e -> assertThat(e.reason()).isEqualTo("the train goes back: group cart goes back"));
        assertThat(due(group, seen(group, Duration.ZERO, Companion.of("cart", Standing.BACK))))
                .doesNotContain(new NextAction.Advance(follow));
    }

    @Test
    void it_goes_back_when_another_has_not_begun_in_the_time_of_a_table() {
        Group group = atFirstBarrier();
        Companion none = Companion.of("cart", Standing.NOT_BEGUN);
        assertThat(due(group, seen(group, Duration.ZERO, none))).isEmpty();
        assertThat(due(group, seen(group, Duration.ofMinutes(2), none)))
                .containsExactly(new NextAction.Advance(new FollowTrain("shop", "train-1")));
    }

    @Test
    void it_does_not_go_back_for_nothing() {
        Group group = atFirstBarrier();
        assertThatThrownBy(() -> group.handle(
                        new FollowTrain("shop", "train-1"),
                        Decider.SELF,
                        group.state.version(),
                        seen(group, Fixtures.LONG, cartAt(0))))
                .isInstanceOfSatisfying(
                        Rejected.class, e -> assertThat(e.rejection().code()).isEqualTo(GOAL_NOT_REACHED));
    }

    @Test
    void refuses_what_has_no_common_steps_and_groups_that_are_no_train() {
        for (StartUpgrade bad : List.of(
                start(UpgradeMode.ROLLING, TRAIN),
                start(UpgradeMode.SWITCH, new Train(List.of("shop"))),
                start(UpgradeMode.SWITCH, new Train(List.of("shop", "shop"))),
                start(UpgradeMode.SWITCH, new Train(List.of("cart", "search"))))) {
            assertThatThrownBy(() -> Group.serving().handle(bad))
                    .isInstanceOfSatisfying(
                            Rejected.class,
                            e -> assertThat(e.rejection().code()).isEqualTo(INVALID_TRAIN));
        }
    }

    @Test
    void says_of_a_group_how_it_stands() {
        Group group = Group.serving();
        assertThat(standing(group, null)).isEqualTo(Standing.NOT_BEGUN);
        group.handle(start(UpgradeMode.SWITCH, TRAIN));
        assertThat(standing(group, null)).isEqualTo(Standing.RUNNING);
        Group done = Group.serving();
        done.handle(start(UpgradeMode.SWITCH, null));
        done.finish();
        assertThat(standing(done, true)).isEqualTo(Standing.COMPLETED);
        assertThat(standing(done, null)).isEqualTo(Standing.UNKNOWN);
        group.handle(Fixtures.abort("train-1"));
        assertThat(standing(group, null)).isEqualTo(Standing.BACK);
        group.finish();
        assertThat(standing(group, false)).isEqualTo(Standing.BACK);
        assertThat(Trains.companion("cart", null, "train-1", Optional::empty).standing())
                .isEqualTo(Standing.NOT_BEGUN);
    }

    private static Standing standing(Group group, @Nullable Boolean completed) {
        return Trains.companion("shop", group.state, "train-1", () -> Optional.ofNullable(completed))
                .standing();
    }
}
