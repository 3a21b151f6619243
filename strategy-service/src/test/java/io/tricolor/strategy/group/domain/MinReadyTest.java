package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.group.ClusterGroupCommand;
import io.tricolor.contracts.group.ClusterGroupCommand.CompleteStep;
import io.tricolor.contracts.group.ClusterGroupCommand.RepeatBatch;
import io.tricolor.contracts.group.ClusterGroupCommand.StartUpgrade;
import io.tricolor.contracts.group.ExpiryPolicy;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.contracts.group.StageRepeated;
import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.contracts.group.UpgradeStep;
import io.tricolor.strategy.group.domain.Fixtures.Group;
import io.tricolor.strategy.group.domain.Observation.ClusterObservation;
import io.tricolor.strategy.group.domain.Observation.ServiceObservation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A batch of a rolling upgrade has to be healthy all the time that it waits. */
class MinReadyTest {

    private static final Duration TIME = Duration.ofMinutes(10);

    private final Group group = waiting();

    @Test
    void an_instance_that_falls_over_and_comes_back_begins_its_time_anew() {
        Observation broken = seen(Set.of(), TIME.minusSeconds(1));
        assertThat(due(broken)).containsExactly(repeat());
        assertThat(group.handle(repeat(), Decider.SELF, group.state.version(), broken))
                .singleElement()
                .isInstanceOfSatisfying(StageRepeated.class, event -> {
                    assertThat(event.stage()).isEqualTo("batch 1");
                    assertThat(event.reason()).contains("healthy instances of B/web", "0 of 1");
                });
        assertThat(group.state.upgrade().current().kind()).isEqualTo(UpgradeStep.Kind.START);
        assertThat(due(seen(Set.of(), Duration.ZERO)))
                .as("nothing more until it is back")
                .isEmpty();
        group.step(); // it is back: START and ROUTE are as they were
        group.step();
        assertThat(group.state.upgrade().gatedStage()).isPresent();
        assertThat(due(Fixtures.ideal(group.state, TIME.minusSeconds(1)))).isEmpty();
        assertThat(due(Fixtures.ideal(group.state, TIME))).hasExactlyElementsOfTypes(CompleteStep.class);
    }

    @Test
    void a_batch_that_is_whole_and_one_of_which_nothing_is_known_go_on_waiting() {
        assertThat(due(seen(Set.of("B.web.0"), TIME.minusSeconds(1)))).isEmpty();
        Observation silent = Fixtures.ideal(group.state, TIME.minusSeconds(1));
        silent.clusters().remove("B");
        assertThat(due(silent)).isEmpty();
        Observation whole = seen(Set.of("B.web.0"), Duration.ZERO);
        assertThatThrownBy(() -> group.handle(repeat(), Decider.SELF, group.state.version(), whole))
                .hasMessageContaining("GOAL_NOT_REACHED");
    }

    private RepeatBatch repeat() {
        return new RepeatBatch("shop", "up-2", group.state.upgrade().position().step());
    }

    private List<ClusterGroupCommand> due(Observation seen) {
        return NextActions.next(group.state, seen, Fixtures.NOW).stream()
                .filter(NextAction.Advance.class::isInstance)
                .map(action -> ((NextAction.Advance) action).command())
                .toList();
    }

    private Observation seen(Set<String> healthy, Duration elapsed) {
        Observation ideal = Fixtures.ideal(group.state, elapsed);
        SortedMap<String, ServiceObservation> services =
                new TreeMap<>(Map.of("web", new ServiceObservation(1, healthy, Set.of("B.web.0"))));
        ideal.clusters()
                .put("B", new ClusterObservation(0, group.state.cluster("B").fence(), "", services, ""));
        return ideal;
    }

    /** The first batch of B is healthy, routed to, and waits. */
    private static Group waiting() {
        Group group = Group.serving();
        group.handle(new StartUpgrade(
                "shop",
                "up-2",
                UpgradeMode.ROLLING,
                "B",
                Fixtures.manifest("2"),
                List.of(),
                Fixtures.policy(ExpiryPolicy.PAUSE),
                new RollingPolicy("1", "0", null, null, TIME, Duration.ZERO, List.of()),
                "release 2"));
        while (group.state.upgrade().gatedStage().isEmpty()) {
            group.step();
        }
        return group;
    }
}
