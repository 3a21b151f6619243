package io.tricolor.standalone.suite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.engines.ProcessIdentity;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.standalone.suite.SuiteView.PartView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {

    private static final Backoff QUICK =
            new Backoff(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofMinutes(1));

    @TempDir
    Path dir;

    private final List<Supervisor> started = new ArrayList<>();
    private final List<String> log = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        started.reversed().forEach(Supervisor::stop);
    }

    @Test
    void starts_a_process_after_those_that_it_needs_and_stops_it_before_them() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        Part store = sleeper("store", Set.of())
                .afterReady(() -> order.add("store ready"))
                .beforeStop(() -> order.add("store stops"));
        Part service = sleeper("service", Set.of("store"))
                .beforeStart(() -> order.add("service starts"))
                .beforeStop(() -> order.add("service stops"));
        Supervisor supervisor = start(store, service);
        await(supervisor, SuiteView::isReady);

        supervisor.stop();

        assertThat(order).containsExactly("store ready", "service starts", "service stops", "store stops");
        assertThat(supervisor.view().parts()).extracting(PartView::state).containsOnly(PartState.STOPPED);
    }

    @Test
    void starts_a_process_again_that_dies() throws Exception {
        Supervisor supervisor = start(sleeper("service", Set.of()));
        long before = pid(await(supervisor, SuiteView::isReady));

        ProcessHandle.of(before).orElseThrow().destroyForcibly();

        SuiteView after = await(
                supervisor, view -> view.isReady() && view.parts().getFirst().restarts() == 1);
        assertThat(pid(after)).isNotEqualTo(before);
        assertThat(ProcessHandle.of(pid(after)).orElseThrow().isAlive()).isTrue();
    }

    @Test
    void goes_on_after_a_failure_that_nobody_expected() throws Exception {
        List<String> attempts = new CopyOnWriteArrayList<>();
        Part service = sleeper("service", Set.of())
                .beforeStart(() -> {
                    attempts.add("attempt");
                    if (attempts.size() == 1) {
                        throw new IllegalStateException("not foreseen");
                    }
                })
                .beforeStop(() -> {
                    throw new IllegalStateException("not foreseen either");
                });
        Supervisor supervisor = start(service);
        long pid = pid(await(supervisor, SuiteView::isReady));
        assertThat(attempts).hasSize(2);

        supervisor.stop();

        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void gives_up_on_a_process_that_never_becomes_ready_and_on_those_that_need_it() throws Exception {
        Path attempts = dir.resolve("attempts");
        Part broken = part("broken", Set.of(), "echo x >> attempts; echo no disk left; exit 3", () -> false);
        Supervisor supervisor = start(broken, sleeper("service", Set.of("broken")));

        SuiteView settled = await(supervisor, SuiteView::isSettled);

        assertThat(settled.parts()).extracting(PartView::state).containsOnly(PartState.FAILED);
        assertThat(settled.parts().getFirst().message()).contains("exit code 3").contains("no disk left");
        assertThat(settled.parts().getLast().message()).contains("needs broken");
        assertThat(Files.readAllLines(attempts)).hasSize(3);
    }

    @Test
    void finds_the_processes_of_a_killed_supervisor_again() throws Exception {
        Part definition = sleeper("service", Set.of());
        Supervisor first = start(definition);
        long before = pid(await(first, SuiteView::isReady));

        // The first one is still there, but the second knows nothing of it: as after a kill -9.
        List<String> starts = new CopyOnWriteArrayList<>();
        Supervisor second = start(definition.beforeStart(() -> starts.add("started")));

        assertThat(pid(await(second, SuiteView::isReady))).isEqualTo(before);
        assertThat(starts).isEmpty();
    }

    @Test
    void does_not_take_another_process_with_the_same_pid_for_its_own() throws Exception {
        long stranger = ProcessHandle.current().pid();
        new ProcessIdentity(stranger, "0").write(suite().pidFile("service"));
        Supervisor supervisor = start(sleeper("service", Set.of()));
        assertThat(pid(await(supervisor, SuiteView::isReady))).isNotEqualTo(stranger);
    }

    @Test
    void tells_of_a_process_that_runs_and_does_not_answer() throws Exception {
        Path open = Files.createFile(dir.resolve("open"));
        Supervisor supervisor = start(part("service", Set.of(), "exec sleep 60", Readiness.file(open)));
        await(supervisor, SuiteView::isReady);

        Files.delete(open);

        SuiteView view = await(supervisor, one -> one.parts().getFirst().state() == PartState.UNHEALTHY);
        assertThat(view.parts().getFirst().restarts()).isZero();
    }

    @Test
    void writes_what_it_knows_to_the_state_file() throws Exception {
        Supervisor supervisor = start(sleeper("service", Set.of()));
        var file = new StateFile(suite().stateFile());
        await(supervisor, view -> view.isReady() && file.read().equals(Optional.of(view)));
    }

    private Suite suite() {
        return new Suite(dir, dir.resolve("data"), 20_000);
    }

    private Supervisor start(Part... parts) throws Exception {
        Files.createDirectories(suite().dataDir());
        var supervisor = new Supervisor(suite(), List.of(parts), QUICK, Clock.systemUTC(), log::add);
        started.add(supervisor);
        supervisor.start();
        return supervisor;
    }

    private Part sleeper(String name, Set<String> needs) {
        return part(name, needs, "exec sleep 60", Readiness.immediately());
    }

    private Part part(String name, Set<String> needs, String script, Readiness readiness) {
        return Part.of(
                name,
                needs,
                List.of(20_000),
                null,
                () -> ProcessSpec.of(name, dir)
                        .command("/bin/sh", "-c", script)
                        .log(suite().log(name))
                        .pidFile(suite().pidFile(name))
                        .readiness(readiness)
                        .startTimeout(Duration.ofSeconds(10))
                        .build());
    }

    private static long pid(SuiteView view) {
        Long pid = view.parts().getFirst().pid();
        assertThat(pid).isNotNull();
        return pid == null ? 0 : pid;
    }

    private SuiteView await(Supervisor supervisor, Condition condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < deadline) {
            SuiteView view = supervisor.view();
            if (condition.holds(view)) {
                return view;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("not within 20 s: " + supervisor.view() + log);
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds(SuiteView view) throws Exception;
    }
}
