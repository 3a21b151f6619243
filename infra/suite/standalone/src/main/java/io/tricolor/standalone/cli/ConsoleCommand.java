package io.tricolor.standalone.cli;

import io.tricolor.standalone.suite.Port;
import io.tricolor.standalone.suite.SuiteControl;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "console",
        mixinStandardHelpOptions = true,
        header = "Opens the console of this suite in a browser.",
        description = {
            "Prints a link that logs in once, within 2 minutes, and opens it where there is a desktop.",
            "Exit code 0: the link is printed. 1: the console does not answer. 3: the suite is not up."
        })
final class ConsoleCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final SuiteOptions options = new SuiteOptions();

    @Option(
            names = "--role",
            split = ",",
            paramLabel = "ROLE",
            converter = TokenCommand.RoleConverter.class,
            description = "${COMPLETION-CANDIDATES}; what may be done in it (default: admin)")
    private List<Role> roles = List.of();

    @Option(
            names = "--subject",
            paramLabel = "NAME",
            defaultValue = "${sys:user.name}",
            description = "who the history names (default: the current user)")
    private String subject = "";

    @Option(names = "--no-open", description = "print the link, open nothing")
    private boolean printOnly;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        SuiteControl control = options.control();
        if (control.view().isEmpty()) {
            out.println("The suite in " + control.suite().dataDir() + " is not up. `./tricolor up" + options.asTyped()
                    + "` starts it.");
            out.flush();
            return CommandLineInterface.NOT_UP;
        }
        List<String> names = roles.isEmpty()
                ? List.of("admin")
                : roles.stream().map(Role::toString).toList();
        Optional<String> link = ConsoleLink.make(control.suite(), subject, names);
        if (link.isEmpty()) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("tricolor: the console at " + control.suite().url(Port.CONSOLE)
                    + " gives no link; `./tricolor logs console" + options.asTyped() + "` says why");
            err.flush();
            return CommandLineInterface.FAILED;
        }
        out.println(link.get());
        out.flush();
        if (!printOnly && System.getenv("TRICOLOR_TERMINAL") != null) {
            open(link.get());
        }
        return 0;
    }

    private static void open(String link) {
        String opener = opener();
        if (opener == null) {
            return;
        }
        try {
            Process _ = new ProcessBuilder(opener, link)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return; // the link is printed
        }
    }

    /** The desktop's own program; null where there is none. */
    private static @Nullable String opener() {
        if (System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac")) {
            return "/usr/bin/open";
        }
        boolean hasDesktop = System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null;
        return hasDesktop && new File("/usr/bin/xdg-open").canExecute() ? "/usr/bin/xdg-open" : null;
    }
}
