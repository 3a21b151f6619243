package io.tricolor.engines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {

    @TempDir
    Path dir;

    @Test
    void waits_until_the_process_is_ready_and_stops_it() throws Exception {
        try (var child = ChildProcess.start(shell("touch ready; exec sleep 60")
                .readiness(Readiness.file(dir.resolve("ready")))
                .pidFile(dir.resolve("pid"))
                .build())) {
            assertThat(child.isAlive()).isTrue();
            assertThat(ProcessIdentity.read(dir.resolve("pid")))
                    .get()
                    .extracting(ProcessIdentity::pid)
                    .isEqualTo(child.pid());
            child.stop();
            assertThat(child.isAlive()).isFalse();
            assertThat(dir.resolve("pid")).doesNotExist();
        }
    }

    @Test
    void says_with_the_end_of_the_log_why_a_process_ended_early() {
        assertThatThrownBy(() -> ChildProcess.start(shell("echo no licence to start; exit 7")
                        .readiness(() -> false)
                        .build()))
                .isInstanceOf(EngineFailed.class)
                .hasMessageContaining("exit code 7")
                .hasMessageContaining("no licence to start");
    }

    @Test
    void says_with_the_end_of_the_log_that_a_process_was_never_ready_and_ends_it() throws Exception {
        Path pid = dir.resolve("own-pid");
        assertThatThrownBy(() -> ChildProcess.start(shell("echo $$ > own-pid; echo thinking; exec sleep 60")
                        .readiness(() -> false)
                        .startTimeout(Duration.ofSeconds(1))
                        .build()))
                .hasMessageContaining("not ready after 1 s")
                .hasMessageContaining("thinking");
        long child = Long.parseLong(Files.readString(pid).strip());
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void kills_a_process_that_ignores_the_stop_signal() {
        ChildProcess child = ChildProcess.start(shell("trap '' TERM; touch ready; while :; do sleep 0.1; done")
                .readiness(Readiness.file(dir.resolve("ready")))
                .stopTimeout(Duration.ofMillis(300))
                .build());
        child.stop();
        assertThat(child.isAlive()).isFalse();
    }

    @Test
    void starts_again_under_a_new_pid() {
        try (var child = ChildProcess.start(shell("exec sleep 60").build())) {
            long before = child.pid();
            child.kill();
            child.restart();
            assertThat(child.isAlive()).isTrue();
            assertThat(child.pid()).isNotEqualTo(before);
        }
    }

    @Test
    void finds_a_running_process_again_and_no_other_with_its_pid() throws Exception {
        ProcessSpec spec = shell("exec sleep 60").pidFile(dir.resolve("pid")).build();
        try (var child = ChildProcess.start(spec)) {
            assertThat(ChildProcess.adopt(spec))
                    .get()
                    .extracting(ChildProcess::pid)
                    .isEqualTo(child.pid());
            new ProcessIdentity(child.pid(), "1").write(dir.resolve("pid"));
            assertThat(ChildProcess.adopt(spec)).isEmpty();
        }
    }

    @Test
    void ends_the_children_of_a_jvm_that_was_killed() throws Exception {
        Path pid = dir.resolve("grandchild");
        Process jvm = new ProcessBuilder(List.of(
                        JvmProcess.java().toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        pid.toString()))
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("parent.log").toFile())
                .start();
        try {
            var grandchild = await(pid);
            jvm.destroyForcibly();
            grandchild.onExit().get(10, TimeUnit.SECONDS);
            assertThat(grandchild.isAlive()).isFalse();
        } finally {
            jvm.destroyForcibly();
        }
    }

    private static ProcessHandle await(Path pidFile) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < deadline) {
            var found = ProcessIdentity.read(pidFile).flatMap(ProcessIdentity::find);
            if (found.isPresent()) {
                return found.get();
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("no process within 20 s");
    }

    private ProcessSpec.Builder shell(String script) {
        return ProcessSpec.of("shell", dir).command("/bin/sh", "-c", script);
    }

    /** Starts a child, then waits to be killed. */
    static final class Parent {

        private Parent() {}

        public static void main(String[] args) throws InterruptedException {
            Path pid = Path.of(args[0]);
            var child = ChildProcess.start(ProcessSpec.of("sleeper", Path.of(String.valueOf(pid.getParent())))
                    .command("sleep", "60")
                    .pidFile(pid)
                    .build());
            child.awaitExit(Duration.ofMinutes(1));
        }
    }
}
