package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.consul.Api.Answer;
import io.tricolor.engines.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as its users start it, in a JVM of its own. */
@Tag("slow")
@Timeout(120)
class KillTest {
    @TempDir
    private Path dir;

    private int port;
    private Api api;
    private Optional<Process> process = Optional.empty();

    @BeforeEach
    void start() throws IOException {
        port = Ports.free();
        api = new Api(URI.create("http://127.0.0.1:" + port));
        launch();
    }

    @AfterEach
    void stop() throws Exception {
        kill();
    }

    @Test
    void nothing_acknowledged_is_lost_by_a_kill_and_no_index_falls() throws Exception {
        Map<String, Long> acknowledged = new ConcurrentHashMap<>();
        for (int round = 0; round < 2; round++) {
            String prefix = "/v1/kv/round" + round + "/";
            List<Thread> writers = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                String mine = prefix + w + "/";
                writers.add(Thread.ofVirtual().start(() -> writeUntilItDies(mine, acknowledged)));
            }
            int enough = acknowledged.size() + 200;
            await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged.size() >= enough);
            api.put("/v1/agent/service/register", "{\"Name\":\"s" + round + "\",\"Check\":{\"TTL\":\"60s\"}}");
            api.put("/v1/agent/check/pass/service:s" + round, "");
            long serviceIndex = api.get("/v1/health/service/s" + round).index();
            kill();
            for (Thread writer : writers) {
                writer.join();
            }
            launch();
            for (Map.Entry<String, Long> key : acknowledged.entrySet()) {
                Answer read = api.get(key.getKey());
                assertThat(read.status()).as(key.getKey()).isEqualTo(200);
                assertThat(read.index()).isEqualTo(key.getValue());
            }
            assertThat(api.get("/v1/health/service/s" + round).index()).isGreaterThanOrEqualTo(serviceIndex);
            assertThat(api.get("/v1/health/service/s" + round + "?passing")
                            .json()
                            .size())
                    .isEqualTo(1);
        }
    }

    @Test
    void stops_on_a_signal_within_seconds_even_while_somebody_waits() throws Exception {
        api.put("/v1/kv/a", "x");
        long index = api.get("/v1/kv/a").index();
        var watch = api.getAsync("/v1/kv/a?wait=60s&index=" + index);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> api.get("/metrics").body().contains("tricolor_consul_watchers 1.0"));
        Process running = process.orElseThrow();
        running.destroy();
        assertThat(running.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(watch).failsWithin(Duration.ofSeconds(30));
        assertThat(Files.readString(dir.resolve("out"))).contains("not Consul", "http://127.0.0.1:" + port);
    }

    @Test
    void says_why_it_cannot_start() throws Exception {
        assertThat(run("--port=" + port, "--data-dir=" + dir.resolve("other"))).contains("exit 1", "port " + port);
        assertThat(run("--port=0", "--data-dir=" + dir.resolve("data"))).contains("exit 1", "in use by another");
        assertThat(run("--port=many")).contains("exit 2", "--port must be a number");
        assertThat(run("--prot=1")).contains("exit 2", "unknown option: --prot=1");
        assertThat(run("--help")).contains("exit 0", "usage:");
    }

    private void writeUntilItDies(String prefix, Map<String, Long> acknowledged) {
        try {
            for (int i = 0; true; i++) {
                if (api.put(prefix + i, "value " + i).body().equals("true")) {
                    acknowledged.put(prefix + i, api.get(prefix + i).index());
                }
            }
        } catch (IOException e) {
            assertThat(e).isNotNull();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void launch() throws IOException {
        process = Optional.of(command("--port=" + port, "--data-dir=" + dir.resolve("data"))
                .redirectOutput(dir.resolve("out").toFile())
                .start());
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> api.get("/v1/status/leader").status() == 200);
    }

    private String run(String... args) throws Exception {
        Path out = dir.resolve("run");
        Process run = command(args).redirectOutput(out.toFile()).start();
        try {
            assertThat(run.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return Files.readString(out) + "exit " + run.exitValue();
        } finally {
            run.destroyForcibly();
        }
    }

    private static ProcessBuilder command(String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LocalConsul.class.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    private void kill() throws InterruptedException {
        if (process.isPresent()) {
            process.get().destroyForcibly().waitFor();
        }
    }
}
