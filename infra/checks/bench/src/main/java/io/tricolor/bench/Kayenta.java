package io.tricolor.bench;

import java.util.Arrays;

/**
 * The rule of Kayenta's NetflixACAJudge for one metric, as a foil: written anew from what its documentation and its
 * source say it does. A point is the share of errors in one interval. The points of both sides are compared by the test
 * of Mann and Whitney: of all differences between a point of the experiment and one of the control, the median is the
 * estimate (Hodges and Lehmann), and those at the ranks of a 98 % interval by the normal approximation are its ends.
 * The metric is High where the lower end lies above a quarter of the estimate, and the ratio of the means is at least
 * the allowed increase. It judges once, at the end.
 */
final class Kayenta {

    private static final double QUANTILE_98 = 2.326;
    private static final double TOLERANCE = 0.25;
    private static final double ALLOWED_INCREASE = 1;

    private Kayenta() {}

    /** Whether the experiment is taken for worse than the control. */
    static boolean isHigh(double[] experiment, double[] control) {
        int n = experiment.length;
        int m = control.length;
        double[] differences = new double[n * m];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                differences[i * m + j] = experiment[i] - control[j];
            }
        }
        Arrays.sort(differences);
        double estimate = (differences[(n * m - 1) / 2] + differences[n * m / 2]) / 2;
        double half = QUANTILE_98 * deviation(experiment, control);
        int rank = (int) Math.floor(n * m / 2.0 - half - 0.5);
        double lower = differences[Math.clamp(rank, 0, n * m - 1)];
        double means = mean(experiment) / mean(control);
        return lower > TOLERANCE * Math.abs(estimate) && means >= ALLOWED_INCREASE;
    }

    /** Standard deviation of the statistic, with the correction for ties. */
    private static double deviation(double[] experiment, double[] control) {
        double n = experiment.length;
        double m = control.length;
        double[] all = new double[experiment.length + control.length];
        System.arraycopy(experiment, 0, all, 0, experiment.length);
        System.arraycopy(control, 0, all, experiment.length, control.length);
        Arrays.sort(all);
        double ties = 0;
        for (int from = 0; from < all.length; ) {
            int to = from;
            while (to < all.length && all[to] == all[from]) {
                to++;
            }
            double t = to - from;
            ties += t * t * t - t;
            from = to;
        }
        double total = n + m;
        return Math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }
}
