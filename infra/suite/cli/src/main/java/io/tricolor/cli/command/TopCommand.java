package io.tricolor.cli.command;

import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Table;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "top",
        header = "Shows groups, running upgrades and routers, live on a terminal.",
        description = "Elsewhere, or with --once, one picture.")
final class TopCommand extends WatchedCommand {

    @Option(names = "--once", description = "one picture")
    private boolean once;

    @Override
    boolean isWatched() {
        return watch || (!once && world().terminal().isInteractive());
    }

    @Override
    void show() throws InterruptedException {
        ArrayNode groups =
                pages(Service.STRATEGY, Paths.api("groups"), Map.of("fields", "light"), "groups", "after", 5_000);
        // What an upgrade waits for stands in the whole group alone.
        ArrayNode running = pages(
                Service.STRATEGY,
                Paths.api("groups"),
                Map.of("status", "UPGRADING,PAUSED,ABORTING"),
                "groups",
                "after",
                100);
        ArrayNode routers = pages(Service.STRATEGY, Paths.api("routers"), Map.of(), "routers", "after", 1000);
        if (isJson()) {
            ObjectNode told = object();
            told.set("groups", groups);
            told.set("running", running);
            told.set("routers", routers);
            print(told);
            return;
        }
        Table table = new Table("GROUP", "CLUSTER", "STATUS", "TAKES", "RELEASE", "HEALTHY", "REMARKS");
        for (JsonNode group : groups) {
            String name = required(group, "groupId");
            for (Map.Entry<String, JsonNode> named : group.path("clusters").properties()) {
                JsonNode cluster = named.getValue();
                table.row(
                        name,
                        named.getKey(),
                        Views.status(cluster, "status"),
                        Views.takesInList(cluster),
                        cluster.path("release").asString("-"),
                        Views.instancesInList(cluster),
                        Views.remarksInList(cluster));
                name = "";
            }
        }
        long silent = routers.valueStream()
                .filter(router -> router.path("silent").asBoolean(false))
                .count();
        LocalTime now = LocalTime.ofInstant(world().time().now(), ZoneId.systemDefault())
                .truncatedTo(ChronoUnit.SECONDS);
        out().println(Cell.strong(now + "  " + count(groups.size(), "group") + ", "
                        + count(running.size(), "running upgrade") + ", " + count(routers.size(), "router")
                        + (silent == 0 ? "" : ", " + silent + " silent"))
                .shown(world().terminal()));
        out().println();
        if (!running.isEmpty()) {
            Table upgrades = new Table("UPGRADE OF", "STATE", "TO", "STEP", "WHAT", "WAITS FOR", "BY");
            for (JsonNode group : running) {
                JsonNode upgrade = group.path("upgrade");
                upgrades.row(
                        required(group, "groupId"),
                        Cell.status(
                                upgrade.path("aborting").asBoolean(false)
                                        ? "ABORTING"
                                        : upgrade.path("paused").asBoolean(false) ? "PAUSED" : "RUNNING"),
                        upgrade.path("version").asString("") + " on "
                                + upgrade.path("to").asString(""),
                        (upgrade.path("step").asInt(0) + 1) + "/"
                                + upgrade.path("steps").asInt(0),
                        upgrade.path("title").asString(""),
                        Views.waitsFor(upgrade.path("missing")),
                        upgrade.path("requestedBy").asString(""));
            }
            lines(upgrades.lines(world().terminal()));
            out().println();
        }
        show(table, "There are no groups.");
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
