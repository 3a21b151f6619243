package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Table;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "rollback",
        header = "Goes back to an earlier release.",
        description = "`tricolor rollback points GROUP` lists where to.",
        subcommands = RollbackCommand.Points.class)
final class RollbackCommand extends UpgradeCommand {

    @Parameters(arity = "0..1", paramLabel = "GROUP")
    private @Nullable String group;

    @Option(
            names = "--to",
            paramLabel = "POINT",
            description = "rollback point (standard: the newest with another release than the serving one)")
    private @Nullable String to;

    @Option(
            names = "--stage",
            paramLabel = "STAGE",
            description = "goes back by and by, as `upgrade start --stage`; may be given several times")
    private List<String> stages = List.of();

    @Option(
            names = "--rolling",
            paramLabel = "NAME=VALUE",
            description =
                    "goes back instance by instance: maxSurge, maxUnavailable (1, 25%%), minReady, pauseBetween (30s)")
    private Map<String, String> rolling = Map.of();

    @Option(names = "--policy", paramLabel = "NAME=VALUE", description = "as `upgrade start --policy`")
    private Map<String, String> policy = Map.of();

    @Option(
            names = {"-r", "--reason"},
            paramLabel = "TEXT",
            description = "why; the history keeps it")
    private @Nullable String reason;

    @Option(names = "--key", paramLabel = "KEY", description = "under which it is begun once")
    private @Nullable String key;

    @Option(names = "--dry-run", description = "print what would be done, step by step; do nothing")
    private boolean dryRun;

    @Override
    ExitCode run() throws InterruptedException {
        if (group == null || (reason == null && !dryRun)) {
            throw CliFailed.usage(
                    group == null ? "of which group?" : "--reason is missing",
                    "`tricolor rollback GROUP --reason TEXT`");
        }
        ObjectNode body = because(reason == null ? "dry run" : reason);
        if (to != null) {
            body.put("rollbackPointId", to);
        }
        addStages(body, stages);
        addPolicy(body, policy);
        rolling.forEach((name, value) -> body.withObject("rolling")
                .put(name, List.of("minReady", "pauseBetween").contains(name) ? time("rolling", name, value) : value));
        String path = Paths.api("groups", group, "rollbacks");
        return dryRun ? dryRun(path, body, UnaryPlace.NONE) : begin(group, path, body, key, UnaryPlace.NONE);
    }

    @Command(name = "points", header = "Lists the points that a group can go back to, newest first.")
    static final class Points extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String of = "";

        @Override
        void show() throws InterruptedException {
            JsonNode answer = get(Service.STRATEGY, Paths.api("groups", of, "rollback-points"));
            if (isJson()) {
                print(answer);
                return;
            }
            Table table = new Table("POINT", "RELEASE", "CLUSTER", "INSTANCES", "EVENT", "AT");
            for (JsonNode point : answer.path("rollbackPoints")) {
                table.row(
                        required(point, "rollbackPointId"),
                        point.path("manifest").path("version").asString(""),
                        point.path("cluster").asString(""),
                        Views.pairs(point.path("instances")),
                        point.path("sequence").asLong(0),
                        Views.moment(point, "at"));
            }
            show(table, "Group " + of + " has no rollback points yet: every upgrade leaves one.");
        }
    }
}
