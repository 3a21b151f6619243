package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.SuiteControl;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        header = "Shows the end of the logs.",
        description =
                "Of one process, or of all with the name before each line. Logs of a suite that is down are shown too.")
final class LogsCommand implements Callable<Integer> {

    private static final int BLOCK = 65536;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            description = "a process as `status` names it, or supervisor; all when left out")
    private @Nullable String name;

    @Option(
            names = {"-f", "--follow"},
            description = "go on with what is written from now on, until Ctrl-C")
    private boolean follow;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            defaultValue = "40",
            description = "how many lines of each log (default ${DEFAULT-VALUE})")
    private int lines;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        SuiteControl control = options.control();
        List<String> names = new ArrayList<>(control.names());
        names.add("supervisor");
        if (name != null && !names.contains(name)) {
            throw new ParameterException(
                    spec.commandLine(), "no process is called " + name + "; there are " + String.join(", ", names));
        }
        Map<String, Long> positions = new LinkedHashMap<>();
        for (String one : name == null ? names : List.of(name)) {
            Path log = control.suite().log(one);
            if (Files.exists(log)) {
                positions.put(one, printTail(out, one, log));
            }
        }
        if (positions.isEmpty()) {
            out.println("There is no log in " + control.suite().log("x").getParent() + " yet.");
        }
        out.flush();
        while (follow) {
            for (Map.Entry<String, Long> position : positions.entrySet()) {
                Path log = control.suite().log(position.getKey());
                position.setValue(printFrom(out, position.getKey(), log, position.getValue()));
            }
            out.flush();
            Thread.sleep(200);
        }
        return 0;
    }

    private long printTail(PrintWriter out, String one, Path log) throws IOException {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long end = file.length();
            long from = Math.max(0, end - BLOCK);
            List<String> tail = read(file, from, end).lines().toList();
            tail.subList(Math.max(0, tail.size() - lines), tail.size()).forEach(line -> print(out, one, line));
            return end;
        }
    }

    private long printFrom(PrintWriter out, String one, Path log, long from) throws IOException {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long end = file.length();
            long start = end < from ? 0 : from;
            long until = Math.min(end, start + BLOCK);
            String text = read(file, start, until);
            int complete = text.lastIndexOf('\n') + 1;
            String whole = complete == 0 && until - start == BLOCK ? text : text.substring(0, complete);
            whole.lines().forEach(line -> print(out, one, line));
            return start + whole.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    private static String read(RandomAccessFile file, long from, long until) throws IOException {
        file.seek(from);
        var bytes = new byte[Math.toIntExact(until - from)];
        file.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void print(PrintWriter out, String one, String line) {
        out.println(name == null ? one + " | " + line : line);
    }
}
