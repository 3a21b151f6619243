package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.World;
import io.tricolor.cli.text.Plain;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/** A command that shows something, once or again and again. */
abstract class WatchedCommand extends ApiCommand {

    private static final String HOME_AND_CLEAR = "\u001B[H\u001B[2J";

    @Option(
            names = {"-w", "--watch"},
            description = "show it again whenever it has changed, until Ctrl-C")
    boolean watch;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "2s",
            description = "of --watch (default ${DEFAULT-VALUE})")
    Duration interval = Duration.ofSeconds(2);

    /** Shows it, through {@link #out()} as it is now. */
    abstract void show() throws InterruptedException;

    boolean isWatched() {
        return watch;
    }

    @Override
    final ExitCode run() throws InterruptedException {
        if (!isWatched()) {
            show();
            return ExitCode.DONE;
        }
        if (interval.compareTo(Duration.ofMillis(100)) < 0) {
            throw CliFailed.usage("--interval is at least 100ms", null);
        }
        World world = world();
        String last = "";
        while (true) {
            String now = frame();
            if (!now.equals(last)) {
                if (world.terminal().isInteractive()) {
                    world.out().print(HOME_AND_CLEAR);
                }
                world.out().print(now);
                world.out().flush();
                last = now;
            }
            world.time().pause(interval);
        }
    }

    /** One picture; a service that is away for a moment is no reason to end. */
    private String frame() throws InterruptedException {
        StringWriter text = new StringWriter();
        try {
            draw(new PrintWriter(text));
        } catch (CliFailed e) {
            if (e.exitCode() != ExitCode.FAILED) {
                throw e;
            }
            return "tricolor: " + Plain.line(String.valueOf(e.getMessage())) + System.lineSeparator();
        }
        return text.toString();
    }

    private void draw(PrintWriter picture) throws InterruptedException {
        redirected = picture;
        try {
            show();
            picture.flush();
        } finally {
            redirected = null;
        }
    }

    /** Lines of a table as others, for pictures of several parts. */
    final void lines(List<String> lines) {
        lines.forEach(out()::println);
    }
}
