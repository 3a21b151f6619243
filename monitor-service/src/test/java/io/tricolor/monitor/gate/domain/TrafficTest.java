package io.tricolor.monitor.gate.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TrafficTest {

    private static final Instant NOW = Instant.ofEpochSecond(10_000);
    private static final Limits LIMITS = new Limits(1.25, 0.01, 100);

    private static RouterCounters page(double started, long answered, long errors) {
        return new RouterCounters(
                started,
                true,
                Map.of(
                        new RouterCounters.Cluster("shop", "web", "A"),
                        new RouterCounters.Counts(answered, errors, new TreeMap<>()),
                        new RouterCounters.Cluster("shop", "web", "A", RouterCounters.CONTROL),
                        new RouterCounters.Counts(answered, errors, new TreeMap<>()),
                        new RouterCounters.Cluster("bank", "web", "A"),
                        new RouterCounters.Counts(answered, errors, new TreeMap<>())));
    }

    @Test
    void is_what_each_router_counts_a_second_since_its_own_start() {
        Traffic traffic = Traffic.of(
                "shop",
                "A",
                List.of(
                        page(9_000, 50_000, 500),
                        page(9_900, 15_000, 150),
                        page(Double.NaN, 99, 9),
                        page(10_000, 9, 9)),
                NOW);
        assertThat(traffic.perSecond()).isCloseTo(50 + 150, within(1e-9));
        assertThat(traffic.share()).isCloseTo(0.01, within(1e-9));
        assertThat(traffic.within(10, Duration.ofMinutes(1))).isCloseTo(1_200, within(1e-6));
    }

    @Test
    void what_could_be_found_shrinks_with_time_and_is_nothing_without_traffic() {
        Traffic traffic = Traffic.of("shop", "A", List.of(page(9_000, 200_000, 2_000)), NOW);
        double soon = traffic.detectable(LIMITS, 0, 10, Duration.ofMinutes(1)).orElseThrow();
        double later = traffic.detectable(LIMITS, 0, 10, Duration.ofMinutes(30)).orElseThrow();
        assertThat(later).isLessThan(soon / 2).isGreaterThan(1.25);
        assertThat(traffic.detectable(LIMITS, 0.05, 10, Duration.ofMinutes(30))).isPresent();
        assertThat(Traffic.of("shop", "B", List.of(page(9_000, 200_000, 2_000)), NOW)
                        .detectable(LIMITS, 0, 10, Duration.ofHours(1)))
                .isEmpty();
    }
}
