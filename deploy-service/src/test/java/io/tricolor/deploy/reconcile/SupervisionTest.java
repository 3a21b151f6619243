package io.tricolor.deploy.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.deploy.log.FakeLogs;
import io.tricolor.deploy.orchestrator.Orchestrator.End;
import io.tricolor.deploy.orchestrator.Orchestrator.Health;
import io.tricolor.deploy.orchestrator.Orchestrator.Lack;
import io.tricolor.deploy.orchestrator.Orchestrator.RunningService;
import io.tricolor.deploy.orchestrator.Orchestrator.ServiceKey;
import io.tricolor.deploy.orchestrator.Orchestrator.Task;
import io.tricolor.deploy.orchestrator.Orchestrator.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SupervisionTest {

    private static final ServiceKey WEB = new ServiceKey("shop", "A", "web");

    private final FakeLogs logs = new FakeLogs();
    private final Supervision supervision = new Supervision(logs);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    TASK_FAILED; exit status 1; INSTANCE_LOST
                    TASK_LOST; Agent was removed; INSTANCE_LOST
                    TASK_KILLED; unhealthy: 503; INSTANCE_LOST
                    TASK_FAILED; docker: Error response from daemon: manifest unknown; IMAGE_NOT_FOUND
                    TASK_FAILED; Failed to launch container: pull access denied for x; IMAGE_NOT_FOUND
                    TASK_FAILED; Failed to fetch all URIs for container; ARTIFACT_UNAVAILABLE
                    TASK_FAILED; the sandbox cannot be prepared: http://x answered 404; ARTIFACT_UNAVAILABLE
                    TASK_FAILED; the sandbox cannot be prepared: x has another sha256; ARTIFACT_UNVERIFIED
                    TASK_FAILED; Bind for 0.0.0.0:80 failed: port is already allocated; PORT_TAKEN
                    ImagePullBackOff; failed to pull the image: Back-off pulling image x; IMAGE_NOT_FOUND
                    OOMKilled; OOMKilled: it needed more than its memory, exit code 137; INSTANCE_LOST
                    Error; failed to fetch the artifact: its sha256 is not the pinned one; ARTIFACT_UNVERIFIED
                    Error; failed to fetch the artifact: curl: (7) refused; ARTIFACT_UNAVAILABLE
                    Evicted; The node was low on resource: memory; INSTANCE_LOST
                    """)
    void an_end_has_a_code(String state, String message, Code code) {
        assertThat(problem(1, running(0, end("i1", state, message)))).hasValueSatisfying(problem -> {
            assertThat(problem.code()).isEqualTo(code);
            assertThat(problem.message()).startsWith("web: ").contains("i1: " + message);
        });
    }

    @Test
    void what_an_instance_wrote_may_say_that_a_port_is_taken() {
        logs.write("java.net.BindException: Address already in use\n");
        assertThat(problem(1, running(0, end("i1", "TASK_FAILED", "exit status 1"))))
                .hasValueSatisfying(problem -> {
                    assertThat(problem.code()).isEqualTo(Code.PORT_TAKEN);
                    assertThat(problem.message()).contains("Address already in use");
                });
    }

    @Test
    void what_kubernetes_calls_a_crash_loop_is_one_at_once() {
        assertThat(problem(1, running(0, end("web-1~2", "CrashLoopBackOff", "Error, exit code 1"))))
                .hasValueSatisfying(problem -> {
                    assertThat(problem.code()).isEqualTo(Code.CRASH_LOOP);
                    assertThat(problem.message()).contains("web-1~2: Error, exit code 1");
                });
    }

    @Test
    void ends_again_and_again_are_a_crash_loop_until_they_are_long_ago() {
        for (int i = 1; i <= 2; i++) {
            assertThat(code(1, running(0, end("i" + i, "TASK_FAILED", "exit status 1"))))
                    .isEqualTo(Code.INSTANCE_LOST);
            assertThat(code(1, running(0, end("i" + i, "TASK_FAILED", "exit status 1"))))
                    .as("the same end, seen again")
                    .isEqualTo(Code.INSTANCE_LOST);
        }
        assertThat(problem(1, running(0, end("i3", "TASK_FAILED", "exit status 1"))))
                .hasValueSatisfying(problem -> {
                    assertThat(problem.code()).isEqualTo(Code.CRASH_LOOP);
                    assertThat(problem.message()).contains("3 times");
                });
        End last = end("i3", "TASK_FAILED", "exit status 1");
        now = now.plus(Duration.ofMinutes(11));
        assertThat(problem(1, running(0, last))).as("nobody knows").isEmpty();
    }

    @Test
    void all_instances_at_once_are_no_loop() {
        for (int i = 1; i <= 4; i++) {
            assertThat(code(4, running(0, end("i" + i, "TASK_FAILED", "x")))).isEqualTo(Code.INSTANCE_LOST);
        }
        assertThat(code(4, running(0, end("i5", "TASK_FAILED", "x")))).isEqualTo(Code.CRASH_LOOP);
    }

    @Test
    void another_definition_begins_anew() {
        for (int i = 1; i <= 3; i++) {
            problem(1, running(0, end("i" + i, "TASK_FAILED", "x")));
        }
        RunningService other =
                new RunningService("d2", 1, true, List.of(), end("i4", "TASK_FAILED", "x"), Waiting.NONE);
        assertThat(code(1, other)).isEqualTo(Code.INSTANCE_LOST);
    }

    @Test
    void there_is_none_when_enough_are_healthy() {
        assertThat(problem(2, running(2, end("i1", "TASK_FAILED", "exit status 1"))))
                .isEmpty();
    }

    @Test
    void what_every_machine_lacks_has_a_code() {
        assertThat(problem(2, lacking(Lack.MEMORY, Lack.CPU))).hasValueSatisfying(problem -> {
            assertThat(problem.code()).isEqualTo(Code.MACHINE_FULL);
            assertThat(problem.message()).contains("cpu and memory");
        });
        assertThat(code(2, lacking(Lack.PORTS))).isEqualTo(Code.PORT_TAKEN);
        assertThat(code(2, lacking(Lack.SUITABILITY))).isEqualTo(Code.NO_OFFER);
    }

    @Test
    void why_no_machine_can_take_it_is_told_when_the_orchestrator_says_so() {
        RunningService image = new RunningService(
                "d",
                1,
                true,
                List.of(),
                end("", "TASK_ERROR", "image shop:1 cannot be run"),
                new Waiting(Set.of(Lack.SUITABILITY), null));
        assertThat(problem(1, image)).hasValueSatisfying(problem -> {
            assertThat(problem.code()).isEqualTo(Code.NO_OFFER);
            assertThat(problem.message()).contains("image shop:1 cannot be run");
        });
    }

    @Test
    void no_offer_is_a_problem_after_a_while() {
        RunningService waiting = new RunningService("d", 1, true, List.of(), null, new Waiting(Set.of(), now));
        assertThat(problem(1, waiting)).isEmpty();
        now = now.plus(Duration.ofSeconds(31));
        assertThat(code(1, waiting)).isEqualTo(Code.NO_OFFER);
    }

    private Optional<Rejection> problem(int wanted, RunningService running) {
        return supervision.problem(WEB, wanted, running, text -> text, now);
    }

    private @Nullable Code code(int wanted, RunningService running) {
        return problem(wanted, running).map(Rejection::code).orElse(null);
    }

    private End end(String id, String state, String message) {
        return new End(id, state, message, now);
    }

    private static RunningService running(int healthy, End end) {
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < healthy; i++) {
            tasks.add(new Task("t" + i, "127.0.0.1", 1, Health.HEALTHY, true));
        }
        return new RunningService("d", 1, true, tasks, end, Waiting.NONE);
    }

    private static RunningService lacking(Lack... lacks) {
        return new RunningService("d", 2, true, List.of(), null, new Waiting(Set.of(lacks), null));
    }
}
