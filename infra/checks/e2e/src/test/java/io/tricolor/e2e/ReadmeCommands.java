package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The {@code console} blocks of the README: commands after {@code $}, a continued line indented, and what they print.
 * In what is printed {@code …} stands for anything; instants, ids of processes and upgrades, and trace ids may differ,
 * white space too.
 */
final class ReadmeCommands {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```console\\n(.*?)^```");
    private static final String END = "----8<----";
    private static final long PATIENCE_SECONDS = 120;

    private final List<Command> commands = new ArrayList<>();

    /** One command and the output that the README promises. */
    record Command(String line, String promised) {}

    ReadmeCommands(Path readme) throws IOException {
        BLOCK.matcher(Files.readString(readme)).results().forEach(block -> read(block.group(1)));
    }

    private void read(String block) {
        for (String part : block.split("(?m)^\\$ ", -1)) {
            if (part.isBlank()) {
                continue;
            }
            int end = part.indexOf('\n');
            while (part.startsWith("    ", end + 1)) {
                end = part.indexOf('\n', end + 1);
            }
            commands.add(new Command(part.substring(0, end), part.substring(end + 1)));
        }
    }

    List<Command> commands() {
        return commands;
    }

    /**
     * Runs them all in one shell, so that variables live on, and compares.
     *
     * @param replaced what stands in the README for what is meant here
     */
    void run(Path directory, Map<String, String> replaced) throws IOException, InterruptedException {
        StringBuilder script = new StringBuilder();
        for (Command command : commands) {
            String line = command.line();
            for (Map.Entry<String, String> one : replaced.entrySet()) {
                line = line.replace(one.getKey(), one.getValue());
            }
            script.append(line).append("\nprintf '\\n").append(END).append("\\n'\n");
        }
        Path output = directory.resolve("output.txt");
        Process shell = new ProcessBuilder("sh", "-c", script.toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(shell.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        List<String> printed = List.of(Files.readString(output).split(END, -1));
        assertThat(printed).hasSize(commands.size() + 1);
        for (int i = 0; i < commands.size(); i++) {
            assertThat(steady(printed.get(i)))
                    .as("output of %s", commands.get(i).line())
                    .matches(pattern(commands.get(i).promised()));
        }
    }

    private static Pattern pattern(String promised) {
        StringBuilder pattern = new StringBuilder();
        for (String literal : steady(promised).split("…", -1)) {
            pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(literal));
        }
        return Pattern.compile(pattern.toString(), Pattern.DOTALL);
    }

    /** Without what differs from run to run. */
    private static String steady(String text) {
        return text.replaceAll("\\s+", "")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "INSTANT")
                .replaceAll("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID")
                .replaceAll("\"traceId\":\"[0-9a-f]{32}\"", "\"traceId\":\"TRACE\"");
    }
}
