package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.SuiteControl;
import io.tricolor.standalone.suite.SuiteView;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        header = "Starts the suite and waits until every process serves.",
        description = {
            "PostgreSQL, Kafka, Elasticsearch, local-consul, local-marathon, then the services and the router, each a process"
                    + " of its own. A supervisor stays in the background and starts again what ends by itself. Data of earlier"
                    + " runs is kept and used.",
            "Exit code 0: everything serves (also when it did before). 1: something does not; its log is named."
        })
final class UpCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Mixin
    private final RouterOption router = new RouterOption();

    @Option(names = "--foreground", description = "stay, and stop the suite on Ctrl-C")
    private boolean foreground;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        SuiteControl control = options.control();
        router.apply(control);
        if (control.isUp() && !foreground) {
            out.println("The suite in " + control.suite().dataDir() + " is already up.");
            out.flush();
        }
        if (foreground) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(control, out), "stop-suite"));
        }
        SuiteView view = SuiteStart.start(control, out, options.asTyped());
        if (!view.isReady()) {
            return CommandLineInterface.FAILED;
        }
        SuiteStart.printNextSteps(control, out, options.asTyped(), foreground);
        if (foreground) {
            while (control.isUp()) {
                Thread.sleep(500);
            }
        }
        return 0;
    }

    private static void stop(SuiteControl control, PrintWriter out) {
        out.println();
        out.println("Stopping …");
        out.flush();
        try {
            boolean _ = control.stop(_ -> {});
            out.println("The suite is down.");
            out.flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
