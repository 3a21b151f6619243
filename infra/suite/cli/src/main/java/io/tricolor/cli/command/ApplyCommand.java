package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

@Command(
        name = "apply",
        header = "Makes groups, templates, freeze windows and configuration as documents say.",
        description = {
            "What is as the document says is not touched: applying an export changes nothing. What is not there is made."
                    + " Each step goes by the version that was read: when somebody else makes a change meanwhile, or has"
                    + " made one since the export, nothing more is done (exit code 5).",
            "`tricolor diff` shows what would be done."
        })
final class ApplyCommand extends DocumentCommand {

    @Option(
            names = {"-r", "--reason"},
            paramLabel = "TEXT",
            description = "why; the history keeps it (standard: names the file)")
    private @Nullable String reason;

    @Option(names = "--prune", description = "remove clusters and lift freeze windows that the document does not name")
    private boolean prune;

    @Option(names = "--force", description = "also when it has changed since the export")
    private boolean force;

    @Option(names = "--draft", description = "write configuration as a draft, for somebody else to publish")
    private boolean draft;

    @Override
    ExitCode run() throws InterruptedException {
        List<Compared> all = compared();
        Compared.Terms terms = new Compared.Terms(api(), reason, prune, force, draft);
        // What can be refused without asking anybody is refused before the first change.
        all.stream().filter(one -> !one.changes().isEmpty()).forEach(one -> one.check(terms));
        ArrayNode told = JSON.createArrayNode();
        for (Compared one : all) {
            String title = one.wanted().title();
            int changes = one.changes().size();
            if (changes == 0) {
                tell(title + ": nothing to change.");
            } else {
                one.apply(terms);
                tell(title + ": " + changes + (changes == 1 ? " change." : " changes."));
            }
            told.addObject()
                    .put("kind", one.wanted().kind())
                    .put("name", one.wanted().name())
                    .put("changes", changes);
        }
        if (isJson()) {
            print(object().set("documents", told));
        }
        return ExitCode.DONE;
    }

    private void tell(String text) {
        if (!isJson()) {
            say(text);
        }
    }
}
