package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.PartState;
import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.Suite;
import io.tricolor.standalone.suite.SuiteControl;
import io.tricolor.standalone.suite.SuiteView;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Starts a suite that is not up and shows how it goes. */
final class SuiteStart {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private SuiteStart() {}

    static SuiteView start(SuiteControl control, PrintWriter out, String options) throws InterruptedException {
        long began = System.nanoTime();
        boolean wasUp = control.isUp();
        if (!wasUp) {
            out.println("Starting the suite in " + control.suite().dataDir() + ", ports from "
                    + control.suite().portBase());
            out.flush();
            control.launch();
        }
        var progress = new StartProgress(out, System.getenv("TRICOLOR_TERMINAL") != null);
        SuiteView view = control.follow(wasUp ? _ -> {} : progress::show, PATIENCE);
        progress.end();
        for (SuiteView.PartView part : view.parts()) {
            if (part.state() != PartState.READY) {
                out.println();
                out.println(part.name() + " is " + part.state().name().toLowerCase(Locale.ROOT)
                        + (part.message() == null ? "" : ": " + part.message()));
            }
        }
        if (view.isReady()) {
            if (!wasUp) {
                out.printf(Locale.ROOT, "%nUp in %.1f s.%n", (System.nanoTime() - began) / 1e9);
            }
        } else {
            out.println();
            out.println("The suite is up in part. `./tricolor logs NAME" + options + "` shows a log, `./tricolor down"
                    + options + "` stops everything.");
        }
        out.flush();
        return view;
    }

    static void printNextSteps(SuiteControl control, PrintWriter out, String options, boolean foreground)
            throws InterruptedException {
        Suite suite = control.suite();
        out.println();
        out.println("  console            "
                + ConsoleLink.make(suite)
                        .map(link ->
                                link + "   (once, within 2 minutes; ./tricolor console" + options + " for another)")
                        .orElse(suite.url(Port.CONSOLE).toString()));
        out.println("  traffic of users   " + suite.url(Port.GATEWAY));
        out.println("  strategy API       " + suite.url(Port.STRATEGY) + "/api/groups");
        out.println("  local-marathon     " + suite.url(Port.MARATHON) + "/v2/apps");
        out.println("  local-consul       " + suite.url(Port.CONSUL) + "/v1/catalog/services");
        out.println();
        out.println("Next: ./tricolor demo" + options + "      a release with grayscale and rollback under traffic");
        out.println("      ./tricolor status" + options + "    what runs");
        out.println("      ./tricolor token --role admin" + options + "   a token for the APIs");
        out.println(
                foreground
                        ? "Ctrl-C stops the suite."
                        : "      ./tricolor down" + options + "      stop everything; data is kept");
        out.flush();
    }
}
