package io.tricolor.monitor.load.domain;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.load.LoadObserved;
import io.tricolor.monitor.gate.domain.RouterCounters;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoadReadingTest {

    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    private static RouterCounters router(long started, long ofA, long ofB) {
        return RouterCounters.read("""
                tricolor_nginx_requests_total{group="shop",service="web",cluster="A",status="2xx"} %d
                tricolor_nginx_requests_total{group="shop",service="web",cluster="B",status="5xx"} %d
                tricolor_nginx_requests_total{group="shop",service="cart",cluster="A",status="2xx"} 9999
                tricolor_nginx_start_time_seconds %d
                """.formatted(ofA, ofB, started), Set.of("shop"));
    }

    private static InstanceReading instance(String cluster, String id, @Nullable Double cpu, String failure) {
        return new InstanceReading("shop", cluster, "web", id, cpu, failure);
    }

    private static LoadReading reading(
            int seconds, Map<String, RouterCounters> routers, List<String> unread, InstanceReading... instances) {
        return new LoadReading(NOW.plusSeconds(seconds), true, new TreeMap<>(routers), unread, List.of(instances));
    }

    private static LoadObserved ofA(LoadReading before, LoadReading now) {
        return now.since(before, "shop", Set.of("web")).stream()
                .filter(each -> each.cluster().equals("A"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void adds_up_what_all_routers_sent_and_takes_the_mean_of_what_instances_used() {
        LoadReading before = reading(
                0,
                Map.of("r1", router(1, 100, 0), "r2", router(1, 1_000, 50)),
                List.of(),
                instance("A", "a1", 10.0, ""),
                instance("A", "a2", 20.0, ""));
        LoadReading now = reading(
                10,
                Map.of("r1", router(1, 300, 0), "r2", router(1, 1_100, 80)),
                List.of(),
                instance("A", "a1", 11.0, ""),
                instance("A", "a2", 24.0, ""),
                instance("B", "b1", null, ""));
        assertThat(now.since(before, "shop", Set.of("web")))
                .containsExactly(
                        new LoadObserved(
                                "shop", "A", "web", NOW, NOW.plusSeconds(10), 2, 30.0, true, 0.25, true, List.of()),
                        new LoadObserved(
                                "shop", "B", "web", NOW, NOW.plusSeconds(10), 1, 3.0, true, null, false, List.of()));
        assertThat(now.since(before, "other", Set.of("web"))).isEmpty();
    }

    @Test
    void says_what_is_missing_and_never_takes_it_for_zero() {
        LoadReading before = reading(
                0, Map.of("r1", router(1, 100, 0), "gone", router(1, 5, 5)), List.of(), instance("A", "a1", 1.0, ""));
        LoadReading now = reading(
                10,
                Map.of("r1", router(1, 200, 0), "new", router(1, 7, 7)),
                List.of("r3: answered 503"),
                instance("A", "a1", 2.0, ""),
                instance("A", "a2", null, "answered 404"));
        assertThat(ofA(before, now)).satisfies(load -> {
            assertThat(load.requestsPerSecond()).isEqualTo(10.0);
            assertThat(load.requestsComplete()).isFalse();
            assertThat(load.cores()).isEqualTo(0.1);
            assertThat(load.coresComplete()).isFalse();
            assertThat(load.missing())
                    .containsExactly(
                            "r3: answered 503",
                            "gone was there before",
                            "new was read for the first time",
                            "a2: answered 404");
        });
        LoadReading none = reading(20, Map.of(), List.of("r1: answered 503"), instance("A", "a3", 1.0, ""));
        assertThat(ofA(now, none)).satisfies(load -> {
            assertThat(load.requestsPerSecond()).isNull();
            assertThat(load.requestsComplete()).isFalse();
            assertThat(load.cores()).isNull();
        });
    }

    @Test
    void counts_a_router_that_began_anew_from_zero_and_says_so() {
        LoadReading before = reading(0, Map.of("r1", router(1, 100, 0)), List.of(), instance("A", "a1", 9.0, ""));
        for (RouterCounters anew : List.of(router(50, 150, 0), router(1, 50, 0))) {
            LoadReading now = reading(10, Map.of("r1", anew), List.of(), instance("A", "a1", 1.0, ""));
            assertThat(ofA(before, now).requestsPerSecond()).isIn(15.0, 5.0);
            assertThat(ofA(before, now).requestsComplete()).isFalse();
            assertThat(ofA(before, now).missing()).containsExactly("r1 began to count anew");
            assertThat(ofA(before, now).cores())
                    .as("the instance began anew too")
                    .isNull();
        }
    }
}
