package io.tricolor.monitor.gate.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Gate.Measure;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.kit.message.ContractsJson;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
                .containsEntry("randomised", "false")
                .containsEntry("comparison", "nobody was read yet");
        GateProgress read = nothing.next(errors, Map.of("r1", page(1, 9, 0, 0, 0)), NOW);
        assertThat(evidence(errors, read).get("comparison")).contains("no random sample");
        JudgeGate drawn = command(new Gate.Metric("errors"), 500);
        assertThat(evidence(drawn, GateProgress.begun(drawn, NOW).next(drawn, Map.of("r1", page(1, 9, 0, 0, 0)), NOW))
                        .get("comparison"))
                .contains("no control cohort", "a router that counts none");
        assertThat(evidence(errors, read)).containsEntry("reason", "no request has come to B");
        GateProgress good = read.next(errors, Map.of("r1", page(1, 99, 0, 100, 0)), NOW);
        assertThat(evidence(errors, good))
                .containsEntry("reason", "none of 100 requests was bad")
                .doesNotContainKey("needed");
    }

    @Test
    void a_stage_by_percent_is_compared_with_the_control_of_the_same_hash() {
        JudgeGate drawn = command(new Gate.Metric("errors"), 1_250);
        GateProgress progress = GateProgress.begun(drawn, NOW)
                .next(drawn, Map.of("r1", cohorts(1_000, 0, 100, 0)), NOW)
                .next(drawn, Map.of("r1", cohorts(1_100, 1, 180, 2)), NOW);
        assertThat(progress.compared()).isEqualTo(Comparison.COHORTS);
        assertThat(progress.test().total()).isEqualTo(new Look(80, 2, 100, 1));
        assertThat(evidence(drawn, progress))
                .containsEntry("randomised", "true")
                .hasEntrySatisfying("comparison", words -> assertThat(words).contains("drawn by the same one"));
        assertThat(ContractsJson.mapper()
                        .readValue(ContractsJson.mapper().writeValueAsString(progress), GateProgress.class))
                .isEqualTo(progress);
    }

    @Test
    void without_a_control_everywhere_or_for_more_than_half_it_is_compared_with_all_others() {
        JudgeGate drawn = command(new Gate.Metric("errors"), 5_000);
        Map<String, RouterCounters> mixed = Map.of("old", page(1, 9, 0, 0, 0), "new", cohorts(0, 0, 0, 0));
        assertThat(GateProgress.begun(drawn, NOW).next(drawn, mixed, NOW).compared())
                .isEqualTo(Comparison.CLUSTERS);
        assertThat(GateProgress.begun(drawn, NOW)
                        .next(drawn, Map.of("new", cohorts(0, 0, 0, 0)), NOW)
                        .compared())
                .isEqualTo(Comparison.COHORTS);
        JudgeGate most = command(new Gate.Metric("errors"), 5_001);
        GateProgress progress = GateProgress.begun(most, NOW).next(most, Map.of("new", cohorts(0, 0, 0, 0)), NOW);
        assertThat(progress.compared()).isEqualTo(Comparison.CLUSTERS);
        assertThat(evidence(most, progress))
                .containsEntry("randomised", "false")
                .hasEntrySatisfying("comparison", words -> assertThat(words).endsWith("more than half of all"));
    }

    @Test
    void what_is_counted_while_the_canary_warms_up_is_not_looked_at() {
        JudgeGate warming = command(
                new Gate.Metric(
                        "errors", Measure.ERRORS, 0, 0, 0, null, false, null, null, Duration.ofSeconds(30), null),
                null);
        GateProgress progress = GateProgress.begun(warming, NOW)
                .next(warming, Map.of("r1", page(1, 0, 0, 0, 0)), NOW)
                .next(warming, Map.of("r1", page(1, 100, 0, 100, 100)), NOW.plusSeconds(29));
        assertThat(progress.test().total()).isEqualTo(Look.NOTHING);
        progress = progress.next(warming, Map.of("r1", page(1, 110, 1, 110, 100)), NOW.plusSeconds(30));
        assertThat(progress.test().total()).isEqualTo(new Look(10, 0, 10, 1));
        assertThat(evidence(warming, progress)).containsEntry("warm-up", "the first 30 s are not looked at");
        assertThat(new Gate.Metric("slow", Measure.LATENCY, 0, 0, 0, null, false).notLookedAt())
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(new Gate.Metric("errors").notLookedAt()).isZero();
    }

    @Test
    void a_limit_is_what_the_canary_is_compared_with_whatever_the_baseline_does() {
        JudgeGate limited =
                command(new Gate.Metric("errors", Measure.ERRORS, 0, 0, 0, null, false, null, 0.02, null, null), 500);
        GateProgress good = GateProgress.begun(limited, NOW).next(limited, Map.of("r1", cohorts(0, 0, 0, 0)), NOW);
        GateProgress bad = good;
        assertThat(good.compared()).isEqualTo(Comparison.LIMIT);
        for (int look = 1; look <= 60; look++) {
            good = good.next(limited, Map.of("r1", page(1, 20L * look, 20L * look, 20L * look, look / 5)), NOW);
            bad = bad.next(limited, Map.of("r1", page(1, 20L * look, 20L * look, 20L * look, 3L * look)), NOW);
        }
        assertThat(good.test(limited).assess().verdict()).isEqualTo(Verdict.PASS);
        assertThat(bad.test(limited).assess().verdict()).isEqualTo(Verdict.FAIL);
        assertThat(evidence(limited, bad))
                .containsEntry("randomised", "false")
                .containsEntry("comparison", "B is compared with a share of 2 %, not with A")
                .containsEntry("reason", "the share of bad requests of B is more than 2 %");
    }

    @Test
    void after_the_switch_the_canary_is_compared_with_what_was_counted_of_the_baseline_before() {
        JudgeGate switched = new JudgeGate(
                "shop",
                "up-2",
                9,
                "few",
                new Gate.Metric("errors"),
                "B",
                "A",
                new TreeSet<>(Set.of("web", "cart")),
                null,
                1,
                30,
                true);
        GateProgress unknown =
                GateProgress.begun(switched, NOW).next(switched, Map.of("r1", page(1, 99, 0, 0, 0)), NOW);
        assertThat(unknown.lacksBefore()).isTrue();
        GateProgress told = unknown.next(switched, Map.of("r1", page(1, 99, 0, 500, 500)), NOW);
        assertThat(told.test(switched).assess().verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(evidence(switched, told).get("reason")).contains("less than 100 requests to A");

        GateProgress good =
                GateProgress.begun(switched, NOW).next(switched, Map.of("r1", page(1, 100_000, 1_000, 500, 5)), NOW);
        assertThat(good.compared()).isEqualTo(Comparison.BEFORE);
        // 1,000 of 100,000, and with 99.5 % confidence not more than 1,084 of them.
        assertThat(good.share(switched)).isBetween(0.0107, 0.0109);
        GateProgress bad = good;
        for (int look = 1; look <= 60; look++) {
            good = good.next(switched, Map.of("r1", page(1, 100_000, 1_000, 500 + 20L * look, 5 + look / 5)), NOW);
            bad = bad.next(switched, Map.of("r1", page(1, 100_000, 1_000, 500 + 20L * look, 5 + 2L * look)), NOW);
        }
        assertThat(good.test(switched).hasFailed()).isFalse();
        assertThat(bad.test(switched).hasFailed()).isTrue();
        assertThat(ContractsJson.mapper().readValue(ContractsJson.mapper().writeValueAsString(bad), GateProgress.class))
                .isEqualTo(bad);
    }

    @Test
    void looks_that_are_kept_lead_to_the_same_verdict_and_with_another_tolerance_to_another() {
        GateProgress progress = GateProgress.begun(errors, NOW).next(errors, Map.of("r1", page(1, 0, 0, 0, 0)), NOW);
        List<Retrospective.Taken> kept = new ArrayList<>();
        for (int look = 1; look <= 100; look++) {
            Instant at = NOW.plusSeconds(look);
            GateProgress further =
                    progress.next(errors, Map.of("r1", page(1, 200L * look, 2L * look, 20L * look, look / 2)), at);
            kept.add(new Retrospective.Taken(at, GateProgress.between(progress, further)));
            progress = further;
        }
        Retrospective.Said same = Retrospective.judge(kept, progress.limits(errors), 0);
        assertThat(same.total()).isEqualTo(progress.test().total());
        assertThat(same.verdict())
                .isEqualTo(progress.test(errors).assess().verdict())
                .isEqualTo(Verdict.FAIL);
        assertThat(same.firstVerdict()).isEqualTo(Verdict.FAIL);
        assertThat(same.first()).isBetween(NOW.plusSeconds(5), NOW.plusSeconds(100));
        assertThat(same.canaryUntil()).isLessThan(2_000);
        assertThat(Retrospective.judge(kept, new Limits(4, 0.01, 100), 0).verdict())
                .isNotEqualTo(Verdict.FAIL);
        assertThat(Retrospective.judge(kept, new Limits(1, 0.01, 100), 0.2).verdict())
                .isEqualTo(Verdict.PASS);
    }

    private static SortedMap<String, String> evidence(JudgeGate command, GateProgress progress) {
        return GateEvidence.of(
                command, progress, progress.test(command).assess(), List.of(), true, NOW.plusSeconds(60));
    }

    private static Gate.Metric latency(@Nullable Duration slowerThan) {
        return new Gate.Metric("slow", Measure.LATENCY, 0, 0, 0, slowerThan, false, null, null, Duration.ZERO, null);
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

    /** Of a router that counts cohorts; all requests are ten times as many, and all of them were good. */
    private static RouterCounters cohorts(long control, long errorsOfControl, long canary, long errorsOfCanary) {
        return new RouterCounters(
                1,
                true,
                Map.of(
                        new RouterCounters.Cluster("shop", "web", "A"),
                        new RouterCounters.Counts(10 * control, 0, new TreeMap<>()),
                        new RouterCounters.Cluster("shop", "web", "B"),
                        new RouterCounters.Counts(10 * canary, 0, new TreeMap<>()),
                        new RouterCounters.Cluster("shop", "web", "A", RouterCounters.CONTROL),
                        new RouterCounters.Counts(control, errorsOfControl, new TreeMap<>()),
                        new RouterCounters.Cluster("shop", "cart", "B", RouterCounters.CANARY),
                        new RouterCounters.Counts(canary, errorsOfCanary, new TreeMap<>())));
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
