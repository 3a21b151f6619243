package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Table;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "scaling",
        mixinStandardHelpOptions = true,
        header = "Rules by which services are scaled.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ScalingCommands.ListRules.class,
            ScalingCommands.Show.class,
            ScalingCommands.SetRule.class,
            ScalingCommands.Remove.class,
            ScalingCommands.Simulate.class
        })
final class ScalingCommands extends CommandOfCommands {

    private static String path(String group, String service) {
        return Paths.api("groups", group, "scaling-rules", service);
    }

    /** What makes a rule, in words of the command line. */
    static final class RuleOptions {

        @Option(names = "--min", paramLabel = "N", description = "fewest instances (standard: 1)")
        private @Nullable Integer min;

        @Option(names = "--max", paramLabel = "N", description = "most instances")
        private @Nullable Integer max;

        @Option(
                names = "--requests",
                paramLabel = "R",
                description = "requests a second that are right for an instance")
        private @Nullable Double requests;

        @Option(
                names = "--cpu-percent",
                paramLabel = "P",
                description = "share of its cpus that is right for an instance")
        private @Nullable Integer cpuPercent;

        @Option(names = "--tolerance", paramLabel = "T", description = "share that may be missed (standard: 0.1)")
        private @Nullable Double tolerance;

        @Option(names = "--cooldown-up", paramLabel = "TIME", description = "(standard: 30s)")
        private @Nullable Duration cooldownUp;

        @Option(names = "--cooldown-down", paramLabel = "TIME", description = "(standard: 5m)")
        private @Nullable Duration cooldownDown;

        @Option(names = "--step-up", paramLabel = "N", description = "most instances added at once (standard: 4)")
        private @Nullable Integer stepUp;

        @Option(names = "--step-down", paramLabel = "N", description = "most taken away at once (standard: 1)")
        private @Nullable Integer stepDown;

        private boolean isGiven() {
            return max != null;
        }

        private ObjectNode addTo(ObjectNode rule) {
            rule.put("min", min)
                    .put("max", max)
                    .put("requestsPerInstance", requests)
                    .put("cpuPercent", cpuPercent);
            rule.put("tolerance", tolerance).put("stepUp", stepUp).put("stepDown", stepDown);
            rule.put("cooldownUp", cooldownUp == null ? null : cooldownUp.toString());
            rule.put("cooldownDown", cooldownDown == null ? null : cooldownDown.toString());
            for (String name : List.copyOf(rule.propertyNames())) {
                if (rule.path(name).isNull()) {
                    rule.remove(name);
                }
            }
            return rule;
        }
    }

    @Command(name = "list", header = "Lists the scaling rules of a group.")
    static final class ListRules extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Override
        void show() throws InterruptedException {
            JsonNode answer = get(Service.STRATEGY, Paths.api("groups", group, "scaling-rules"));
            if (isJson()) {
                print(answer);
                return;
            }
            Table table = new Table("SERVICE", "MIN", "MAX", "REQUESTS", "CPU %", "SET", "BY", "REASON");
            for (JsonNode one : answer.path("rules")) {
                JsonNode rule = one.path("rule");
                table.row(
                        required(one, "service"),
                        rule.path("min").asInt(0),
                        rule.path("max").asInt(0),
                        rule.path("requestsPerInstance").asString(""),
                        rule.path("cpuPercent").asString(""),
                        Views.moment(one, "at"),
                        one.path("setBy").asString(""),
                        one.path("reason").asString(""));
            }
            show(table, "Group " + group + " is scaled by hand.");
        }
    }

    @Command(name = "show", header = "Shows what a scaling rule says now, and what it decided.")
    static final class Show extends WatchedCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "SERVICE")
        private String service = "";

        @Override
        void show() throws InterruptedException {
            JsonNode answer = get(Service.STRATEGY, path(group, service));
            if (isJson()) {
                print(answer);
                return;
            }
            Table now = new Table("CLUSTER", "INSTANCES", "NEXT", "WHY");
            for (JsonNode one : answer.path("clusters")) {
                now.row(
                        required(one, "cluster"),
                        one.path("instances").asInt(0),
                        one.path("to").asString("-"),
                        one.path("reason").asString(""));
            }
            show(now, "No cluster of " + group + " takes requests for " + service + ".");
            Table decided = new Table("DECIDED", "CLUSTER", "FROM", "TO", "WHY");
            for (JsonNode one : answer.path("decisions")) {
                decided.row(
                        Views.moment(one, "at"),
                        required(one, "cluster"),
                        one.path("from").asInt(0),
                        one.path("to").asInt(0),
                        one.path("reason").asString(""));
            }
            show(decided, "Nothing was decided yet.");
        }
    }

    @Command(
            name = "set",
            header = "Scales a service by a rule, in each cluster that takes requests.",
            description = "A schedule is set by the API alone.")
    static final class SetRule extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "SERVICE")
        private String service = "";

        @Mixin
        private final RuleOptions rule = new RuleOptions();

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "PUT",
                    path(group, service),
                    rule.addTo(object()).put("reason", why.reason),
                    "Service " + service + " of " + group + " is scaled by a rule.");
        }
    }

    @Command(name = "remove", header = "Scales a service by hand again; its instances stay.")
    static final class Remove extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "SERVICE")
        private String service = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            return send(
                    "DELETE",
                    Paths.query(path(group, service), Map.of("reason", why.reason)),
                    null,
                    "Service " + service + " of " + group + " is scaled by hand.");
        }
    }

    @Command(
            name = "simulate",
            header = "Says what a rule would have done with what was measured in the last day.",
            description = "With --max it is the rule of these options, else the one that is set.")
    static final class Simulate extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", paramLabel = "SERVICE")
        private String service = "";

        @Option(names = "--cluster", paramLabel = "CLUSTER", description = "(standard: the one that serves)")
        private @Nullable String cluster;

        @Mixin
        private final RuleOptions rule = new RuleOptions();

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode body = object();
            if (rule.isGiven()) {
                body.set("rule", rule.addTo(object()));
            }
            if (cluster != null) {
                body.put("cluster", cluster);
            }
            JsonNode answer = api().ask(Service.STRATEGY, path(group, service) + "/simulate", body)
                    .body();
            if (isJson()) {
                print(answer);
                return ExitCode.DONE;
            }
            Table table = new Table("AT", "FROM", "TO", "WHY");
            for (JsonNode one : answer.path("changes")) {
                table.row(
                        Views.moment(one, "at"),
                        one.path("from").asInt(0),
                        one.path("to").asInt(0),
                        one.path("reason").asString(""));
            }
            show(table, "It would have changed nothing.");
            say(answer.path("measurements").asInt(0) + " measurements; "
                    + answer.path("fewest").asInt(0) + " to "
                    + answer.path("most").asInt(0) + " instances; "
                    + Math.round(answer.path("instanceHours").asDouble(0)) + " instance hours (ran: "
                    + Math.round(answer.path("recordedInstanceHours").asDouble(0)) + "); too few for "
                    + answer.path("overloadedSeconds").asLong(0) + " s (ran: "
                    + answer.path("recordedOverloadedSeconds").asLong(0) + " s).");
            return ExitCode.DONE;
        }
    }
}
