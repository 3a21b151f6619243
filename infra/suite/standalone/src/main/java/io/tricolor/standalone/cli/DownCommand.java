package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.PartState;
import io.tricolor.standalone.suite.SuiteControl;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        header = "Stops the suite and the instances that it runs; keeps the data.",
        description = {
            "Stops in the reverse order of the start, then what a killed supervisor may have left behind. Nothing stays.",
            "Exit code 0: nothing runs any more (also when nothing did)."
        })
final class DownCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        SuiteControl control = options.control();
        long began = System.nanoTime();
        var last = new AtomicLong(-1);
        boolean stopped = control.stop(view -> {
            long left = view.parts().stream()
                    .filter(part -> part.state() != PartState.STOPPED)
                    .count();
            if (last.getAndSet(left) != left && left > 0) {
                out.println("  stopping, " + left + (left == 1 ? " process" : " processes") + " left");
                out.flush();
            }
        });
        if (stopped) {
            out.printf(Locale.ROOT, "The suite is down after %.1f s.%n", (System.nanoTime() - began) / 1e9);
        } else {
            out.println("The suite in " + control.suite().dataDir() + " was not up.");
        }
        out.flush();
        return 0;
    }
}
