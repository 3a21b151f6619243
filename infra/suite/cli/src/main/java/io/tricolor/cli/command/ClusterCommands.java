package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Progress;
import io.tricolor.cli.text.Table;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        header = "Clusters of a group: colours, instances, logs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ClusterCommands.ListClusters.class,
            ClusterCommands.Add.class,
            ClusterCommands.Remove.class,
            ClusterCommands.Scale.class,
            ClusterCommands.Stop.class,
            ClusterLogs.ListInstances.class,
            ClusterLogs.Logs.class
        })
final class ClusterCommands extends CommandOfCommands {

    private static final Duration POLL = Duration.ofMillis(500);

    static Table table(JsonNode group) {
        Table table = new Table("CLUSTER", "STATUS", "TAKES", "RELEASE", "HEALTHY", "REMARKS");
        for (Map.Entry<String, JsonNode> named : group.path("clusters").properties()) {
            JsonNode cluster = named.getValue();
            String status = required(cluster, "status");
            table.row(
                    named.getKey(),
                    Views.status(cluster, "status"),
                    Views.takes(status, cluster.path("id")),
                    cluster.path("manifest").path("version").asString("-"),
                    Views.instances(cluster),
                    Views.remarks(cluster));
        }
        return table;
    }

    private static String required(JsonNode node, String member) {
        return ApiCommand.required(node, member);
    }

    @Command(name = "list", header = "Lists the clusters of a group.")
    static final class ListClusters extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Override
        void show() throws InterruptedException {
            JsonNode view = get(Service.STRATEGY, Paths.api("groups", group));
            if (isJson()) {
                print(object().set("clusters", view.path("clusters")));
            } else {
                show(table(view), "It has no clusters.");
            }
        }
    }

    @Command(name = "add", header = "Adds a cluster, RED and without a release.")
    static final class Add extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "CLUSTER")
        private String cluster = "";

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "POST",
                    Paths.api("groups", group, "clusters"),
                    object().put("cluster", cluster),
                    "Cluster " + cluster + " of " + group + ".");
        }
    }

    @Command(name = "remove", header = "Removes a cluster that is RED and stopped.")
    static final class Remove extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "CLUSTER")
        private String cluster = "";

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "DELETE",
                    Paths.api("groups", group, "clusters", cluster),
                    null,
                    "Cluster " + cluster + " of " + group + " is removed.");
        }
    }

    /** Brings a cluster to a number of instances, and may wait for it. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class Resized extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        String group = "";

        @Parameters(index = "1", paramLabel = "CLUSTER")
        String cluster = "";

        @Option(
                names = "--drain-timeout",
                paramLabel = "TIME",
                description = "for the requests of instances that leave (standard 1 min)")
        @Nullable
        Duration drainTimeout;

        @Mixin
        final ReasonOption why = new ReasonOption();

        @Option(names = "--wait", description = "until it is there")
        boolean wait;

        @Option(names = "--timeout", paramLabel = "TIME", description = "of --wait (standard: none)")
        @Nullable
        Duration timeout;

        final ObjectNode body() {
            ObjectNode body = because(why.reason);
            if (drainTimeout != null) {
                body.put("drainTimeout", drainTimeout.toString());
            }
            return body;
        }

        final ExitCode sent(String method, String path, ObjectNode body, String goal) throws InterruptedException {
            ExitCode code = send(method, path, body, "Cluster " + cluster + " of " + group + " goes to " + goal + ".");
            return wait ? awaited(goal) : code;
        }

        private ExitCode awaited(String goal) throws InterruptedException {
            Duration began = world().time().passed();
            try (Progress progress = new Progress(aside(), world().terminal())) {
                while (true) {
                    JsonNode now = get(Service.STRATEGY, Paths.api("groups", group))
                            .path("clusters")
                            .path(cluster);
                    Duration passed = world().time().passed().minus(began);
                    if (!now.has("scaling")) {
                        progress.line("Cluster " + cluster + " of " + group + " is at " + goal + ": "
                                + Views.instances(now) + ".");
                        return ExitCode.DONE;
                    }
                    progress.show(Views.remarks(now), Durations.words(passed));
                    if (timeout != null && passed.compareTo(timeout) >= 0) {
                        throw CliFailed.of(
                                ExitCode.TIMEOUT,
                                "cluster " + cluster + " of " + group + " is not at " + goal + " after "
                                        + Durations.words(passed) + Views.missing(now.path("scaling")),
                                "it goes on; the same command waits again");
                    }
                    world().time().pause(POLL);
                }
            }
        }
    }

    @Command(name = "scale", header = "Sets how many instances services of a cluster have.")
    static final class Scale extends Resized {

        @Parameters(index = "2..*", arity = "0..*", paramLabel = "SERVICE=N", description = "others keep their number")
        private Map<String, Integer> instances = new LinkedHashMap<>();

        @Option(
                names = "--manifest",
                paramLabel = "FILE",
                description = "another release for a cluster that is RED and stopped, YAML or JSON")
        private @Nullable String manifest;

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode body = body();
            ObjectNode numbers = body.putObject("instances");
            instances.forEach(numbers::put);
            if (manifest != null) {
                body.set(
                        "manifest",
                        UpgradeCommands.oneDocument(manifest, read(manifest)).root());
            } else if (instances.isEmpty()) {
                throw CliFailed.usage("how many of which service?", "SERVICE=N, or --manifest FILE");
            }
            return sent(
                    "PUT",
                    Paths.api("groups", group, "clusters", cluster, "instances"),
                    body,
                    numbers.isEmpty() ? "another release" : Views.pairs(numbers));
        }
    }

    @Command(name = "stop", header = "Stops a RED cluster; its release is kept for the way back.")
    static final class Stop extends Resized {

        @Override
        ExitCode run() throws InterruptedException {
            return sent("POST", Paths.api("groups", group, "clusters", cluster, "stop"), body(), "0 instances");
        }
    }
}
