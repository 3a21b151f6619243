package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Progress;
import io.tricolor.cli.text.Table;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A command about one upgrade that may wait for its end. */
@Command(mixinStandardHelpOptions = true)
abstract class UpgradeCommand extends ApiCommand {

    @Option(
            names = "--wait",
            description =
                    "until it has ended (exit code 0, or 3 when it went back) or waits for a person (4). Killed, the"
                            + " same command waits again")
    boolean wait;

    @Option(names = "--timeout", paramLabel = "TIME", description = "of --wait (standard: none); then exit code 6")
    @Nullable
    Duration timeout;

    @Option(names = "--through-approvals", description = "with --wait: go on waiting while it waits for a person")
    boolean throughApprovals;

    /** Waits for it where --wait says so, and says how it ended. */
    final ExitCode awaited(String group, String upgrade) throws InterruptedException {
        return wait ? await(group, upgrade) : ExitCode.DONE;
    }

    final ExitCode await(String group, String upgrade) throws InterruptedException {
        try (Progress progress = new Progress(aside(), world().terminal())) {
            UpgradeWait waiting = new UpgradeWait(
                    api(),
                    world(),
                    progress,
                    group,
                    upgrade,
                    timeout,
                    throughApprovals,
                    "tricolor upgrade wait " + group + " " + upgrade + connection.asTyped());
            ExitCode code = waiting.await();
            if (isJson()) {
                print(waiting.last());
            }
            return code;
        }
    }

    /** The running upgrade of a group. */
    final JsonNode running(String group) throws InterruptedException {
        JsonNode upgrade = get(Service.STRATEGY, Paths.api("groups", group)).path("upgrade");
        if (!upgrade.isObject()) {
            throw CliFailed.of(
                    ExitCode.REFUSED,
                    "no upgrade of " + group + " is running",
                    "`tricolor upgrade list " + group + "` lists those that have ended");
        }
        return upgrade;
    }

    /** The named one, or the one that runs. */
    final String running(String group, @Nullable String named) throws InterruptedException {
        return named == null ? required(running(group), "upgradeId") : named;
    }

    /** Begins an upgrade or a rollback; or attaches to the one that was begun by the same words. */
    final ExitCode begin(String group, String path, ObjectNode body, @Nullable String key, UnaryPlace place)
            throws InterruptedException {
        Answer answer;
        try {
            answer = api().command(Service.STRATEGY, "POST", path, body, null, key);
        } catch (CliFailed e) {
            if (wait && e.code().equals("UPGRADE_RUNNING")) {
                JsonNode running = running(group);
                if (isSame(running, body)) {
                    String upgrade = required(running, "upgradeId");
                    aside().println("Upgrade " + upgrade + " of " + group + " is this one, and runs already.");
                    return await(group, upgrade);
                }
            }
            throw place.located(e);
        }
        String upgrade = required(answer.body(), "upgradeId");
        if (!isJson() || wait) {
            aside().println("Upgrade " + upgrade + " of " + group + " has begun.");
            if (!wait) {
                aside().println("  tricolor upgrade wait " + group + " " + upgrade + connection.asTyped());
            }
            aside().flush();
        }
        if (!wait && isJson()) {
            print(answer.body());
        }
        return awaited(group, upgrade);
    }

    /** Whether the running upgrade does what this body asks for, for the same reason. */
    private static boolean isSame(JsonNode running, ObjectNode body) {
        boolean sameMode = body.has("mode")
                ? body.path("mode").asString("").equals(running.path("mode").asString(""))
                : running.path("mode").asString("").equals("ROLLBACK");
        boolean sameTo = !body.has("to")
                || body.path("to").asString("").equals(running.path("to").asString(""));
        boolean sameRelease = !body.has("manifest")
                || body.path("manifest")
                        .path("version")
                        .asString("")
                        .equals(running.path("version").asString(""));
        return sameMode
                && sameTo
                && sameRelease
                && body.path("reason")
                        .asString("")
                        .strip()
                        .equals(running.path("reason").asString(""));
    }

    /** Prints what would be done. */
    static void addStages(ObjectNode body, List<String> stages) {
        if (!stages.isEmpty()) {
            ArrayNode all = body.putArray("stages");
            stages.forEach(stage -> all.add(StageOption.parse(stage)));
        }
    }

    static void addPolicy(ObjectNode body, Map<String, String> policy) {
        policy.forEach((name, value) -> body.withObject("policy")
                .put(name, name.equals("onExpiry") ? value.toUpperCase(Locale.ROOT) : time("policy", name, value)));
    }

    /** A time of an option in the words of the API. */
    static String time(String option, String name, String value) {
        try {
            return Durations.parse(value).toString();
        } catch (IllegalArgumentException e) {
            throw CliFailed.usage("--" + option + " " + name + ": " + e.getMessage(), null);
        }
    }

    final ExitCode dryRun(String path, ObjectNode body, UnaryPlace place) throws InterruptedException {
        JsonNode plan;
        try {
            plan = api().ask(Service.STRATEGY, path + "?dryRun=true", body).body();
        } catch (CliFailed e) {
            throw place.located(e);
        }
        if (isJson()) {
            print(plan);
            return ExitCode.DONE;
        }
        if (!plan.path("steps").isArray()) {
            throw Api.incomplete("steps");
        }
        say(required(plan, "mode") + " of " + plan.path("groupId").asString("") + " to "
                + plan.path("release").asString("") + " on " + plan.path("to").asString("")
                + (plan.has("from") ? ", from " + plan.path("from").asString("") : ""));
        int approvals = plan.path("approvals").asInt(0);
        say("at least " + Durations.words(plan.path("atLeast").asString("PT0S"))
                + (approvals == 0 ? "" : ", " + approvals + (approvals == 1 ? " approval" : " approvals")));
        if (plan.has("planHash")) {
            say("plan " + plan.path("planHash").asString(""));
        }
        for (JsonNode check : plan.path("preflight")) {
            say(check.path("outcome").asString("").toLowerCase(Locale.ROOT) + ": "
                    + check.path("what").asString("") + ": "
                    + check.path("found").asString(""));
        }
        Table table = new Table("STEP", "KIND", "WHAT", "AT MOST");
        for (JsonNode step : plan.path("steps")) {
            table.row(
                    step.path("number").asInt(0),
                    step.path("kind").asString(""),
                    step.path("what").asString(""),
                    step.has("timeout") ? Durations.words(step.path("timeout").asString("")) : "-");
        }
        out().println();
        show(table, "It has no steps.");
        out().println("Nothing was done.");
        return ExitCode.DONE;
    }

    /** Adds to a refusal where in a file its cause stands. */
    @FunctionalInterface
    interface UnaryPlace {

        UnaryPlace NONE = failure -> failure;

        CliFailed located(CliFailed failure);
    }
}
