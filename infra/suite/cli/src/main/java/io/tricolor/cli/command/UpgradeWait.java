package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.World;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.Durations;
import io.tricolor.cli.text.Progress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Waits for an upgrade that goes on by itself. It holds nothing: who waits again, from anywhere, sees where it stands.
 */
final class UpgradeWait {

    private static final Duration POLL = Duration.ofMillis(500);

    /** How long the service may be away before the waiting ends. */
    private static final Duration AWAY = Duration.ofMinutes(2);

    private final Api api;
    private final World world;
    private final Progress progress;
    private final String group;
    private final String upgrade;
    private final @Nullable Duration timeout;
    private final boolean forPeople;
    private final String again;

    private JsonNode last = MissingNode.getInstance();

    /**
     * For one upgrade.
     *
     * @param timeout null: none
     * @param forPeople whether to go on while it waits for a person
     * @param again command that waits again
     */
    UpgradeWait(
            Api api,
            World world,
            Progress progress,
            String group,
            String upgrade,
            @Nullable Duration timeout,
            boolean forPeople,
            String again) {
        this.api = api;
        this.world = world;
        this.progress = progress;
        this.group = group;
        this.upgrade = upgrade;
        this.timeout = timeout;
        this.forPeople = forPeople;
        this.again = again;
    }

    /** As it was when it was last seen. */
    JsonNode last() {
        return last;
    }

    /** Until it has ended, stands until a person does something, or the time has passed. */
    ExitCode await() throws InterruptedException {
        Duration began = world.time().passed();
        Duration reached = began;
        while (true) {
            Duration now = world.time().passed();
            String trouble = "";
            try {
                last = api.get(Service.STRATEGY, Paths.api("groups", group, "upgrades", upgrade))
                        .body();
                reached = now;
            } catch (CliFailed e) {
                // What was just begun may not be in the read model yet, and a service may be away for a moment.
                boolean mayPass = e.exitCode() == ExitCode.FAILED || e.code().equals("UPGRADE_NOT_FOUND");
                Duration bound = e.exitCode() == ExitCode.FAILED ? AWAY : Duration.ofSeconds(10);
                if (!mayPass || now.minus(reached).compareTo(bound) > 0) {
                    throw e;
                }
                trouble = String.valueOf(e.getMessage());
            }
            Duration passed = now.minus(began);
            if (trouble.isEmpty()) {
                ExitCode end = seen(passed);
                if (end != null) {
                    return end;
                }
            } else {
                progress.show(trouble, Durations.words(passed));
            }
            if (timeout != null && passed.compareTo(timeout) >= 0) {
                throw CliFailed.of(
                        ExitCode.TIMEOUT,
                        "upgrade " + upgrade + " of " + group + " has not ended after " + Durations.words(passed) + "; "
                                + step(),
                        "it goes on; wait again by `" + again + "`");
            }
            world.time().pause(POLL);
        }
    }

    private @Nullable ExitCode seen(Duration passed) throws InterruptedException {
        JsonNode plan = last.path("upgrade");
        String clock = Durations.words(passed);
        switch (ApiCommand.required(last, "status")) {
            case "COMPLETED" -> {
                progress.line("done: " + plan.path("manifest").path("version").asString("") + " on "
                        + plan.path("to").asString("") + " serves everybody");
                return ExitCode.DONE;
            }
            case "ABORTED" -> {
                progress.line("went back: upgrade " + upgrade + " of " + group + " was aborted");
                return ExitCode.WENT_BACK;
            }
            case "PAUSED" -> {
                if (!forPeople) {
                    progress.line("paused: " + step() + waitsFor());
                    progress.line("  tricolor upgrade resume " + group + " --reason …   or   tricolor upgrade abort "
                            + group + " --reason …");
                    return ExitCode.NEEDS_A_PERSON;
                }
                progress.show("paused: " + step(), clock);
            }
            default -> {
                int missing = missingApprovals(plan);
                if (missing > 0 && !forPeople) {
                    progress.line(
                            "waits for " + (missing == 1 ? "an approval" : missing + " approvals") + ": " + step());
                    progress.line("  tricolor approve " + group + " --reason …   (not by "
                            + plan.path("requestedBy").asString("who asked for it") + "), then `" + again + "`");
                    return ExitCode.NEEDS_A_PERSON;
                }
                progress.show(step() + waitsFor(), clock);
            }
        }
        return null;
    }

    private String step() {
        JsonNode plan = last.path("upgrade");
        if (plan.isMissingNode()) {
            return "it was not seen yet";
        }
        int step = plan.path("step").asInt(0);
        return (plan.path("aborting").asBoolean(false) ? "way back, " : "") + "step " + (step + 1) + "/"
                + plan.path("steps").size() + " "
                + plan.path("steps").path(step).path("title").asString("");
    }

    /** What the running step lacks, as the view of the group says. */
    private String waitsFor() throws InterruptedException {
        try {
            JsonNode running =
                    api.get(Service.STRATEGY, Paths.api("groups", group)).body().path("upgrade");
            String missing = Views.waitsFor(running.path("missing"));
            return missing.isEmpty() || !running.path("upgradeId").asString("").equals(upgrade)
                    ? ""
                    : " (" + missing + ")";
        } catch (CliFailed e) {
            return ""; // the next round will see
        }
    }

    /** How many people have to approve the stage that the upgrade stands at; 0 when it does not wait for that. */
    static int missingApprovals(JsonNode plan) {
        String stage = waitingStage(plan);
        if (stage == null || plan.path("aborting").asBoolean(false)) {
            return 0;
        }
        int missing = 0;
        for (JsonNode one : plan.path("stages")) {
            if (one.path("name").asString("").equals(stage)) {
                for (JsonNode gate : one.path("gates")) {
                    if (gate.path("type").asString("").equals("approval")) {
                        missing += Math.max(
                                0,
                                gate.path("approvals").asInt(1)
                                        - plan.path("approvedBy").size());
                    }
                }
            }
        }
        return missing;
    }

    /** The stage whose gates the upgrade waits for; null when it is at another step. */
    static @Nullable String waitingStage(JsonNode plan) {
        JsonNode step = plan.path("steps").path(plan.path("step").asInt(0));
        return step.path("kind").asString("").equals("GATE")
                ? step.path("stage").stringValue(null)
                : null;
    }
}
