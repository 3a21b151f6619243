package io.tricolor.kit.sample;

import io.tricolor.engines.Ports;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The sample in a JVM of its own, which can be killed. */
public final class SampleProcess implements AutoCloseable {

    private final Process process;
    private final int port;

    private SampleProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts it and returns at once. What it writes goes to a file in {@code directory}. */
    public static SampleProcess start(Path directory, String... properties) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        int port = Ports.free();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                SampleService.class.getName(),
                "--spring.application.name=sample",
                "--server.port=" + port,
                "--spring.cloud.consul.enabled=false",
                "--tricolor.security.public-key=" + Sample.tokensOfAll().publicKey()));
        for (String property : properties) {
            command.add("--" + property);
        }
        try {
            File output =
                    directory.resolve("sample-" + System.nanoTime() + ".log").toFile();
            return new SampleProcess(
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output)
                            .start(),
                    port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    /** Ends it at once, as {@code kill -9} does. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
