package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Table;
import io.tricolor.cli.text.YamlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "template",
        mixinStandardHelpOptions = true,
        header = "Templates: how a group is upgraded, whatever the release.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TemplateCommands.ListTemplates.class,
            TemplateCommands.Show.class,
            TemplateCommands.SetTemplate.class,
            TemplateCommands.Remove.class
        })
final class TemplateCommands extends CommandOfCommands {

    @Command(name = "list", header = "Lists the templates of a group.")
    static final class ListTemplates extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Override
        void show() throws InterruptedException {
            JsonNode answer = get(Service.STRATEGY, Paths.api("groups", group, "templates"));
            if (isJson()) {
                print(answer);
                return;
            }
            Table table = new Table("TEMPLATE", "VERSION", "MODE", "STAGES", "SET", "BY", "REASON");
            for (JsonNode one : answer.path("templates")) {
                List<String> stages = new ArrayList<>();
                one.path("template")
                        .path("stages")
                        .forEach(stage -> stages.add(stage.path("name").asString("")));
                table.row(
                        required(one, "name"),
                        one.path("version").asInt(0),
                        one.path("template").path("mode").asString(""),
                        String.join(", ", stages),
                        Views.moment(one, "at"),
                        one.path("setBy").asString(""),
                        one.path("reason").asString(""));
            }
            show(table, "Group " + group + " has no template.");
        }
    }

    @Command(
            name = "show",
            header = "Prints a template as YAML, as `template set -f` takes it.",
            description = "Any version of it, also of one that was removed (--version-number).")
    static final class Show extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "NAME")
        private String name = "";

        @Option(names = "--version-number", paramLabel = "N", description = "(standard: the newest)")
        private @Nullable Integer version;

        @Override
        ExitCode run() throws InterruptedException {
            String path = Paths.api("groups", group, "templates", name);
            JsonNode answer =
                    get(Service.STRATEGY, version == null ? path : Paths.query(path, Map.of("version", version)));
            if (isJson()) {
                print(answer);
            } else {
                out().print(YamlText.write(answer.path("template")));
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "set",
            header = "Makes a template of a document, or a new version of one.",
            description = "The document has mode, stages, policy and rolling, as one of `upgrade start -f` does.")
    static final class SetTemplate extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "NAME")
        private String name = "";

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "YAML or JSON; - reads it from the input")
        private String file = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            YamlText.Document document = UpgradeCommands.oneDocument(file, read(file));
            ObjectNode body = ((ObjectNode) document.root()).deepCopy().put("reason", why.reason);
            Answer answer = command("PUT", Paths.api("groups", group, "templates", name), body, document);
            if (isJson()) {
                print(answer.body());
            } else {
                say("Template " + name + " of " + group + " is at version "
                        + answer.body().path("version").asInt(0) + ".");
            }
            return ExitCode.DONE;
        }
    }

    @Command(name = "remove", header = "Removes a template; upgrades that run are as they were.")
    static final class Remove extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "NAME")
        private String name = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "DELETE",
                    Paths.query(Paths.api("groups", group, "templates", name), Map.of("reason", why.reason)),
                    null,
                    "Template " + name + " of " + group + " is removed.");
        }
    }
}
