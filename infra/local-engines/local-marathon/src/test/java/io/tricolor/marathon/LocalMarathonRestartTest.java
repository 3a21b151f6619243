package io.tricolor.marathon;

import static io.tricolor.marathon.MarathonClient.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What an engine leaves when it ends or is killed, and what the next one makes of it. */
class LocalMarathonRestartTest extends EngineTest {

    @TempDir
    private Path directory;

    private EngineProcess engine;

    @BeforeEach
    void start() throws Exception {
        engine = new EngineProcess(directory);
    }

    @AfterEach
    void stop() throws Exception {
        List<Long> pids = new ArrayList<>(processes().values());
        engine.close();
        for (long pid : pids) {
            assertThat(isAlive(pid)).as("process %s was left behind", pid).isFalse();
        }
    }

    @Override
    EngineProcess engine() {
        return engine;
    }

    @Test
    void the_queue_says_why_an_instance_cannot_be_started() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            client().accepted(
                            "POST",
                            "/v2/apps",
                            "{'id':'/port','cmd':'sleep 1000','requirePorts':true,'ports':[" + taken.getLocalPort()
                                    + "]}");
            await("the shortage", () -> shortage("/port").equals("InsufficientPorts"));
        }
        client().awaitSettled("/port");
        assertThat(client().get("/v2/queue").json().path("queue")).isEmpty();

        engine.killHard();
        engine.start("--task-cpus=2", "--task-mem=1000");
        client().accepted("POST", "/v2/apps", "{'id':'/large','cmd':'sleep 1000','cpus':0.1,'mem':900}");
        await("the shortage", () -> shortage("/large").equals("InsufficientMemory"));
        client().accepted("POST", "/v2/apps", "{'id':'/busy','cmd':'sleep 1000','cpus':1.5,'mem':1}");
        await("the shortage", () -> shortage("/busy").equals("InsufficientCpus"));
        client().accepted("DELETE", "/v2/apps/port", "");
        client().awaitSettled("/large");
        client().awaitSettled("/busy");
    }

    @Test
    void a_new_engine_takes_over_what_a_killed_one_left_running() throws Exception {
        client().run(sample("/kept", 2, "", 60));
        client().run("{'id':'/other','cmd':'sleep 1000'}");
        Map<String, Long> before = processes();
        assertThat(before).hasSize(3);
        engine.killHard();
        for (long pid : before.values()) {
            assertThat(isAlive(pid)).isTrue();
        }
        String lost = before.keySet().stream()
                .filter(id -> id.startsWith("other"))
                .findFirst()
                .orElseThrow();
        ProcessHandle.of(before.get(lost)).orElseThrow().destroyForcibly();
        await("the end of a task while no engine runs", () -> !isAlive(before.get(lost)));
        engine.start();
        JsonNode app = client().get("/v2/apps/kept").json().path("app");
        assertThat(app.path("tasksHealthy").intValue())
                .as("known health is kept")
                .isEqualTo(2);
        await(
                "the lost task to be replaced",
                () -> client().taskIds("/other").size() == 1
                        && !client().taskIds("/other").contains(lost));
        Map<String, Long> after = processes();
        before.forEach((id, pid) -> {
            if (!id.equals(lost)) {
                assertThat(after).containsEntry(id, pid);
            }
        });
        client().accepted("PUT", "/v2/apps/kept", "{'instances':0}");
        client().awaitSettled("/kept");
        for (Map.Entry<String, Long> task : before.entrySet()) {
            assertThat(isAlive(task.getValue())).as(task.getKey()).isFalse();
        }
    }

    @Test
    void a_deployment_goes_on_after_the_engine_was_killed_in_the_middle() throws Exception {
        client().run(sample("/half", 2, "'TRICOLOR_VERSION':'1'", 60));
        List<String> old = client().taskIds("/half");
        client().accepted("PUT", "/v2/apps/half", "{'env':{'TRICOLOR_VERSION':'2','START_DELAY_MS':'2000'}}");
        await("new instances to start", () -> processes().size() == 4);
        engine.killHard();
        engine.start();
        client().awaitSettled("/half");
        assertThat(client().taskIds("/half")).hasSize(2).doesNotContainAnyElementsOf(old);
    }

    @Test
    void shutdown_with_tasks_leaves_nothing_and_the_next_engine_starts_them_again() throws Exception {
        client().run("{'id':'/again','cmd':'sleep 1000','instances':2}");
        List<Long> before = new ArrayList<>(processes().values());
        client().accepted("POST", "/engine/shutdown?tasks=true", "");
        assertThat(engine.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
        for (long pid : before) {
            assertThat(isAlive(pid)).isFalse();
        }
        engine.start();
        client().awaitSettled("/again");
        assertThat(client().taskIds("/again")).hasSize(2);
    }

    @Test
    void stop_all_ends_the_tasks_of_an_engine_that_was_killed() throws Exception {
        client().run("{'id':'/orphan','cmd':'sleep 1000 & sleep 1000'}");
        long pid = processes().values().iterator().next();
        engine.killHard();
        Process stop = EngineProcess.launch(directory, List.of("--stop-all"));
        assertThat(stop.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(stop.exitValue()).isZero();
        assertThat(isAlive(pid)).isFalse();
        engine.start();
    }

    @Test
    void the_log_of_a_task_stays_within_its_limit() throws Exception {
        client().accepted("POST", "/engine/shutdown?tasks=true", "");
        assertThat(engine.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
        engine.start("--log-max-bytes=20000");
        client().run(
                        "{'id':'/loud','cmd':'while :; do echo 0123456789012345678901234567890123456789; sleep 0.001; done'}");
        Path log = engine.sandbox(client().taskIds("/loud").getFirst()).resolve("stdout");
        await("the log to be turned over", () -> Files.exists(log.resolveSibling("stdout.1")));
        await("the log to be short again and to go on", () -> Files.size(log) > 0 && Files.size(log) < 20_000);
    }
}
