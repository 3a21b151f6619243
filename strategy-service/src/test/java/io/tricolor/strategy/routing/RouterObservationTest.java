package io.tricolor.strategy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RouterObservationTest {

    @Test
    void is_what_the_router_reports_of_the_group() {
        RouterObservation observation = RouterRegistry.observation("r1", "boot", false, shop(false));
        assertThat(observation.version()).isEqualTo(7);
        assertThat(observation.inFlight()).isEqualTo(Map.of("A", 2));
        assertThat(observation.usableInstances()).isEqualTo(Map.of("A", Map.of("web", Set.of("a1"))));
        assertThat(RouterRegistry.observation("r1", "boot", false, null).version())
                .isZero();
    }

    @Test
    void says_that_the_word_of_a_worker_is_missing_and_still_counts_the_requests_of_the_others() {
        RouterObservation observation = RouterRegistry.observation("r1", "boot", true, shop(true));
        assertThat(observation.incomplete()).isTrue();
        assertThat(observation.silent()).isTrue();
        assertThat(observation.inFlight()).isEqualTo(Map.of("A", 2));
    }

    private static GroupReport shop(boolean incomplete) {
        return new GroupReport(
                1,
                7,
                "",
                new TreeMap<>(Map.of("A", 2)),
                new TreeMap<>(),
                new TreeMap<>(Map.of("A", new TreeMap<>(Map.of("web", List.of("a1"))))),
                incomplete,
                null,
                null);
    }
}
