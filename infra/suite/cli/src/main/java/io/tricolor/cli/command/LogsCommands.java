package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Table;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        header = "Requests that services have logged.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = LogsCommands.Search.class)
final class LogsCommands extends CommandOfCommands {

    /** A member of an ECS document, whether its name is spelt as levels or with dots. */
    static String member(JsonNode document, String name) {
        JsonNode flat = document.path(name);
        if (!flat.isMissingNode()) {
            return flat.asString("");
        }
        JsonNode inside = document;
        for (String level : name.split("\\.", -1)) {
            inside = inside.path(level);
        }
        return inside.isValueNode() ? inside.asString("") : inside.isArray() ? joined(inside) : "";
    }

    private static String joined(JsonNode list) {
        return String.join(", ", list.valueStream().map(one -> one.asString("")).toList());
    }

    @Command(name = "search", header = "Finds requests, newest first.")
    static final class Search extends ApiCommand {

        @Option(names = "--service", paramLabel = "NAME")
        private @Nullable String service;

        @Option(names = "--user", paramLabel = "ID")
        private @Nullable String user;

        @Option(names = "--outcome", paramLabel = "OUTCOME", description = "success, failure or unknown")
        private @Nullable String outcome;

        @Option(names = "--cluster", paramLabel = "NAME")
        private @Nullable String cluster;

        @Option(names = "--trace", paramLabel = "ID", description = "for example of a problem")
        private @Nullable String trace;

        @Option(names = "--from", paramLabel = "INSTANT", description = "inclusive, for example 2026-11-29T14:00:00Z")
        private @Nullable String from;

        @Option(names = "--to", paramLabel = "INSTANT", description = "exclusive")
        private @Nullable String to;

        @Option(names = "--slower-than", paramLabel = "MS", description = "milliseconds")
        private @Nullable Long slowerThan;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "50", description = "(default ${DEFAULT-VALUE})")
        private int limit = 50;

        @Override
        ExitCode run() throws InterruptedException {
            Map<String, @Nullable Object> filters = new LinkedHashMap<>();
            filters.put("service", service);
            filters.put("user", user);
            filters.put("outcome", outcome);
            filters.put("cluster", cluster);
            filters.put("trace", trace);
            filters.put("from", from);
            filters.put("to", to);
            filters.put("minDurationMs", slowerThan);
            ArrayNode requests = pages(Service.LOG, Paths.api("requests"), filters, "requests", "after", limit);
            if (isJson()) {
                print(object().set("requests", requests));
                return ExitCode.DONE;
            }
            Table table = new Table("AT", "SERVICE", "USER", "WHAT", "OUTCOME", "STATUS", "MS", "TRACE");
            for (JsonNode request : requests) {
                table.row(
                        Durations.moment(member(request, "@timestamp")),
                        member(request, "service.name"),
                        member(request, "user.id"),
                        what(request),
                        Cell.status(member(request, "event.outcome")),
                        member(request, "http.response.status_code"),
                        millis(member(request, "event.duration")),
                        member(request, "trace.id"));
            }
            show(table, "No request is like that.");
            return ExitCode.DONE;
        }

        private static String what(JsonNode request) {
            String path = member(request, "url.path");
            return path.isEmpty()
                    ? member(request, "event.action")
                    : member(request, "http.request.method") + " " + path;
        }

        private static String millis(String nanos) {
            return nanos.matches("[0-9]{1,18}") ? String.format(Locale.ROOT, "%.1f", Long.parseLong(nanos) / 1e6) : "";
        }
    }
}
