package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Table;
import io.tricolor.routing.Decision;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteTable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "explain",
        header = "Says where the requests of a user go, and why.",
        description =
                "By the table that routers are to run now and the routers' own decision, with the instances that are"
                        + " healthy now.")
final class ExplainCommand extends ApiCommand {

    private static final int MOST_MOVES = 10_000;

    @Parameters(index = "0", paramLabel = "GROUP")
    private String group = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "ID",
            description = "of the user; left out: a request without id")
    private @Nullable String id;

    @Option(names = "--service", paramLabel = "NAME", description = "(standard: the one of the first entry)")
    private @Nullable String service;

    @Option(names = "--router", paramLabel = "ID", description = "by the table that this router is to run")
    private @Nullable String router;

    @Option(
            names = "--at",
            paramLabel = "INSTANT",
            description = "where they went then: by what each router had applied and the instances that it knew")
    private @Nullable String at;

    @Option(
            names = "--moves",
            description = "which events have moved this user from cluster to cluster, from the first one on")
    private boolean moves;

    @Override
    ExitCode run() throws InterruptedException {
        if (moves) {
            return moves();
        }
        if (at != null) {
            return past();
        }
        PresentRouting present = PresentRouting.of(api(), group, router);
        RouteTable table = present.table();
        String called = present.serviceOr(service);
        RequestId requestId = RequestId.of(id);
        if (id != null && requestId == null) {
            throw CliFailed.usage(
                    "'" + id + "' is no id: blank, or longer than " + RequestId.MAX_BYTES + " bytes", null);
        }
        long entropy = world().time().passed().toNanos();
        Decision decision = present.compiled(table).decide(requestId, called, present::healthy, entropy);
        if (isJson()) {
            print(json(table, called, decision));
        } else {
            print(present, called, decision, requestId);
        }
        return ExitCode.DONE;
    }

    private ExitCode past() throws InterruptedException {
        Map<String, @Nullable Object> query = new LinkedHashMap<>();
        query.put("at", at);
        query.put("id", id);
        query.put("router", router);
        query.put("service", service);
        JsonNode told = get(Service.STRATEGY, Paths.query(Paths.api("groups", group, "explanation"), query));
        if (isJson()) {
            print(told);
            return ExitCode.DONE;
        }
        Table table = new Table("ROUTER", "TABLE", "SINCE", "CLUSTER", "COLOUR", "WHY");
        for (JsonNode one : told.path("routers")) {
            boolean isKnown = one.path("tableKnown").asBoolean(false);
            table.row(
                    one.path("router").asString(""),
                    one.path("epoch").asLong(0) + "/" + one.path("version").asLong(0),
                    Views.moment(one, "since"),
                    one.path("cluster").asString("-"),
                    one.path("status").asString("-"),
                    isKnown ? one.path("reason").asString("-") : "its table is none of the group's");
        }
        show(table, "No router had applied a table of " + group + " then, as far as is kept.");
        return ExitCode.DONE;
    }

    private ExitCode moves() throws InterruptedException {
        Map<String, @Nullable Object> query = new LinkedHashMap<>();
        query.put("id", id);
        query.put("service", service);
        ArrayNode all =
                pages(Service.STRATEGY, Paths.api("groups", group, "moves"), query, "moves", "after", MOST_MOVES);
        if (isJson()) {
            print(object().set("moves", all));
            return ExitCode.DONE;
        }
        Table table = new Table("EVENT", "AT", "FROM", "TO", "TABLE", "WHO", "WHY", "UPGRADE");
        for (JsonNode move : all) {
            table.row(
                    move.path("sequence").asLong(0),
                    Views.moment(move, "at"),
                    move.path("from").asString("-"),
                    move.path("to").asString("-"),
                    move.path("tableVersion").asLong(0),
                    move.path("actor").asString(""),
                    move.path("reason").asString(""),
                    move.path("upgradeId").asString("-"));
        }
        show(table, "No event has moved " + (id == null ? "requests without id" : "user " + id) + " yet.");
        return ExitCode.DONE;
    }

    private ObjectNode json(RouteTable table, String called, Decision decision) {
        ObjectNode told = object().put("group", group);
        if (id != null) {
            told.put("id", id);
        }
        told.put("service", called)
                .put("epoch", table.epoch())
                .put("tableVersion", table.version())
                .put("reason", decision.reason().name());
        if (decision instanceof Decision.Routed routed) {
            told.put("cluster", routed.cluster()).put("status", routed.status().name());
        }
        return told;
    }

    private void print(PresentRouting present, String called, Decision decision, @Nullable RequestId requestId) {
        RouteTable table = present.table();
        String who = requestId == null ? "A request without id" : "User " + requestId.text();
        switch (decision) {
            case Decision.Routed routed ->
                say(who + " goes to " + routed.cluster() + " (" + routed.status() + "): " + why(routed));
            case Decision.Unrouted unrouted ->
                say(who + " goes nowhere (503): no cluster that takes it has a healthy instance of " + called + ".");
        }
        out().println();
        Table shown = new Table("CLUSTER", "STATUS", "TAKES", "HEALTHY " + called);
        Map<String, JsonNode> rules = new LinkedHashMap<>();
        table.clusters().forEach((name, strategy) -> rules.put(name, JSON.valueToTree(strategy)));
        rules.forEach((name, strategy) -> {
            String status = strategy.path("status").asString("");
            boolean chosen = decision instanceof Decision.Routed routed
                    && routed.cluster().equals(name);
            shown.row(
                    chosen ? Cell.strong(name) : name,
                    Cell.status(status),
                    Views.takes(status, strategy.path("id")),
                    present.healthy(name, called));
        });
        show(shown, "The table has no clusters: the group has ended.");
        out().println("By table " + table.version() + " of epoch " + table.epoch() + ".");
    }

    private static String why(Decision.Routed routed) {
        return switch (routed.reason()) {
            case ALL -> "it takes everybody, and no YELLOW cluster names this user";
            case WHITELIST_ID -> "its rule lists the id";
            case WHITELIST_INTERVAL -> "the id lies in an interval of its rule";
            case PERCENT -> "the hash of the id is under the percent of its rule";
            case FALLBACK -> "a YELLOW cluster names this user, but has no healthy instance";
            case LANE -> "an earlier hop of the request went there";
            case NO_HEALTHY_CLUSTER -> "nothing else is healthy";
        };
    }
}
