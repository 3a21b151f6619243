package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.document.Change;
import io.tricolor.cli.document.GroupDocument;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.YamlText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command about documents of groups. */
abstract class DocumentCommand extends ApiCommand {

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "one or more documents, as `tricolor export` writes them; - reads them from the input. May be"
                    + " given several times")
    List<String> files = List.of();

    /** A group as it is and as a document wants it. */
    record Compared(
            YamlText.Document source,
            GroupDocument wanted,
            @Nullable GroupDocument present,
            @Nullable String version,
            List<Change> changes) {}

    final List<Compared> compared() throws InterruptedException {
        List<YamlText.Document> documents = new ArrayList<>();
        files.forEach(file -> documents.addAll(YamlText.parse(file, read(file))));
        if (documents.isEmpty()) {
            throw CliFailed.usage("there is no document in " + String.join(", ", files), null);
        }
        // All of them are read before the first one is asked about.
        List<GroupDocument> wanted = documents.stream().map(GroupDocument::read).toList();
        List<Compared> all = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            all.add(compared(documents.get(i), wanted.get(i)));
        }
        return all;
    }

    private Compared compared(YamlText.Document source, GroupDocument wanted) throws InterruptedException {
        try {
            Answer answer = api().get(Service.STRATEGY, Paths.api("groups", wanted.group()));
            GroupDocument present = GroupDocument.of(answer.body(), true);
            return new Compared(source, wanted, present, answer.version(), Change.between(present, wanted));
        } catch (CliFailed e) {
            if (!e.code().equals("GROUP_NOT_FOUND")) {
                throw e;
            }
            return new Compared(source, wanted, null, null, List.of(Change.creation(wanted)));
        }
    }

    final void words(Compared one) {
        if (one.changes().isEmpty()) {
            say("Group " + one.wanted().group() + ": nothing differs.");
            return;
        }
        say("Group " + one.wanted().group() + ":");
        one.changes().forEach(change -> say("  " + change.words()));
    }
}
