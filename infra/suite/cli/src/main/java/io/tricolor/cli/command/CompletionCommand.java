package io.tricolor.cli.command;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        header = "Prints a script that completes commands and options.",
        description = {
            "bash:  source <(tricolor completion bash)",
            "zsh:   source <(tricolor completion zsh)",
            "Put that line into ~/.bashrc or ~/.zshrc to have it always."
        })
final class CompletionCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Shell shell;

    /** Shells that there is a script for. */
    enum Shell {
        BASH,
        ZSH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (shell == Shell.ZSH) {
            out.println("autoload -U +X compinit && compinit");
        }
        // The script itself switches zsh to the completion of bash.
        out.print(AutoComplete.bash("tricolor", spec.root().commandLine()));
        out.println("complete -F _complete_tricolor -o default ./tricolor");
        out.flush();
        return 0;
    }
}
