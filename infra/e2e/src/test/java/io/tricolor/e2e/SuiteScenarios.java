package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.EventTypes;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.group.ClusterGroupEvent;
import io.tricolor.standalone.demo.Demo;
import io.tricolor.standalone.demo.DemoSummary;
import io.tricolor.standalone.demo.Story;
import io.tricolor.standalone.suite.Port;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole suite, real processes and real traffic. The tests share one suite; each has a group of its own. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SuiteIT {

    private static final Duration UPGRADE = Duration.ofMinutes(3);
    private static final int INSTANCES = 2;
    private static final JsonMapper JSON = new JsonMapper();

    private static RunningSuite suite;

    @BeforeAll
    static void start() throws Exception {
        suite = RunningSuite.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (suite != null) {
            suite.close();
        }
    }

    @Test
    @Order(1)
    void releases_and_rolls_back_under_traffic_without_losing_a_request() throws Exception {
        DemoSummary summary = new Demo(
                        suite.url(Port.STRATEGY),
                        suite.url(Port.GATEWAY),
                        suite.key(),
                        suite.sampleApp(),
                        200,
                        42,
                        new Story(new PrintWriter(System.out, true, StandardCharsets.UTF_8)))
                .run();
        assertThat(summary.failed()).as("%s", summary.examples()).isZero();
        assertThat(summary.misrouted()).as("%s", summary.examples()).isZero();
        assertThat(summary.exactGrayscale()).isTrue();
        assertThat(summary.rebuiltEqualsLive()).isTrue();
        assertThat(summary.requests()).isGreaterThan(1_000);
    }

    @Test
    @Order(2)
    void answers_the_commands_of_the_readme_as_the_readme_says(@TempDir Path directory) throws Exception {
        Files.writeString(
                directory.resolve("manifest.json"),
                JSON.writeValueAsString(
                        suite.get(Port.STRATEGY, "/api/groups/shop").at("/clusters/B/manifest")));
        Path home = suite.suite().home();
        ReadmeCommands readme = new ReadmeCommands(home.resolve("README.md"));
        assertThat(readme.commands()).hasSizeGreaterThan(6);
        readme.run(
                directory,
                Map.of(
                        "./tricolor token",
                        home.resolve("tricolor") + " token --data-dir "
                                + suite.suite().dataDir(),
                        "http://127.0.0.1:8400",
                        suite.url(Port.GATEWAY).toString(),
                        "http://127.0.0.1:8401",
                        suite.url(Port.STRATEGY).toString()));
        abort("shop");
    }

    @ParameterizedTest
    @Order(3)
    @ValueSource(strings = {"strategy", "deploy", "local-marathon", "kafka", "postgresql", "gateway"})
    void goes_on_by_itself_after_a_kill_of(String process) throws Exception {
        String group = "kill-" + process;
        create(group);
        awaitCompleted(group, begin(group, "INSTALL", "A", "1.0.0"));
        try (SteadyTraffic traffic = new SteadyTraffic(URI.create(suite.url(Port.GATEWAY) + "/" + group))) {
            String upgrade = begin(group, "GRAYSCALE", "B", "2.0.0");
            await().atMost(UPGRADE).until(() -> wantsInstances(group, "B"));
            suite.kill(process);
            awaitCompleted(group, upgrade);
            traffic.close();
            assertThat(traffic.requests()).isPositive();
            if (!process.equals("gateway")) {
                assertThat(traffic.failures()).isEmpty();
            }
        }
        JsonNode view = suite.get(Port.STRATEGY, "/api/groups/" + group);
        assertThat(view.at("/clusters/B/status").asString()).isEqualTo("GREEN");
        assertThat(view.at("/clusters/A/status").asString()).isEqualTo("RED");
        await().atMost(UPGRADE).until(() -> running(group, "B") == INSTANCES && running(group, "A") == 0);
        assertStepsCompletedOnceInOrder(group);
        assertThat(suite.get(Port.STRATEGY, "/api/groups/" + group + "/rebuild")
                        .get("equalsLive")
                        .asBoolean())
                .isTrue();
    }

    @Test
    @Order(4)
    void publishes_every_event_in_order_without_gaps() {
        Map<String, Long> expected = new HashMap<>();
        for (JsonNode group : suite.get(Port.STRATEGY, "/api/groups?limit=100").get("groups")) {
            expected.put(group.get("groupId").asString(), group.get("version").asLong());
        }
        assertThat(expected).isNotEmpty();
        Map<String, Long> last = new HashMap<>();
        List<String> faults = new ArrayList<>();
        Properties settings = new Properties();
        settings.put("bootstrap.servers", "127.0.0.1:" + suite.suite().port(Port.KAFKA));
        settings.put("group.id", "a-stranger");
        settings.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(Topics.CLUSTER_GROUP_EVENTS));
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(record -> take(record, last, faults));
                return expected.entrySet().stream()
                        .allMatch(group -> last.getOrDefault(group.getKey(), -1L) >= group.getValue());
            });
        }
        assertThat(faults).isEmpty();
    }

    /** A repetition after a crash is allowed, a hole is not. */
    private static void take(ConsumerRecord<String, byte[]> record, Map<String, Long> last, List<String> faults) {
        Class<?> type = EventTypes.byCloudEventType(header(record, "ce_type")).orElseThrow();
        ClusterGroupEvent event = (ClusterGroupEvent) JSON.readValue(record.value(), type);
        long sequence = Long.parseLong(header(record, "ce_sequence"));
        long before = last.getOrDefault(event.groupId(), -1L);
        if (sequence > before + 1) {
            faults.add(event.groupId() + ": " + sequence + " after " + before);
        }
        last.put(event.groupId(), Math.max(before, sequence));
    }

    private static String header(ConsumerRecord<String, byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static void create(String group) {
        suite.post(
                Port.STRATEGY,
                "/api/groups",
                Map.of(
                        "groupId",
                        group,
                        "application",
                        "shop",
                        "environment",
                        "test",
                        "clusters",
                        List.of("A", "B"),
                        "entries",
                        List.of(Map.of("pathPrefix", "/" + group, "service", "web"))),
                "olga",
                "operator");
    }

    private static String begin(String group, String mode, String to, String version) throws Exception {
        Path app = suite.sampleApp();
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(app)));
        Map<String, Object> service = Map.of(
                "name",
                "web",
                "artifact",
                Map.of("type", "file", "uri", app.toUri().toString(), "sha256", sha256),
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
        return suite.post(
                        Port.STRATEGY,
                        "/api/groups/" + group + "/upgrades",
                        Map.of(
                                "mode",
                                mode,
                                "to",
                                to,
                                "manifest",
                                Map.of("version", version, "services", List.of(service)),
                                "reason",
                                "release " + version),
                        "olga",
                        "operator")
                .get("upgradeId")
                .asString();
    }

    private static void abort(String group) {
        String upgrade = suite.get(Port.STRATEGY, "/api/groups/" + group)
                .at("/upgrade/upgradeId")
                .asString();
        suite.post(
                Port.STRATEGY,
                "/api/groups/" + group + "/upgrades/" + upgrade + "/abort",
                Map.of("reason", "it was only shown"),
                "olga",
                "operator");
    }

    private static void awaitCompleted(String group, String upgrade) {
        await("upgrade " + upgrade + " of " + group)
                .atMost(UPGRADE)
                .ignoreExceptions() // the service that answers may be the one that was killed
                .until(() -> suite.get(Port.STRATEGY, "/api/groups/" + group + "/upgrades/" + upgrade)
                        .get("status")
                        .asString()
                        .equals("COMPLETED"));
    }

    private static boolean wantsInstances(String group, String cluster) {
        return suite.get(Port.STRATEGY, "/api/groups/" + group)
                        .at("/clusters/" + cluster + "/instances/web")
                        .asInt(0)
                > 0;
    }

    private static int running(String group, String cluster) {
        return suite.get(Port.STRATEGY, "/api/groups/" + group)
                .at("/clusters/" + cluster + "/observed/services/0/running")
                .asInt(-1);
    }

    private static void assertStepsCompletedOnceInOrder(String group) {
        Map<String, List<Integer>> steps = new HashMap<>();
        suite.get(Port.STRATEGY, "/api/groups/" + group + "/history?limit=500")
                .get("events")
                .forEach(line -> {
                    if (line.get("type").asString().equals("cluster-group.upgrade-step-completed")) {
                        JsonNode event = line.get("event");
                        steps.computeIfAbsent(event.get("upgradeId").asString(), id -> new ArrayList<>())
                                .add(event.get("step").asInt());
                    }
                });
        assertThat(steps).hasSize(2);
        steps.forEach((upgrade, completed) -> {
            for (int i = 0; i < completed.size(); i++) {
                assertThat(completed.get(i)).as(upgrade).isEqualTo(i);
            }
        });
    }
}
