package io.tricolor.strategy.group.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.UpgradeMode;
import io.tricolor.strategy.group.domain.Observation.Companion;
import io.tricolor.strategy.group.domain.Observation.Standing;
import io.tricolor.strategy.group.domain.TrainExploration.Result;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
class TrainExplorationTest {

    @ParameterizedTest(name = "{0}, group {1} lags, pauses: {2}")
    @CsvSource({"GRAYSCALE, -1, false", "SWITCH, -1, true", "SWITCH, 0, false", "SWITCH, 2, false"})
    void three_groups_go_and_turn_back_together_whatever_happens_at_any_moment(
            UpgradeMode mode, int lagging, boolean pauses) {
        Result result = new TrainExploration(Flow.PRODUCTION, mode, lagging, pauses).explore();
        System.out.printf(
                "train, %s, %d lags, pauses %b: %,d states, %,d transitions, %,d together, %,d back, %,d divided%n",
                mode,
                lagging,
                pauses,
                result.states(),
                result.transitions(),
                result.together(),
                result.back(),
                result.divided());
        assertThat(result.violation()).isNull();
        assertThat(result.together()).isPositive();
        assertThat(result.back()).isPositive();
    }

    static Stream<Arguments> mutants() {
        return Stream.of(
                Arguments.of("does not wait for the others", "T1", seeing(other -> far(other))),
                Arguments.of(
                        "takes a group that has not begun for one that has",
                        "T1",
                        seeing(other -> other.standing() == Standing.NOT_BEGUN ? far(other) : other)),
                Arguments.of(
                        "takes a group that has gone back for one that is done",
                        "T",
                        seeing(other -> other.standing() == Standing.BACK
                                ? Companion.of(other.groupId(), Standing.COMPLETED)
                                : other)),
                Arguments.of(
                        "waits for ever for a group that never begins",
                        "T2",
                        seeing(other -> other.standing() == Standing.NOT_BEGUN
                                ? Companion.of(other.groupId(), Standing.UNKNOWN)
                                : other)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void catches_a_flow_that(String what, String invariant, Flow mutant) {
        Result result = new TrainExploration(mutant, UpgradeMode.SWITCH, 0, false).explore();
        System.out.printf(
                "train, mutant '%s': %s%n",
                what,
                result.violation() == null
                        ? "survived " + result.states() + " states"
                        : result.violation().lines().findFirst().orElseThrow() + " (after " + result.states()
                                + " states)");
        assertThat(result.violation()).as(what).isNotNull().startsWith(invariant);
    }

    private static Companion far(Companion other) {
        return other.standing() == Standing.BACK
                ? other
                : new Companion(other.groupId(), Standing.RUNNING, 99, "far ahead");
    }

    private static Flow seeing(UnaryOperator<Companion> lens) {
        return Flow.seeing((state, seen) ->
                seen.withCompanions(seen.companions().stream().map(lens).toList()));
    }
}
