package io.tricolor.cli.command;

import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Table;
import java.time.Duration;
import java.time.Instant;
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

@Command(name = "history", header = "Shows who did what, when and why, oldest first.")
final class HistoryCommand extends ApiCommand {

    private static final Duration POLL = Duration.ofSeconds(1);

    @Parameters(paramLabel = "GROUP")
    private String group = "";

    @Option(names = "--after", paramLabel = "N", defaultValue = "-1", description = "events behind this one")
    private long after = -1;

    @Option(names = "--actor", paramLabel = "NAME", description = "by whom")
    private @Nullable String actor;

    @Option(names = "--type", paramLabel = "TYPE", description = "what, for example stage-approved")
    private @Nullable String type;

    @Option(names = "--cluster", paramLabel = "CLUSTER", description = "about this cluster")
    private @Nullable String cluster;

    @Option(names = "--upgrade", paramLabel = "UPGRADE", description = "of this upgrade")
    private @Nullable String upgrade;

    @Option(names = "--from", paramLabel = "INSTANT", description = "at or after, for example 2026-11-29T08:00:00Z")
    private @Nullable Instant from;

    @Option(names = "--to", paramLabel = "INSTANT", description = "before")
    private @Nullable Instant to;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "500",
            description = "at most so many (default" + " ${DEFAULT-VALUE})")
    private int limit = 500;

    @Option(
            names = {"-f", "--follow"},
            description = "go on with what happens from now on, until Ctrl-C")
    private boolean follow;

    @Override
    ExitCode run() throws InterruptedException {
        ArrayNode events = events(after);
        if (isJson()) {
            print(object().set("events", events));
        } else {
            print(events, "Nothing of the kind has happened behind event " + after + ".");
        }
        while (follow) {
            out().flush();
            world().time().pause(POLL);
            long last = events.isEmpty()
                    ? after
                    : events.get(events.size() - 1).path("sequence").asLong(after);
            ArrayNode more = events(last);
            if (!more.isEmpty()) {
                if (isJson()) {
                    print(object().set("events", more));
                } else {
                    table(more).lines(world().terminal()).stream().skip(1).forEach(out()::println);
                }
                events = more;
            }
        }
        return ExitCode.DONE;
    }

    private ArrayNode events(long behind) throws InterruptedException {
        Map<String, @Nullable Object> query = new LinkedHashMap<>();
        query.put("after", behind);
        query.put("actor", actor);
        query.put("type", type);
        query.put("cluster", cluster);
        query.put("upgrade", upgrade);
        query.put("from", from);
        query.put("to", to);
        return pages(Service.STRATEGY, Paths.api("groups", group, "history"), query, "events", "after", limit);
    }

    private void print(ArrayNode events, String whenEmpty) {
        show(table(events), whenEmpty);
    }

    private static Table table(ArrayNode events) {
        Table table = new Table("EVENT", "AT", "WHO", "WHAT", "WHY");
        for (JsonNode entry : events) {
            JsonNode event = entry.path("event");
            String type = required(entry, "type").replaceFirst("^cluster-group\\.", "");
            String detail = detail(type, event);
            table.row(
                    entry.path("sequence").asLong(0),
                    Durations.moment(entry.path("at").asString("")),
                    entry.path("actor").asString(""),
                    type + (detail.isEmpty() ? "" : ": " + detail),
                    entry.path("reason").asString(event.path("reason").asString("")));
        }
        return table;
    }

    private static String detail(String type, JsonNode event) {
        return switch (type) {
            case "upgrade-started" ->
                event.path("mode").asString("") + " to " + event.path("to").asString("");
            case "upgrade-step-completed", "upgrade-step-expired" ->
                (event.path("step").asInt(0) + 1) + " " + event.path("kind").asString("");
            case "route-strategies-changed" -> strategies(event.path("strategies"));
            case "stage-approved", "gate-judged" ->
                event.path("stage").asString("")
                        + (event.has("verdict") ? " " + event.path("verdict").asString("") : "");
            case "stage-skipped", "stage-repeated" -> event.path("stage").asString("");
            case "stage-changed" -> event.path("stage").path("name").asString("");
            case "cluster-added", "cluster-removed", "cluster-scaling-started" ->
                event.path("cluster").asString("");
            default -> "";
        };
    }

    private static String strategies(JsonNode strategies) {
        List<String> all = new ArrayList<>();
        strategies.properties().forEach(named -> {
            String status = named.getValue().path("status").asString("");
            all.add(named.getKey() + " " + status
                    + (status.equals("RED")
                            ? ""
                            : " for " + Views.rule(named.getValue().path("id"))));
        });
        return String.join(", ", all);
    }
}
