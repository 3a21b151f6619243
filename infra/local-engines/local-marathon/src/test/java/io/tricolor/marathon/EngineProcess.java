package io.tricolor.marathon;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A local-marathon in a JVM of its own. Closing it ends its tasks too, whatever happened before. */
final class EngineProcess implements AutoCloseable {

    final Path directory;
    private final int firstPort = 20_000 + ThreadLocalRandom.current().nextInt(100) * 100;
    private Process process;
    private MarathonClient client;

    EngineProcess(Path directory, String... options) throws Exception {
        this.directory = directory;
        start(options);
    }

    void start(String... options) throws Exception {
        Files.deleteIfExists(directory.resolve("address"));
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--port=0", "--task-ports=" + firstPort + "-" + (firstPort + 99)));
        process = launch(directory, all);
        MarathonClient.await("the engine to start; see " + directory.resolve("engine.log"), () -> {
            if (!process.isAlive()) {
                throw new IOException("the engine ended: " + Files.readString(directory.resolve("engine.log")));
            }
            return Files.exists(directory.resolve("address"))
                    && !Files.readString(directory.resolve("address")).isEmpty();
        });
        client = new MarathonClient(URI.create(Files.readString(directory.resolve("address"))));
    }

    static Process launch(Path directory, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                LocalMarathon.class.getName(),
                "--data-dir=" + directory));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("SECRET_OF_THE_ENGINE", "hidden");
        File log = directory.resolve("engine.log").toFile();
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    MarathonClient client() {
        return client;
    }

    Process process() {
        return process;
    }

    void killHard() throws InterruptedException {
        process.destroyForcibly().waitFor();
        client.close();
    }

    Path sandbox(String taskId) {
        return directory.resolve("sandboxes").resolve(taskId);
    }

    @Override
    public void close() throws Exception {
        if (process.isAlive()) {
            client.call("POST", "/engine/shutdown?tasks=true", "");
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            client.close();
            if (ended && process.exitValue() == 0) {
                return;
            }
        }
        process.destroyForcibly().waitFor();
        client.close();
        Process stop = launch(directory, List.of("--stop-all"));
        if (!stop.waitFor(60, TimeUnit.SECONDS)) {
            stop.destroyForcibly();
            throw new IllegalStateException("tasks may have been left behind, see " + directory);
        }
    }
}
