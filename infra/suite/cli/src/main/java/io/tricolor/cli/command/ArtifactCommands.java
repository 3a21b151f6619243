package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Table;
import io.tricolor.cli.text.YamlText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "artifact",
        mixinStandardHelpOptions = true,
        header = "What instances run: files and images, pinned by their content.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ArtifactCommands.Resolve.class, ArtifactCommands.ListArtifacts.class})
final class ArtifactCommands extends CommandOfCommands {

    @Command(
            name = "resolve",
            header = "Pins what people call an artifact; prints it as a manifest has it.",
            description = {
                "maven:REPOSITORY/group:artifact:version[:classifier][@extension], with a repository that deploy-service"
                        + " knows; version may be a SNAPSHOT, LATEST or RELEASE.",
                "docker:HOST/PATH:TAG, or an address http:, https:, file:."
            })
    static final class Resolve extends ApiCommand {

        @Parameters(paramLabel = "REFERENCE")
        private String reference = "";

        @Option(
                names = "--platform",
                paramLabel = "OS/ARCH",
                description = "of an image for several, for example linux/amd64 (standard: all of them)")
        private @Nullable String platform;

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode asked = object().put("reference", reference);
            if (platform != null) {
                asked.put("platform", platform);
            }
            JsonNode answer = api().ask(Service.DEPLOY, Paths.api("artifacts", "resolve"), asked)
                    .body();
            required(answer.path("artifact"), "type");
            if (isJson()) {
                print(answer);
                return ExitCode.DONE;
            }
            String checked = answer.path("checked").asString("");
            say("# " + reference + " is " + required(answer, "resolved")
                    + (checked.isEmpty() ? "" : ", " + checked + " compared") + ", "
                    + Durations.moment(required(answer, "at")));
            out().print(YamlText.write(object().set("artifact", answer.path("artifact"))));
            return ExitCode.DONE;
        }
    }

    @Command(name = "list", header = "Lists the content that deploy-service keeps, the last used first.")
    static final class ListArtifacts extends WatchedCommand {

        @Override
        void show() throws InterruptedException {
            JsonNode store = get(Service.DEPLOY, Paths.api("artifacts"));
            if (isJson()) {
                print(store);
                return;
            }
            Table table = new Table("SHA256", "KIB", "USED", "NAMED BY RELEASES OF");
            for (JsonNode one : store.path("contents")) {
                table.row(
                        required(one, "sha256"),
                        (one.path("bytes").asLong(0) + 1023) / 1024,
                        Durations.moment(required(one, "usedAt")),
                        String.join(
                                ", ",
                                one.path("namedBy")
                                        .valueStream()
                                        .map(name -> name.asString(""))
                                        .toList()));
            }
            show(table, store.has("url") ? "It keeps none." : "There is no store (tricolor.artifacts.url is not set).");
        }
    }
}
