package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.document.Change;
import io.tricolor.cli.document.GroupDocument;
import io.tricolor.cli.http.Answer;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.YamlText;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A group: entries, where ids come from, who goes to which cluster.
 *
 * @param present null: there is none
 * @param version of the group, for If-Match
 */
record ComparedGroup(
        YamlText.Document source,
        GroupDocument wanted,
        @Nullable GroupDocument present,
        @Nullable String version,
        List<Change> changes)
        implements Compared {

    static ComparedGroup of(Api api, YamlText.Document source, GroupDocument wanted) throws InterruptedException {
        try {
            Answer answer = api.get(Service.STRATEGY, Paths.api("groups", wanted.group()));
            GroupDocument present = GroupDocument.of(answer.body(), true);
            return new ComparedGroup(source, wanted, present, answer.version(), Change.between(present, wanted));
        } catch (CliFailed e) {
            if (!e.code().equals("GROUP_NOT_FOUND")) {
                throw e;
            }
            return new ComparedGroup(source, wanted, null, null, List.of(Change.creation(wanted)));
        }
    }

    @Override
    public void check(Terms terms) {
        if (present == null) {
            return;
        }
        String group = wanted.group();
        terms.unchanged(
                this,
                "version",
                Objects.requireNonNullElse(present.version(), 0L),
                "`tricolor history " + group + " --after " + wanted.version() + "` shows what came in between");
        for (Change change : changes) {
            if (change.isOf("application", "environment")) {
                throw source.wrong(
                        change.path(),
                        "cannot change: it is " + change.before().asString("") + " for ever; make another group");
            }
            if (change.removesCluster() && !terms.prune()) {
                throw CliFailed.usage(
                        source.place("clusters") + ": group " + group + " has a cluster " + cluster(change)
                                + " that the document does not name",
                        "name it, or remove it by --prune");
            }
        }
    }

    private static String cluster(Change change) {
        return change.path().substring("clusters.".length());
    }

    @Override
    public void apply(Terms terms) throws InterruptedException {
        try {
            applyAll(terms);
        } catch (CliFailed e) {
            throw explained(UpgradeCommands.located(e, source), wanted.group());
        }
    }

    private void applyAll(Terms terms) throws InterruptedException {
        String seen = present == null ? create(terms.api()) : version;
        for (Change change : changes) {
            if (change.addsCluster() && present != null) {
                seen = send(terms, "POST", ApiCommand.object().put("cluster", cluster(change)), seen, "clusters");
            }
        }
        ObjectNode members = ApiCommand.object();
        for (Change change : changes) {
            if (change.isOf("entries", "identity", "affinity")) {
                members.set(change.path(), change.after());
            }
        }
        if (!members.isEmpty()) {
            seen = send(terms, "PUT", members, seen);
        }
        if (changesStrategies()) {
            seen = send(terms, "PUT", strategies(terms), seen, "route-strategy");
        }
        for (Change change : changes) {
            if (change.removesCluster()) {
                seen = send(terms, "DELETE", null, seen, "clusters", cluster(change));
            }
        }
    }

    /** Answers the version of the group afterwards. */
    private @Nullable String send(
            Terms terms, String method, @Nullable JsonNode body, @Nullable String seen, String... more)
            throws InterruptedException {
        String[] segments = new String[more.length + 2];
        segments[0] = "groups";
        segments[1] = wanted.group();
        System.arraycopy(more, 0, segments, 2, more.length);
        return terms.api()
                .command(Service.STRATEGY, method, Paths.api(segments), body, seen, null)
                .version();
    }

    private @Nullable String create(Api api) throws InterruptedException {
        ObjectNode body = ApiCommand.object().put("groupId", wanted.group());
        for (String part : List.of("application", "environment", "entries", "identity", "affinity")) {
            if (!wanted.part(part).isMissingNode()) {
                body.set(part, wanted.part(part));
            }
        }
        ArrayNode clusters = body.putArray("clusters");
        wanted.clusters().forEach(clusters::add);
        return api.command(Service.STRATEGY, "POST", Paths.api("groups"), body).version();
    }

    /** A new group has RED clusters alone; there is something to do when the document says otherwise. */
    private boolean changesStrategies() {
        if (present != null) {
            return changes.stream()
                    .anyMatch(change ->
                            change.changesStrategy() && !(change.addsCluster() && isRedOfNobody(change.after())));
        }
        return wanted.part("clusters").valueStream().anyMatch(cluster -> !isRedOfNobody(cluster));
    }

    private static boolean isRedOfNobody(JsonNode cluster) {
        return cluster.path("status").asString("").equals("RED") && !cluster.has("id");
    }

    /** All clusters, since a table is whole. */
    private ObjectNode strategies(Terms terms) {
        ObjectNode body = ApiCommand.because(terms.because(source));
        ObjectNode all = body.putObject("strategies");
        wanted.part("clusters").properties().forEach(named -> {
            ObjectNode strategy = all.putObject(named.getKey());
            strategy.set("status", named.getValue().path("status"));
            strategy.set("id", named.getValue().has("id") ? named.getValue().path("id") : ApiCommand.object());
        });
        return body;
    }

    private static CliFailed explained(CliFailed failure, String group) {
        if (failure.code().equals("CLUSTER_NOT_RUNNING")) {
            return failure.explained(
                    String.valueOf(failure.getMessage()),
                    "a cluster gets its release by `tricolor upgrade start`; a document only says who goes there");
        }
        return Compared.raced(failure, "group " + group, "`tricolor history " + group + "` shows what");
    }
}
