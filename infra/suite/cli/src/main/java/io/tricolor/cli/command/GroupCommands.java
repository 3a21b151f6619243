package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Table;
import java.time.Duration;
import java.util.LinkedHashMap;
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
        name = "group",
        mixinStandardHelpOptions = true,
        header = "Groups: one application in one environment with its clusters.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            GroupCommands.ListGroups.class,
            GroupCommands.Show.class,
            GroupCommands.ActionsOfGroup.class,
            GroupCommands.Create.class,
            GroupCommands.Delete.class,
            GroupCommands.Decommission.class
        })
final class GroupCommands extends CommandOfCommands {

    @Command(name = "list", header = "Lists the groups.")
    static final class ListGroups extends WatchedCommand {

        @Option(names = "--ended", description = "those that have ended as well")
        private boolean ended;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "1000", description = "at most so many")
        private int limit = 1000;

        @Option(names = "--prefix", paramLabel = "TEXT", description = "whose name begins so")
        private @Nullable String prefix;

        @Option(names = "--application", paramLabel = "NAME", description = "of this application")
        private @Nullable String application;

        @Option(
                names = "--status",
                paramLabel = "STATUS",
                description = "steady, upgrading, paused, aborting, recovering, ending or ended; several with commas")
        private @Nullable String status;

        @Option(
                names = "--sort",
                paramLabel = "ORDER",
                description = "group (default), application, or upgrade: the one that began last first")
        private @Nullable String sort;

