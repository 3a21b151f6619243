package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.PartState;
import io.tricolor.standalone.suite.SuiteView;
import io.tricolor.standalone.suite.SuiteView.PartView;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One line for each process: rewritten in place on a terminal, else printed when its state changes. */
final class StartProgress {

    private static final String ERASE = "\u001b[2K\r";

    private final PrintWriter out;
    private final boolean terminal;
    private final Map<String, Set<PartState>> shown = new HashMap<>();
    private int drawn;

    StartProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    void show(SuiteView view) {
        Instant now = Instant.now();
        if (terminal) {
            if (drawn > 0) {
                out.printf("\u001b[%dA", drawn);
            }
            view.parts().forEach(part -> out.println(ERASE + line(part, now)));
            drawn = view.parts().size();
        } else {
            for (PartView part : view.parts()) {
                // A process that is slow to answer under load comes and goes; its first answer is what counts.
                boolean worthALine = part.state() != PartState.WAITING && part.state() != PartState.UNHEALTHY;
                if (worthALine
                        && shown.computeIfAbsent(part.name(), _ -> new HashSet<>())
                                .add(part.state())) {
                    out.println(line(part, now));
                }
            }
        }
        out.flush();
    }

    void end() {
        drawn = 0;
        out.flush();
    }

    private static String line(PartView part, Instant now) {
        Long took = part.readyAfterMillis();
        double seconds = part.state() == PartState.READY && took != null
                ? took / 1e3
                : Duration.between(part.since(), now).toMillis() / 1e3;
        String mark = switch (part.state()) {
            case READY -> "+";
            case FAILED, UNHEALTHY, STOPPED -> "!";
            case WAITING, STARTING, RESTARTING, STOPPING -> " ";
        };
        return String.format(
                Locale.ROOT,
                "  %s %-15s %-10s %5.1f s   %s",
                mark,
                part.name(),
                part.state().name().toLowerCase(Locale.ROOT),
                Math.max(0, seconds),
                part.url() == null ? "127.0.0.1:" + part.port() : part.url());
    }
}
