package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

@Command(
        name = "router",
        mixinStandardHelpOptions = true,
        header = "Routers: which table each runs, who is silent.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {RouterCommands.ListRouters.class, RouterCommands.Evict.class})
final class RouterCommands extends CommandOfCommands {

    @Command(name = "list", header = "Lists the routers, or those that have a group.")
    static final class ListRouters extends WatchedCommand {

        @Parameters(arity = "0..1", paramLabel = "GROUP")
        private @Nullable String group;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "1000", description = "at most so many")
        private int limit = 1000;

        @Override
        void show() throws InterruptedException {
            String path = group == null ? Paths.api("routers") : Paths.api("groups", group, "routers");
            ArrayNode routers = pages(Service.STRATEGY, path, Map.of(), "routers", "after", limit);
            if (isJson()) {
                print(object().set("routers", routers));
            } else if (group == null) {
                all(routers);
            } else {
                ofGroup(routers, group);
            }
        }

        private void all(ArrayNode routers) {
            Table table = new Table("ROUTER", "KIND", "STATE", "REPORTED", "TABLES");
            for (JsonNode router : routers) {
                JsonNode report = router.path("report");
                List<String> tables = new ArrayList<>();
                report.path("groups")
                        .properties()
                        .forEach(named -> tables.add(named.getKey() + " "
                                + named.getValue().path("version").asLong(0)));
                table.row(
                        required(report, "routerId"),
                        report.path("kind").asString(""),
                        state(router),
                        Views.moment(router, "reportedAt"),
                        String.join(", ", tables));
            }
            show(table, "No router has reported yet.");
        }

        private void ofGroup(ArrayNode routers, String name) {
            Table table = new Table("ROUTER", "KIND", "STATE", "REPORTED", "TABLE", "IN FLIGHT", "REFUSES");
            for (JsonNode router : routers) {
                JsonNode report = router.path("report");
                table.row(
                        required(router, "routerId"),
                        router.path("kind").asString(""),
                        state(router),
                        Views.moment(router, "reportedAt"),
                        report.path("version").asLong(0),
                        Views.pairs(report.path("inFlight")),
                        report.path("rejection").asString(""));
            }
            show(table, "No router has group " + name + ".");
        }

        private static Cell state(JsonNode router) {
            return Cell.status(router.path("silent").asBoolean(false) ? "silent" : "speaks");
        }
    }

    @Command(
            name = "evict",
            header = "Declares a router gone: upgrades of the group no longer wait for it.",
            description = "Only when it takes no requests any more. When it reports again it begins as a new one.")
    static final class Evict extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "ROUTER")
        private String router = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "POST",
                    Paths.api("groups", group, "routers", router, "eviction"),
                    because(why.reason),
                    "Upgrades of " + group + " no longer wait for this boot of router " + router + ".");
        }
    }
}
