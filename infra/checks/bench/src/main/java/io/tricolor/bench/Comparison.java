package io.tricolor.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What came out of runs in turns (A B A B …): so that what disturbs the machine for a while disturbs both.
 *
 * @param variants names, one or two of them
 * @param rows by metric
 */
record Comparison(String title, List<String> variants, Map<Metric, Row> rows) {

    /**
     * One metric.
     *
     * @param values by variant, in the order of the runs
     * @param each by variant
     * @param ratio of the second to the first, pair by pair; of nothing when there is one variant, or when the first
     *     has a 0
     */
    record Row(List<List<Double>> values, List<Statistics> each, List<Double> ratio) {}

    /** Runs the variants in turns, {@code pairs} times each. */
    static Comparison run(String title, int pairs, Consumer<String> progress, Variant... variants)
            throws IOException, InterruptedException {
        List<List<Map<Metric, Double>>> measured = new ArrayList<>();
        for (int v = 0; v < variants.length; v++) {
            measured.add(new ArrayList<>());
        }
        for (int pair = 1; pair <= pairs; pair++) {
            for (int v = 0; v < variants.length; v++) {
                Map<Metric, Double> result = variants[v].run().measure();
                measured.get(v).add(result);
                progress.accept("%s %d/%d %s: %s".formatted(title, pair, pairs, variants[v].name(), text(result)));
            }
        }
        return of(title, List.of(variants).stream().map(Variant::name).toList(), measured);
    }

    static Comparison of(String title, List<String> variants, List<List<Map<Metric, Double>>> measured) {
        Map<Metric, Row> rows = new TreeMap<>();
        for (Metric metric : measured.getFirst().getFirst().keySet()) {
            List<List<Double>> values = measured.stream()
                    .map(runs -> runs.stream().map(run -> run.get(metric)).toList())
                    .toList();
            rows.put(metric, new Row(values, values.stream().map(Statistics::of).toList(), ratios(values)));
        }
        return new Comparison(title, variants, rows);
    }

    private static List<Double> ratios(List<List<Double>> values) {
        if (values.size() < 2 || values.getFirst().stream().anyMatch(value -> value == 0)) {
            return List.of();
        }
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < values.getFirst().size(); i++) {
            ratios.add(values.get(1).get(i) / values.get(0).get(i));
        }
        return List.copyOf(ratios);
    }

    private static String text(Map<Metric, Double> result) {
        List<String> parts = new ArrayList<>();
        new EnumMap<>(result)
                .forEach((metric, value) ->
                        parts.add(metric.title() + " " + ("%." + metric.decimals() + "f").formatted(value)));
        return String.join(", ", parts);
    }
}
