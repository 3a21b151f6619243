package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        header = "The audit trail: every state change of every service.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AuditCommands.Search.class, AuditCommands.Complete.class})
final class AuditCommands extends CommandOfCommands {

    @Command(name = "search", header = "Finds state changes, newest first.")
    static final class Search extends ApiCommand {

        @Option(names = "--group", paramLabel = "NAME")
        private @Nullable String group;

        @Option(names = "--cluster", paramLabel = "NAME")
        private @Nullable String cluster;

        @Option(names = "--upgrade", paramLabel = "ID")
        private @Nullable String upgrade;

        @Option(names = "--actor", paramLabel = "NAME", description = "who did it")
        private @Nullable String actor;

        @Option(names = "--action", paramLabel = "TYPE", description = "for example cluster-group.upgrade-started")
        private @Nullable String action;

        @Option(names = "--from", paramLabel = "INSTANT", description = "inclusive, for example 2026-11-29T14:00:00Z")
        private @Nullable String from;

        @Option(names = "--to", paramLabel = "INSTANT", description = "exclusive")
        private @Nullable String to;

        @Option(
                names = {"-q", "--words"},
                paramLabel = "TEXT",
                description = "all of these in the message, or exactly a value")
        private @Nullable String words;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "(default ${DEFAULT-VALUE})")
        private int limit = 50;

        @Override
        ExitCode run() throws InterruptedException {
            Map<String, @Nullable Object> filters = new LinkedHashMap<>();
            filters.put("group", group);
            filters.put("cluster", cluster);
            filters.put("upgrade", upgrade);
            filters.put("actor", actor);
            filters.put("action", action);
            filters.put("from", from);
            filters.put("to", to);
            filters.put("q", words);
            ArrayNode events = pages(Service.LOG, Paths.api("audit"), filters, "events", "after", limit);
            if (isJson()) {
                print(object().set("events", events));
                return ExitCode.DONE;
            }
            Table table = new Table("AT", "GROUP", "EVENT", "WHO", "WHAT", "WHY");
            for (JsonNode event : events) {
                String of = LogsCommands.member(event, "tricolor.group.id");
                table.row(
                        Durations.moment(LogsCommands.member(event, "@timestamp")),
                        of.isEmpty() ? LogsCommands.member(event, "tricolor.aggregate.id") : of,
                        LogsCommands.member(event, "event.sequence"),
                        LogsCommands.member(event, "user.id"),
                        LogsCommands.member(event, "event.action"),
                        LogsCommands.member(event, "event.reason"));
            }
            show(table, "No state change is like that.");
            return ExitCode.DONE;
        }
    }

    @Command(name = "completeness", header = "Says whether the audit trail of a group has every state change.")
    static final class Complete extends ApiCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode report = get(Service.LOG, Paths.query(Paths.api("audit", "completeness"), Map.of("group", group)));
            if (isJson()) {
                print(report);
                return ExitCode.DONE;
            }
            say(
                    report.path("complete").asBoolean(false)
                            ? "The audit trail of " + group + " is complete."
                            : "The audit trail of " + group + " is NOT complete.");
            Table table = new Table("TOPIC", "SUBJECT", "EVENTS", "DOCUMENTS", "MISSING", "GAPS");
            for (JsonNode stream : report.path("streams")) {
                table.row(
                        stream.path("topic").asString(""),
                        stream.path("subject").asString(""),
                        stream.path("events").asLong(0),
                        stream.path("documents").asLong(0),
                        stream.path("missing").size(),
                        stream.path("gaps").size());
            }
            show(table, "Nothing was published of it.");
            return ExitCode.DONE;
        }
    }
}
