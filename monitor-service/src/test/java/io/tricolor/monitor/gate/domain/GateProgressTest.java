package io.tricolor.monitor.gate.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Gate.Measure;
import io.tricolor.kit.message.ContractsJson;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GateProgressTest {

    private static final Instant NOW = Instant.parse("2026-01-15T14:00:00Z");

    private final JudgeGate errors = command(new Gate.Metric("errors"), null);

    @Test
    void what_was_counted_before_is_not_looked_at() {
        GateProgress progress = GateProgress.begun(errors, NOW)
                .next(errors, Map.of("r1", page(1, 10_000, 500, 7, 7)), NOW)
                .next(errors, Map.of("r1", page(1, 10_100, 501, 17, 8)), NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(10, 1, 100, 1));
        assertThat(progress.test().looks()).isEqualTo(1);
    }

    @Test
    void all_routers_together_are_one_look_and_a_new_one_only_shows_where_it_stands() {
        GateProgress progress = GateProgress.begun(errors, NOW)
                .next(errors, Map.of("r1", page(1, 0, 0, 0, 0), "r2", page(2, 50, 0, 0, 0)), NOW)
                .next(
                        errors,
                        Map.of("r1", page(1, 10, 0, 1, 0), "r2", page(2, 70, 0, 2, 1), "r3", page(3, 900, 900, 9, 9)),
                        NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(3, 1, 30, 0));
        assertThat(progress.test().looks()).isEqualTo(1);
    }

    @Test
    void a_router_that_was_away_tells_what_it_has_counted_meanwhile() {
        GateProgress progress = GateProgress.begun(errors, NOW)
                .next(errors, Map.of("r1", page(1, 100, 0, 0, 0)), NOW)
                .next(errors, Map.of(), NOW)
                .next(errors, Map.of("r1", page(1, 300, 2, 0, 0)), NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(0, 0, 200, 2));
        assertThat(progress.restarts()).isZero();
    }

    /** With more than before on its page: only the time of its start gives it away. */
    @Test
    void a_router_that_began_anew_counts_from_0_and_leaves_a_gap() {
        GateProgress progress = GateProgress.begun(errors, NOW)
                .next(errors, Map.of("r1", page(100, 50, 5, 10, 1)), NOW)
                .next(errors, Map.of("r1", page(200, 60, 6, 20, 2)), NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(20, 2, 60, 6));
        assertThat(progress.restarts()).isEqualTo(1);
        assertThat(evidence(errors, progress))
                .hasEntrySatisfying("gaps", gaps -> assertThat(gaps).contains("r1 at " + NOW));
    }

    @Test
    void a_counter_that_goes_back_is_a_new_beginning_too() {
        GateProgress progress = GateProgress.begun(errors, NOW)
                .next(errors, Map.of("r1", page(Double.NaN, 50, 5, 10, 1)), NOW)
                .next(errors, Map.of("r1", page(Double.NaN, 60, 4, 20, 2)), NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(20, 2, 60, 4));
        assertThat(progress.restarts()).isEqualTo(1);
    }

    @Test
    void an_error_that_is_counted_before_its_request_makes_no_impossible_look() {
        GateProgress progress = GateProgress.begun(errors, NOW)
                .next(errors, Map.of("r1", page(1, 50, 0, 0, 0)), NOW)
                .next(errors, Map.of("r1", page(1, 51, 3, 0, 0)), NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(0, 0, 3, 3));
    }

    @Test
    void is_kept_as_json() {
        JudgeGate latency = command(latency(null), null);
        GateProgress progress = GateProgress.begun(latency, NOW)
                .next(latency, Map.of("r1", timed(1, 950, 1_000, 0, 0)), NOW)
                .next(latency, Map.of("r1", timed(1, 1_900, 2_000, 60, 100)), NOW);
        String json = ContractsJson.mapper().writeValueAsString(progress);
        assertThat(ContractsJson.mapper().readValue(json, GateProgress.class)).isEqualTo(progress);
    }

    @Test
    void what_is_slow_is_frozen_from_what_the_baseline_took_before() {
        JudgeGate latency = command(latency(null), null);
        GateProgress progress =
                GateProgress.begun(latency, NOW).next(latency, Map.of("r1", timed(1, 950, 1_000, 0, 0)), NOW);
        assertThat(progress.slowerThan()).isEqualTo(0.1);
        assertThat(progress.beforehand()).isTrue();
        progress = progress.next(latency, Map.of("r1", timed(1, 1_000, 2_000, 60, 100)), NOW);
        assertThat(progress.slowerThan()).isEqualTo(0.1);
        assertThat(progress.test().total()).isEqualTo(new Look(100, 40, 1_000, 950));
        assertThat(evidence(latency, progress))
                .containsEntry("canary", "B: 100 requests, 40 slower than 100 ms")
                .containsEntry("threshold", "100 ms: 95 % of the requests of A took less before the stage");
        assertThat(GateProgress.begun(latency, NOW)
                        .next(latency, Map.of("r1", timed(1, 949, 1_000, 0, 0)), NOW)
                        .slowerThan())
                .isEqualTo(1.0);
    }

    @Test
    void what_is_slow_is_not_known_from_few_requests() {
        JudgeGate latency = command(latency(null), null);
        GateProgress progress =
                GateProgress.begun(latency, NOW).next(latency, Map.of("r1", timed(1, 99, 99, 0, 0)), NOW);
        assertThat(progress.slowerThan()).isNull();
        assertThat(evidence(latency, progress).get("reason")).contains("what is slow is not known");
        progress = progress.next(latency, Map.of("r1", timed(1, 100, 100, 50, 50)), NOW);
        assertThat(progress.slowerThan()).isEqualTo(0.1);
        assertThat(progress.beforehand()).isFalse();
        assertThat(progress.test().total()).isEqualTo(Look.NOTHING);
        progress = progress.next(latency, Map.of("r1", timed(1, 110, 110, 60, 61)), NOW);
        assertThat(progress.test().total()).isEqualTo(new Look(11, 1, 10, 0));
    }

    @Test
    void a_named_threshold_is_the_bound_of_the_histogram_at_or_above_it() {
        for (var pair : Map.of(Duration.ofMillis(100), 0.1, Duration.ofMillis(101), 1.0, Duration.ofSeconds(50), 1.0)
                .entrySet()) {
            JudgeGate latency = command(latency(pair.getKey()), null);
            assertThat(GateProgress.begun(latency, NOW)
                            .next(latency, Map.of("r1", timed(1, 0, 1, 0, 0)), NOW)
                            .slowerThan())
                    .as("%s", pair.getKey())
                    .isEqualTo(pair.getValue());
        }
    }

    @Test
    void evidence_says_whom_it_compares_and_what_is_missing() {
        GateProgress nothing = GateProgress.begun(errors, NOW);
        assertThat(evidence(errors, nothing))
                .containsEntry("reason", "no router can be read")
                .containsEntry("needed", "100")
                .containsEntry("randomised", "false");
        assertThat(evidence(errors, nothing).get("comparison")).contains("no random sample");
        assertThat(evidence(command(new Gate.Metric("errors"), 500), nothing).get("comparison"))
                .contains("no control cohort");
        GateProgress read = nothing.next(errors, Map.of("r1", page(1, 9, 0, 0, 0)), NOW);
        assertThat(evidence(errors, read)).containsEntry("reason", "no request has come to B");
        GateProgress good = read.next(errors, Map.of("r1", page(1, 99, 0, 100, 0)), NOW);
        assertThat(evidence(errors, good))
                .containsEntry("reason", "none of 100 requests was bad")
                .doesNotContainKey("needed");
    }

    private static SortedMap<String, String> evidence(JudgeGate command, GateProgress progress) {
        return GateEvidence.of(
                command, progress, progress.test(command).assess(), List.of(), true, NOW.plusSeconds(60));
    }

    private static Gate.Metric latency(@Nullable Duration slowerThan) {
        return new Gate.Metric("slow", Measure.LATENCY, 0, 0, 0, slowerThan, false);
    }

    private static JudgeGate command(Gate.Metric gate, @Nullable Integer basisPoints) {
        return new JudgeGate(
                "shop", "up-2", 4, "few", gate, "B", "A", new TreeSet<>(Set.of("web", "cart")), basisPoints, 1, 20);
    }

    private static RouterCounters page(double started, long a, long errorsOfA, long b, long errorsOfB) {
        return new RouterCounters(
                started,
                Map.of(
                        new RouterCounters.Cluster("shop", "web", "A"),
                        new RouterCounters.Counts(a, errorsOfA, new TreeMap<>()),
                        new RouterCounters.Cluster("shop", "cart", "B"),
                        new RouterCounters.Counts(b, errorsOfB, new TreeMap<>())));
    }

    /** Bounds at 0.1 and 1 s. */
    private static RouterCounters timed(double started, long fastOfA, long a, long fastOfB, long b) {
        return new RouterCounters(
                started,
                Map.of(
                        new RouterCounters.Cluster("shop", "web", "A"),
                        new RouterCounters.Counts(
                                a, 0, new TreeMap<>(Map.of(0.1, fastOfA, 1.0, a, Double.POSITIVE_INFINITY, a))),
                        new RouterCounters.Cluster("shop", "web", "B"),
                        new RouterCounters.Counts(
                                b, 0, new TreeMap<>(Map.of(0.1, fastOfB, 1.0, b, Double.POSITIVE_INFINITY, b)))));
    }
}
