package io.tricolor.monitor.gate.domain;

/**
 * What happened between two readings of the counters, of all routers together.
 *
 * @param canary requests to the cluster that is judged
 * @param canaryBad those of them that were bad
 * @param baseline requests to the cluster that it is compared with
 * @param baselineBad those of them that were bad
 */
public record Look(long canary, long canaryBad, long baseline, long baselineBad) {

    /** Nothing happened. */
    public static final Look NOTHING = new Look(0, 0, 0, 0);

    /** Throws {@link IllegalArgumentException} for counts below 0, and for more bad requests than requests. */
    public Look {
        if (canaryBad < 0 || canary < canaryBad || baselineBad < 0 || baseline < baselineBad) {
            throw new IllegalArgumentException("no look: " + canaryBad + " of " + canary + " and " + baselineBad
                    + " of " + baseline + " requests");
        }
    }

    /** Both together. */
    public Look plus(Look other) {
        return new Look(
                canary + other.canary,
                canaryBad + other.canaryBad,
                baseline + other.baseline,
                baselineBad + other.baselineBad);
    }

    public boolean isNothing() {
        return canary == 0 && baseline == 0;
    }
}