        @Override
        void show() throws InterruptedException {
            Map<String, @Nullable Object> asked = new LinkedHashMap<>();
            asked.put("fields", "light");
            asked.put("ended", ended);
            asked.put("prefix", prefix);
            asked.put("application", application);
            asked.put("status", status);
            asked.put("sort", sort);
            ArrayNode groups = pages(Service.STRATEGY, Paths.api("groups"), asked, "groups", "after", limit);
            if (isJson()) {
                print(object().set("groups", groups));
                return;
            }
            Table table = new Table("GROUP", "APPLICATION", "ENVIRONMENT", "CLUSTERS", "UNDER WAY");
            for (JsonNode group : groups) {
                table.row(
                        required(group, "groupId"),
                        group.path("application").asString(""),
                        group.path("environment").asString(""),
                        Views.clusters(group),
                        underWay(group));
            }
            show(table, "There are no groups. `tricolor group create` makes one.");
        }
    }

    private static String underWay(JsonNode group) {
        String status = group.path("status").asString("");
        if (status.equals("ENDED") || status.equals("ENDING") || status.equals("RECOVERING")) {
            return status.toLowerCase(Locale.ROOT);
        }
        if (group.path("ended").asBoolean(false)) {
            return "ended";
        }
        if (group.has("decommission")) {
            return "decommission, " + group.path("decommission").path("phase").asString("");
        }
        if (group.has("ahead")) {
            return "AHEAD: others know more of it than the database";
        }
        if (group.has("recovery")) {
            return "recovering";
        }
        String running = Views.running(group.path("upgrade"));
        return status.equals("PAUSED")
                ? running + ", PAUSED"
                : running + (status.equals("ABORTING") ? ", on its way back" : "");
    }

    @Command(name = "show", header = "Shows a group: clusters, who goes where, what is under way.")
    static final class Show extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Option(
                names = "--at",
                paramLabel = "INSTANT",
                description = "as it was then, for example 2026-11-29T14:03:00Z")
        private @Nullable String at;

        @Option(names = "--sequence", paramLabel = "N", description = "as it was after this event")
        private @Nullable Long sequence;

        @Override
        void show() throws InterruptedException {
            if (at != null && sequence != null) {
                throw CliFailed.usage("give --at or --sequence, not both", null);
            }
            JsonNode view = at == null && sequence == null
                    ? get(Service.STRATEGY, Paths.query(Paths.api("groups", group), Map.of("ended", true)))
                    : get(
                            Service.STRATEGY,
                            Paths.query(
                                    Paths.api("groups", group, "state"),
                                    at == null
                                            ? Map.of("sequence", sequence == null ? 0 : sequence)
                                            : Map.of("at", at)));
            if (isJson()) {
                print(view);
                return;
            }
            label(
                    "group",
                    required(view, "groupId") + ", " + view.path("application").asString("") + " in "
                            + view.path("environment").asString(""));
            label(
                    "version",
                    view.path("version").asLong(0) + ", table "
                            + view.path("tableVersion").asLong(0)
                            + (view.path("epoch").asLong(0) == 0
                                    ? ""
                                    : ", epoch " + view.path("epoch").asLong(0)));
            for (JsonNode entry : view.path("entries")) {
                label(
                        "entry",
                        entry.path("host").asString("")
                                + entry.path("pathPrefix").asString("") + " to "
                                + entry.path("service").asString(""));
            }
            String underWay = underWay(view);
            if (!underWay.isEmpty()) {
                label("under way", underWay);
                String missing = Views.waitsFor(view.path("upgrade").path("missing"))
                        + Views.waitsFor(view.path("decommission").path("missing"))
                        + Views.waitsFor(view.path("recovery").path("missing"))
                        + Views.waitsFor(view.path("ahead").path("evidence"));
                if (!missing.isEmpty()) {
                    label("waits for", missing);
                }
            }
            out().println();
            show(ClusterCommands.table(view), "It has no clusters.");
        }
    }

    @Command(name = "actions", header = "Says what you could do with a group now, and what would happen or why not.")
    static final class ActionsOfGroup extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Override
        void show() throws InterruptedException {
            JsonNode view = get(Service.STRATEGY, Paths.api("groups", group));
            if (isJson()) {
                print(object().set("actions", view.path("actions")));
                return;
            }
            Table table = new Table("ACTION", "ON", "NOW", "WHAT WOULD HAPPEN, OR WHY NOT");
            for (JsonNode action : view.path("actions")) {
                boolean allowed = action.path("allowed").asBoolean(false);
                table.row(
                        required(action, "name"),
                        action.path("target").asString(""),
                        allowed ? "yes" : "no",
                        allowed
                                ? action.path("confirm").asString("")
                                : action.path("reason").asString(""));
            }
            show(table, "The service names none.");
        }
    }

    @Command(name = "create", header = "Makes a group. All its clusters are RED at first.")
    static final class Create extends ApiCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Option(names = "--application", paramLabel = "NAME", description = "(default: the name of the group)")
        private @Nullable String application;

        @Option(names = "--environment", paramLabel = "NAME", required = true, description = "for example production")
        private String environment = "";

        @Option(
                names = "--clusters",
                paramLabel = "NAME",
                split = ",",
                defaultValue = "A,B",
                description = "(default ${DEFAULT-VALUE})")
        private List<String> clusters = List.of();

        @Option(
                names = "--entry",
                paramLabel = "[HOST]/PATH=SERVICE",
                description = "requests to this path go to this service; may be given several times")
        private List<String> entries = List.of();

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode body = object().put("groupId", group)
                    .put("application", application == null ? group : application)
                    .put("environment", environment);
            ArrayNode names = body.putArray("clusters");
            clusters.forEach(names::add);
            ArrayNode all = body.putArray("entries");
            entries.forEach(entry -> all.add(entry(entry)));
            Answer answer = api().command(Service.STRATEGY, "POST", Paths.api("groups"), body);
            if (isJson()) {
                print(answer.body());
            } else {
                say("Group " + group + " with clusters " + String.join(", ", clusters) + ".");
                say("Its first release: tricolor upgrade start " + group
                        + " --mode install --manifest FILE --reason …");
            }
            return ExitCode.DONE;
        }

        private static ObjectNode entry(String text) {
            int slash = text.indexOf('/');
            int equals = text.lastIndexOf('=');
            if (slash < 0 || equals < slash || equals == text.length() - 1) {
                throw CliFailed.usage("'" + text + "' is no entry such as /shop=web or shop.example/=web", null);
            }
            ObjectNode entry = object();
            if (slash > 0) {
                entry.put("host", text.substring(0, slash));
            }
            return entry.put("pathPrefix", text.substring(slash, equals)).put("service", text.substring(equals + 1));
        }
    }

    @Command(name = "delete", header = "Deletes a group of which nothing runs; its history stays.")
    static final class Delete extends ApiCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "DELETE",
                    Paths.query(Paths.api("groups", group), Map.of("reason", why.reason)),
                    null,
                    "Group " + group + " is deleted; its history stays.");
        }
    }

    @Command(
            name = "decommission",
            header = "Ends a group that serves: takes its traffic, stops its clusters, deletes it. Role admin.")
    static final class Decommission extends ApiCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Option(names = "--confirm", paramLabel = "GROUP", description = "the name once more")
        private @Nullable String confirm;

        @Option(names = "--cancel", description = "keep it: possible until the traffic is taken")
        private boolean cancel;

        @Option(names = "--grace", paramLabel = "TIME", description = "before the traffic is taken (standard 1 min)")
        private @Nullable Duration grace;

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            String path = Paths.api("groups", group, "decommission");
            if (cancel) {
                return send(
                        "DELETE",
                        Paths.query(path, Map.of("reason", why.reason)),
                        null,
                        "Group " + group + " is kept.");
            }
            if (!group.equals(confirm)) {
                throw CliFailed.usage(
                        "this takes all traffic of " + group + "; confirm it by --confirm " + group, null);
            }
            ObjectNode body = because(why.reason).put("confirmation", confirm);
            if (grace != null) {
                body.put("grace", grace.toString());
            }
            return send(
                    "POST",
                    path,
                    body,
                    "Group " + group + " is on its way to its end; --cancel keeps it while its grace lasts.");
        }
    }
}
