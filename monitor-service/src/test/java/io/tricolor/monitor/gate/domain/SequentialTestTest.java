package io.tricolor.monitor.gate.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.tricolor.contracts.group.Verdict;
import io.tricolor.monitor.gate.domain.SequentialTest.Assessment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequentialTestTest {

    private static final Limits LIMITS = new Limits(1.25, 0.01, 100);
    private static final long SHARE_SEED = 20_260_117;

    /** Independent, and in clumps of up to five; a look after every twenty requests. */
    @Test
    void a_share_that_is_kept_is_rarely_taken_for_one_that_is_not_and_a_higher_one_is_found() {
        SplittableRandom random = new SplittableRandom(SHARE_SEED);
        int falseAlarms = 0;
        int found = 0;
        int runs = 2_000;
        for (int run = 0; run < runs; run++) {
            SequentialTest good = new SequentialTest(new Limits(1, 0.01, 1), 0.01);
            SequentialTest bad = new SequentialTest(new Limits(1, 0.01, 1), 0.01);
            int clump = 1 + random.nextInt(5);
            for (int look = 0; look < 60; look++) {
                good.add(new Look(20, Math.min(20, clump * bad(random, 20, 0.01 / clump)), 0, 0));
                bad.add(new Look(20, bad(random, 20, 0.05), 0, 0));
            }
            falseAlarms += good.hasFailed() ? 1 : 0;
            found += bad.hasFailed() ? 1 : 0;
        }
        assertThat(falseAlarms).as("seed %d", SHARE_SEED).isLessThanOrEqualTo(runs / 100);
        assertThat(found).as("seed %d", SHARE_SEED).isGreaterThan(runs * 99 / 100);
        assertThat(SequentialTest.detectable(new Limits(1, 0.01, 1), 1_200, 0.01)
                        .orElseThrow())
                .isBetween(2.5, 4.5);
    }

    @Test
    void the_canarys_share_is_that_of_the_requests_where_it_is_as_good() {
        assertThat(SequentialTest.theta(1, 0.25)).isEqualTo(0.25);
        assertThat(SequentialTest.theta(3, 0.25)).isEqualTo(0.5);
        assertThat(SequentialTest.theta(5, 20.0 / 220)).isCloseTo(1.0 / 3, within(1e-12));
        assertThat(SequentialTest.theta(1e9, 1e-3)).isCloseTo(1, within(1e-5));
    }

    /** Of one look with one bad request of the canary both e-values are the same: a mean of theta/theta0. */
    @Test
    void one_bad_request_is_worth_the_mean_of_the_likelihood_ratios() {
        SequentialTest test = new SequentialTest(new Limits(1, 0.01, 1));
        test.add(new Look(10, 1, 30, 0));
        double mean = 0;
        for (int i = 0; i < 40; i++) {
            double ratio = 1.2 * Math.pow(50 / 1.2, i / 39.0);
            mean += ratio * 0.25 / (0.75 + ratio * 0.25) / 0.25 / 40;
        }
        // Until clumps are known the second of the two is not there: half of the first is left.
        assertThat(Math.exp(test.assess().logEvidence())).isCloseTo(mean / 2, within(1e-9));
    }

    @Test
    void looks_multiply_whatever_their_share_of_requests() {
        SequentialTest test = new SequentialTest(new Limits(1, 0.01, 1));
        test.add(new Look(10, 1, 30, 0));
        test.add(new Look(10, 1, 10, 1));
        double mean = 0;
        for (int i = 0; i < 40; i++) {
            double ratio = 1.2 * Math.pow(50 / 1.2, i / 39.0);
            double first = SequentialTest.theta(ratio, 0.25) / 0.25;
            double second = SequentialTest.theta(ratio, 0.5) * (1 - SequentialTest.theta(ratio, 0.5)) / 0.25;
            mean += first * second / 40;
        }
        assertThat(Math.exp(test.assess().logEvidence())).isCloseTo(mean / 2, within(1e-9));
    }

    /** A fair bet: on the average over what may happen where the ratio is the tolerated one it wins nothing. */
    @ParameterizedTest
    @CsvSource({"1, 10, 30", "1.25, 20, 200", "2, 5, 5"})
    void the_e_value_has_a_mean_of_1_at_the_tolerated_ratio_and_less_below_it(double ratio, long n, long m) {
        for (double truth : new double[] {ratio, ratio / 2}) {
            double theta = SequentialTest.theta(truth, (double) n / (n + m));
            double mean = 0;
            for (int x = 0; x <= 1; x++) {
                SequentialTest test = new SequentialTest(new Limits(ratio, 0.01, 1));
                test.add(new Look(n, x, m, 1 - x));
                mean += 2 * Math.exp(test.assess().logEvidence()) * (x == 1 ? theta : 1 - theta);
            }
            if (truth == ratio) {
                assertThat(mean).isCloseTo(1, within(1e-9));
            } else {
                assertThat(mean).isLessThan(1);
            }
        }
    }

    @Test
    void many_bad_requests_of_one_look_are_one_clump_while_clumps_are_not_known() {
        SequentialTest test = new SequentialTest(LIMITS);
        test.add(new Look(1_000, 500, 10_000, 0));
        Assessment said = test.assess();
        assertThat(said.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(said.clumped()).isTrue();
        assertThat(said.clump()).isNaN();
        for (int i = 0; i < 5; i++) {
            test.add(new Look(1_000, 500, 10_000, 0));
        }
        assertThat(test.assess().verdict()).isEqualTo(Verdict.FAIL);
        assertThat(test.hasFailed()).isTrue();
    }

    @Test
    void what_has_failed_stays_so() {
        SequentialTest test = new SequentialTest(LIMITS);
        for (int i = 0; i < 20; i++) {
            test.add(new Look(20, 1, 200, 0));
        }
        for (int i = 0; i < 10_000; i++) {
            test.add(new Look(20, 0, 200, 1));
        }
        assertThat(test.assess().verdict()).isEqualTo(Verdict.FAIL);
        assertThat(test.assess().needed()).isZero();
    }

    @Test
    void nothing_is_said_without_requests() {
        SequentialTest test = new SequentialTest(LIMITS);
        test.add(Look.NOTHING);
        Assessment said = test.assess();
        assertThat(said.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(said.needed()).isEqualTo(100);
        assertThat(said.ratio()).isNaN();
        assertThat(said.atLeast()).isZero();
        assertThat(said.atMost()).isInfinite();
        assertThat(test.looks()).isZero();
    }

    @Test
    void a_canary_without_any_bad_request_passes_with_the_least_number_of_requests() {
        SequentialTest test = new SequentialTest(LIMITS);
        test.add(new Look(99, 0, 1_000, 3));
        assertThat(test.assess().verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(test.assess().needed()).isEqualTo(1);
        test.add(new Look(1, 0, 0, 0));
        assertThat(test.assess().verdict()).isEqualTo(Verdict.PASS);
        assertThat(test.assess().needed()).isZero();
        test.add(new Look(1, 1, 10, 0));
        assertThat(test.assess().verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    }

    @Test
    void without_a_baseline_a_bad_request_cannot_be_judged() {
        SequentialTest test = new SequentialTest(LIMITS);
        for (int i = 0; i < 100; i++) {
            test.add(new Look(100, 50, 0, 0));
        }
        assertThat(test.assess().verdict()).isEqualTo(Verdict.INCONCLUSIVE);
        assertThat(test.assess().needed()).isEqualTo(-1);
    }

    @Test
    void requests_to_the_baseline_alone_tell_nothing_of_the_canary() {
        SequentialTest test = new SequentialTest(LIMITS);
        for (int i = 0; i < 100; i++) {
            test.add(new Look(0, 0, 100, 1));
        }
        assertThat(test.assess().logFor()).isCloseTo(0, within(1e-12));
        assertThat(test.assess().verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    }

    /** Found at once in 60 looks of 20 to 200 where it is five times as bad; as a far larger simulation says. */
    @Test
    void five_times_the_errors_are_found_within_1200_requests_and_equal_ones_never_fail() {
        int found = 0;
        int wrong = 0;
        for (int run = 0; run < 200; run++) {
            SplittableRandom random = new SplittableRandom(run);
            SequentialTest bad = new SequentialTest(LIMITS);
            SequentialTest good = new SequentialTest(LIMITS);
            for (int look = 0; look < 60; look++) {
                bad.add(new Look(20, bad(random, 20, 0.05), 200, bad(random, 200, 0.01)));
                good.add(new Look(20, bad(random, 20, 0.01), 200, bad(random, 200, 0.01)));
            }
            found += bad.hasFailed() ? 1 : 0;
            wrong += good.hasFailed() ? 1 : 0;
        }
        assertThat(found).isGreaterThanOrEqualTo(199);
        assertThat(wrong).isZero();
    }

    @Test
    void a_canary_as_good_as_the_baseline_passes_after_about_the_requests_that_were_said_to_be_needed() {
        SplittableRandom random = new SplittableRandom(7);
        SequentialTest test = new SequentialTest(LIMITS);
        long said = 0;
        long at = 0;
        for (int look = 0; look < 1_000 && at == 0; look++) {
            test.add(new Look(20, bad(random, 20, 0.01), 200, bad(random, 200, 0.01)));
            if (look == 20) {
                assertThat(test.total().canaryBad()).isPositive();
                said = test.total().canary() + test.assess().needed();
            }
            if (look > 20 && test.assess().verdict() == Verdict.PASS) {
                at = test.total().canary();
            }
        }
        assertThat(at).isBetween(said / 3, said * 3);
        assertThat(test.assess().atMost()).isLessThanOrEqualTo(LIMITS.excludedRatio());
        assertThat(test.assess().atLeast()).isLessThan(1);
    }

    @Test
    void the_confidence_sequence_holds_the_truth_and_closes_in_on_it() {
        SplittableRandom random = new SplittableRandom(11);
        SequentialTest test = new SequentialTest(LIMITS);
        for (int look = 0; look < 3_000; look++) {
            test.add(new Look(20, bad(random, 20, 0.03), 200, bad(random, 200, 0.01)));
            if (look % 100 == 99) {
                assertThat(test.assess().atLeast()).isLessThanOrEqualTo(3);
                assertThat(test.assess().atMost()).isGreaterThanOrEqualTo(3);
            }
        }
        assertThat(test.assess().ratio()).isCloseTo(3, within(0.3));
        assertThat(test.assess().atLeast()).isGreaterThan(2.3);
        assertThat(test.assess().atMost()).isLessThan(4);
    }

    /** Clumps of five on both sides. Taken one by one they would be taken for a difference. */
    @Test
    void clumps_are_measured_on_the_baseline_and_keep_a_fail_back() {
        SequentialTest test = new SequentialTest(LIMITS);
        for (int look = 0; look < 40; look++) {
            test.add(new Look(20, look % 16 == 0 ? 5 : 0, 200, look % 10 == 3 ? 5 : 0));
        }
        Assessment said = test.assess();
        assertThat(said.clump()).isBetween(4.0, 7.0);
        assertThat(said.clumped()).isTrue();
        assertThat(said.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    }

    @Test
    void independent_errors_are_no_clumps() {
        SplittableRandom random = new SplittableRandom(5);
        SequentialTest test = new SequentialTest(LIMITS);
        for (int look = 0; look < 500; look++) {
            test.add(new Look(20, 0, 200, bad(random, 200, 0.01)));
        }
        assertThat(test.assess().clump()).isBetween(1.0, 1.25);
    }

    @Test
    void goes_on_with_what_was_kept() {
        SplittableRandom random = new SplittableRandom(3);
        SequentialTest whole = new SequentialTest(LIMITS);
        SequentialTest inParts = new SequentialTest(LIMITS);
        for (int look = 0; look < 50; look++) {
            Look next = new Look(20, bad(random, 20, 0.02), 200, bad(random, 200, 0.01));
            whole.add(next);
            inParts.add(next);
            inParts = new SequentialTest(LIMITS, inParts.state());
        }
        assertThat(inParts.assess()).isEqualTo(whole.assess());
        assertThat(inParts.state()).isEqualTo(whole.state());
        SequentialTest.State other = new SequentialTest.State(
                Look.NOTHING, 0, 0, 0, 0, 0, false, java.util.List.of(0.0), java.util.List.of(0.0));
        assertThatIllegalArgumentException().isThrownBy(() -> new SequentialTest(LIMITS, other));
    }

    @Test
    void is_stable_with_a_billion_bad_requests() {
        SequentialTest test = new SequentialTest(LIMITS);
        for (int look = 0; look < 1_000; look++) {
            test.add(new Look(10_000_000, 1_000_000, 10_000_000, 1_000_000));
        }
        Assessment said = test.assess();
        assertThat(said.verdict()).isEqualTo(Verdict.PASS);
        assertThat(said.ratio()).isCloseTo(1, within(1e-9));
        assertThat(said.logEvidence()).isFinite().isNegative();
        assertThat(said.logFor()).isFinite().isPositive();
    }

    /** What is said to be found in nine of ten cases is found in about as many. */
    @Test
    void the_smallest_ratio_that_can_be_found_is_found() {
        double smallest = SequentialTest.detectable(LIMITS, 1_200, 12_000, 0.01).orElseThrow();
        assertThat(smallest).isBetween(3.0, 5.0);
        int found = 0;
        for (int run = 0; run < 100; run++) {
            SplittableRandom random = new SplittableRandom(run);
            SequentialTest test = new SequentialTest(LIMITS);
            for (int look = 0; look < 60; look++) {
                test.add(new Look(20, bad(random, 20, 0.01 * smallest), 200, bad(random, 200, 0.01)));
            }
            found += test.hasFailed() ? 1 : 0;
        }
        assertThat(found).isGreaterThanOrEqualTo(75);
        assertThat(SequentialTest.detectable(LIMITS, 12_000, 120_000, 0.01).orElseThrow())
                .isLessThan(smallest);
        assertThat(SequentialTest.detectable(LIMITS, 10, 100, 0.0001)).isEmpty();
        assertThat(SequentialTest.detectable(LIMITS, 0, 100, 0.1)).isEmpty();
    }

    @Test
    void impossible_counts_and_limits_are_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Look(1, 2, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Look(1, 0, 1, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Limits(0.9, 0.01, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Limits(Double.NaN, 0.01, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Limits(1, 1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Limits(1, 0.01, 0));
    }

    private static long bad(SplittableRandom random, int requests, double share) {
        long bad = 0;
        for (int i = 0; i < requests; i++) {
            bad += random.nextDouble() < share ? 1 : 0;
        }
        return bad;
    }
}
