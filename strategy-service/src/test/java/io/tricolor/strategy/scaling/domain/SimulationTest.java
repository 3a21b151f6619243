package io.tricolor.strategy.scaling.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.scaling.ScalingRule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulationTest {

    private static final Instant START = Instant.parse("2026-01-15T12:00:00Z");
    private static final ScalingRule RULE = new ScalingRule(
            2,
            10,
            100.0,
            null,
            0.1,
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            4,
            1,
            Duration.ofSeconds(30),
            List.of());

    /** An hour with 3 instances: a calm quarter, a busy half, a calm quarter. */
    private static List<Measurement> day() {
        List<Measurement> all = new ArrayList<>();
        for (int i = 0; i < 240; i++) {
            Instant since = START.plusSeconds(15L * i);
            double load = i >= 60 && i < 180 ? 800 : 150;
            all.add(new Measurement(since, since.plusSeconds(15), 3, load, true, null, false));
        }
        return all;
    }

    @Test
    void says_what_a_rule_would_have_done() {
        Simulation simulation = Simulation.of(RULE, day(), 0.1);
        assertThat(simulation.measurements()).isEqualTo(240);
        assertThat(simulation.changes())
                .extracting(Simulation.SimulatedChange::to)
                .as("down to the fewest, up in steps of four, down one by one")
                .containsExactly(2, 6, 8, 7, 6, 5, 4, 3, 2);
        assertThat(simulation.fewest()).isEqualTo(2);
        assertThat(simulation.most()).isEqualTo(8);
        assertThat(simulation.recordedInstanceHours()).isEqualTo(3.0);
        assertThat(simulation.instanceHours()).isBetween(4.5, 6.5);
        assertThat(simulation.recordedOverloadedSeconds()).isEqualTo(1_800);
        assertThat(simulation.overloadedSeconds()).isEqualTo(45);
        assertThat(simulation.changes().get(1).reason()).contains("800 requests a second");
    }

    @Test
    void of_nothing_is_nothing() {
        Simulation simulation = Simulation.of(RULE, List.of(), 0.1);
        assertThat(simulation.changes()).isEmpty();
        assertThat(simulation.most()).isZero();
    }
}
