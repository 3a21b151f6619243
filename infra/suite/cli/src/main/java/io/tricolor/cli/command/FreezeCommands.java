package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Table;
import io.tricolor.cli.text.YamlText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "freeze",
        mixinStandardHelpOptions = true,
        header = "Freeze windows: times in which no upgrade begins or goes forward.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            FreezeCommands.ListWindows.class,
            FreezeCommands.SetWindow.class,
            FreezeCommands.Lift.class,
            FreezeCommands.OverrideFreeze.class
        })
final class FreezeCommands extends CommandOfCommands {

    @Command(name = "list", header = "Lists the freeze windows.")
    static final class ListWindows extends WatchedCommand {

        @Option(names = "--all", description = "also those that are over")
        private boolean all;

        @Override
        void show() throws InterruptedException {
            JsonNode answer = get(Service.STRATEGY, Paths.api("freezes"));
            if (isJson()) {
                print(answer);
                return;
            }
            Table table = new Table("WINDOW", "STATE", "ABOUT", "WHEN", "REASON");
            for (JsonNode one : answer.path("windows")) {
                boolean isOver = one.path("over").asBoolean(false);
                if (all || !isOver) {
                    JsonNode window = one.path("window");
                    table.row(
                            required(window, "name"),
                            state(one, isOver),
                            about(window),
                            when(window),
                            window.path("reason").asString(""));
                }
            }
            show(table, "There is no freeze window.");
        }

        private static Cell state(JsonNode one, boolean isOver) {
            if (one.path("inForce").asBoolean(false)) {
                return Cell.of("frozen until " + one.path("until").asString(""));
            }
            return Cell.of(isOver ? "over" : "not in force");
        }

        private static String about(JsonNode window) {
            List<String> about = new ArrayList<>();
            if (window.has("groupId")) {
                about.add("group " + window.path("groupId").asString(""));
            }
            if (window.has("environment")) {
                about.add("environment " + window.path("environment").asString(""));
            }
            return about.isEmpty() ? "everything" : String.join(", ", about);
        }

        private static String when(JsonNode window) {
            if (window.has("until")) {
                return window.path("from").asString("") + " to "
                        + window.path("until").asString("");
            }
            List<String> times = new ArrayList<>();
            for (JsonNode time : window.path("weekly")) {
                List<String> days = new ArrayList<>();
                time.path("days").forEach(day -> days.add(day.asString("").toLowerCase(Locale.ROOT)));
                times.add(String.join("+", days) + " " + time.path("from").asString("") + "-"
                        + time.path("to").asString("") + " " + time.path("zone").asString(""));
            }
            return String.join("; ", times);
        }
    }

    @Command(
            name = "set",
            header = "Sets a freeze window.",
            description = {
                "At once for so long (--for), from an instant to another (--from, --until), or every week (--weekly), for"
                        + " example --weekly fri-sun,18:00-08:00,Europe/Berlin.",
                "A new one may be set by an operator; to put one in place of another (--replace) takes an admin. Rollbacks"
                        + " are never held."
            })
    static final class SetWindow extends ApiCommand {

        @Parameters(arity = "0..1", paramLabel = "NAME")
        private @Nullable String name;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "the window as YAML or JSON; options win")
        private @Nullable String file;

        @Option(names = "--group", paramLabel = "GROUP", description = "only for this group")
        private @Nullable String group;

        @Option(names = "--environment", paramLabel = "NAME", description = "only for groups of this environment")
        private @Nullable String environment;

        @Option(names = "--for", paramLabel = "TIME", description = "so long, for example 4h")
        private @Nullable Duration lasting;

        @Option(names = "--from", paramLabel = "INSTANT", description = "(standard: now)")
        private @Nullable Instant from;

        @Option(names = "--until", paramLabel = "INSTANT", description = "for example 2027-01-04T06:00:00Z")
        private @Nullable Instant until;

        @Option(names = "--weekly", paramLabel = "DAYS,FROM-TO,ZONE", description = "may be given several times")
        private List<String> weekly = List.of();

        @Option(names = "--replace", description = "in place of the window of the same name")
        private boolean replace;

        @Option(
                names = {"-r", "--reason"},
                paramLabel = "TEXT",
                description = "why; the history keeps it")
        private @Nullable String reason;

        @Override
        ExitCode run() throws InterruptedException {
            YamlText.Document document = file == null ? null : UpgradeCommands.oneDocument(file, read(file));
            ObjectNode body = document == null ? object() : ((ObjectNode) document.root()).deepCopy();
            fill(body);
            String named = body.path("name").asString("");
            Answer answer = replace
                    ? command("PUT", Paths.api("freezes", named), body, document)
                    : command("POST", Paths.api("freezes"), body, document);
            if (isJson()) {
                print(answer.body());
            } else {
                say(
                        answer.body().path("inForce").asBoolean(false)
                                ? "Frozen until " + answer.body().path("until").asString("")
                                        + ": no upgrade begins or goes forward; rollbacks do."
                                : "Freeze window " + named + " is set.");
            }
            return ExitCode.DONE;
        }

        private void fill(ObjectNode body) {
            put(body, "name", name);
            put(body, "groupId", group);
            put(body, "environment", environment);
            put(body, "from", from);
            put(body, "until", lasting == null ? until : (from == null ? Instant.now() : from).plus(lasting));
            put(body, "reason", reason);
            if (!weekly.isEmpty()) {
                ArrayNode times = body.putArray("weekly");
                weekly.forEach(time -> times.add(WeeklyOption.parse(time)));
            }
            for (String needed : List.of("name", "reason")) {
                if (!body.has(needed)) {
                    throw CliFailed.usage(needed + " is missing", "in words, or as `" + needed + ":` in the document");
                }
            }
        }

        private static void put(ObjectNode body, String member, @Nullable Object value) {
            if (value != null) {
                body.put(member, value.toString());
            }
        }
    }

    @Command(name = "lift", header = "Takes a freeze window away.")
    static final class Lift extends ApiCommand {

        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "DELETE",
                    Paths.query(Paths.api("freezes", name), Map.of("reason", why.reason)),
                    null,
                    "Freeze window " + name + " is lifted.");
        }
    }

    @Command(
            name = "override",
            header = "Lets the running upgrade of a group go forward in spite of freeze windows.",
            description =
                    "For this upgrade alone, up to its end; it takes an admin, and is told to all who are notified."
                            + " To begin one in a freeze: `tricolor upgrade start --override-freeze`.")
    static final class OverrideFreeze extends UpgradeCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            String upgrade = running(group, null);
            send(
                    "POST",
                    Paths.api("groups", group, "upgrades", upgrade, "override-freeze"),
                    because(why.reason),
                    "Upgrade " + upgrade + " of " + group + " goes forward.");
            return awaited(group, upgrade);
        }
    }
}
