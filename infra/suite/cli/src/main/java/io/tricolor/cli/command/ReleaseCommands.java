package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.document.ManifestDocument;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Plain;
import io.tricolor.cli.text.Table;
import io.tricolor.cli.text.YamlText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Releases that clusters had, and manifests. */
final class ReleaseCommands {

    private ReleaseCommands() {}

    @Command(
            name = "release",
            mixinStandardHelpOptions = true,
            header = "Releases that clusters of a group have or had.",
            synopsisSubcommandLabel = "COMMAND",
            subcommands = {ReleaseCommands.ListReleases.class, ReleaseCommands.Show.class})
    static final class Releases extends CommandOfCommands {}

    @Command(
            name = "manifest",
            mixinStandardHelpOptions = true,
            header = "Manifests: what a cluster runs.",
            synopsisSubcommandLabel = "COMMAND",
            subcommands = {ReleaseCommands.Check.class, ReleaseCommands.Diff.class})
    static final class Manifests extends CommandOfCommands {}

    @Command(name = "list", header = "Lists the releases of a group, the newest first.")
    static final class ListReleases extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Override
        void show() throws InterruptedException {
            JsonNode answer = get(Service.DEPLOY, Paths.api("releases", group));
            if (isJson()) {
                print(answer);
                return;
            }
            Table table = new Table("VERSION", "DESIRED", "ON", "NOW ON", "DIGEST");
            for (JsonNode one : answer.path("releases")) {
                table.row(
                        required(one, "version"),
                        Durations.moment(required(one, "lastDesiredAt")),
                        names(one.path("clusters")),
                        names(one.path("current")),
                        required(one, "digest").substring(0, 12));
            }
            show(table, "It has none.");
        }

        private static String names(JsonNode list) {
            return String.join(
                    ", ", list.valueStream().map(name -> name.asString("")).toList());
        }
    }

    @Command(name = "show", header = "Prints the manifest of a release, as `upgrade start` takes it.")
    static final class Show extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "VERSION", description = "or the digest, or its beginning")
        private String version = "";

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode release = get(Service.DEPLOY, Paths.api("releases", group, version));
            if (isJson()) {
                print(release);
            } else {
                out().print(YamlText.write(release.path("manifest")));
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "check",
            header = "Compares a manifest with its JSON Schema; sends nothing.",
            description = "What is wrong is told with line and column, all of it at once; exit code 2.")
    static final class Check extends ApiCommand {

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "YAML or JSON; - reads it from the input")
        private String file = "";

        @Override
        ExitCode run() {
            JsonNode manifest = ManifestDocument.read(file, read(file));
            if (isJson()) {
                print(manifest);
            } else {
                say("Manifest " + manifest.path("version").asString("") + " is well formed.");
            }
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "diff",
            header = "Shows in what two manifests differ.",
            description = "Each is a file, or GROUP@VERSION for a release that a cluster of the group has or had.")
    static final class Diff extends ApiCommand {

        @Parameters(index = "0", paramLabel = "FROM")
        private String from = "";

        @Parameters(index = "1", paramLabel = "TO")
        private String to = "";

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode asked = object();
            asked.set("from", manifest(from));
            asked.set("to", manifest(to));
            JsonNode answer = api().ask(Service.DEPLOY, Paths.api("manifests", "diff"), asked)
                    .body();
            if (isJson()) {
                print(answer);
                return ExitCode.DONE;
            }
            for (JsonNode change : answer.path("changes")) {
                String path = required(change, "path");
                switch (required(change, "kind")) {
                    case "ADDED" -> line("+", path, change.path("to"));
                    case "REMOVED" -> line("-", path, change.path("from"));
                    default ->
                        out().println(Plain.line(
                                "~ " + path + ": " + words(change.path("from")) + " -> " + words(change.path("to"))));
                }
            }
            if (answer.path("changes").isEmpty()) {
                say("Nothing differs.");
            }
            return ExitCode.DONE;
        }

        private void line(String sign, String path, JsonNode value) {
            out().println(Plain.line(sign + " " + path + ": " + words(value)));
        }

        private static String words(JsonNode value) {
            return value.isString() ? value.stringValue() : value.toString();
        }

        private JsonNode manifest(String named) throws InterruptedException {
            int at = named.lastIndexOf('@');
            if (at > 0 && named.substring(0, at).matches("[a-z0-9-]+")) {
                return get(Service.DEPLOY, Paths.api("releases", named.substring(0, at), named.substring(at + 1)))
                        .path("manifest");
            }
            return ManifestDocument.read(named, read(named));
        }
    }
}
