package io.tricolor.strategy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.router.RouterReport;
import io.tricolor.contracts.router.RouterReport.GroupReport;
import io.tricolor.contracts.router.RouterReport.WorkerReport;
import io.tricolor.strategy.group.domain.Observation.RouterObservation;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RouterObservationTest {

    @Test
    void is_as_old_as_its_oldest_worker_as_busy_as_all_and_knows_what_all_know() {
        RouterObservation observation = fold(
                worker("0", 1, 7, Map.of("A", 2), List.of("a1", "a2")),
                worker("1", 1, 6, Map.of("A", 1, "B", 4), List.of("a2", "a3")));
        assertThat(observation.version()).isEqualTo(6);
        assertThat(observation.inFlight()).isEqualTo(Map.of("A", 3, "B", 4));
        assertThat(observation.usableInstances()).isEqualTo(Map.of("A", Map.of("web", Set.of("a2"))));
    }

    @Test
    void of_an_older_epoch_is_older_whatever_its_version() {
        assertThat(fold(worker("0", 2, 1, Map.of(), List.of()), worker("1", 1, 99, Map.of(), List.of()))
                        .epoch())
                .isEqualTo(1);
    }

    @Test
    void has_no_table_while_one_worker_has_none_but_still_counts_the_requests_of_the_others() {
        RouterObservation observation =
                fold(worker("0", 1, 7, Map.of("A", 2), List.of("a1")), new WorkerReport("1", new TreeMap<>()));
        assertThat(observation.version()).isZero();
        assertThat(observation.inFlight()).isEqualTo(Map.of("A", 2));
        assertThat(observation.usableInstances()).isEmpty();
        assertThat(fold().version()).isZero();
    }

    private static RouterObservation fold(WorkerReport... workers) {
        return RouterRegistry.observation(new RouterReport("r1", "boot", "test", null, List.of(workers)), "shop");
    }

    private static WorkerReport worker(
            String name, long epoch, long version, Map<String, Integer> inFlight, List<String> instances) {
        GroupReport group = new GroupReport(
                epoch,
                version,
                new TreeMap<>(inFlight),
                new TreeMap<>(Map.of("A", Map.of("web", instances))),
                null,
                null);
        return new WorkerReport(name, new TreeMap<>(Map.of("shop", group)));
    }
}
