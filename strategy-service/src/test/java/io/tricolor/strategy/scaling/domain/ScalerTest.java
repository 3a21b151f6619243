package io.tricolor.strategy.scaling.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.WeeklyTime;
import io.tricolor.contracts.scaling.ScalingBounds;
import io.tricolor.contracts.scaling.ScalingDecided;
import io.tricolor.contracts.scaling.ScalingRule;
import io.tricolor.strategy.scaling.domain.ScalingVerdict.Change;
import io.tricolor.strategy.scaling.domain.ScalingVerdict.Hold;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScalerTest {

    /** A Thursday. */
    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    private static final Duration DOWN = Duration.ofMinutes(2);
    private static final double CPUS = 0.5;

    private static ScalingRule rule(@Nullable Double requests, @Nullable Integer cpu, ScalingBounds... schedule) {
        return new ScalingRule(
                2,
                10,
                requests,
                cpu,
                0.1,
                Duration.ofSeconds(30),
                DOWN,
                3,
                1,
                Duration.ofSeconds(30),
                List.of(schedule));
    }

    private static Situation with(int instances) {
        return new Situation(instances, CPUS, "", null);
    }

    private static Situation changed(int instances, Duration ago) {
        ScalingDecided last =
                new ScalingDecided("shop", "web", "A", 1, instances, 3, "why", new TreeMap<>(), NOW.minus(ago));
        return new Situation(instances, CPUS, "", last);
    }

    private static Measurement requests(int secondsAgo, double perSecond) {
        return measured(secondsAgo, perSecond, true, null, false);
    }

    private static Measurement measured(
            int secondsAgo, @Nullable Double requests, boolean whole, @Nullable Double cores, boolean coresWhole) {
        Instant at = NOW.minusSeconds(secondsAgo);
        return new Measurement(at.minusSeconds(15), at, 4, requests, whole, cores, coresWhole);
    }

    /** The same load all the time, up to now. */
    private static List<Measurement> steady(double perSecond) {
        List<Measurement> all = new ArrayList<>();
        for (int ago = 135; ago >= 0; ago -= 15) {
            all.add(requests(ago, perSecond));
        }
        return all;
    }

    private static ScalingVerdict decide(ScalingRule rule, Situation situation, List<Measurement> window) {
        return Scaler.decide(rule, situation, window, NOW);
    }

    private static void assertHolds(ScalingVerdict verdict, String why) {
        assertThat(verdict).isInstanceOf(Hold.class);
        assertThat(verdict.reason()).contains(why);
    }

    private static void assertGoesTo(ScalingVerdict verdict, int to) {
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Change.class,
                        change -> assertThat(change.to()).as(change.reason()).isEqualTo(to));
    }

    @ParameterizedTest
    @CsvSource({
        // requests a second at 100 an instance, instances now, what follows (0: it holds)
        "400, 4, 0",
        "435, 4, 0",
        "445, 4, 5",
        "700, 4, 7",
        "900, 4, 7",
        "5000, 9, 10",
        "5000, 10, 0",
    })
    void adds_as_many_as_the_load_is_right_for_in_steps_up_to_the_most(double load, int instances, int to) {
        ScalingVerdict verdict = decide(rule(100.0, null), with(instances), List.of(requests(5, load)));
        if (to == 0) {
            assertThat(verdict).isInstanceOf(Hold.class);
        } else {
            assertGoesTo(verdict, to);
        }
    }

    @Test
    void says_what_it_decided_by() {
        ScalingVerdict verdict = decide(rule(100.0, null), with(4), List.of(requests(5, 612.5)));
        assertThat(verdict.reason()).isEqualTo("613 requests a second at 100 an instance: right for 7, not for 4");
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Change.class,
                        change -> assertThat(change.evidence())
                                .containsEntry("instances", "4")
                                .containsEntry("wanted", "7")
                                .containsEntry("bounds", "2 to 10")
                                .containsEntry("requests-per-second", "613")
                                .containsEntry("measured", "2026-01-15T11:59:40Z to 2026-01-15T11:59:55Z"));
    }

    @Test
    void takes_away_what_was_not_needed_for_all_of_the_cooldown() {
        assertGoesTo(decide(rule(100.0, null), with(6), steady(150)), 5);
        List<Measurement> once = steady(150);
        once.set(5, requests(60, 590));
        assertHolds(decide(rule(100.0, null), with(6), once), "6 are right");
    }

    @Test
    void never_goes_below_the_fewest() {
        assertHolds(decide(rule(100.0, null), with(2), steady(0)), "fewest");
        assertGoesTo(decide(rule(100.0, null), with(3), steady(0)), 2);
    }

    @Test
    void concludes_nothing_from_silence_or_from_a_part() {
        ScalingRule rule = rule(100.0, null);
        assertHolds(decide(rule, with(6), List.of()), "nothing was measured");
        assertHolds(decide(rule, with(6), List.of(requests(61, 10_000))), "nothing was measured");
        List<Measurement> hole = steady(150);
        hole.removeIf(
                each -> each.at().isAfter(NOW.minusSeconds(100)) && each.at().isBefore(NOW.minusSeconds(20)));
        assertHolds(decide(rule, with(6), hole), "measured whole");
        assertHolds(decide(rule, with(6), steady(150).subList(8, 10)), "measured whole");
        List<Measurement> part = steady(150);
        part.set(3, measured(90, 150.0, false, null, false));
        assertHolds(decide(rule, with(6), part), "measured whole");
        assertGoesTo(decide(rule, with(4), List.of(measured(0, 700.0, false, null, false))), 7);
        assertHolds(decide(rule, with(4), List.of(measured(0, null, false, 9.0, true))), "could be read");
    }

    @Test
    void waits_after_a_change() {
        ScalingRule rule = rule(100.0, null);
        List<Measurement> much = List.of(requests(0, 900));
        assertHolds(decide(rule, changed(4, Duration.ofSeconds(29)), much), "30 s since the last change");
        assertGoesTo(decide(rule, changed(4, Duration.ofSeconds(30)), much), 7);
        assertHolds(decide(rule, changed(6, Duration.ofSeconds(119)), steady(150)), "120 s since the last change");
        assertGoesTo(decide(rule, changed(6, Duration.ofSeconds(120)), steady(150)), 5);
    }

    @Test
    void does_nothing_while_instances_are_counted_by_somebody_else() {
        Situation busy = new Situation(4, CPUS, "upgrade up-1 decides", null);
        assertHolds(decide(rule(100.0, null), busy, List.of(requests(0, 5_000))), "upgrade up-1 decides");
        assertHolds(decide(rule(100.0, null), new Situation(1, CPUS, "upgrade up-1 decides", null), List.of()), "up-1");
        assertHolds(decide(rule(100.0, null), with(0), List.of(requests(0, 5_000))), "stopped");
    }

    @Test
    void goes_by_processors_as_a_share_of_what_the_manifest_asks_for() {
        ScalingRule rule = rule(null, 50);
        // 4 instances use 0.4 of the 0.5 processors each: 1.6 in all, 0.25 is right for one
        assertGoesTo(decide(rule, with(4), List.of(measured(0, null, false, 0.4, false))), 7);
        assertHolds(decide(rule, with(4), List.of(measured(0, null, false, 0.26, false))), "measured whole");
        assertThat(decide(rule, with(4), List.of(measured(0, null, false, 0.4, false)))
                        .reason())
                .startsWith("80 % of the processors at 50 %");
    }

    @Test
    void with_both_targets_the_one_that_asks_for_more_counts() {
        ScalingRule rule = rule(100.0, 50);
        assertGoesTo(decide(rule, with(4), List.of(measured(0, 100.0, true, 0.4, true))), 7);
        assertGoesTo(decide(rule, with(4), List.of(measured(0, 600.0, true, 0.01, true))), 6);
        List<Measurement> half = steady(150);
        assertHolds(decide(rule, with(6), half), "measured whole");
    }

    @Test
    void keeps_to_its_bounds_and_to_those_of_the_hour() {
        ScalingBounds noon =
                new ScalingBounds(new WeeklyTime(List.of(DayOfWeek.THURSDAY), "11:00", "13:00", "UTC"), 5, 6);
        ScalingRule rule = rule(100.0, null, noon);
        assertGoesTo(decide(rule, with(2), List.of()), 5);
        assertGoesTo(decide(rule, with(5), List.of(requests(0, 5_000))), 6);
        assertGoesTo(decide(rule, with(9), List.of()), 8);
        assertHolds(decide(rule, changed(9, Duration.ofSeconds(10)), List.of()), "since the last change");
        Instant later = NOW.plus(Duration.ofHours(2));
        assertThat(Scaler.decide(rule, with(2), List.of(), later)).isInstanceOf(Hold.class);
        assertGoesTo(decide(rule(null, null, noon), with(2), List.of()), 5);
        assertHolds(Scaler.decide(rule(null, null, noon), with(5), List.of(), later), "within the bounds");
    }
}
