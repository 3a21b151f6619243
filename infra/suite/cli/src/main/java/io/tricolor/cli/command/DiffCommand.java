package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "diff",
        header = "Shows what `apply` would change.",
        description = "+ is added, - is removed, ~ is changed.")
final class DiffCommand extends DocumentCommand {

    @Option(names = "--check", description = "exit code 5 when something differs")
    private boolean check;

    @Override
    ExitCode run() throws InterruptedException {
        List<Compared> all = compared();
        if (isJson()) {
            ObjectNode told = object();
            ArrayNode documents = told.putArray("documents");
            for (Compared one : all) {
                ObjectNode document = documents
                        .addObject()
                        .put("kind", one.wanted().kind())
                        .put("name", one.wanted().name());
                ArrayNode changes = document.putArray("changes");
                one.changes().forEach(change -> {
                    ObjectNode node = changes.addObject().put("path", change.path());
                    if (!change.before().isMissingNode()) {
                        node.set("before", change.before());
                    }
                    if (!change.after().isMissingNode()) {
                        node.set("after", change.after());
                    }
                });
            }
            print(told);
        } else {
            all.forEach(this::words);
        }
        boolean differs = all.stream().anyMatch(one -> !one.changes().isEmpty());
        return check && differs ? ExitCode.REFUSED : ExitCode.DONE;
    }
}
