package io.tricolor.monitor.traffic.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.monitor.gate.domain.RouterCounters;
import io.tricolor.monitor.traffic.domain.TrafficMeter.Rate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrafficMeterTest {

    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    private final TrafficMeter meter = new TrafficMeter(Duration.ofSeconds(10));

    private static RouterCounters page(int started, long good, long bad, long fast) {
        return RouterCounters.read("""
                tricolor_gateway_requests_total{group="shop",service="web",cluster="A",status="2xx",} %1$d
                tricolor_gateway_requests_total{group="shop",service="web",cluster="A",status="5xx",} %2$d
                tricolor_gateway_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="0.1",} %3$d
                tricolor_gateway_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="1.0",} %4$d
                tricolor_gateway_request_duration_seconds_bucket{group="shop",service="web",cluster="A",le="+Inf",} %4$d
                process_start_time_seconds %5$d
                """.formatted(good, bad, fast, good + bad, started));
    }

    private void take(int second, Map<String, RouterCounters> pages) {
        meter.take(pages, NOW.plusSeconds(second));
    }

    @Test
    void knows_nothing_by_one_reading() {
        take(0, Map.of("r1", page(1, 1000, 10, 900)));
        assertThat(meter.traffic().seconds()).isZero();
        assertThat(meter.traffic().groups()).isEmpty();
    }

    @Test
    void adds_what_all_routers_have_counted_in_between() {
        take(0, Map.of("r1", page(1, 1000, 10, 900), "r2", page(5, 50, 0, 50)));
        take(2, Map.of("r1", page(1, 1190, 20, 1100), "r2", page(5, 90, 0, 90)));
        assertThat(meter.traffic().seconds()).isEqualTo(2);
        assertThat(meter.traffic().groups()).containsOnlyKeys("shop");
        assertThat(meter.traffic().groups().get("shop")).isEqualTo(Map.of("A", new Rate(120, 5, 0.1)));
    }

    @Test
    void says_nothing_of_a_router_that_is_new_or_began_anew() {
        take(0, Map.of("r1", page(1, 1000, 0, 1000)));
        take(2, Map.of("r1", page(2, 30, 0, 30), "r2", page(5, 7000, 0, 0)));
        assertThat(meter.traffic().groups()).isEmpty();
        take(4, Map.of("r1", page(2, 50, 0, 50), "r2", page(5, 7000, 0, 0)));
        assertThat(meter.traffic().groups().get("shop").get("A").requestsPerSecond())
                .as("20 requests in 4 seconds")
                .isEqualTo(5);
    }

    @Test
    void counts_a_router_on_that_could_not_be_read_and_forgets_one_that_is_gone() {
        take(0, Map.of("r1", page(1, 100, 0, 100)));
        take(2, Map.of());
        take(4, Map.of("r1", page(1, 140, 0, 140)));
        assertThat(meter.traffic().groups().get("shop").get("A").requestsPerSecond())
                .isEqualTo(10);
        meter.keepOnly(Set.of());
        take(6, Map.of("r1", page(1, 9000, 0, 0)));
        assertThat(meter.traffic().groups().get("shop").get("A").requestsPerSecond())
                .as("none was added")
                .isLessThan(10);
    }

    @Test
    void looks_back_no_further_than_its_window() {
        take(0, Map.of("r1", page(1, 0, 0, 0)));
        take(2, Map.of("r1", page(1, 2000, 0, 0)));
        for (int second = 4; second <= 14; second += 2) {
            take(second, Map.of("r1", page(1, 2000, 0, 0)));
        }
        assertThat(meter.traffic().groups()).isEmpty();
        assertThat(meter.traffic().seconds()).isEqualTo(10);
    }

    @Test
    void names_no_tail_beyond_the_last_bound() {
        take(0, Map.of("r1", page(1, 0, 0, 0)));
        take(2, Map.of("r1", page(1, 100, 0, 10)));
        assertThat(meter.traffic().groups().get("shop").get("A").slowest95thSeconds())
                .isEqualTo(1.0);
    }
}
