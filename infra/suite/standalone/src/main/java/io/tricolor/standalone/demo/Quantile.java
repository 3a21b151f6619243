package io.tricolor.standalone.demo;

import java.util.List;

/** Quantiles of measured values. */
final class Quantile {

    private Quantile() {}

    /** The value that {@code share} of the sorted values do not exceed; 0 when there is none. */
    static double of(List<Double> sorted, double share) {
        if (sorted.isEmpty()) {
            return 0;
        }
        int index = (int) Math.ceil(sorted.size() * share) - 1;
        return sorted.get(Math.clamp(index, 0, sorted.size() - 1));
    }
}
