package io.tricolor.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small part of {@code ./tricolor bench gates}, with seeds of its own. */
class GateSimulationTest {

    private static final int RUNS = 400;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void good_releases_fail_in_one_of_a_hundred_runs_at_most_however_errors_clump(int clump) {
        for (int looks : new int[] {1, 60}) {
            GateSimulation simulation = new GateSimulation(looks, 20, 200, 0.01, 1, clump);
            assertThat(simulation.run(GatesBenchmark.LIMITS, RUNS, 7, false).failed())
                    .as("%d looks", looks)
                    .isLessThanOrEqualTo(0.01);
        }
    }

    @Test
    void five_times_the_errors_are_found_where_the_foil_mostly_finds_nothing() {
        GateSimulation.Outcome outcome =
                new GateSimulation(60, 20, 200, 0.01, 5, 1).run(GatesBenchmark.LIMITS, RUNS, 7, true);
        assertThat(outcome.failed()).isGreaterThanOrEqualTo(0.99);
        assertThat(outcome.requests()).isBetween(200L, 800L);
        assertThat(outcome.foil()).isLessThan(outcome.failed());
    }

    @Test
    void kayentas_rule_tells_apart_what_is_apart() {
        double[] control =
                IntStream.range(0, 60).mapToDouble(i -> 1 + i % 7 / 100.0).toArray();
        double[] worse =
                IntStream.range(0, 60).mapToDouble(i -> 2 + i % 5 / 100.0).toArray();
        assertThat(Kayenta.isHigh(worse, control)).isTrue();
        assertThat(Kayenta.isHigh(control, worse)).isFalse();
        assertThat(Kayenta.isHigh(control, control)).isFalse();
        double[] none = new double[60];
        assertThat(Kayenta.isHigh(none, none)).isFalse();
    }

    @Test
    void the_same_seed_gives_the_same_runs() {
        GateSimulation simulation = new GateSimulation(60, 20, 200, 0.01, 3, 2);
        assertThat(simulation.run(GatesBenchmark.LIMITS, 50, 3, true))
                .isEqualTo(simulation.run(GatesBenchmark.LIMITS, 50, 3, true));
    }
}
