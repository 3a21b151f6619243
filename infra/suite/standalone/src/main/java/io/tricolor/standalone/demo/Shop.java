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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
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
    String create() throws InterruptedException {
        String group = "shop";
        for (int i = 2; operator.find("/api/groups/" + group).isPresent(); i++) {
            group = "shop-" + i;
        }
        operator.post(
                "/api/groups",
                Map.of(
                        "groupId",
                        group,
                        "application",
                        "shop",
                        "environment",
                        "demo",
                        "clusters",
                        List.of("A", "B"),
                        "entries",
                        List.of(Map.of("pathPrefix", "/" + group, "service", SERVICE))));
        story.tell("group " + group + " with clusters A and B"
                + (group.equals("shop") ? "" : " (there is a shop already)"));
        return group;
    }

    String start(String group, String path, Map<String, Object> command) throws InterruptedException {
        Api.Answer answer = operator.post("/api/groups/" + group + path, command);
        String location = answer.location();
        if (location == null) {
            throw new DemoFailed("the answer to " + path + " names no upgrade");
        }
        return location.substring(location.lastIndexOf('/') + 1);
    }

    void await(String what, String group, String upgrade, Predicate<JsonNode> reached) throws InterruptedException {
        long deadline = System.nanoTime() + STEP_PATIENCE.toNanos();
        String path = "/api/groups/" + group + "/upgrades/" + upgrade;
        JsonNode view;
        do {
            // The view follows the stream and may not be there at once.
            view = operator.find(path).orElse(MissingNode.getInstance());
            if (reached.test(view)) {
                return;
            }
            String status = view.path("status").asString("");
            if (Set.of("PAUSED", "ABORTING", "ABORTED").contains(status)) {
                throw new DemoFailed(what + " is " + status + " at step " + title(view) + ": " + view);
            }
            Thread.sleep(150);
        } while (System.nanoTime() < deadline);
        throw new DemoFailed(what + " takes longer than " + STEP_PATIENCE.toSeconds() + " s; it stands at step '"
                + title(view) + "': "
                + operator.get("/api/groups/" + group).body().path("upgrade"));
    }

    /** Waits until the upgrade has ended, however. */
    JsonNode awaitEnd(String group, String upgrade) throws InterruptedException {
        long deadline = System.nanoTime() + STEP_PATIENCE.toNanos();
        String path = "/api/groups/" + group + "/upgrades/" + upgrade;
        while (System.nanoTime() < deadline) {
            JsonNode view = operator.find(path).orElse(MissingNode.getInstance());
            if (Set.of("COMPLETED", "ABORTED").contains(view.path("status").asString(""))) {
                return view;
            }
            Thread.sleep(150);
        }
        throw new DemoFailed("the upgrade takes longer than " + STEP_PATIENCE.toSeconds() + " s: "
                + operator.get("/api/groups/" + group).body().path("upgrade"));
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

    Map<String, Object> manifest(String version, Map<String, String> env) throws IOException {
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
                3,
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

    static boolean isCompleted(JsonNode view) {
        return view.path("status").asString("").equals("COMPLETED");
    }

    static @Nullable String currentStep(JsonNode view) {
        return current(view).path("kind").stringValue(null);
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
