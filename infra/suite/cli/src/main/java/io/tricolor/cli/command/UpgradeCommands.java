package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Cell;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Table;
import io.tricolor.cli.text.YamlText;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "upgrade",
        mixinStandardHelpOptions = true,
        header = "Upgrades: begin, watch, steer.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UpgradeCommands.Start.class,
            UpgradeCommands.Show.class,
            UpgradeCommands.ListUpgrades.class,
            UpgradeCommands.Await.class,
            UpgradeCommands.Pause.class,
            UpgradeCommands.Resume.class,
            UpgradeCommands.Abort.class,
            UpgradeCommands.Skip.class,
            UpgradeCommands.Repeat.class,
            UpgradeCommands.Change.class,
            UpgradeCommands.Approve.class
        })
final class UpgradeCommands extends CommandOfCommands {

    @Command(
            name = "start",
            header = "Begins an upgrade.",
            description = {
                "From options, or from a YAML or JSON document (-f), over which options win. The document is what"
                        + " POST /api/groups/GROUP/upgrades takes, and may name `group` and `key` besides.",
                "A repeated start with the same --key begins nothing: it is answered with the upgrade of the first one."
                        + " Without --key, a repeated --wait attaches to the upgrade that runs when it is the same: mode,"
                        + " cluster, release and reason."
            })
    static final class Start extends UpgradeCommand {

        @Parameters(arity = "0..1", paramLabel = "GROUP")
        private @Nullable String group;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "document with all of it; - reads it from" + " the input")
        private @Nullable String file;

        @Option(names = "--mode", paramLabel = "MODE", description = "install, grayscale, switch, …")
        private @Nullable String mode;

        @Option(names = "--to", paramLabel = "CLUSTER", description = "(standard: a RED cluster of which nothing runs)")
        private @Nullable String to;

        @Option(names = "--manifest", paramLabel = "FILE", description = "what is released, YAML or JSON")
        private @Nullable String manifest;

        @Option(
                names = "--stage",
                paramLabel = "STAGE",
                description = "of a grayscale, in order: NAME[:ids=1,2][:intervals=600-700][:percent=5][:all]"
                        + "[:approval][:bake=10m][:metric=errors|latency][:deadline=1h][:onFail=pause]"
                        + "[:onInconclusive=extend]; may be given several times")
        private List<String> stages = List.of();

        @Option(
                names = "--policy",
                paramLabel = "NAME=VALUE",
                description =
                        "startTimeout, routeTimeout, drainTimeout, stopTimeout, keepOld (90s, 15m), onExpiry (retry, pause,"
                                + " roll_back)")
        private Map<String, String> policy = Map.of();

        @Option(
                names = {"-r", "--reason"},
                paramLabel = "TEXT",
                description = "why; the history keeps it")
        private @Nullable String reason;

        @Option(names = "--key", paramLabel = "KEY", description = "under which it is begun once, for example a build")
        private @Nullable String key;

        @Option(
                names = "--template",
                paramLabel = "NAME[@VERSION]",
                description = "of the group: mode, stages, policy and rolling that are not given here")
        private @Nullable String template;

        @Option(names = "--override-freeze", description = "in spite of freeze windows; it takes an admin")
        private boolean overrideFreeze;

        @Option(names = "--dry-run", description = "print what would be done, step by step; do nothing")
        private boolean dryRun;

        @Override
        ExitCode run() throws InterruptedException {
            YamlText.Document document = file == null ? null : document(file);
            ObjectNode body = document == null ? object() : ((ObjectNode) document.root()).deepCopy();
            String named = body.path("group").stringValue(null);
            String keyed = key != null ? key : body.path("key").stringValue(null);
            body.remove(List.of("group", "key"));
            String chosen = group == null ? named : group;
            if (chosen == null) {
                throw CliFailed.usage(
                        "of which group?", "`tricolor upgrade start GROUP …`, or `group:` in the document");
            }
            if (group != null && named != null && !group.equals(named)) {
                throw CliFailed.usage("the document is for group " + named + ", not " + group, null);
            }
            fill(body);
            String path = Paths.api("groups", chosen, "upgrades");
            UnaryPlace place = document == null ? UnaryPlace.NONE : failure -> located(failure, document);
            return dryRun ? dryRun(path, body, place) : begin(chosen, path, body, keyed, place);
        }

