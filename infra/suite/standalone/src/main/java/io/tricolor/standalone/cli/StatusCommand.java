package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.SuiteControl;
import io.tricolor.standalone.suite.SuiteView;
import io.tricolor.standalone.suite.SuiteView.PartView;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        header = "Shows the processes of the suite.",
        description = {
            "State, pid, memory (instances of applications count to local-marathon while it is their parent), uptime, restarts"
                    + " and address of each.",
            "Exit code 0: everything serves. 1: something does not. 3: the suite is not up."
        })
final class StatusCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Option(names = "--json", description = "print one JSON document")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        SuiteControl control = options.control();
        Optional<SuiteView> view = control.view();
        if (view.isEmpty()) {
            out.println(
                    json
                            ? "{\"up\":false}"
                            : "The suite in " + control.suite().dataDir() + " is not up. `./tricolor up"
                                    + options.asTyped() + "` starts it.");
            out.flush();
            return CommandLineInterface.NOT_UP;
        }
        if (json) {
            printJson(out, view.get());
        } else {
            printTable(out, control, view.get());
        }
        out.flush();
        return view.get().isReady() ? 0 : CommandLineInterface.FAILED;
    }

    private static void printTable(PrintWriter out, SuiteControl control, SuiteView view) {
        Instant now = Instant.now();
        long total = 0;
        out.printf("%-15s %-10s %8s %8s %8s %8s  %s%n", "PROCESS", "STATE", "PID", "MIB", "UP", "RESTARTS", "ADDRESS");
        for (PartView part : view.parts()) {
            OptionalLong kib = memory(part);
            total += kib.orElse(0);
            out.printf(
                    Locale.ROOT,
                    "%-15s %-10s %8s %8s %8s %8d  %s%n",
                    part.name(),
                    part.state().name().toLowerCase(Locale.ROOT),
                    part.pid() == null ? "-" : part.pid().toString(),
                    kib.isPresent() ? Long.toString(kib.getAsLong() / 1024) : "-",
                    uptime(part.startedAt(), now),
                    part.restarts(),
                    part.url() == null ? "127.0.0.1:" + part.port() : part.url());
        }
        long supervisor = Memory.kib(view.supervisorPid()).orElse(0);
        out.printf(
                Locale.ROOT,
                "%-15s %-10s %8d %8d %8s%n",
                "supervisor",
                "ready",
                view.supervisorPid(),
                supervisor / 1024,
                uptime(view.startedAt(), now));
        out.printf(
                Locale.ROOT,
                "%nTogether %d MiB. Data: %s%n",
                (total + supervisor) / 1024,
                control.suite().dataDir());
        view.parts().stream()
                .filter(part -> part.message() != null)
                .forEach(part -> out.println(part.name() + ": " + part.message()));
    }

    private static void printJson(PrintWriter out, SuiteView view) {
        Instant now = Instant.now();
        List<Map<String, @Nullable Object>> parts = new ArrayList<>();
        for (PartView part : view.parts()) {
            OptionalLong kib = memory(part);
            var one = new LinkedHashMap<String, @Nullable Object>();
            one.put("name", part.name());
            one.put("state", part.state().name());
            one.put("pid", part.pid());
            one.put("memoryKib", kib.isPresent() ? kib.getAsLong() : null);
            one.put("uptimeSeconds", part.startedAt() == null ? null : seconds(part.startedAt(), now));
            one.put("restarts", part.restarts());
            one.put("port", part.port());
            one.put("url", part.url());
            one.put("message", part.message());
            parts.add(one);
        }
        var document = new LinkedHashMap<String, @Nullable Object>();
        document.put("up", true);
        document.put("ready", view.isReady());
        document.put("portBase", view.portBase());
        document.put("supervisorPid", view.supervisorPid());
        document.put("processes", parts);
        out.println(JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(document));
    }

    private static OptionalLong memory(PartView part) {
        return part.pid() == null ? OptionalLong.empty() : Memory.kibOfTree(part.pid());
    }

    private static long seconds(Instant from, Instant now) {
        return Duration.between(from, now).toSeconds();
    }

    private static String uptime(@Nullable Instant from, Instant now) {
        if (from == null) {
            return "-";
        }
        long seconds = seconds(from, now);
        if (seconds < 120) {
            return seconds + "s";
        }
        return seconds < 7200 ? seconds / 60 + "m" : seconds / 3600 + "h";
    }
}
