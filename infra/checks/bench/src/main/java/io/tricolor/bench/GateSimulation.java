package io.tricolor.bench;

import io.tricolor.contracts.group.Verdict;
import io.tricolor.monitor.gate.domain.Limits;
import io.tricolor.monitor.gate.domain.Look;
import io.tricolor.monitor.gate.domain.SequentialTest;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One case, run many times with seeds that follow each other: what a metric gate says of a release whose truth is
 * known.
 *
 * @param looks in a run
 * @param canary requests of the canary in a look
 * @param baseline requests of the baseline in a look
 * @param share of the baseline's requests that are errors
 * @param ratio so many times that share has the canary
 * @param clump errors come so many at a time; 1: each by itself
 */
record GateSimulation(int looks, int canary, int baseline, double share, double ratio, int clump) {

    private static final int EVERY = 5;

    /**
     * What came out.
     *
     * @param failed share of the runs in which the gate said FAIL at some look
     * @param passed share of the runs in which it had said PASS before that
     * @param requests median of the canary's requests at a FAIL; 0: there was none
     * @param foil share of the runs that Kayenta's rule calls worse at the end; NaN: not asked
     */
    record Outcome(double failed, double passed, long requests, double foil) {}

    Outcome run(Limits limits, int runs, long seed, boolean withFoil) {
        int failed = 0;
        int passed = 0;
        int foil = 0;
        long[] at = new long[runs];
        for (int run = 0; run < runs; run++) {
            SplittableRandom random = new SplittableRandom(seed + run);
            SequentialTest test = new SequentialTest(limits);
            double[] experiment = new double[looks];
            double[] control = new double[looks];
            boolean before = false;
            long found = 0;
            for (int look = 0; look < looks; look++) {
                long bad = bad(random, canary, share * ratio);
                long usual = bad(random, baseline, share);
                experiment[look] = (double) bad / canary;
                control[look] = (double) usual / baseline;
                test.add(new Look(canary, bad, baseline, usual));
                if (test.hasFailed() && found == 0) {
                    found = (look + 1L) * canary;
                    if (!withFoil) {
                        break;
                    }
                }
                before |= found == 0 && look % EVERY == 0 && test.assess().verdict() == Verdict.PASS;
            }
            if (found > 0) {
                at[failed++] = found;
            }
            passed += before ? 1 : 0;
            foil += withFoil && Kayenta.isHigh(experiment, control) ? 1 : 0;
        }
        Arrays.sort(at, 0, failed);
        return new Outcome(
                (double) failed / runs,
                (double) passed / runs,
                failed == 0 ? 0 : at[failed / 2],
                withFoil ? (double) foil / runs : Double.NaN);
    }

    private long bad(SplittableRandom random, int requests, double probability) {
        if (clump > 1) {
            return Math.min(requests, clump * poisson(random, requests * probability / clump));
        }
        long bad = 0;
        for (int i = 0; i < requests; i++) {
            bad += random.nextDouble() < probability ? 1 : 0;
        }
        return bad;
    }

    /** By Knuth's product of uniform numbers; for means of some tens at the most. */
    private static long poisson(SplittableRandom random, double mean) {
        double limit = Math.exp(-mean);
        double product = random.nextDouble();
        long count = 0;
        while (product > limit) {
            product *= random.nextDouble();
            count++;
        }
        return count;
    }

    /** Whether false alarms are what is counted. */
    boolean isGood() {
        return ratio <= 1.25;
    }
}
