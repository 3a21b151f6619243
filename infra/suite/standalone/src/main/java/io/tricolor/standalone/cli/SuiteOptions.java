package io.tricolor.standalone.cli;

import io.tricolor.engines.TricolorHome;
import io.tricolor.standalone.suite.Suite;
import io.tricolor.standalone.suite.SuiteControl;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Which suite a command is about. */
final class SuiteOptions {

    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "where the suite keeps everything it writes (default: .tricolor in the checkout)")
    private @Nullable Path dataDir;

    @Option(
            names = "--port-base",
            paramLabel = "PORT",
            description = "first of the suite's 400 ports (default: 8400, or that of the suite which is up)")
    private @Nullable Integer portBase;

    SuiteControl control() {
        Path home = TricolorHome.find();
        Path directory = dataDir == null ? home.resolve(".tricolor") : dataDir;
        int base = portBase == null ? SuiteControl.portBaseOf(directory).orElse(Suite.DEFAULT_PORT_BASE) : portBase;
        try {
            var control = new SuiteControl(new Suite(home, directory, base));
            control.view().filter(view -> view.portBase() != base).ifPresent(view -> {
                throw new ParameterException(
                        spec.commandLine(),
                        "the suite in " + directory + " is up with port base " + view.portBase() + ", not " + base
                                + "; give another --data-dir for a second suite");
            });
            return control;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** The options as typed, for messages that name a next command. */
    String asTyped() {
        var text = new StringBuilder();
        if (dataDir != null) {
            text.append(" --data-dir ").append(dataDir);
        }
        if (portBase != null) {
            text.append(" --port-base ").append(portBase);
        }
        return text.toString();
    }
}
