package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.ExitCode;
import io.tricolor.cli.document.Change;
import io.tricolor.cli.document.GroupDocument;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "apply",
        header = "Makes groups as documents say.",
        description = {
            "What is as the document says is not touched: applying an export changes nothing. A group that is not there is"
                    + " made. Each step goes by the version that was read: when somebody else changes the group meanwhile,"
                    + " or has changed it since the export, nothing more is done (exit code 5).",
            "`tricolor diff` shows what would be done."
        })
final class ApplyCommand extends DocumentCommand {

    @Option(
            names = {"-r", "--reason"},
            paramLabel = "TEXT",
            description = "why; the history keeps it (standard: names the file)")
    private @Nullable String reason;

    @Option(names = "--prune", description = "remove clusters that the document does not name")
    private boolean prune;

    @Option(names = "--force", description = "also when the group has changed since the export")
    private boolean force;

    @Override
    ExitCode run() throws InterruptedException {
        List<Compared> all = compared();
        // What can be refused without asking anybody is refused before the first change.
        all.forEach(this::check);
        ArrayNode told = JSON.createArrayNode();
        for (Compared one : all) {
            String group = one.wanted().group();
            if (one.changes().isEmpty()) {
                tell("Group " + group + ": nothing to change.");
            } else {
                apply(one);
                tell("Group " + group + ": " + one.changes().size()
                        + (one.changes().size() == 1 ? " change." : " changes."));
            }
            told.addObject().put("group", group).put("changes", one.changes().size());
        }
        if (isJson()) {
            print(object().set("groups", told));
        }
        return ExitCode.DONE;
    }

    private void tell(String text) {
        if (!isJson()) {
            say(text);
        }
    }

    private void check(Compared one) {
        String group = one.wanted().group();
        if (one.changes().isEmpty() || one.present() == null) {
            return;
        }
        Long exported = one.wanted().version();
        Long now = one.present().version();
        if (!force && exported != null && !exported.equals(now)) {
            throw CliFailed.of(
                    ExitCode.REFUSED,
                    one.source().place("version") + ": group " + group + " was at version " + exported
                            + " when this was exported and is at " + now + " now; nothing was changed",
                    "`tricolor history " + group + " --after " + exported
                            + "` shows what came in between; export again, or --force");
        }
        for (Change change : one.changes()) {
            if (change.isOf("application", "environment")) {
                throw one.source()
                        .wrong(
                                change.path(),
                                "cannot change: it is " + change.before().asString("")
                                        + " for ever; make another group");
            }
            if (change.removesCluster() && !prune) {
                throw CliFailed.usage(
                        one.source().place("clusters") + ": group " + group + " has a cluster "
                                + change.path().substring("clusters.".length()) + " that the document does not name",
                        "name it, or remove it by --prune");
            }
        }
    }

    private void apply(Compared one) throws InterruptedException {
        GroupDocument wanted = one.wanted();
        String group = wanted.group();
        String version = one.version();
        try {
            if (one.present() == null) {
                version = create(wanted);
            }
            for (Change change : one.changes()) {
                if (change.addsCluster() && one.present() != null) {
                    version = version(api().command(
                                    Service.STRATEGY,
                                    "POST",
                                    Paths.api("groups", group, "clusters"),
                                    object().put("cluster", change.path().substring("clusters.".length())),
                                    version,
                                    null));
                }
            }
            ObjectNode members = object();
            for (Change change : one.changes()) {
                if (change.isOf("entries", "identity", "affinity")) {
                    members.set(change.path(), change.after());
                }
            }
            if (!members.isEmpty()) {
                version = version(
                        api().command(Service.STRATEGY, "PUT", Paths.api("groups", group), members, version, null));
            }
            if (changesStrategies(one)) {
                version = version(api().command(
                                Service.STRATEGY,
                                "PUT",
                                Paths.api("groups", group, "route-strategy"),
                                strategies(one),
                                version,
                                null));
            }
            for (Change change : one.changes()) {
                if (change.removesCluster()) {
                    version = version(api().command(
                                    Service.STRATEGY,
                                    "DELETE",
                                    Paths.api(
                                            "groups",
                                            group,
                                            "clusters",
                                            change.path().substring("clusters.".length())),
                                    null,
                                    version,
                                    null));
                }
            }
        } catch (CliFailed e) {
            throw explained(UpgradeCommands.located(e, one.source()), group);
        }
    }

    private @Nullable String create(GroupDocument wanted) throws InterruptedException {
        ObjectNode body = object().put("groupId", wanted.group());
        for (String part : List.of("application", "environment", "entries", "identity", "affinity")) {
            if (!wanted.part(part).isMissingNode()) {
                body.set(part, wanted.part(part));
            }
        }
        ArrayNode clusters = body.putArray("clusters");
        wanted.clusters().forEach(clusters::add);
        return version(api().command(Service.STRATEGY, "POST", Paths.api("groups"), body));
    }

    private static @Nullable String version(Answer answer) {
        return answer.version();
    }

    /** A new group has RED clusters alone; there is something to do when the document says otherwise. */
    private static boolean changesStrategies(Compared one) {
        if (one.present() != null) {
            return one.changes().stream()
                    .anyMatch(change ->
                            change.changesStrategy() && !(change.addsCluster() && isRedOfNobody(change.after())));
        }
        return one.wanted().part("clusters").valueStream().anyMatch(cluster -> !isRedOfNobody(cluster));
    }

    private static boolean isRedOfNobody(JsonNode cluster) {
        return cluster.path("status").asString("").equals("RED") && !cluster.has("id");
    }

    /** All clusters, since a table is whole. */
    private ObjectNode strategies(Compared one) {
        ObjectNode body = because(reason == null ? "apply " + one.source().source() : reason);
        ObjectNode all = body.putObject("strategies");
        one.wanted().part("clusters").properties().forEach(named -> {
            ObjectNode strategy = all.putObject(named.getKey());
            strategy.set("status", named.getValue().path("status"));
            strategy.set("id", named.getValue().has("id") ? named.getValue().path("id") : object());
        });
        return body;
    }

    private static CliFailed explained(CliFailed failure, String group) {
        return switch (failure.code()) {
            case "VERSION_MISMATCH", "CONCURRENT_CHANGE" ->
                failure.explained(
                        failure.getMessage() + ": somebody else has changed group " + group + " at the same time",
                        "`tricolor history " + group + "` shows what; then the same `apply` again does what is left");
            case "CLUSTER_NOT_RUNNING" ->
                failure.explained(
                        String.valueOf(failure.getMessage()),
                        "a cluster gets its release by `tricolor upgrade start`; a document only says who goes there");
            default -> failure;
        };
    }
}
