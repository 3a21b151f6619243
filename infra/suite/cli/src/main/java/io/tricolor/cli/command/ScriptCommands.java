package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Table;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "script",
        mixinStandardHelpOptions = true,
        header = "Scripts of releases: from git, pinned by commit and tree.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ScriptCommands.Resolve.class, ScriptCommands.Diff.class, ScriptCommands.Runs.class})
final class ScriptCommands extends CommandOfCommands {

    @Command(name = "resolve", header = "Pins the scripts that a branch, tag or commit names now, for a manifest.")
    static final class Resolve extends ApiCommand {

        @Parameters(index = "0", paramLabel = "REPOSITORY", description = "by its name in deploy-service")
        private String repository = "";

        @Parameters(index = "1", paramLabel = "REF", description = "branch, tag or commit")
        private String ref = "";

        @Option(names = "--directory", paramLabel = "PATH", description = "within the repository (standard: all of it)")
        private @Nullable String directory;

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode asked = object().put("repository", repository).put("ref", ref);
            if (directory != null) {
                asked.put("directory", directory);
            }
            JsonNode answer = api().ask(Service.DEPLOY, Paths.api("scripts", "resolve"), asked)
                    .body();
            if (isJson()) {
                print(answer);
                return ExitCode.DONE;
            }
            say("scriptRevision: " + required(answer, "scriptRevision"));
            say("# has "
                    + (answer.path("hooks").isEmpty()
                            ? "no script that is run"
                            : String.join(
                                    ", ",
                                    answer.path("hooks")
                                            .valueStream()
                                            .map(hook -> hook.asString(""))
                                            .toList())));
            return ExitCode.DONE;
        }
    }

    @Command(name = "diff", header = "Shows how the scripts of two releases differ.")
    static final class Diff extends ApiCommand {

        @Parameters(index = "0", paramLabel = "FROM", description = "scriptRevision of a manifest")
        private String from = "";

        @Parameters(index = "1", paramLabel = "TO")
        private String to = "";

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode answer = api().ask(
                            Service.DEPLOY,
                            Paths.api("scripts", "diff"),
                            object().put("from", from).put("to", to))
                    .body();
            if (isJson()) {
                print(answer);
            } else {
                answer.path("diff").asString("").lines().forEach(this::say);
            }
            return ExitCode.DONE;
        }
    }

    @Command(name = "runs", header = "Lists the scripts that ran for a cluster, the newest first.")
    static final class Runs extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "CLUSTER")
        private String cluster = "";

        @Option(names = "--output", description = "with what they wrote")
        private boolean output;

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode answer = get(Service.DEPLOY, Paths.api("groups", group, "clusters", cluster, "scripts"));
            if (isJson()) {
                print(answer);
                return ExitCode.DONE;
            }
            Table table = new Table("SCRIPT", "SERVICE", "STATE", "EXIT", "BEGUN", "ENDED", "REVISION");
            for (JsonNode one : answer.path("runs")) {
                table.row(
                        required(one, "hook"),
                        one.path("service").path("service").asString(""),
                        required(one, "state"),
                        one.path("exit").asString("-"),
                        Views.moment(one, "startedAt"),
                        Views.moment(one, "endedAt"),
                        one.path("revision").asString(""));
            }
            show(table, "No script ran for cluster " + cluster + " of " + group + ".");
            if (output) {
                for (JsonNode one : answer.path("runs")) {
                    say("== " + required(one, "hook") + " of "
                            + one.path("service").path("service").asString("") + ", " + required(one, "startedAt"));
                    one.path("output").asString("").lines().forEach(this::say);
                }
            }
            return ExitCode.DONE;
        }
    }
}
