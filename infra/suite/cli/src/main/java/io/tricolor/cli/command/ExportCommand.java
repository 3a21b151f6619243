package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.document.ConfigurationDocument;
import io.tricolor.cli.document.Declared;
import io.tricolor.cli.document.FreezeDocument;
import io.tricolor.cli.document.GroupDocument;
import io.tricolor.cli.document.TemplateDocument;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "export",
        header =
                "Writes groups, templates, freeze windows and configuration as YAML documents, for `diff` and `apply`.",
        description = {
            "A group's document has what people decide: entries, where ids come from, who goes to which cluster. Releases"
                    + " come and go by upgrades and are not in it.",
            "Without options: groups. `tricolor schema` prints the JSON Schema of any document."
        })
final class ExportCommand extends ApiCommand {

    private static final int MOST = 10_000;
    private static final String ALL = "*";

    @Parameters(paramLabel = "GROUP", description = "(standard: all)")
    private List<String> groups = List.of();

    @Option(names = "--templates", description = "the templates of the groups, beside those that are named")
    private boolean templates;

    @Option(names = "--freezes", description = "the freeze windows")
    private boolean freezes;

    @Option(
            names = "--config",
            arity = "0..1",
            fallbackValue = ALL,
            paramLabel = "NAMESPACE",
            description = "the configuration of a namespace, or of all; may be given several times")
    private List<String> namespaces = List.of();

    @Option(names = "--all", description = "all of these")
    private boolean all;

    @Option(
            names = "--without-version",
            description = "leave out the version: `apply` then overwrites what came in between")
    private boolean withoutVersion;

    @Override
    ExitCode run() throws InterruptedException {
        List<Declared> documents = new ArrayList<>();
        boolean others = templates || freezes || !namespaces.isEmpty();
        List<JsonNode> views = all || !others || !groups.isEmpty() || templates ? groups() : List.of();
        if (all || !others || !groups.isEmpty()) {
            views.forEach(view -> documents.add(GroupDocument.of(view, !withoutVersion)));
        }
        if (all || templates) {
            for (JsonNode view : views) {
                get(Service.STRATEGY, Paths.api("groups", required(view, "groupId"), "templates"))
                        .path("templates")
                        .forEach(one -> documents.add(TemplateDocument.of(one, !withoutVersion)));
            }
        }
        if (all || freezes) {
            documents.add(FreezeDocument.of(get(Service.STRATEGY, Paths.api("freezes")), !withoutVersion));
        }
        for (String namespace : namespaces()) {
            documents.add(ConfigurationDocument.of(
                    namespace,
                    get(Service.CONFIG, ConfigCommands.pathOf(namespace, "revisions", "current")),
                    !withoutVersion));
        }
        if (isJson()) {
            print(JSON.valueToTree(documents.stream().map(Declared::toJson).toList()));
            return ExitCode.DONE;
        }
        for (int i = 0; i < documents.size(); i++) {
            out().print((i == 0 ? "" : "---\n") + documents.get(i).toYaml());
        }
        return ExitCode.DONE;
    }

    private List<JsonNode> groups() throws InterruptedException {
        List<JsonNode> views = new ArrayList<>();
        if (groups.isEmpty()) {
            pages(Service.STRATEGY, Paths.api("groups"), Map.of(), "groups", "after", MOST)
                    .forEach(views::add);
        }
        for (String group : groups) {
            views.add(get(Service.STRATEGY, Paths.api("groups", group)));
        }
        return views;
    }

    private List<String> namespaces() throws InterruptedException {
        if (!all && !namespaces.contains(ALL)) {
            return namespaces;
        }
        List<String> found = new ArrayList<>();
        for (JsonNode one : pages(Service.CONFIG, Paths.api("config"), Map.of(), "namespaces", "after", MOST)) {
            found.add(required(one, "namespace"));
        }
        return found;
    }
}
