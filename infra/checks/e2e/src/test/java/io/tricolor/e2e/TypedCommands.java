package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.standalone.suite.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command line's jar, as it runs anywhere, on one suite. */
final class TypedCommands {

    private static final long PATIENCE_SECONDS = 90;

    private final RunningSuite suite;
    private final Path directory;

    TypedCommands(RunningSuite suite, Path directory) {
        this.suite = suite;
        this.directory = directory;
    }

    private Path jar() {
        return suite.suite().home().resolve("infra/suite/cli/target/tricolor-cli.jar");
    }

    /** What one command prints. */
    String run(int expectedCode, String words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                jar().toString()));
        command.addAll(List.of(words.split(" ", -1)));
        return run(
                expectedCode,
                "tricolor " + words,
                command,
                Map.of("TRICOLOR_DATA_DIR", suite.suite().dataDir().toString()));
    }

    /** What a script of a pipeline prints, which knows addresses and a token and nothing else of the suite. */
    String script(int expectedCode, String script, Map<String, String> settings)
            throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("TRICOLOR_JAR", jar().toString());
        environment.put("TRICOLOR_STRATEGY_URL", suite.url(Port.STRATEGY).toString());
        environment.put(
                "TRICOLOR_TOKEN",
                suite.key().token("pipeline", List.of("operator", "viewer"), Instant.now(), Duration.ofMinutes(5)));
        environment.put("PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
        return run(expectedCode, script, List.of("sh", "-e", "-c", script), environment);
    }

    private String run(int expectedCode, String what, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path output = directory.resolve("typed.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        assertThat(process.exitValue()).as("%s: %s", what, printed).isEqualTo(expectedCode);
        return printed;
    }
}
