package io.tricolor.nginxtemplate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The program nginx, and what makes it read its configuration again. Commands are lists of words; no shell reads them.
 */
final class Nginx {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final String program;
    private final List<String> reloadCommand;

    Nginx(String program, List<String> reloadCommand) {
        this.program = program;
        this.reloadCommand = List.copyOf(reloadCommand);
    }

    /** What a command said, and whether it ended well. */
    record Outcome(boolean ok, String output) {}

    /** Has nginx read a whole configuration without using it. */
    Outcome test(Path configuration) throws IOException, InterruptedException {
        return run(List.of(program, "-t", "-q", "-e", "stderr", "-c", configuration.toString()));
    }

    Outcome reload(Path configuration) throws IOException, InterruptedException {
        return run(
                reloadCommand.isEmpty()
                        ? List.of(program, "-e", "stderr", "-c", configuration.toString(), "-s", "reload")
                        : reloadCommand);
    }

    private static Outcome run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("tricolor-router-", ".out");
        try {
            Process process = new ProcessBuilder(new ArrayList<>(command))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return new Outcome(false, command.getFirst() + " did not end within " + PATIENCE.toSeconds() + " s");
            }
            String said = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
            return new Outcome(process.exitValue() == 0, said);
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
