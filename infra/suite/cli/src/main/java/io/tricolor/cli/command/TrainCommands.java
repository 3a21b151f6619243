package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Progress;
import io.tricolor.cli.text.Table;
import io.tricolor.cli.text.YamlText;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        header = "Trains: one upgrade over several groups, which go on and go back together.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TrainCommands.Start.class,
            TrainCommands.ListTrains.class,
            TrainCommands.Show.class,
            TrainCommands.Await.class,
            TrainCommands.Abort.class,
            TrainCommands.Rollback.class
        })
final class TrainCommands extends CommandOfCommands {

    private static final Duration POLL = Duration.ofSeconds(1);

    /** What was just begun may not be in the read model yet. */
    private static final Duration UNKNOWN = Duration.ofSeconds(10);

    private static final Duration AWAY = Duration.ofMinutes(2);

    private static String words(JsonNode view) {
        return ApiCommand.required(view, "status").toLowerCase(Locale.ROOT);
    }

    /** A command that may wait for the end of a train. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class TrainCommand extends ApiCommand {

        @Option(names = "--timeout", paramLabel = "TIME", description = "of waiting (standard: none); then exit code 6")
        private @Nullable Duration timeout;

        final ExitCode await(String train) throws InterruptedException {
            Duration began = world().time().passed();
            Duration reached = began;
            JsonNode view = object();
            try (Progress progress = new Progress(aside(), world().terminal())) {
                while (true) {
                    Duration now = world().time().passed();
                    Duration passed = now.minus(began);
                    try {
                        view = get(Service.STRATEGY, Paths.api("trains", train));
                        reached = now;
                    } catch (CliFailed e) {
                        boolean isAway = e.exitCode() == ExitCode.FAILED;
                        boolean isNew = view.isEmpty() && e.code().equals("TRAIN_NOT_FOUND");
                        Duration bound = isAway ? AWAY : isNew ? UNKNOWN : Duration.ZERO;
                        if (now.minus(reached).compareTo(bound) >= 0) {
                            throw e;
                        }
                    }
                    ExitCode end = view.isEmpty() ? null : end(train, view, progress);
                    if (end != null) {
                        if (isJson()) {
                            print(view);
                        }
                        return end;
                    }
                    progress.show(view.isEmpty() ? "begins" : where(view), Durations.words(passed));
                    if (timeout != null && passed.compareTo(timeout) >= 0) {
                        throw CliFailed.of(
                                ExitCode.TIMEOUT,
                                "train " + train + " has not ended after " + Durations.words(passed),
                                "it goes on; wait again by `tricolor train wait " + train + connection.asTyped() + "`");
                    }
                    world().time().pause(POLL);
                }
            }
        }

        private static @Nullable ExitCode end(String train, JsonNode view, Progress progress) {
            return switch (required(view, "status")) {
                case "COMPLETED" -> {
                    progress.line("done: every group of train " + train + " has its release");
                    yield ExitCode.DONE;
                }
                case "ABORTED" -> {
                    progress.line("went back: train " + train + " was aborted");
                    yield ExitCode.WENT_BACK;
                }
                case "DIVIDED" -> {
                    progress.line("divided: some groups have the new release and some have gone back");
                    progress.line("  tricolor train rollback " + train + " --reason …");
                    yield ExitCode.WENT_BACK;
                }
                default -> null;
            };
        }

        private static String where(JsonNode view) {
            StringJoiner groups = new StringJoiner(", ");
            for (JsonNode car : view.path("groups")) {
                groups.add(car.path("groupId").asString("") + " "
                        + (car.path("step").asInt(0) + 1) + "/"
                        + car.path("steps").asInt(0));
            }
            return words(view) + ": " + groups;
        }
    }

    @Command(
            name = "start",
            header = "Begins a train, in all of its groups or in none.",
            description =
                    "The document is what POST /api/trains takes, and may name `key` besides. A repeated start with"
                            + " the same --key begins what is missing.")
    static final class Start extends TrainCommand {

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "document with all of it, YAML or JSON; - reads it from the input")
        private String file = "";

        @Option(
                names = {"-r", "--reason"},
                paramLabel = "TEXT",
                description = "why; the history keeps it (standard: that of the document)")
        private @Nullable String reason;

        @Option(names = "--key", paramLabel = "KEY", description = "under which it is begun once, for example a build")
        private @Nullable String key;

        @Option(names = "--dry-run", description = "print how many steps each group would have; do nothing")
        private boolean dryRun;

        @Option(names = "--wait", description = "until it has ended: exit code 0, or 3 when it went back")
        private boolean wait;

        @Override
        ExitCode run() throws InterruptedException {
            YamlText.Document document = UpgradeCommands.oneDocument(file, read(file));
            ObjectNode body = ((ObjectNode) document.root()).deepCopy();
            String keyed = key != null ? key : body.path("key").stringValue(null);
            body.remove("key");
            if (reason != null) {
                body.put("reason", reason);
            }
            try {
                return dryRun ? tryOut(body) : begin(body, keyed);
            } catch (CliFailed failure) {
                throw UpgradeCommands.located(failure, document);
            }
        }

        private ExitCode tryOut(ObjectNode body) throws InterruptedException {
            JsonNode plan = api().ask(Service.STRATEGY, Paths.api("trains") + "?dryRun=true", body)
                    .body();
            if (isJson()) {
                print(plan);
                return ExitCode.DONE;
            }
            if (!plan.path("groups").isArray()) {
                throw Api.incomplete("groups");
            }
            Table table = new Table("GROUP", "FROM", "TO", "RELEASE", "STEPS", "AT LEAST");
            for (JsonNode one : plan.path("groups")) {
                table.row(
                        required(one, "groupId"),
                        one.path("from").asString("-"),
                        one.path("to").asString(""),
                        one.path("release").asString(""),
                        one.path("steps").size(),
                        Durations.words(one.path("atLeast").asString("PT0S")));
            }
            show(table, "It has no groups.");
            out().println("Nothing was done.");
            return ExitCode.DONE;
        }

        private ExitCode begin(ObjectNode body, @Nullable String keyed) throws InterruptedException {
            JsonNode begun = api().command(Service.STRATEGY, "POST", Paths.api("trains"), body, null, keyed)
                    .body();
            String train = required(begun, "trainId");
            if (!isJson() || wait) {
                aside().println("Train " + train + " has begun.");
                if (!wait) {
                    aside().println("  tricolor train wait " + train + connection.asTyped());
                }
                aside().flush();
            }
            if (!wait && isJson()) {
                print(begun);
            }
            return wait ? await(train) : ExitCode.DONE;
        }
    }

    @Command(name = "list", header = "Lists trains, the one that began last first.")
    static final class ListTrains extends WatchedCommand {

        @Option(names = "--limit", paramLabel = "N", defaultValue = "20", description = "(default ${DEFAULT-VALUE})")
        private int limit = 20;

        @Override
        void show() throws InterruptedException {
            JsonNode answer = get(Service.STRATEGY, Paths.query(Paths.api("trains"), Map.of("limit", limit)));
            if (isJson()) {
                print(answer);
                return;
            }
            Table table = new Table("TRAIN", "STATUS", "MODE", "GROUPS", "BEGAN", "BY", "REASON");
            for (JsonNode one : answer.path("trains")) {
                table.row(
                        required(one, "trainId"),
                        Views.status(one, "status"),
                        one.path("mode").asString(""),
                        one.path("groups").size(),
                        Views.moment(one, "startedAt"),
                        one.path("requestedBy").asString(""),
                        one.path("reason").asString(""));
            }
            show(table, "There were no trains yet.");
        }
    }

    @Command(name = "show", header = "Shows a train and how each of its groups stands.")
    static final class Show extends WatchedCommand {

        @Parameters(paramLabel = "TRAIN")
        private String train = "";

        @Override
        void show() throws InterruptedException {
            JsonNode view = get(Service.STRATEGY, Paths.api("trains", train));
            if (isJson()) {
                print(view);
                return;
            }
            label("train", required(view, "trainId"));
            label("status", Views.status(view, "status"));
            label(
                    "asked for",
                    "by " + view.path("requestedBy").asString("") + " at " + Views.moment(view, "startedAt") + ": "
                            + view.path("reason").asString(""));
            out().println();
            Table table = new Table("GROUP", "STATUS", "RELEASE", "STEP", "WHAT");
            for (JsonNode car : view.path("groups")) {
                boolean began = car.has("status");
                table.row(
                        required(car, "groupId"),
                        began ? Views.status(car, "status") : "not begun",
                        car.path("version").asString(""),
                        began
                                ? (car.path("step").asInt(0) + 1) + "/"
                                        + car.path("steps").asInt(0)
                                : "",
                        car.path("title").asString(""));
            }
            show(table, "It has no groups.");
        }
    }

    @Command(name = "wait", header = "Waits for the end of a train: exit code 0, or 3 when it went back.")
    static final class Await extends TrainCommand {

        @Parameters(paramLabel = "TRAIN")
        private String train = "";

        @Override
        ExitCode run() throws InterruptedException {
            return await(train);
        }
    }

    @Command(name = "abort", header = "Has every group of a train that runs go back.")
    static final class Abort extends ApiCommand {

        @Parameters(paramLabel = "TRAIN")
        private String train = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "POST",
                    Paths.api("trains", train, "abort"),
                    because(why.reason),
                    "The groups of train " + train + " go back.");
        }
    }

    @Command(name = "rollback", header = "Takes every group of a train back, those that are done too.")
    static final class Rollback extends ApiCommand {

        @Parameters(paramLabel = "TRAIN")
        private String train = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "POST",
                    Paths.api("trains", train, "rollback"),
                    because(why.reason),
                    "All groups of train " + train + " go back.");
        }
    }
}
