package io.tricolor.deploy;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.engines.TricolorHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A local-marathon for tests. Closing it ends its tasks too, also when the engine itself was killed. */
public final class TestMarathon implements AutoCloseable {

    private static final String MAIN = "io.tricolor.marathon.LocalMarathon";

    private final Path data;
    private final int port = Ports.free();
    private final ChildProcess process;
    /** Tasks outlive their engine: a test that is cut short must not leave them behind. */
    private final Thread atExit = new Thread(this::stopTasks);

    private TestMarathon(Path directory) {
        data = directory.resolve("marathon");
        int first = 30_000 + ThreadLocalRandom.current().nextInt(20) * 100;
        process = ChildProcess.start(ProcessSpec.of("local-marathon", directory)
                .command(command(
                        List.of("--port=" + port, "--data-dir=" + data, "--task-ports=" + first + "-" + (first + 99))))
                .readiness(Readiness.http(url().resolve("/ping")))
                .build());
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    public static TestMarathon start(Path directory) {
        return new TestMarathon(directory);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Ends the engine at once; tasks run on. */
    public void kill() {
        process.kill();
    }

    public void restart() {
        process.restart();
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        stopTasks();
    }

    private void stopTasks() {
        process.kill();
        try {
            Process stop = new ProcessBuilder(command(List.of("--stop-all", "--data-dir=" + data)))
                    .inheritIO()
                    .start();
            if (!stop.waitFor(60, TimeUnit.SECONDS)) {
                stop.destroyForcibly();
                throw new IllegalStateException("tasks may have been left behind, see " + data);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> command(List<String> options) {
        return JvmProcess.command(
                TricolorHome.find().resolve("infra/local-engines/local-marathon"), MAIN, JvmProcess.SMALL, options);
    }
}
