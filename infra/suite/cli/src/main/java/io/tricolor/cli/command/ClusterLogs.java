package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Plain;
import io.tricolor.cli.text.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** What instances of a cluster are there, and what they write. */
final class ClusterLogs {

    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int WAIT_SECONDS = 10;
    private static final int NAME = 8;

    private ClusterLogs() {}

    private static ArrayNode instances(ApiCommand command, String group, String cluster) throws InterruptedException {
        JsonNode answer = command.get(Service.DEPLOY, Paths.api("groups", group, "clusters", cluster, "instances"));
        if (answer.path("instances") instanceof ArrayNode instances) {
            return instances;
        }
        throw Api.incomplete("instances");
    }

    /** {@code web 1b2c3d4e}: enough of an id to tell instances apart. */
    private static String shortName(String id, String service) {
        String unique = id.replaceFirst("^.*\\.instance-", "");
        return service + " " + unique.substring(0, Math.min(NAME, unique.length()));
    }

    @Command(name = "instances", header = "Lists the instances of a cluster; and those that ended, by their logs.")
    static final class ListInstances extends WatchedCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "CLUSTER")
        private String cluster = "";

        @Override
        void show() throws InterruptedException {
            ArrayNode instances = instances(this, group, cluster);
            if (isJson()) {
                print(object().set("instances", instances));
                return;
            }
            Table table = new Table("SERVICE", "STATE", "ADDRESS", "WROTE", "INSTANCE");
            for (JsonNode one : instances) {
                boolean running = one.path("running").asBoolean(false);
                table.row(
                        one.path("service").asString(""),
                        running
                                ? (one.path("healthy").asBoolean(false) ? Cell.of("healthy") : Cell.strong("unhealthy"))
                                : Cell.faint("ended"),
                        one.has("port")
                                ? one.path("host").asString("") + ":"
                                        + one.path("port").asInt(0)
                                : "",
                        one.has("writtenAt")
                                ? Durations.moment(one.path("writtenAt").asString(""))
                                : "",
                        one.path("instanceId").asString(""));
            }
            show(table, "It has none.");
        }
    }

    @Command(
            name = "logs",
            header = "Shows what the instances of a cluster wrote, those that have ended included.",
            description = {
                "Without --instance: of all that run, and of the newest one of each service when none does.",
                "--instance takes the id, or the beginning of its last part, as `cluster instances` shows it."
            })
    static final class Logs extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "CLUSTER")
        private String cluster = "";

        @Option(names = "--instance", paramLabel = "ID")
        private @Nullable String instance;

        @Option(names = "--service", paramLabel = "NAME", description = "of the instances of this service")
        private @Nullable String service;

        @Option(names = "--stderr", description = "what was written to stderr, not to stdout")
        private boolean stderr;

        @Option(
                names = "--lines",
                paramLabel = "N",
                defaultValue = "200",
                description = "so many last ones of each (default ${DEFAULT-VALUE})")
        private int lines = 200;

        @Option(
                names = {"-f", "--follow"},
                description = "go on with what they write from now on, until they end or Ctrl-C")
        private boolean follow;

        private static final class Followed {
            private final String id;
            private final String prefix;
            private long next;
            private boolean ended;
            private String begun = "";

            private Followed(String id, String prefix) {
                this.id = id;
                this.prefix = prefix;
            }
        }

        @Override
        ExitCode run() throws InterruptedException {
            List<Followed> all = chosen();
            for (Followed one : all) {
                show(one, ask(one, lines, null, null));
            }
            out().flush();
            while (follow && all.stream().anyMatch(one -> !one.ended)) {
                for (Followed one : all) {
                    if (!one.ended) {
                        // One alone is waited for by the service; several are looked at in turn.
                        show(one, ask(one, null, one.next, all.size() == 1 ? WAIT_SECONDS : 0));
                    }
                }
                out().flush();
                world().time().pause(POLL);
            }
            all.forEach(this::showRest);
            return ExitCode.DONE;
        }

        private JsonNode ask(Followed one, @Nullable Integer last, @Nullable Long from, @Nullable Integer wait)
                throws InterruptedException {
            Map<String, @Nullable Object> query = new LinkedHashMap<>();
            query.put("stream", stderr ? "stderr" : "stdout");
            query.put("lines", last);
            query.put("from", from);
            query.put("wait", wait);
            return get(
                    Service.DEPLOY,
                    Paths.query(Paths.api("groups", group, "clusters", cluster, "instances", one.id, "log"), query));
        }

        private void show(Followed one, JsonNode part) {
            if (!part.path("next").isNumber()) {
                throw Api.incomplete("next");
            }
            one.next = part.path("next").asLong(0);
            one.ended = part.path("ended").asBoolean(false);
            if (isJson()) {
                print(part);
                return;
            }
            String text = one.begun + part.path("text").asString("");
            int end = text.lastIndexOf('\n') + 1;
            one.begun = text.substring(end);
            text.substring(0, end).lines().forEach(line -> out().println(one.prefix + Plain.line(line)));
            if (!follow || one.ended) {
                showRest(one);
            }
        }

        private void showRest(Followed one) {
            if (!one.begun.isEmpty()) {
                out().println(one.prefix + Plain.line(one.begun));
                one.begun = "";
            }
        }

        private List<Followed> chosen() throws InterruptedException {
            List<JsonNode> candidates = new ArrayList<>();
            for (JsonNode one : instances(this, group, cluster)) {
                if (service == null || service.equals(one.path("service").asString(""))) {
                    candidates.add(one);
                }
            }
            List<JsonNode> chosen = instance == null ? usual(candidates) : named(candidates, instance);
            if (chosen.isEmpty()) {
                throw CliFailed.of(
                        ExitCode.REFUSED,
                        "cluster " + cluster + " of " + group + " has no such instance that runs or has left a log",
                        "`tricolor cluster instances " + group + " " + cluster + "` lists them");
            }
            List<Followed> followed = new ArrayList<>();
            for (JsonNode one : chosen) {
                String id = required(one, "instanceId");
                followed.add(new Followed(
                        id,
                        chosen.size() == 1
                                ? ""
                                : "[" + shortName(id, one.path("service").asString("")) + "] "));
            }
            return followed;
        }

        /** Those that run; of a service of which none does, the one that ended last. */
        private static List<JsonNode> usual(List<JsonNode> candidates) {
            Map<String, List<JsonNode>> byService = new LinkedHashMap<>();
            for (JsonNode one : candidates) {
                byService
                        .computeIfAbsent(one.path("service").asString(""), _ -> new ArrayList<>())
                        .add(one);
            }
            List<JsonNode> chosen = new ArrayList<>();
            byService.values().forEach(of -> {
                List<JsonNode> running = of.stream()
                        .filter(one -> one.path("running").asBoolean(false))
                        .toList();
                chosen.addAll(running.isEmpty() ? of.subList(0, 1) : running);
            });
            return chosen;
        }

        private static List<JsonNode> named(List<JsonNode> candidates, String name) {
            return candidates.stream()
                    .filter(one -> {
                        String id = one.path("instanceId").asString("");
                        return id.equals(name)
                                || id.replaceFirst("^.*\\.instance-", "").startsWith(name);
                    })
                    .limit(1)
                    .toList();
        }
    }
}
