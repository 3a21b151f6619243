package io.tricolor.bench;

import java.util.List;

/**
 * Of several runs.
 *
 * @param spread distance of the quartiles, as a share of the median; 0 when the median is 0
 */
record Statistics(int runs, double median, double min, double max, double spread) {

    static Statistics of(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        double median = quantile(sorted, 0.5);
        double spread = median == 0 ? 0 : (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / Math.abs(median);
        return new Statistics(sorted.size(), median, sorted.getFirst(), sorted.getLast(), spread);
    }

    /** Linear between the two values next to it, as most tools do. */
    static double quantile(List<Double> sorted, double share) {
        if (sorted.isEmpty()) {
            throw new IllegalArgumentException("no values");
        }
        double place = share * (sorted.size() - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.size() - 1);
        return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
    }
}
