package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.World;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Plain;
import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The command {@code tricolor} and how its failures are shown. */
public final class CommandLineInterface {

    private static final int WIDTH = 100;

    private CommandLineInterface() {}

    /** A new parser with all commands. */
    public static CommandLine create(World world) {
        CommandLine line = new CommandLine(new Root(world));
        line.setUsageHelpWidth(WIDTH);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setOut(world.out());
        line.setErr(world.err());
        line.setColorScheme(CommandLine.Help.defaultColorScheme(
                world.terminal().hasColour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        line.registerConverter(Duration.class, text -> {
            try {
                return Durations.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        });
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            world.out().flush();
            if (failure instanceof CliFailed failed) {
                boolean json = parsed.expandedArgs().contains("--json");
                return shown(failed, world.err(), json);
            }
            if (failure instanceof InterruptedException) {
                return ExitCode.FAILED.code();
            }
            throw failure;
        });
        return line;
    }

    private static int shown(CliFailed failed, PrintWriter err, boolean json) {
        if (json) {
            ObjectNode node = JsonNodeFactory.instance.objectNode();
            node.put("exit", failed.exitCode().code());
            node.put("message", failed.getMessage());
            if (failed.hint() != null) {
                node.put("hint", failed.hint());
            }
            if (failed.problem() != null) {
                node.set("problem", failed.problem());
            }
            err.println(node);
        } else {
            err.println("tricolor: " + Plain.line(String.valueOf(failed.getMessage())));
            if (failed.hint() != null) {
                err.println("  " + Plain.line(failed.hint()));
            }
        }
        err.flush();
        return failed.exitCode().code();
    }

    /** Says which version this is. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = CommandLineInterface.class.getPackage().getImplementationVersion();
            return new String[] {"Tricolor " + (version == null ? "(not packaged)" : version)};
        }
    }

    /** Everything hangs from it. */
    @Command(
            name = "tricolor",
            header = "Releases software by colour: what people type instead of curl.",
            synopsisSubcommandLabel = "COMMAND",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            subcommands = {
                GroupCommands.class,
                ClusterCommands.class,
                ReleaseCommands.Releases.class,
                ReleaseCommands.Manifests.class,
                ArtifactCommands.class,
                ScriptCommands.class,
                ScalingCommands.class,
                UpgradeCommands.class,
                RollbackCommand.class,
                TrainCommands.class,
                UpgradeCommands.Approve.class,
                FreezeCommands.class,
                TemplateCommands.class,
                HistoryCommand.class,
                ExplainCommand.class,
                StrategyCommands.class,
                RouterCommands.class,
                ConfigCommands.class,
                LogsCommands.class,
                AuditCommands.class,
                ExportCommand.class,
                DiffCommand.class,
                ApplyCommand.class,
                SchemaCommand.class,
                TopCommand.class,
                ContextCommands.class,
                LoginCommands.Login.class,
                LoginCommands.Logout.class,
                CompletionCommand.class,
                ManualCommand.class,
                HelpCommand.class
            },
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {
                "0:done",
                "1:no connection, an answer that is none, a defect: the message says what to do",
                "2:wrong words or files; nothing was sent",
                "3:the upgrade that was waited for was rolled back or aborted",
                "4:the upgrade waits for a person: an approval, or it is paused",
                "5:refused by the service; nothing was changed",
                "6:the time of --timeout has passed; what was waited for goes on"
            },
            footer = {
                "",
                "Which suite: --context, or $TRICOLOR_CONTEXT, or the one of `tricolor context use`, or the suite that"
                        + " `./tricolor up` has started here.",
                "`tricolor COMMAND --help` tells more."
            })
    static final class Root implements Runnable {

        private final World world;

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it
        private CommandSpec spec;

        Root(World world) {
            this.world = world;
        }

        World world() {
            return world;
        }

        @Override
        public void run() {
            throw new ParameterException(spec.commandLine(), "Which command?");
        }
    }
}
