package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.standalone.demo.Exchange;
import io.tricolor.standalone.demo.Timeline;
import io.tricolor.standalone.demo.Verdict;
import io.tricolor.standalone.suite.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * A group of a running suite that is released again and again, from A to B and from B to A: by grayscale, with one stage that waits for an
 * approval. Uses HTTP only.
 */
final class ReleasedGroup {

    static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final int INSTANCES = 2;
    private static final String STAGE = "whitelist";

    private final RunningSuite suite;
    private final String name;
    private final Map<String, String> versions = new TreeMap<>();
    private String from = "";
    private String to = "A";
    private String upgrade = "";
    private int releases;

    private ReleasedGroup(RunningSuite suite, String name) {
        this.suite = suite;
        this.name = name;
    }

    /** A new group with a first release on A. */
    static ReleasedGroup install(RunningSuite suite, String name) throws IOException {
        ReleasedGroup group = new ReleasedGroup(suite, name);
        suite.post(
                Port.STRATEGY,
                "/api/groups",
                Map.of(
                        "groupId",
                        name,
                        "application",
                        "shop",
                        "environment",
                        "test",
                        "clusters",
                        List.of("A", "B"),
                        "entries",
                        List.of(Map.of("pathPrefix", "/" + name, "service", "web"))),
                "olga",
                "operator");
        group.begin("INSTALL", List.of());
        group.awaitCompleted();
        return group;
    }

    String name() {
        return name;
    }

    /** The cluster that the running release leaves. */
    String from() {
        return from;
    }

    /** The cluster that the running release goes to. */
    String to() {
        return to;
    }

    /** Begins to release the next version to the cluster that is stopped. */
    void beginNext() throws IOException {
        from = to;
        to = from.equals("A") ? "B" : "A";
        Map<String, Object> rule = Map.of(
                "all",
                false,
                "ids",
                List.of("1", "2", "3"),
                "intervals",
                List.of(List.of("1", "100"), List.of("600", "10000")));
        begin("GRAYSCALE", List.of(Map.of("name", STAGE, "rule", rule, "approval", true)));
    }

    private void begin(String mode, List<Map<String, Object>> stages) throws IOException {
        String version = ++releases + ".0.0";
        versions.put(to, version);
        Path app = suite.sampleApp();
        Map<String, Object> service = Map.of(
                "name",
                "web",
                "artifact",
                Map.of("type", "file", "uri", app.toUri().toString(), "sha256", sha256(app)),
                "args",
                List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx16m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        app.getFileName().toString()),
                "instances",
                INSTANCES,
                "cpus",
                0.1,
                "memoryMiB",
                64);
        Map<String, Object> body = new HashMap<>(Map.of(
                "mode",
                mode,
                "to",
                to,
                "manifest",
                Map.of("version", version, "services", List.of(service)),
                "reason",
                "release " + version));
        if (!stages.isEmpty()) {
            body.put("stages", stages);
        }
        upgrade = suite.post(Port.STRATEGY, "/api/groups/" + name + "/upgrades", body, "olga", "operator")
                .get("upgradeId")
                .asString();
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    JsonNode view() {
        return suite.get(Port.STRATEGY, "/api/groups/" + name);
    }

    /** Until the new cluster is asked to start. */
    void awaitStart() {
        await("start of " + to)
                .atMost(PATIENCE)
                .until(() -> view().at("/clusters/" + to + "/instances/web").asInt(0) > 0);
    }

    /** Until the users of the stage have the new cluster, at every router. */
    void awaitStage() {
        await("stage of " + upgrade)
                .atMost(PATIENCE)
                .ignoreExceptions() // the service that answers may be the one that was killed
                .until(() -> {
                    JsonNode running = suite.get(Port.STRATEGY, "/api/groups/" + name + "/upgrades/" + upgrade)
                            .path("upgrade");
                    return running.path("steps")
                            .path(running.path("step").asInt(0))
                            .path("kind")
                            .asString("")
                            .equals("GATE");
                });
    }

    /** Lets the release go on from its stage. */
    void approve() {
        suite.post(
                Port.STRATEGY,
                "/api/groups/" + name + "/upgrades/" + upgrade + "/approval",
                Map.of("stage", STAGE, "reason", "the answers look good"),
                "adam",
                "approver");
    }

    void awaitCompleted() {
        await("upgrade " + upgrade + " of " + name)
                .atMost(PATIENCE)
                .ignoreExceptions() // the service that answers may be the one that was killed
                .until(() -> suite.get(Port.STRATEGY, "/api/groups/" + name + "/upgrades/" + upgrade)
                        .get("status")
                        .asString()
                        .equals("COMPLETED"));
    }

    /** Answers to users, by the tables that were in force then. */
    Verdict judge(List<Exchange> exchanges) {
        return Verdict.of(Timeline.of(history()), versions, exchanges);
    }

    /** That the last release ended as it should, and left nothing behind. */
    void assertReleased() {
        JsonNode view = view();
        assertThat(view.at("/clusters/" + to + "/status").asString()).isEqualTo("GREEN");
        assertThat(view.at("/clusters/" + from + "/status").asString()).isEqualTo("RED");
        await("only " + to + " runs").atMost(PATIENCE).until(() -> running(to) == INSTANCES && running(from) == 0);
        List<Integer> steps = new ArrayList<>();
        for (JsonNode line : history()) {
            JsonNode event = line.get("event");
            if (line.get("type").asString().equals("cluster-group.upgrade-step-completed")
                    && event.get("upgradeId").asString().equals(upgrade)) {
                steps.add(event.get("step").asInt());
                assertThat(event.path("evidence").toString()).doesNotContain("deadline passed", "none registered");
            }
        }
        assertThat(steps).as("each step once, in order").isNotEmpty();
        for (int i = 0; i < steps.size(); i++) {
            assertThat(steps.get(i)).as("%s", steps).isEqualTo(i);
        }
        assertThat(suite.get(Port.STRATEGY, "/api/groups/" + name + "/rebuild")
                        .get("equalsLive")
                        .asBoolean())
                .isTrue();
    }

    private int running(String cluster) {
        return view().at("/clusters/" + cluster + "/observed/services/0/running")
                .asInt(-1);
    }

    private List<JsonNode> history() {
        List<JsonNode> all = new ArrayList<>();
        suite.get(Port.STRATEGY, "/api/groups/" + name + "/history?limit=500")
                .get("events")
                .forEach(all::add);
        assertThat(all).hasSizeLessThan(500);
        return all;
    }
}
