package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.document.GroupDocument;
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
        header = "Writes groups as YAML documents, for `diff` and `apply`.",
        description =
                "A document has what people decide: entries, where ids come from, who goes to which cluster. Releases"
                        + " come and go by upgrades and are not in it. docs/cluster-group.schema.json is its JSON Schema.")
final class ExportCommand extends ApiCommand {

    @Parameters(paramLabel = "GROUP", description = "(standard: all)")
    private List<String> groups = List.of();

    @Option(
            names = "--without-version",
            description = "leave out the version of the group: `apply` then overwrites what came in between")
    private boolean withoutVersion;

    @Override
    ExitCode run() throws InterruptedException {
        List<JsonNode> views = new ArrayList<>();
        if (groups.isEmpty()) {
            pages(Service.STRATEGY, Paths.api("groups"), Map.of(), "groups", "after", 10_000)
                    .forEach(views::add);
        }
        for (String group : groups) {
            views.add(get(Service.STRATEGY, Paths.api("groups", group)));
        }
        List<GroupDocument> documents = views.stream()
                .map(view -> GroupDocument.of(view, !withoutVersion))
                .toList();
        if (isJson()) {
            print(JSON.valueToTree(documents.stream().map(GroupDocument::toJson).toList()));
            return ExitCode.DONE;
        }
        for (int i = 0; i < documents.size(); i++) {
            out().print((i == 0 ? "" : "---\n") + documents.get(i).toYaml());
        }
        return ExitCode.DONE;
    }
}
