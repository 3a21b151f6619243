package io.tricolor.standalone.demo;

import io.tricolor.engines.JvmProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** The application of the demos, as an operator has it released. */
final class Shop {

    static final String SERVICE = "web";
    private static final Duration STEP_PATIENCE = Duration.ofMinutes(3);

    private final Api operator;
    private final Path artifact;
    private final Story story;

    /** @param artifact jar of the sample application */
    Shop(Api operator, Path artifact, Story story) {
        this.operator = operator;
        this.artifact = artifact;
        this.story = story;
    }

    /** A fresh group each time: {@code shop}, or {@code shop-2} and so on where that is taken. */
    String create(List<String> clusters) throws InterruptedException {
        String group = "shop";
        for (int i = 2; !isCreated(group, clusters); i++) {
            group = "shop-" + i;
        }
        story.tell("group " + group + " with clusters " + String.join(", ", clusters)
                + (group.equals("shop") ? "" : " (there is a shop already)"));
        return group;
    }

    private boolean isCreated(String group, List<String> clusters) throws InterruptedException {
        return operator.isPosted(
                "/api/groups",
                Map.of(
                        "groupId",
                        group,
                        "application",
                        "shop",
                        "environment",
                        "demo",
                        "clusters",
                        clusters,
                        "entries",
                        List.of(Map.of("pathPrefix", "/" + group, "service", SERVICE))));
    }

    String start(String group, String path, Map<String, Object> command) throws InterruptedException {
        Api.Answer answer = operator.post("/api/groups/" + group + path, command);
        String location = answer.location();
        if (location == null) {
            throw new DemoFailed("the answer to " + path + " names no upgrade");
        }
        return location.substring(location.lastIndexOf('/') + 1);
    }

    /** Waits until the upgrade has come so far; it fails where the upgrade turns back or stands. */
    void await(String what, String group, String upgrade, Look reached) throws InterruptedException {
        JsonNode view = follow(what, group, upgrade, seen -> reached.at(seen) || isTurned(seen));
        if (isTurned(view)) {
            throw new DemoFailed(what + " is " + status(view) + " at step " + title(view) + ": " + view);
        }
    }

    /** Waits until the upgrade has ended, however. */
    JsonNode awaitEnd(String group, String upgrade) throws InterruptedException {
        return follow(
                "the upgrade",
                group,
                upgrade,
                view -> Set.of("COMPLETED", "ABORTED").contains(status(view)));
    }

    /** Whether something is reached; asked again and again. */
    interface Look {
        boolean at(JsonNode upgrade) throws InterruptedException;
    }

    /** A condition, asked again and again. */
    interface Condition {
        boolean holds() throws InterruptedException;
    }

    void until(String what, String group, Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + STEP_PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new DemoFailed(
                        what + " takes longer than " + STEP_PATIENCE.toSeconds() + " s; the group is " + group(group));
            }
            Thread.sleep(150);
        }
    }

    private JsonNode follow(String what, String group, String upgrade, Look enough) throws InterruptedException {
        String path = "/api/groups/" + group + "/upgrades/" + upgrade;
        JsonNode[] last = {MissingNode.getInstance()};
        until(what, group, () -> {
            // The view follows the stream and may not be there at once.
            last[0] = operator.find(path).orElse(MissingNode.getInstance());
            return enough.at(last[0]);
        });
        return last[0];
    }

    JsonNode group(String group) throws InterruptedException {
        return operator.get("/api/groups/" + group).body();
    }

    List<JsonNode> history(String group) throws InterruptedException {
        List<JsonNode> all = new ArrayList<>();
        long after = -1;
        while (true) {
            List<JsonNode> page = items(operator.get("/api/groups/" + group + "/history?limit=200&after=" + after)
                    .body());
            if (page.isEmpty()) {
                return all;
            }
            all.addAll(page);
            after = page.getLast().path("sequence").asLong();
        }
    }

    /** The list in an answer, whether it is the answer or its one list member. */
    static List<JsonNode> items(JsonNode body) {
        if (body.isArray()) {
            return List.copyOf(body.valueStream().toList());
        }
        return body.valueStream()
                .filter(JsonNode::isArray)
                .findFirst()
                .map(list -> List.copyOf(list.valueStream().toList()))
                .orElse(List.of());
    }

    Map<String, Object> manifest(String version, int instances, Map<String, String> env) throws IOException {
        Map<String, Object> service = Map.of(
                "env",
                env,
                "name",
                SERVICE,
                "artifact",
                Map.of("type", "file", "uri", artifact.toUri().toString(), "sha256", sha256(artifact)),
                "args",
                List.of(
                        JvmProcess.java().toString(),
                        "-Xmx16m",
                        "-Xss256k",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:ReservedCodeCacheSize=16m",
                        "-jar",
                        String.valueOf(artifact.getFileName())),
                "instances",
                instances,
                "cpus",
                0.1,
                "memoryMiB",
                64);
        return Map.of("version", version, "services", List.of(service));
    }

    static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static boolean isCompleted(JsonNode upgrade) {
        return status(upgrade).equals("COMPLETED");
    }

    static boolean isAtGate(JsonNode upgrade) {
        return current(upgrade).path("kind").asString("").equals("GATE");
    }

    private static boolean isTurned(JsonNode upgrade) {
        return Set.of("PAUSED", "ABORTING", "ABORTED").contains(status(upgrade));
    }

    private static String status(JsonNode upgrade) {
        return upgrade.path("status").asString("");
    }

    private static String title(JsonNode view) {
        return current(view).path("title").asString("?");
    }

    private static JsonNode current(JsonNode view) {
        JsonNode upgrade = view.path("upgrade");
        return upgrade.path("steps").path(upgrade.path("step").asInt(0));
    }

    static double seconds(Instant from, Instant until) {
        return Math.round(Duration.between(from, until).toMillis() / 100.0) / 10.0;
    }
}
