package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.standalone.demo.Exchange;
import io.tricolor.standalone.demo.Timeline;
import io.tricolor.standalone.demo.Verdict;
import io.tricolor.standalone.suite.Port;
import java.io.IOException;
import java.net.http.HttpResponse;
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
 * A group of a running suite that is released again and again, from A to B and from B to A: by grayscale, with one
 * stage that waits for an approval. Uses HTTP only.
 */
final class ReleasedGroup {

    static final Duration PATIENCE = Duration.ofMinutes(3);

    static final int INSTANCES = 2;
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
        group.begin("INSTALL", Map.of(), Map.of());
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

    /** The newest upgrade. */
    String upgrade() {
        return upgrade;
    }

    /** Begins to release the next version to the cluster that is stopped. */
    void beginNext() throws IOException {
        beginGrayscale(Map.of(), Map.of());
    }

    /**
     * Begins to release a version whose instances fall over after some requests and do not come back. Goes back by
     * itself when a table has waited for 15 s.
     */
    void beginNextThatFallsOver(int afterRequests, Path marker) throws IOException {
        beginGrayscale(
                Map.of("policy", Map.of("routeTimeout", "PT15S", "onExpiry", "ROLL_BACK")),
                Map.of("EXIT_AFTER_REQUESTS", Integer.toString(afterRequests), "EXIT_MARKER", marker.toString()));
    }

    private void beginGrayscale(Map<String, Object> more, Map<String, String> env) throws IOException {
        turn();
        Map<String, Object> rule = Map.of(
                "all",
                false,
                "ids",
                List.of("1", "2", "3"),
                "intervals",
                List.of(List.of("1", "100"), List.of("600", "10000")));
        Map<String, Object> body = new HashMap<>(more);
        body.put("stages", List.of(Map.of("name", STAGE, "rule", rule, "approval", true)));
        begin("GRAYSCALE", body, env);
    }

    private void turn() {
        from = to;
        to = from.equals("A") ? "B" : "A";
    }

    private void begin(String mode, Map<String, Object> more, Map<String, String> env) throws IOException {
        String version = ++releases + ".0.0";
        versions.put(to, version);
        Path app = suite.sampleApp();
        Map<String, Object> service = new HashMap<>(Map.of(
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
                64));
        service.put("env", env);
        Map<String, Object> body = new HashMap<>(Map.of(
                "mode",
                mode,
                "to",
                to,
                "manifest",
                Map.of("version", version, "services", List.of(service)),
                "reason",
                "release " + version));
        body.putAll(more);
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

    /** Status of the newest upgrade. */
    String status() {
        return suite.get(Port.STRATEGY, "/api/groups/" + name + "/upgrades/" + upgrade)
                .get("status")
                .asString();
    }

    boolean hasEnded() {
        return List.of("COMPLETED", "ABORTED").contains(status());
    }

    long tableVersion() {
        return suite.get(Port.STRATEGY, "/api/route-tables/" + name)
                .get("version")
                .asLong();
    }

    /** Lets one more path lead to the group: a new table for the routers. */
    void addEntry(String pathPrefix) {
        List<Object> entries = new ArrayList<>();
        view().get("entries").forEach(entries::add);
        entries.add(Map.of("pathPrefix", pathPrefix, "service", "web"));
        HttpResponse<String> answer =
                suite.send(Port.STRATEGY, "PUT", "/api/groups/" + name, Map.of("entries", entries), "olga", "operator");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    /** Until every router has the newest table. */
    void awaitApplied() {
        await("table " + tableVersion()).atMost(PATIENCE).until(() -> {
            JsonNode live = routers();
            return !live.isEmpty() && live.valueStream().allMatch(this::runsNewest);
        });
    }

    /** Whether there is a router of that kind, and all of them run the newest table. */
    boolean isRoutedBy(String kind) {
        List<JsonNode> ofKind = routers()
                .valueStream()
                .filter(router -> router.path("kind").asString("").equals(kind))
                .toList();
        return !ofKind.isEmpty() && ofKind.stream().allMatch(this::runsNewest);
    }

    private boolean runsNewest(JsonNode router) {
        return router.at("/runs/version").asLong(0) == tableVersion();
    }

    private JsonNode routers() {
        return suite.get(Port.STRATEGY, "/api/groups/" + name + "/router-configuration")
                .get("live");
    }

    /** Whether routers or deploy-service know more of the group than strategy-service does. */
    boolean isAhead() {
        return view().path("ahead").path("evidence").size() > 0;
    }

    /** Asks for the next release; the status of the answer. */
    int tryNext() {
        return suite.send(
                        Port.STRATEGY,
                        "POST",
                        "/api/groups/" + name + "/rollbacks",
                        Map.of("reason", "to see whether it goes"),
                        "olga",
                        "operator")
                .statusCode();
    }

    void beginEpoch() {
        suite.post(
                Port.STRATEGY,
                "/api/groups/" + name + "/epoch",
                Map.of("reason", "the database was restored"),
                "ada",
                "admin");
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

    /** Healthy instances of a cluster, as deploy-service last reported; -1: nothing reported. */
    int healthy(String cluster) {
        return view().at("/clusters/" + cluster + "/observed/services/0/healthy")
                .asInt(-1);
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
