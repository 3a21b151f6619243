package io.tricolor.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {

    @Test
    void median_and_spread_are_those_of_the_quartiles() {
        Statistics four = Statistics.of(List.of(4.0, 1.0, 3.0, 2.0));
        assertThat(four.median()).isEqualTo(2.5);
        assertThat(four.min()).isEqualTo(1);
        assertThat(four.max()).isEqualTo(4);
        assertThat(four.spread()).isEqualTo((3.25 - 1.75) / 2.5);
        assertThat(Statistics.of(List.of(7.0)).spread()).isZero();
    }

    @Test
    void variants_run_in_turns_and_are_compared_pair_by_pair() throws Exception {
        List<String> order = new ArrayList<>();
        List<Double> a = new ArrayList<>(List.of(10.0, 20.0, 40.0));
        List<Double> b = new ArrayList<>(List.of(5.0, 20.0, 10.0));
        Comparison comparison = Comparison.run(
                "test",
                3,
                line -> {},
                new Variant("A", () -> {
                    order.add("A");
                    return Map.of(Metric.RESIDENT, a.removeFirst());
                }),
                new Variant("B", () -> {
                    order.add("B");
                    return Map.of(Metric.RESIDENT, b.removeFirst());
                }));
        assertThat(order).containsExactly("A", "B", "A", "B", "A", "B");
        Comparison.Row row = comparison.rows().get(Metric.RESIDENT);
        assertThat(row.ratio()).containsExactly(0.5, 1.0, 0.25);
        assertThat(row.each()).extracting(Statistics::median).containsExactly(20.0, 10.0);
    }

    @Test
    void a_ratio_to_nothing_is_left_out() {
        Comparison comparison = Comparison.of(
                "test",
                List.of("A", "B"),
                List.of(List.of(Map.of(Metric.WOKEN_ELSEWHERE, 0.0)), List.of(Map.of(Metric.WOKEN_ELSEWHERE, 3.0))));
        assertThat(comparison.rows().get(Metric.WOKEN_ELSEWHERE).ratio()).isEmpty();
    }
}
