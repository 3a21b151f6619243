package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.SampleManifest;
import io.tricolor.deploy.orchestrator.Orchestrator.Busy;
import io.tricolor.deploy.orchestrator.Orchestrator.Overtake;
import io.tricolor.deploy.orchestrator.Orchestrator.Refused;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceDefinition;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every orchestrator does. */
@Timeout(120)
abstract class OrchestratorContract {

    final ServiceKey key = new ServiceKey("g-" + UUID.randomUUID().toString().substring(0, 8), "A", "web");

    abstract Orchestrator orchestrator();

    /** What has to be said besides, for example from where a file is fetched. */
    ServiceDefinition completed(ServiceDefinition definition) {
        return definition;
    }

    /** Lets time pass for what does not live by itself. */
    abstract void settle();

    @Test
    void knows_nothing_of_what_was_never_deployed() throws Exception {
        assertThat(orchestrator().services()).doesNotContainKey(key);
        assertThat(orchestrator().find(key)).isEmpty();
    }

    @Test
    void stops_the_instances_that_are_named_and_no_others() throws Exception {
        orchestrator().deploy(definition("d1", 3, Map.of()), Overtake.WAIT);
        RunningService up = awaitService(service -> healthy(service) == 3 && !service.changing());
        List<String> ids = ids(up);
        assertThat(orchestrator().find(key)).isPresent().get().satisfies(found -> {
            assertThat(found.digest()).isEqualTo("d1");
            assertThat(ids(found)).isEqualTo(ids);
        });

        orchestrator().stop(key, List.of(ids.getFirst()), Overtake.WAIT);
        RunningService less = awaitService(service -> service.tasks().size() == 2 && !service.changing());
        assertThat(ids(less)).containsExactly(ids.get(1), ids.get(2));
        assertThat(less.instances()).isEqualTo(2);

        orchestrator().stop(key, List.of(ids.getFirst()), Overtake.REPLACE);
        RunningService same = awaitService(service -> !service.changing());
        assertThat(ids(same)).as("it was stopped already").containsExactly(ids.get(1), ids.get(2));
        assertThat(same.instances()).isEqualTo(2);
    }

    @Test
    void deploys_scales_and_stops_without_forgetting() throws Exception {
        AtomicInteger changes = new AtomicInteger();
        orchestrator().onChange(changes::incrementAndGet);
        orchestrator().deploy(definition("d1", 2, Map.of()), Overtake.WAIT);
        RunningService up = awaitService(service -> healthy(service) == 2 && !service.changing());
        assertThat(up.digest()).isEqualTo("d1");
        assertThat(up.instances()).isEqualTo(2);
        assertThat(up.tasks()).allSatisfy(task -> {
            assertThat(task.current()).isTrue();
            assertThat(task.port()).isPositive();
        });
        assertThat(up.tasks().stream().map(Task::id)).doesNotHaveDuplicates();
        await().untilAsserted(() -> assertThat(changes).hasPositiveValue());

        orchestrator().scale(key, 3, Overtake.WAIT);
        RunningService more = awaitService(service -> healthy(service) == 3 && !service.changing());
        assertThat(ids(more)).containsAll(ids(up));

        orchestrator().scale(key, 0, Overtake.WAIT);
        RunningService stopped = awaitService(service -> service.tasks().isEmpty() && !service.changing());
        assertThat(stopped.digest()).isEqualTo("d1");
        assertThat(stopped.instances()).isZero();

        orchestrator().deploy(definition("d2", 1, Map.of()), Overtake.WAIT);
        assertThat(awaitService(service -> healthy(service) == 1 && !service.changing())
                        .digest())
                .isEqualTo("d2");
    }

    @Test
    void a_repeated_description_changes_nothing() throws Exception {
        orchestrator().deploy(definition("d1", 1, Map.of()), Overtake.WAIT);
        List<String> before = ids(awaitService(service -> healthy(service) == 1 && !service.changing()));
        orchestrator().deploy(definition("d1", 1, Map.of()), Overtake.WAIT);
        assertThat(ids(awaitService(service -> healthy(service) == 1 && !service.changing())))
                .isEqualTo(before);
    }

    @Test
    void another_description_exchanges_every_instance() throws Exception {
        orchestrator().deploy(definition("d1", 1, Map.of()), Overtake.WAIT);
        List<String> before = ids(awaitService(service -> healthy(service) == 1 && !service.changing()));
        orchestrator().deploy(definition("d2", 1, Map.of("X", "1")), Overtake.WAIT);
        assertThat(ids(awaitService(service -> healthy(service) == 1 && !service.changing())))
                .hasSize(1)
                .doesNotContainAnyElementsOf(before);
    }

    @Test
    void what_never_becomes_healthy_is_waited_for_or_overtaken_as_asked() throws Exception {
        orchestrator().deploy(definition("bad", 1, Map.of("FAIL_HEALTH", "1")), Overtake.WAIT);
        awaitService(service -> service.changing() && service.tasks().size() == 1);
        assertThatThrownBy(() -> orchestrator().scale(key, 2, Overtake.WAIT)).isInstanceOf(Busy.class);
        assertThatThrownBy(() -> orchestrator().deploy(definition("good", 1, Map.of()), Overtake.WAIT))
                .isInstanceOf(Busy.class);
        orchestrator().deploy(definition("good", 1, Map.of()), Overtake.REPLACE);
        RunningService good =
                awaitService(service -> healthy(service) == 1 && service.tasks().size() == 1 && !service.changing());
        assertThat(good.digest()).isEqualTo("good");

        orchestrator().deploy(definition("bad", 1, Map.of("FAIL_HEALTH", "1")), Overtake.WAIT);
        awaitService(RunningService::changing);
        orchestrator().scale(key, 0, Overtake.REPLACE);
        awaitService(service -> service.tasks().isEmpty());
    }

    @Test
    void refuses_what_cannot_be_right() {
        ServiceManifest m = SampleManifest.service(SampleManifest.sha256(), Map.of());
        ServiceManifest wrong = new ServiceManifest(
                m.name(), m.artifact(), m.args(), m.env(), null, -1, m.memoryMiB(), m.healthCheck(), null, null);
        assertThatThrownBy(() ->
                        orchestrator().deploy(completed(new ServiceDefinition(key, wrong, "1", "d", 1)), Overtake.WAIT))
                .isInstanceOf(Refused.class);
    }

    final ServiceDefinition definition(String digest, int instances, Map<String, String> env) {
        return completed(new ServiceDefinition(
                key, SampleManifest.service(SampleManifest.sha256(), env), "1", digest, instances));
    }

    final RunningService awaitService(Predicate<RunningService> condition) {
        return await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> {
                            settle();
                            return orchestrator().services().get(key);
                        },
                        service -> service != null && condition.test(service));
    }

    static long healthy(RunningService service) {
        return service.tasks().stream()
                .filter(task -> task.healthy() && task.current())
                .count();
    }

    static List<String> ids(RunningService service) {
        return service.tasks().stream().map(Task::id).sorted().toList();
    }
}
