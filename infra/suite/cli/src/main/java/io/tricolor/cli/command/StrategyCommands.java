package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Table;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.routing.CompiledTable;
import io.tricolor.routing.Decision;
import io.tricolor.routing.RequestId;
import io.tricolor.routing.RouteStrategyDocument;
import io.tricolor.routing.RouteTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "strategy",
        mixinStandardHelpOptions = true,
        header = "Which users each cluster gets: show, set; who would move.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            StrategyCommands.ShowStrategies.class,
            StrategyCommands.SetStrategies.class,
            StrategyCommands.Simulate.class
        })
final class StrategyCommands extends CommandOfCommands {

    /** The strategies of a document; a refusal names line and column. */
    private static SortedMap<String, RouteStrategy> strategies(String file, String text) {
        try {
            return RouteStrategyDocument.parse(text).strategies();
        } catch (Rejected e) {
            throw CliFailed.usage(
                    file + ": " + e.getMessage(), "`tricolor strategy show` writes a document to begin with");
        }
    }

    @Command(name = "show", header = "Writes the strategies of a group as YAML, as `strategy set` reads them.")
    static final class ShowStrategies extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Override
        ExitCode run() throws InterruptedException {
            JsonNode answer = get(Service.STRATEGY, Paths.api("groups", group, "route-strategy"));
            if (isJson()) {
                print(answer);
                return ExitCode.DONE;
            }
            SortedMap<String, RouteStrategy> strategies = new TreeMap<>();
            answer.path("strategies")
                    .properties()
                    .forEach(
                            one -> strategies.put(one.getKey(), JSON.treeToValue(one.getValue(), RouteStrategy.class)));
            out().print(new RouteStrategyDocument(strategies).toYaml());
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "set",
            header = "Changes which users each cluster gets, at once and without an upgrade.",
            description = "All clusters of the group are named in the document. `strategy simulate` tells before who"
                    + " would move.")
    static final class SetStrategies extends ApiCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "YAML or JSON, as `strategy show` writes it; - reads it from the input")
        private String file = "";

        @Mixin
        private final ReasonOption why = new ReasonOption();

        @Override
        ExitCode run() throws InterruptedException {
            ObjectNode body = because(why.reason);
            body.set("strategies", JSON.valueToTree(strategies(file, read(file))));
            return send(
                    "PUT",
                    Paths.api("groups", group, "route-strategy"),
                    body,
                    "The strategies of " + group + " have changed; `tricolor router list " + group
                            + "` shows which routers have them.");
        }
    }

    @Command(
            name = "simulate",
            header = "Tells which users would move if the strategies were those of a document. Changes nothing.",
            description = "Decides each id by the present table and by the document, as routers do, with the instances"
                    + " that are healthy now.")
    static final class Simulate extends ApiCommand {

        private static final int MOST_IDS = 10_000_000;
        private static final int EXAMPLES = 3;
        private static final Pattern RANGE = Pattern.compile("(-?\\d{1,19})\\.\\.(-?\\d{1,19})");
        private static final String NOWHERE = "nowhere";

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "YAML or JSON, as `strategy show` writes it; - reads it from the input")
        private String file = "";

        @Option(
                names = "--ids",
                paramLabel = "FIRST..LAST|FILE",
                defaultValue = "1..10000",
                description =
                        "the users that are asked about: numbers from the first to the last, or a file with one id a"
                                + " line (standard: ${DEFAULT-VALUE})")
        private String ids = "1..10000";

        @Option(names = "--service", paramLabel = "NAME", description = "(standard: the one of the first entry)")
        private @Nullable String service;

        /** Where ids go now and would go, and how many and which do. */
        private static final class Move {
            private long count;
            private final List<String> examples = new ArrayList<>();

            void add(String id) {
                count++;
                if (examples.size() < EXAMPLES) {
                    examples.add(id);
                }
            }
        }

        @Override
        ExitCode run() throws InterruptedException {
            if (file.equals("-") && ids.equals("-")) {
                throw CliFailed.usage("the document and the ids cannot both come from the input", null);
            }
            SortedMap<String, RouteStrategy> wanted = strategies(file, read(file));
            PresentRouting present = PresentRouting.of(api(), group, null);
            RouteTable table = present.table();
            if (!wanted.keySet().equals(table.clusters().keySet())) {
                throw CliFailed.usage(
                        file + " names the clusters " + String.join(", ", wanted.keySet()) + "; the group has "
                                + String.join(", ", table.clusters().keySet()),
                        null);
            }
            String called = present.serviceOr(service);
            CompiledTable now = present.compiled(table);
            CompiledTable then = present.compiled(new RouteTable(
                    table.group(),
                    table.epoch(),
                    table.version() + 1,
                    table.affinity(),
                    table.identity(),
                    table.entries(),
                    wanted,
                    false));
            SortedMap<String, SortedMap<String, Move>> moves = new TreeMap<>();
            long[] all = {0};
            each(id -> {
                RequestId user = RequestId.of(id);
                if (user == null) {
                    throw CliFailed.usage(
                            "'" + id + "' is no id: blank, or longer than " + RequestId.MAX_BYTES + " bytes", null);
                }
                all[0]++;
                moves.computeIfAbsent(place(now.decide(user, called, present::healthy, 0)), from -> new TreeMap<>())
                        .computeIfAbsent(place(then.decide(user, called, present::healthy, 0)), to -> new Move())
                        .add(id);
            });
            tell(table, moves, all[0]);
            return ExitCode.DONE;
        }

        private void each(Consumer<String> user) {
            Matcher range = RANGE.matcher(ids);
            if (range.matches()) {
                try {
                    long first = Long.parseLong(range.group(1));
                    long last = Long.parseLong(range.group(2));
                    if (first > last || Math.subtractExact(last, first) >= MOST_IDS) {
                        throw CliFailed.usage("--ids " + ids + ": one id to " + MOST_IDS + " of them, in order", null);
                    }
                    for (long id = first; id <= last; id++) {
                        user.accept(Long.toString(id));
                    }
                } catch (ArithmeticException | NumberFormatException e) {
                    throw CliFailed.usage("--ids " + ids + ": numbers of 64 bits", null);
                }
            } else {
                read(ids).lines().map(String::strip).filter(id -> !id.isEmpty()).forEach(user);
            }
        }

        private static String place(Decision decision) {
            return decision instanceof Decision.Routed routed ? routed.cluster() : NOWHERE;
        }

        private void tell(RouteTable table, SortedMap<String, SortedMap<String, Move>> moves, long all) {
            if (isJson()) {
                ArrayNode told = JSON.createArrayNode();
                moves.forEach((from, targets) -> targets.forEach((to, move) -> {
                    ObjectNode one = object().put("from", from).put("to", to).put("ids", move.count);
                    move.examples.forEach(one.putArray("examples")::add);
                    told.add(one);
                }));
                ObjectNode document = object().put("group", group)
                        .put("epoch", table.epoch())
                        .put("tableVersion", table.version())
                        .put("ids", all);
                document.set("moves", told);
                print(document);
                return;
            }
            Table shown = new Table("FROM", "TO", "IDS", "SHARE", "FOR EXAMPLE");
            moves.forEach((from, targets) -> targets.forEach((to, move) -> shown.row(
                    from,
                    from.equals(to) ? Cell.faint("stay") : Cell.strong(to),
                    move.count,
                    String.format(Locale.ROOT, "%.2f %%", 100.0 * move.count / all),
                    String.join(", ", move.examples))));
            show(shown, "No id was given.");
            say("By table " + table.version() + " of epoch " + table.epoch() + "; nothing was changed.");
        }
    }
}
