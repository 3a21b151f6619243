package io.tricolor.standalone.cli;

import io.tricolor.standalone.demo.BadRelease;
import io.tricolor.standalone.demo.Demo;
import io.tricolor.standalone.demo.DemoSummary;
import io.tricolor.standalone.demo.Scene;
import io.tricolor.standalone.demo.Story;
import io.tricolor.standalone.security.SigningKey;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Suite;
import io.tricolor.standalone.suite.SuiteControl;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
        header = "Shows one release under traffic and its rollback, by any of the flows; or one that is bad.",
        description = {
            "Starts the suite if it is not up, makes a new group (shop, or shop-2 and so on: groups of earlier runs stay as they"
                    + " are), and checks every answer against the rule in force. During a change the rules before and after it"
                    + " both count, from the command until every router has confirmed.",
            "--flow=grayscale brings the new release to listed users first, then after an approval to everybody; switch brings it to"
                    + " everybody in one table; rolling goes instance by instance, there and back, and watches how many serve and run; multi has two clusters YELLOW at"
                    + " once, each for its own users.",
            "--flow=bad releases a version that fails 5 % of its requests to a tenth of the users, with nobody watching: a gate"
                    + " on the routers' counters has to find it and take it back before 1 % of the users have met an error.",
            "Exit code 0 if no request failed, no user was misrouted, what the flow promises held, and the"
                    + " state rebuilt from the events equals the live one (for --flow=bad: if the fault was found and taken back in time, and nothing else failed); else 1."
        })
final class DemoCommand implements Callable<Integer> {

    private static final int USUAL = 300;
    private static final int GENTLE = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Mixin
    private final RouterOption router = new RouterOption();

    /** What is shown. */
    enum Flow {
        GRAYSCALE,
        SWITCH,
        ROLLING,
        MULTI,
        /** A faulty release that a gate takes back. */
        BAD
    }

    @Option(
            names = "--flow",
            paramLabel = "FLOW",
            defaultValue = "grayscale",
            description = "grayscale, switch, rolling, multi or bad (default ${DEFAULT-VALUE})")
    private Flow flow = Flow.GRAYSCALE;

    @Option(names = "--json", description = "print only the summary, as one JSON document")
    private boolean json;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "requests a second, 1 to 2000 (default 300; 100 for rolling and multi, which start many"
                    + " instances at once)")
    private @Nullable Integer rate;

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
        if (rate != null && (rate < 1 || rate > 2000)) {
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
        ConsoleLink.make(control.suite()).ifPresent(link -> {
            told.println("Watch it in the console: " + link);
            told.flush();
        });
        try {
            Scene scene = scene(control.suite(), new Story(told));
            boolean passed = switch (flow) {
                case GRAYSCALE -> good(scene, Demo.Flow.GRAYSCALE, out);
                case SWITCH -> good(scene, Demo.Flow.SWITCH, out);
                case ROLLING -> good(scene, Demo.Flow.ROLLING, out);
                case MULTI -> good(scene, Demo.Flow.MULTI, out);
                case BAD -> bad(scene, out);
            };
            out.flush();
            return passed ? 0 : CommandLineInterface.FAILED;
        } finally {
            if (!wasUp && !keep) {
                told.println("Stopping the suite; --keep leaves it up.");
                told.flush();
                boolean _ = control.stop(_ -> {});
            }
        }
    }

    private int perSecond() {
        if (rate != null) {
            return rate;
        }
        return flow == Flow.ROLLING || flow == Flow.MULTI ? GENTLE : USUAL;
    }

    private Scene scene(Suite suite, Story story) throws IOException {
        return new Scene(
                suite.url(Port.STRATEGY),
                suite.url(Port.GATEWAY),
                SigningKey.in(suite.security()),
                suite.artifact(suite.home().resolve("infra/suite/sample-app")),
                perSecond(),
                seed,
                story);
    }

    private boolean good(Scene scene, Demo.Flow shown, PrintWriter out) throws IOException, InterruptedException {
        DemoSummary summary = new Demo(scene, shown).run();
        if (json) {
            out.println(JsonMapper.builder().build().writeValueAsString(summary));
        } else {
            print(out, summary);
        }
        return summary.isPassed();
    }

    private boolean bad(Scene scene, PrintWriter out) throws IOException, InterruptedException {
        BadRelease.Summary summary = new BadRelease(scene).run();
        if (json) {
            out.println(JsonMapper.builder().build().writeValueAsString(summary));
        } else {
            print(out, summary);
        }
        return summary.isPassed();
    }

    private static void print(PrintWriter out, BadRelease.Summary summary) {
        out.printf(
                Locale.ROOT,
                "%n%s: %d requests, %d answered with an error by the bad release, %d other failures;%n"
                        + "  %d of %d users met an error (%.2f %%); found %.1f s after the stage began, undone %.1f s later;%n"
                        + "  the gate: %s; rebuilt %s live%n",
                summary.isPassed() ? "PASSED" : "FAILED",
                summary.requests(),
                summary.errors(),
                summary.otherFailures(),
                summary.usersWithErrors(),
                summary.users(),
                summary.users() == 0 ? 0.0 : 100.0 * summary.usersWithErrors() / summary.users(),
                summary.found(),
                summary.back(),
                summary.verdict().isEmpty() ? "found nothing" : summary.verdict(),
                summary.rebuiltEqualsLive() ? "equals" : "DIFFERS from");
        summary.examples().forEach(example -> out.println("  " + example));
    }

    private static void print(PrintWriter out, DemoSummary summary) {
        out.printf(
                Locale.ROOT,
                "%n%s: %d requests, %d failed, %d misrouted; upgrade %.1f s, rollback %.1f s; %d events; rebuilt %s live%n",
                summary.isPassed() ? "PASSED" : "FAILED",
                summary.requests(),
                summary.failed(),
                summary.misrouted(),
                summary.upgradeSeconds(),
                summary.rollbackSeconds(),
                summary.events(),
                summary.rebuiltEqualsLive() ? "equals" : "DIFFERS from");
        summary.held().forEach((what, holds) -> out.println("  " + (holds ? "" : "NOT: ") + what));
        summary.examples().forEach(example -> out.println("  " + example));
    }
}
