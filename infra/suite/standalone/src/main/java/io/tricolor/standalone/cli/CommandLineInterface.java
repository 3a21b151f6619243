package io.tricolor.standalone.cli;

import io.tricolor.engines.EngineFailed;
import io.tricolor.nginxtemplate.RouterCommand;
import io.tricolor.standalone.demo.DemoFailed;
import io.tricolor.standalone.suite.SuiteFailed;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code tricolor} and how its failures are told. */
public final class CommandLineInterface {

    /** Exit code when a command could not do what it was asked for. */
    static final int FAILED = 1;

    /** Exit code when the suite that is asked about is not up. */
    static final int NOT_UP = 3;

    private CommandLineInterface() {}

    /** A new parser with all commands. */
    public static CommandLine create() {
        var line = new CommandLine(new Root());
        line.setUsageHelpWidth(100);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof SuiteFailed || failure instanceof EngineFailed || failure instanceof DemoFailed) {
                PrintWriter err = command.getErr();
                err.println(command.getColorScheme().errorText("tricolor: " + failure.getMessage()));
                err.flush();
                return FAILED;
            }
            throw failure;
        });
        return line;
    }

    @Command(
            name = "tricolor",
            header = "Releases software by colour: runs the whole suite on this machine.",
            synopsisSubcommandLabel = "COMMAND",
            mixinStandardHelpOptions = true,
            version = "Tricolor 0.1.0-SNAPSHOT",
            subcommands = {
                UpCommand.class,
                DemoCommand.class,
                StatusCommand.class,
                DownCommand.class,
                LogsCommand.class,
                TokenCommand.class,
                ConsoleCommand.class,
                AuditCommand.class,
                RouterCommand.class,
                HelpCommand.class
            },
            footer = {
                "",
                "Every command about a suite takes --data-dir and --port-base, so that several live on one machine.",
                "`tricolor COMMAND --help` tells more."
            })
    private static final class Root implements Runnable {

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        @Override
        public void run() {
            throw new ParameterException(spec.commandLine(), "Which command?");
        }
    }
}
