package io.tricolor.monitor.gate.domain;

/**
 * What a judgement goes by.
 *
 * @param toleratedRatio so many times the baseline's share of bad requests is still good; at least 1
 * @param alpha share of good clusters that may be taken for bad ones, and of bad ones that may be taken for good;
 *     above 0, below 1
 * @param minimumRequests of the canary before it can pass, at least 1
 */
public record Limits(double toleratedRatio, double alpha, long minimumRequests) {

    /** So many times the tolerated ratio is what has to be excluded before a cluster passes. */
    public static final double MARGIN = 2;

    /** Throws {@link IllegalArgumentException} for a value out of range; NaN is out of each. */
    public Limits {
        if (!(toleratedRatio >= 1 && toleratedRatio <= 1_000) || !(alpha > 0 && alpha < 1) || minimumRequests < 1) {
            throw new IllegalArgumentException("a ratio of at least 1, an alpha between 0 and 1, at least one request: "
                    + toleratedRatio + ", " + alpha + ", " + minimumRequests);
        }
    }

    /** The ratio that has to be excluded before a cluster passes. */
    public double excludedRatio() {
        return MARGIN * toleratedRatio;
    }

    /** What the logarithm of an e-value has to reach. */
    double evidence() {
        return -Math.log(alpha);
    }
}
