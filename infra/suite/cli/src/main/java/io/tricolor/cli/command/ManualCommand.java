package io.tricolor.cli.command;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "manual",
        mixinStandardHelpOptions = true,
        header = "Prints the manual as a man page.",
        description = "tricolor manual > ~/.local/share/man/man1/tricolor.1")
final class ManualCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        CommandSpec root = spec.root();
        out.println(".TH TRICOLOR 1 \"\" \"Tricolor\" \"User commands\"");
        out.println(".SH NAME");
        out.println(
                "tricolor \\- " + escaped(String.join(" ", root.usageMessage().header())));
        out.println(".SH SYNOPSIS");
        out.println(".B tricolor");
        out.println("COMMAND [OPTIONS]");
        out.println(".SH COMMANDS");
        root.subcommands().forEach((name, command) -> {
            if (!name.equals("help")) {
                write(out, "tricolor " + name, command);
            }
        });
        out.println(".SH \"EXIT STATUS\"");
        for (Map.Entry<String, String> code : root.usageMessage().exitCodeList().entrySet()) {
            out.println(".TP");
            out.println(".B " + escaped(code.getKey()));
            out.println(escaped(code.getValue()));
        }
        out.println(".SH ENVIRONMENT");
        variable(out, "TRICOLOR_CONTEXT", "the context that counts");
        variable(out, "TRICOLOR_STRATEGY_URL, TRICOLOR_CONFIG_URL, TRICOLOR_LOG_URL", "addresses instead of a context");
        variable(out, "TRICOLOR_TOKEN", "the token");
        variable(out, "TRICOLOR_DATA_DIR", "data directory of a suite on this machine");
        variable(out, "NO_COLOR", "no colours");
        out.println(".SH FILES");
        out.println(".TP");
        out.println(".I ~/.config/tricolor/contexts.yaml");
        out.println("contexts; readable by its owner alone");
        out.flush();
        return 0;
    }

    private static void variable(PrintWriter out, String name, String meaning) {
        out.println(".TP");
        out.println(".B " + escaped(name));
        out.println(escaped(meaning));
    }

    private static void write(PrintWriter out, String name, CommandLine command) {
        CommandSpec of = command.getCommandSpec();
        out.println(".SS \"" + escaped(name) + "\"");
        out.println(escaped(String.join(" ", of.usageMessage().header())));
        for (String line : of.usageMessage().description()) {
            out.println(".PP");
            out.println(escaped(line));
        }
        for (PositionalParamSpec parameter : of.positionalParameters()) {
            described(out, parameter.paramLabel(), parameter);
        }
        for (OptionSpec option : of.options()) {
            if (!option.usageHelp() && !option.versionHelp()) {
                described(
                        out,
                        String.join(", ", option.names())
                                + (option.arity().max() == 0 ? "" : " " + option.paramLabel()),
                        option);
            }
        }
        command.getSubcommands().forEach((inner, subcommand) -> write(out, name + " " + inner, subcommand));
    }

    private static void described(PrintWriter out, String label, ArgSpec argument) {
        out.println(".TP");
        out.println(".B " + escaped(label));
        List<String> lines = List.of(argument.description());
        out.println(lines.isEmpty() ? "\\&" : escaped(String.join(" ", lines)));
    }

    /** A line that begins with a dot would be an order. */
    private static String escaped(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }
}
