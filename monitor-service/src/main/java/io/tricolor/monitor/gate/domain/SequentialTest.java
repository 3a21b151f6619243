package io.tricolor.monitor.gate.domain;

import io.tricolor.contracts.group.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Compares the bad requests of two clusters, look by look, and may be asked after each look without paying for it: an
 * anytime-valid sequential test.
 *
 * <p>Of t bad requests of a look with n canary and m baseline requests, the canary has a binomial share theta(r, rho) =
 * r·rho / (1 - rho + r·rho), where rho = n/(n+m) and r is the ratio of the two shares of bad requests. The likelihood
 * ratio of r against r0 is a factor of mean 1 for r0, and of at most 1 for all that is below r0 when r is above it.
 * The product over looks, averaged over r on a logarithmic grid from {@value #NEAREST} to {@value #FARTHEST} times
 * r0, is an e-process, also when rho changes from look to look. By Ville's inequality it reaches 1/alpha at any time
 * with a probability of at most alpha. Sources: Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data,
 * NeurIPS 2022; arXiv 2205.14762.
 *
 * <p>That holds for requests that are bad independently of each other. One user who tries again makes a clump, and so
 * does one bad second. So the e-value is the mean of two:
 *
 * <ul>
 *   <li>one in which each look has at most one bad request of the canary: however they clump within a look, a clump is
 *       one;
 *   <li>one in which each bad request counts as 1/phi, phi being how much more the baseline's bad requests scatter
 *       from look to look than independent ones (Pearson's statistic, for independent ones about 1, plus a
 *       standard deviation; at least 1). A clump of c requests has phi = c, and 1/c of each is one again. It counts
 *       from {@value #TESTABLE_LOOKS} looks and {@value #TESTABLE_BAD} bad requests of the baseline on; before,
 *       phi is not known.
 * </ul>
 *
 * <p>FAIL: that mean has reached 1/alpha once. PASS: the canary has had the least number of requests, and either none
 * of them was bad or the e-value against {@link Limits#excludedRatio()}, of ratios below it, is at least 1/alpha: the
 * confidence sequence of r excludes it. In between nothing can be said.
 *
 * <p>Where there is a share of bad requests to be compared with instead of a baseline, r is the ratio to it. Bad
 * requests of a look are Poisson of mean r·share·n then; with at most one a look, one is there with probability 1 -
 * exp(-r·share·n). How bad requests clump is not known without a baseline, so only that e-value counts for FAIL, by
 * half.
 *
 * <p>Bad requests on both sides are rare events of two Poisson streams in this model. Where they are not rare the
 * canary's share scatters less than a binomial one (it is hypergeometric): the test only errs on the side of caution.
 *
 * <p>Takes O(grid) a look. All in logarithms: sums of 10^9 bad requests keep 6 digits of the exponent. Not thread-safe.
 */
public final class SequentialTest {

    /** Ratios on each of the two grids. */
    static final int POINTS = 40;

    static final double NEAREST = 1.2;
    static final double FARTHEST = 50;

    /** Looks at the baseline before its clumps are known. */
    public static final int TESTABLE_LOOKS = 20;

    /** Bad requests of the baseline before its clumps are known. */
    public static final int TESTABLE_BAD = 10;

    private static final int TOLERATED = 2 * POINTS;
    private static final int EXCLUDED = TOLERATED + 1;

    private final Limits limits;

    /** Of bad requests, that the canary is compared with; 0: with the baseline. */
    private final double share;

    /** Below what has to be excluded; above what is tolerated; both of these. */
    private final double[] ratios;

    private final double[] whole;
    private final double[] capped;
    private Sums sums;

    /** Of the last look's share of requests, since it hardly changes. */
    private final double[] logTheta;

    private final double[] logRest;
    private double logsAreOf = Double.NaN;

    /**
     * Everything but the grids.
     *
     * @param looks with a request
     * @param baselineLooks with a request to the baseline
     * @param baselineSquares sum over looks of the baseline's bad requests squared, by its requests
     * @param strataCanary sum over looks of canaryBad·baseline/(canary + baseline)
     * @param strataBaseline sum over looks of baselineBad·canary/(canary + baseline)
     * @param failed whether the e-value has reached its bound
     */
    private record Sums(
            Look total,
            long looks,
            long baselineLooks,
            double baselineSquares,
            double strataCanary,
            double strataBaseline,
            boolean failed) {}

    /**
     * What is kept of a test, to go on with it later.
     *
     * @param whole logarithms of likelihoods by ratio
     * @param capped the same with at most one bad request of the canary a look
     */
    public record State(
            Look total,
            long looks,
            long baselineLooks,
            double baselineSquares,
            double strataCanary,
            double strataBaseline,
            boolean failed,
            List<Double> whole,
            List<Double> capped) {}

    /**
     * What the test says now.
     *
     * @param ratio of the shares of bad requests, over looks (Mantel and Haenszel); infinite when the baseline has
     *     none; NaN: nothing bad on either side
     * @param atLeast lower end of the confidence sequence of the ratio, 0: none
     * @param atMost upper end of it, infinite: none
     * @param logEvidence logarithm of the e-value against the tolerated ratio
     * @param logFor logarithm of the e-value against the excluded ratio
     * @param clump what one event is taken to have of bad requests, at least 1; NaN: not known yet
     * @param clumped whether the e-value of independent requests would say FAIL, and only clumps keep it from that
     * @param needed about how many more requests of the canary a PASS takes if it is as good as the baseline, or, where
     *     it is worse by far, a FAIL; 0 with a verdict; -1: nobody can say
     */
    public record Assessment(
            Verdict verdict,
            double ratio,
            double atLeast,
            double atMost,
            double logEvidence,
            double logFor,
            double clump,
            boolean clumped,
            long needed) {}

    /** One against the baseline. */
    public SequentialTest(Limits limits) {
        this(limits, 0);
    }

    /**
     * A test.
     *
     * @param share of bad requests that the canary is compared with, below 1; 0: with the baseline
     */
    public SequentialTest(Limits limits, double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("a share is from 0 to 1, not " + share);
        }
        this.limits = limits;
        this.share = share;
        this.ratios = ratios(limits);
        this.whole = new double[ratios.length];
        this.capped = new double[ratios.length];
        this.logTheta = new double[ratios.length];
        this.logRest = new double[ratios.length];
        this.sums = new Sums(Look.NOTHING, 0, 0, 0, 0, 0, false);
    }

    /** Goes on with what was kept of a test against the baseline; throws as the other one. */
    public SequentialTest(Limits limits, State state) {
        this(limits, 0, state);
    }

    /**
     * Goes on with what was kept.
     *
     * @throws IllegalArgumentException when it was kept by another version of the test
     */
    public SequentialTest(Limits limits, double share, State state) {
        this(limits, share);
        if (state.whole().size() != whole.length || state.capped().size() != capped.length) {
            throw new IllegalArgumentException("a test of " + state.whole().size() + " ratios, not " + whole.length);
        }
        for (int i = 0; i < ratios.length; i++) {
            whole[i] = state.whole().get(i);
            capped[i] = state.capped().get(i);
        }
        sums = new Sums(
                state.total(),
                state.looks(),
                state.baselineLooks(),
                state.baselineSquares(),
                state.strataCanary(),
                state.strataBaseline(),
                state.failed());
    }

    /** What is to be kept to go on later. */
    public State state() {
        return new State(
                sums.total(),
                sums.looks(),
                sums.baselineLooks(),
                sums.baselineSquares(),
                sums.strataCanary(),
                sums.strataBaseline(),
                sums.failed(),
                Arrays.stream(whole).boxed().toList(),
                Arrays.stream(capped).boxed().toList());
    }

    /** Takes a look in; one without any request changes nothing. */
    public void add(Look look) {
        if (look.isNothing()) {
            return;
        }
        double n = look.canary();
        double m = look.baseline();
        long bad = look.canaryBad() + look.baselineBad();
        if (share > 0 && n > 0) {
            multiplyByShare(look);
        } else if (share == 0 && n > 0 && m > 0 && bad > 0) {
            multiply(look, n / (n + m));
        }
        boolean seen = look.baseline() > 0;
        double y = look.baselineBad();
        sums = new Sums(
                sums.total().plus(look),
                sums.looks() + 1,
                sums.baselineLooks() + (seen ? 1 : 0),
                sums.baselineSquares() + (seen ? y * y / m : 0),
                sums.strataCanary() + look.canaryBad() * m / (n + m),
                sums.strataBaseline() + y * n / (n + m),
                sums.failed());
        if (bad > 0 && !sums.failed() && logEvidence() >= limits.evidence()) {
            sums = new Sums(
                    sums.total(),
                    sums.looks(),
                    sums.baselineLooks(),
                    sums.baselineSquares(),
                    sums.strataCanary(),
                    sums.strataBaseline(),
                    true);
        }
    }

    private void multiply(Look look, double rho) {
        if (rho != logsAreOf) {
            double logRho = Math.log(rho);
            double logOther = Math.log1p(-rho);
            for (int i = 0; i < ratios.length; i++) {
                double logSum = Math.log1p(rho * (ratios[i] - 1));
                logTheta[i] = Math.log(ratios[i]) + logRho - logSum;
                logRest[i] = logOther - logSum;
            }
            logsAreOf = rho;
        }
        double x = look.canaryBad();
        double one = Math.min(x, 1);
        double y = look.baselineBad();
        for (int i = 0; i < ratios.length; i++) {
            whole[i] += x * logTheta[i] + y * logRest[i];
            capped[i] += one * logTheta[i] + y * logRest[i];
        }
    }

    private void multiplyByShare(Look look) {
        double n = look.canary();
        double x = look.canaryBad();
        for (int i = 0; i < ratios.length; i++) {
            double mean = ratios[i] * share * n;
            whole[i] += x * Math.log(ratios[i]) - mean;
            capped[i] += x > 0 ? Math.log(-Math.expm1(-mean)) : -mean;
        }
    }

    /** Whether the e-value has reached its bound at some look; it stays so. */
    public boolean hasFailed() {
        return sums.failed();
    }

    /** Looks with a request. */
    public long looks() {
        return sums.looks();
    }

    /** All looks together. */
    public Look total() {
        return sums.total();
    }

    /** Logarithm of the mean of both e-values against the tolerated ratio. */
    private double logEvidence() {
        double ofEvents = logMean(capped, POINTS, TOLERATED, 1);
        double clump = share > 0 ? Double.NaN : clump();
        double half = Math.log(0.5);
        return Double.isNaN(clump)
                ? ofEvents + half
                : logSum(ofEvents, logMean(whole, POINTS, TOLERATED, clump)) + half;
    }

    /**
     * How much more the bad requests of the baseline scatter than independent ones, with one standard deviation added;
     * at least 1; NaN while that is not known.
     */
    private double clump() {
        double m = sums.total().baseline();
        double y = sums.total().baselineBad();
        if (sums.baselineLooks() < TESTABLE_LOOKS || y < TESTABLE_BAD || y == m) {
            return Double.NaN;
        }
        double share = y / m;
        double freedom = sums.baselineLooks() - 1.0;
        double pearson = (sums.baselineSquares() / share - y) / (1 - share);
        return Math.max(1, pearson / freedom * (1 + Math.sqrt(2 / freedom)));
    }

    /** What can be said now. */
    public Assessment assess() {
        double clump = share > 0 ? Double.NaN : clump();
        double each = Double.isNaN(clump) ? 1 : clump;
        double logEvidence = logEvidence();
        double logFor = logMean(whole, 0, EXCLUDED, each);
        Look total = sums.total();
        boolean enough = total.canary() >= limits.minimumRequests();
        boolean better = total.canaryBad() == 0 || logFor >= limits.evidence();
        Verdict verdict = sums.failed() ? Verdict.FAIL : enough && better ? Verdict.PASS : Verdict.INCONCLUSIVE;
        double[] interval = interval(each);
        boolean clumped = !sums.failed() && logMean(whole, POINTS, TOLERATED, 1) >= limits.evidence();
        return new Assessment(
                verdict,
                ratio(),
                interval[0],
                interval[1],
                logEvidence,
                logFor,
                clump,
                clumped,
                verdict == Verdict.INCONCLUSIVE ? needed(logEvidence, logFor, each) : 0);
    }

    private double ratio() {
        Look total = sums.total();
        return share > 0
                ? total.canary() == 0 ? Double.NaN : total.canaryBad() / (share * total.canary())
                : sums.strataCanary() / sums.strataBaseline();
    }

    /** Ratios that the looks do not exclude: those against which the mean of all others is below 1/alpha. */
    private double[] interval(double clump) {
        double mean = logSum(whole, 0, whole.length, clump) - Math.log(whole.length);
        double lower = Double.POSITIVE_INFINITY;
        double upper = 0;
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        for (int i = 0; i < ratios.length; i++) {
            least = Math.min(least, ratios[i]);
            most = Math.max(most, ratios[i]);
            if (mean - whole[i] / clump < limits.evidence()) {
                lower = Math.min(lower, ratios[i]);
                upper = Math.max(upper, ratios[i]);
            }
        }
        return new double[] {lower <= least ? 0 : lower, upper >= most ? Double.POSITIVE_INFINITY : upper};
    }

    /**
     * The e-value's logarithm grows by the divergence of Kullback and Leibler for each bad request, on the average.
     * What is missing, by that, is rounded up to two digits.
     */
    private long needed(double logEvidence, double logFor, double clump) {
        Look total = sums.total();
        long missing = limits.minimumRequests() - total.canary();
        if (total.canaryBad() == 0) {
            return Math.max(1, missing);
        }
        double n = total.canary();
        double m = total.baseline();
        if (m == 0 && share == 0) {
            return -1;
        }
        double ratio = ratio();
        boolean worse = ratio > Math.sqrt(limits.toleratedRatio() * limits.excludedRatio());
        double truth = worse ? Math.min(ratio, FARTHEST * limits.toleratedRatio()) : 1;
        double against = worse ? limits.toleratedRatio() : limits.excludedRatio();
        double left = limits.evidence() + Math.log(POINTS) / 2 - (worse ? logEvidence : logFor);
        if (share > 0) {
            double each = share * poisson(truth, against);
            return Math.max(Math.max(1, missing), twoDigits(Math.max(left, 0.1) / each));
        }
        double rho = n / (n + m);
        double ofAll = (total.canaryBad() + total.baselineBad()) / (n + m);
        double badPerCanaryRequest = ofAll / rho;
        double more = Math.max(left, 0.1) * clump / (divergence(truth, against, rho) * badPerCanaryRequest);
        return Math.max(Math.max(1, missing), twoDigits(more));
    }

    private static long twoDigits(double value) {
        double digit = Math.pow(10, Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1));
        return (long) Math.min(1e15, Math.ceil(value / digit) * digit);
    }

    /**
     * What one bad request tells on the average between two ratios, of which the first is true (Kullback and Leibler).
     *
     * @param rho share of requests that the canary has, above 0 and below 1
     */
    static double divergence(double truth, double other, double rho) {
        double theta = theta(truth, rho);
        double otherTheta = theta(other, rho);
        return theta * Math.log(theta / otherTheta) + (1 - theta) * Math.log((1 - theta) / (1 - otherTheta));
    }

    /**
     * What is told by the time in which one bad request is expected, between two ratios, of which the first is true.
     */
    private static double poisson(double truth, double other) {
        return truth * Math.log(truth / other) - truth + other;
    }

    /**
     * The smallest ratio to a share that is found in nine of ten cases, when hardly any look has two bad requests.
     *
     * @param canary requests of the canary in the time that there is
     * @param share of bad requests that it is compared with, above 0 and below 1
     * @return empty: not even a thousandfold one, or there is nothing to go by
     */
    public static OptionalDouble detectable(Limits limits, double canary, double share) {
        if (!(canary > 0 && share > 0 && share < 1)) {
            return OptionalDouble.empty();
        }
        double tolerated = limits.toleratedRatio();
        double missing = limits.evidence() + Math.log(2) + Math.log(POINTS) / 2;
        for (double ratio = tolerated; ratio <= Math.min(1_000, 1 / share); ratio *= 1.001) {
            double expected = share * canary;
            double deviation = Math.sqrt(expected * ratio) * Math.log(ratio / tolerated);
            if (expected * poisson(ratio, tolerated) - 1.28 * deviation >= missing) {
                return OptionalDouble.of(ratio);
            }
        }
        return OptionalDouble.empty();
    }

    /**
     * Share of the bad requests that the canary has.
     *
     * @param ratio of the shares of bad requests, above 0
     * @param rho share of the requests that the canary has, from 0 to 1
     */
    static double theta(double ratio, double rho) {
        return ratio * rho / (1 - rho + ratio * rho);
    }

    /**
     * The smallest ratio that is found in nine of ten cases, by the normal approximation of the e-value's logarithm.
     *
     * @param canary requests of the canary in the time that there is
     * @param baseline requests of the baseline in that time
     * @param share of bad requests of the baseline, above 0 and below 1
     * @return empty: not even a thousandfold one, or there is nothing to go by
     */
    public static OptionalDouble detectable(Limits limits, double canary, double baseline, double share) {
        if (!(canary > 0 && baseline > 0 && share > 0 && share < 1)) {
            return OptionalDouble.empty();
        }
        double most = Math.min(1_000, 1 / share);
        if (!isFound(limits, canary, baseline, share, most)) {
            return OptionalDouble.empty();
        }
        double lower = limits.toleratedRatio();
        double upper = most;
        while (upper / lower > 1.001) {
            double middle = Math.sqrt(lower * upper);
            if (isFound(limits, canary, baseline, share, middle)) {
                upper = middle;
            } else {
                lower = middle;
            }
        }
        return OptionalDouble.of(upper);
    }

    private static boolean isFound(Limits limits, double canary, double baseline, double share, double ratio) {
        double rho = canary / (canary + baseline);
        double bad = share * (baseline + ratio * canary);
        double theta = theta(ratio, rho);
        double tolerated = theta(limits.toleratedRatio(), rho);
        double step = Math.log(theta / tolerated) - Math.log((1 - theta) / (1 - tolerated));
        double mean = bad * divergence(ratio, limits.toleratedRatio(), rho);
        // Bad requests of both sides are Poisson; a bad one of the baseline takes its own part away.
        double ofCanary = Math.log(theta / tolerated);
        double deviation = Math.sqrt(share * ratio * canary * ofCanary * ofCanary
                + share * baseline * (ofCanary - step) * (ofCanary - step));
        return mean - 1.28 * deviation >= limits.evidence() + Math.log(2) + Math.log(POINTS) / 2;
    }

    private static double[] ratios(Limits limits) {
        double[] ratios = new double[EXCLUDED + 1];
        double step = Math.log(FARTHEST / NEAREST) / (POINTS - 1);
        for (int i = 0; i < POINTS; i++) {
            double times = NEAREST * Math.exp(step * i);
            ratios[i] = limits.excludedRatio() / times;
            ratios[POINTS + i] = limits.toleratedRatio() * times;
        }
        ratios[TOLERATED] = limits.toleratedRatio();
        ratios[EXCLUDED] = limits.excludedRatio();
        return ratios;
    }

    /** Logarithm of the mean over a grid of likelihoods divided by that of one ratio, each bad request as 1/clump. */
    private static double logMean(double[] logs, int from, int against, double clump) {
        return logSum(logs, from, POINTS, clump) - Math.log(POINTS) - logs[against] / clump;
    }

    private static double logSum(double[] logs, int from, int count, double clump) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            highest = Math.max(highest, logs[i]);
        }
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.exp((logs[i] - highest) / clump);
        }
        return highest / clump + Math.log(sum);
    }

    private static double logSum(double a, double b) {
        double higher = Math.max(a, b);
        return higher + Math.log1p(Math.exp(Math.min(a, b) - higher));
    }
}
