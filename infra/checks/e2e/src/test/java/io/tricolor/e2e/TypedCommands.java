package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** What one command prints. */
    String run(int expectedCode, String words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                suite.suite()
                        .home()
                        .resolve("infra/suite/cli/target/tricolor-cli.jar")
                        .toString()));
        command.addAll(List.of(words.split(" ", -1)));
        Path output = directory.resolve("typed.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("TRICOLOR_DATA_DIR", suite.suite().dataDir().toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        assertThat(process.exitValue()).as("tricolor %s: %s", words, printed).isEqualTo(expectedCode);
        return printed;
    }
}
