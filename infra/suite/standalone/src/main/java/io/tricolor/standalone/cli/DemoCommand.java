package io.tricolor.standalone.cli;

import io.tricolor.standalone.demo.Demo;
import io.tricolor.standalone.demo.DemoSummary;
import io.tricolor.standalone.demo.Story;
import io.tricolor.standalone.security.SigningKey;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Suite;
import io.tricolor.standalone.suite.SuiteControl;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        header = "Shows one release under traffic: install, grayscale, approval, switch, rollback.",
        description = {
            "Starts the suite if it is not up, makes a new group (shop, or shop-2 and so on: groups of earlier runs stay as they"
                    + " are), and checks every answer against the rule in force. During a change the rules before and after it"
                    + " both count, from the command until every router has confirmed.",
            "Exit code 0 if no request failed, no user was misrouted, exactly the listed users reached the new release, and the"
                    + " state rebuilt from the events equals the live one; else 1."
        })
final class DemoCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Mixin
    private final RouterOption router = new RouterOption();

    @Option(names = "--json", description = "print only the summary, as one JSON document")
    private boolean json;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "300",
            description = "requests a second, 1 to 2000 (default ${DEFAULT-VALUE})")
    private int rate;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "42",
            description = "of the traffic (default ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--keep", description = "leave the suite up when this command has started it")
    private boolean keep;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rate < 1 || rate > 2000) {
            throw new ParameterException(spec.commandLine(), "--rate must be between 1 and 2000, not " + rate);
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter told = json ? spec.commandLine().getErr() : out;
        SuiteControl control = options.control();
        router.apply(control);
        boolean wasUp = control.isUp();
        if (!SuiteStart.start(control, told, options.asTyped()).isReady()) {
            return CommandLineInterface.FAILED;
        }
        try {
            DemoSummary summary = demo(control.suite(), told).run();
            if (json) {
                out.println(JsonMapper.builder().build().writeValueAsString(summary));
            } else {
                print(out, summary);
            }
            out.flush();
            return summary.isPassed() ? 0 : CommandLineInterface.FAILED;
        } finally {
            if (!wasUp && !keep) {
                told.println("Stopping the suite; --keep leaves it up.");
                told.flush();
                boolean _ = control.stop(_ -> {});
            }
        }
    }

    private Demo demo(Suite suite, PrintWriter told) throws IOException {
        return new Demo(
                suite.url(Port.STRATEGY),
                suite.url(Port.GATEWAY),
                SigningKey.in(suite.security()),
                sampleApp(suite),
                rate,
                seed,
                new Story(told));
    }

    private static Path sampleApp(Suite suite) {
        return suite.artifact(suite.home().resolve("infra/suite/sample-app"));
    }

    private static void print(PrintWriter out, DemoSummary summary) {
        out.printf(
                Locale.ROOT,
                "%n%s: %d requests, %d failed, %d misrouted; upgrade %.1f s, rollback %.1f s; %d events; rebuilt %s live; "
                        + "grayscale %s%n",
                summary.isPassed() ? "PASSED" : "FAILED",
                summary.requests(),
                summary.failed(),
                summary.misrouted(),
                summary.upgradeSeconds(),
                summary.rollbackSeconds(),
                summary.events(),
                summary.rebuiltEqualsLive() ? "equals" : "DIFFERS from",
                summary.exactGrayscale() ? "exact" : "NOT exact");
        summary.examples().forEach(example -> out.println("  " + example));
    }
}