        private void fill(ObjectNode body) {
            if (mode != null) {
                body.put("mode", mode.toUpperCase(Locale.ROOT));
            }
            if (to != null) {
                body.put("to", to);
            }
            if (manifest != null) {
                body.set("manifest", document(manifest).root());
            }
            addStages(body, stages);
            addPolicy(body, policy);
            if (reason != null) {
                body.put("reason", reason);
            }
            if (overrideFreeze) {
                body.put("overrideFreeze", true);
            }
            if (template != null) {
                template(body, template);
            }
            for (String needed :
                    body.has("template") ? List.of("manifest", "reason") : List.of("mode", "manifest", "reason")) {
                if (!body.has(needed)) {
                    throw CliFailed.usage(
                            "--" + needed + " is missing", "an option, or `" + needed + ":` in the document");
                }
            }
        }

        private static void template(ObjectNode body, String named) {
            int at = named.indexOf('@');
            body.put("template", at < 0 ? named : named.substring(0, at));
            if (at >= 0) {
                try {
                    body.put("templateVersion", Integer.parseInt(named.substring(at + 1)));
                } catch (NumberFormatException e) {
                    throw CliFailed.usage("--template " + named + ": a version is a number", "for example careful@3");
                }
            }
        }

        private YamlText.Document document(String from) {
            return oneDocument(from, read(from));
        }
    }

    /** The same refusal with the place in the file that it names. */
    static CliFailed located(CliFailed failure, YamlText.Document document) {
        JsonNode problem = failure.problem();
        String place = problem == null
                ? null
                : document.placeNamedIn(problem.path("detail").asString(""));
        return place == null ? failure : failure.explained(place + ": " + failure.getMessage(), failure.hint());
    }

    @Command(name = "list", header = "Lists the upgrades of a group, newest first.")
    static final class ListUpgrades extends WatchedCommand {

        @Parameters(paramLabel = "GROUP")
        private String group = "";

        @Option(names = "--limit", paramLabel = "N", defaultValue = "20", description = "(default ${DEFAULT-VALUE})")
        private int limit = 20;

        @Override
        void show() throws InterruptedException {
            JsonNode answer =
                    get(Service.STRATEGY, Paths.query(Paths.api("groups", group, "upgrades"), Map.of("limit", limit)));
            if (isJson()) {
                print(answer);
                return;
            }
            Table table = new Table("UPGRADE", "STATUS", "MODE", "RELEASE", "TO", "BEGAN", "TOOK", "BY", "REASON");
            for (JsonNode one : answer.path("upgrades")) {
                JsonNode plan = one.path("upgrade");
                table.row(
                        required(plan, "upgradeId"),
                        Views.status(one, "status"),
                        plan.path("mode").asString(""),
                        plan.path("manifest").path("version").asString(""),
                        plan.path("to").asString(""),
                        Views.moment(plan, "startedAt"),
                        took(
                                plan.path("startedAt").asString(""),
                                one.path("endedAt").asString("")),
                        plan.path("requestedBy").asString(""),
                        plan.path("reason").asString(""));
            }
            show(table, "Group " + group + " had no upgrades yet.");
        }
    }

    private static String took(String from, String until) {
        try {
            return Durations.words(Duration.between(Instant.parse(from), Instant.parse(until)));
        } catch (DateTimeParseException e) {
            return "-";
        }
    }

    @Command(name = "show", header = "Shows an upgrade: its plan, where it stands, what it waits for.")
    static final class Show extends WatchedCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "UPGRADE", description = "(standard: the newest)")
        private @Nullable String upgrade;

        @Override
        void show() throws InterruptedException {
            JsonNode view = get(Service.STRATEGY, Paths.api("groups", group));
            JsonNode one = upgrade == null && !view.has("upgrade")
                    ? newest()
                    : get(
                            Service.STRATEGY,
                            Paths.api(
                                    "groups",
                                    group,
                                    "upgrades",
                                    upgrade == null ? required(view.path("upgrade"), "upgradeId") : upgrade));
            if (isJson()) {
                print(one);
                return;
            }
            JsonNode plan = one.path("upgrade");
            label("upgrade", required(plan, "upgradeId") + " of " + group);
            label("status", Views.status(one, "status"));
            label(
                    "what",
                    plan.path("mode").asString("") + " to "
                            + plan.path("manifest").path("version").asString("") + " on "
                            + plan.path("to").asString("")
                            + (plan.has("from") ? ", from " + plan.path("from").asString("") : ""));
            label(
                    "asked for",
                    "by " + plan.path("requestedBy").asString("") + " at " + Views.moment(plan, "startedAt") + ": "
                            + plan.path("reason").asString(""));
            if (one.has("endedAt")) {
                label("ended", Views.moment(one, "endedAt"));
            }
            JsonNode running = view.path("upgrade");
            if (running.path("upgradeId")
                    .asString("")
                    .equals(plan.path("upgradeId").asString(""))) {
                String missing = Views.waitsFor(running.path("missing"));
                if (!missing.isEmpty()) {
                    label("waits for", missing);
                }
            }
            if (!plan.path("approvedBy").isEmpty()) {
                label(
                        "approved by",
                        String.join(
                                ", ",
                                plan.path("approvedBy")
                                        .valueStream()
                                        .map(name -> name.asString(""))
                                        .toList()));
            }
            if (plan.has("planHash")) {
                label("plan", plan.path("planHash").asString(""));
            }
            out().println();
            show(steps(one, plan), "It has no steps.");
        }

        private JsonNode newest() throws InterruptedException {
            JsonNode first = get(
                            Service.STRATEGY, Paths.query(Paths.api("groups", group, "upgrades"), Map.of("limit", 1)))
                    .path("upgrades")
                    .path(0);
            if (!first.isObject()) {
                throw CliFailed.of(ExitCode.REFUSED, "group " + group + " had no upgrades yet", null);
            }
            return first;
        }

        private static Table steps(JsonNode one, JsonNode plan) {
            Table table = new Table("", "STEP", "KIND", "WHAT", "GATES", "AT MOST");
            int at = plan.path("step").asInt(0);
            boolean completed = one.path("status").asString("").equals("COMPLETED");
            int number = 0;
            for (JsonNode step : plan.path("steps")) {
                boolean done = completed || number < at;
                table.row(
                        done ? "✓" : number == at ? Cell.strong("▶") : "",
                        number + 1,
                        step.path("kind").asString(""),
                        done
                                ? Cell.faint(step.path("title").asString(""))
                                : step.path("title").asString(""),
                        gates(plan, step),
                        step.has("timeout")
                                ? Durations.words(step.path("timeout").asString(""))
                                : "");
                number++;
            }
            return table;
        }

        private static String gates(JsonNode plan, JsonNode step) {
            if (!step.path("kind").asString("").equals("GATE")) {
                return "";
            }
            for (JsonNode stage : plan.path("stages")) {
                if (stage.path("name").equals(step.path("stage"))) {
                    return String.join(
                            ", ",
                            stage.path("gates").valueStream().map(Views::gate).toList());
                }
            }
            return "";
        }
    }

    @Command(
            name = "wait",
            header = "Waits until an upgrade has ended or stands until a person does something.",
            description = "It holds nothing: killed and begun again, here or elsewhere, it goes on waiting.")
    static final class Await extends UpgradeCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        private String group = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "UPGRADE", description = "(standard: the one that runs)")
        private @Nullable String upgrade;

        @Override
        ExitCode run() throws InterruptedException {
            return await(group, running(group, upgrade));
        }
    }

    /** Says something to the running upgrade. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class Steer extends UpgradeCommand {

        @Parameters(index = "0", paramLabel = "GROUP")
        String group = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "UPGRADE", description = "(standard: the one that runs)")
        @Nullable
        String upgrade;

        @Mixin
        final ReasonOption why = new ReasonOption();

        final ExitCode steer(String verb, String done) throws InterruptedException {
            String named = running(group, upgrade);
            return steer(named, verb, because(why.reason), done);
        }

        final ExitCode steer(String named, String verb, ObjectNode body, String done) throws InterruptedException {
            ExitCode code = send(
                    "POST",
                    Paths.api("groups", group, "upgrades", named, verb),
                    body,
                    "Upgrade " + named + " of " + group + " " + done);
            return wait ? await(group, named) : code;
        }
    }

    @Command(name = "pause", header = "Keeps the traffic where it is and takes no further step.")
    static final class Pause extends Steer {
        @Override
        ExitCode run() throws InterruptedException {
            return steer("pause", "is paused.");
        }
    }

    @Command(name = "resume", header = "Goes on with a paused upgrade.")
    static final class Resume extends Steer {
        @Override
        ExitCode run() throws InterruptedException {
            return steer("resume", "goes on.");
        }
    }

    @Command(name = "abort", header = "Turns an upgrade back to what served before.")
    static final class Abort extends Steer {
        @Override
        ExitCode run() throws InterruptedException {
            return steer("abort", "is on its way back.");
        }
    }

    /** Says something about a stage of the running upgrade. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class SteerStage extends Steer {

        /** The named stage, or the one that the upgrade waits in. */
        final String waiting(@Nullable String stage, JsonNode plan) {
            String waiting = stage == null ? UpgradeWait.waitingStage(plan) : stage;
            if (waiting == null) {
                throw CliFailed.of(
                        ExitCode.REFUSED,
                        "the upgrade of " + group + " waits in no stage now",
                        "`tricolor upgrade show " + group + "` shows the step that runs");
            }
            return waiting;
        }

        final JsonNode plan(String named) throws InterruptedException {
            return get(Service.STRATEGY, Paths.api("groups", group, "upgrades", named))
                    .path("upgrade");
        }
    }

    /** Says something that takes the name of a stage and no more. */
    @Command(mixinStandardHelpOptions = true)
    abstract static class SteerNamedStage extends SteerStage {

        @Option(names = "--stage", paramLabel = "NAME", description = "(standard: the one that it waits in)")
        private @Nullable String stage;

        final ExitCode steerStage(String verb, String done) throws InterruptedException {
            String named = running(group, upgrade);
            String waiting = waiting(stage, plan(named));
            return steer(named, verb, because(why.reason).put("stage", waiting), done + " stage " + waiting + ".");
        }
    }

    @Command(name = "skip", header = "Leaves the stage that an upgrade waits in, whatever its gates say.")
    static final class Skip extends SteerNamedStage {
        @Override
        ExitCode run() throws InterruptedException {
            return steerStage("skip", "leaves");
        }
    }

    @Command(
            name = "repeat",
            header = "Goes back to a stage that has begun: its users, its gates anew.",
            description = "Approvals since then no longer count.")
    static final class Repeat extends SteerNamedStage {
        @Override
        ExitCode run() throws InterruptedException {
            return steerStage("repeat", "repeats");
        }
    }

    @Command(
            name = "change",
            header = "Changes a stage that has not begun; approvals of the running one are void then.",
            description = "The stage as `upgrade start --stage` takes it, or as a document (-f).")
    static final class Change extends SteerStage {

        @Option(names = "--stage", paramLabel = "STAGE", description = "NAME[:ids=1,2][:percent=5][:approval] …")
        private @Nullable String stage;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "the stage as a document; - reads it from the input")
        private @Nullable String file;

        @Override
        ExitCode run() throws InterruptedException {
            if ((stage == null) == (file == null)) {
                throw CliFailed.usage("give the stage by --stage or by -f", null);
            }
            YamlText.Document document = file == null ? null : oneDocument(file, read(file));
            JsonNode changed = document == null ? StageOption.parse(stage == null ? "" : stage) : document.root();
            String named = running(group, upgrade);
            ObjectNode body = because(why.reason);
            body.set("stage", changed);
            try {
                return steer(
                        named,
                        "change",
                        body,
                        "has another stage " + changed.path("name").asString("") + ".");
            } catch (CliFailed e) {
                throw document == null ? e : located(e, document);
            }
        }
    }

    static YamlText.Document oneDocument(String from, String text) {
        List<YamlText.Document> documents = YamlText.parse(from, text);
        if (documents.size() != 1) {
            throw CliFailed.usage(from + " has " + documents.size() + " documents, not one", null);
        }
        if (!documents.getFirst().root().isObject()) {
            throw documents.getFirst().wrong("", "a mapping of names to values stands here");
        }
        return documents.getFirst();
    }

    @Command(
            name = "approve",
            header = "Approves the stage that an upgrade waits in.",
            description = {
                "Not by who asked for the upgrade. On a suite of this machine --as NAME says who you are.",
                "The approval is for the plan as it was read: when somebody changes a stage meanwhile, it is refused."
            })
    static final class Approve extends SteerStage {

        @Option(names = "--stage", paramLabel = "NAME", description = "(standard: the one that it waits in)")
        private @Nullable String stage;

        @Option(
                names = "--plan",
                paramLabel = "HASH",
                description = "only for this plan, as `upgrade show` or a dry run names it (standard: the present one)")
        private @Nullable String hash;

        @Override
        ExitCode run() throws InterruptedException {
            String named = running(group, upgrade);
            JsonNode plan = plan(named);
            String waiting = waiting(stage, plan);
            ObjectNode body = because(why.reason).put("stage", waiting);
            String bound = hash == null ? plan.path("planHash").stringValue(null) : hash;
            if (bound != null) {
                body.put("planHash", bound);
            }
            return steer(named, "approval", body, "has an approval of stage " + waiting + ".");
        }
    }
}
