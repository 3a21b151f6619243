package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.document.ConfigurationDocument;
import io.tricolor.cli.document.Declared;
import io.tricolor.cli.document.FreezeDocument;
import io.tricolor.cli.document.GroupDocument;
import io.tricolor.cli.document.TemplateDocument;
import io.tricolor.cli.text.YamlText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Option;

/** A command about documents. */
abstract class DocumentCommand extends ApiCommand {

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "one or more documents, as `tricolor export` writes them; - reads them from the input. May be"
                    + " given several times")
    List<String> files = List.of();

    /** Groups first, since templates are of groups. */
    final List<Compared> compared() throws InterruptedException {
        List<YamlText.Document> documents = new ArrayList<>();
        files.forEach(file -> documents.addAll(YamlText.parse(file, read(file))));
        if (documents.isEmpty()) {
            throw CliFailed.usage("there is no document in " + String.join(", ", files), null);
        }
        // All of them are read before the first one is asked about.
        List<Declared> wanted = documents.stream().map(Declared::read).toList();
        List<Compared> all = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            all.add(compared(documents.get(i), wanted.get(i)));
        }
        all.sort(Comparator.comparing(one -> !(one.wanted() instanceof GroupDocument)));
        return all;
    }

    private Compared compared(YamlText.Document source, Declared wanted) throws InterruptedException {
        return switch (wanted) {
            case GroupDocument group -> ComparedGroup.of(api(), source, group);
            case TemplateDocument template -> ComparedTemplate.of(api(), source, template);
            case FreezeDocument freezes ->
                ComparedFreezes.of(api(), source, freezes, world().time().now());
            case ConfigurationDocument configuration -> ComparedConfiguration.of(api(), source, configuration);
        };
    }

    final void words(Compared one) {
        String title = one.wanted().title();
        if (one.changes().isEmpty()) {
            say(title + ": nothing differs.");
            return;
        }
        say(title + ":");
        one.changes().forEach(change -> say("  " + change.words()));
    }
}
