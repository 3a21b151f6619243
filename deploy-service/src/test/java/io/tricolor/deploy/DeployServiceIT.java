package io.tricolor.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.deployment.ClusterObserved.ServiceObservation;
import io.tricolor.contracts.deployment.DeploymentDesired;
import io.tricolor.contracts.deployment.DeploymentFailed;
import io.tricolor.contracts.deployment.EnsureCluster;
import io.tricolor.contracts.deployment.EnsureRejected;
import io.tricolor.contracts.deployment.InstancesChanged;
import io.tricolor.contracts.group.Manifest;
import io.tricolor.contracts.group.ServiceManifest;
import io.tricolor.deploy.kubernetes.TestKubernetes;
import io.tricolor.deploy.script.GitRemote;
import io.tricolor.engines.Ports;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.message.CloudEvents;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.Undecodable;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.StrangeRequests;
import io.tricolor.kit.testing.StrangeRequests.Good;
import io.tricolor.kit.testing.TestTokens;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on real PostgreSQL, Kafka, local-marathon and local-consul, with real instances. */
@Timeout(240)
class DeployServiceIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    /** On which pods listen, each on an address of its own. */
    private static final int KUBERNETES_PORT = Ports.free();

    private static final TestTokens TOKENS = TestTokens.create();
    private static final List<Object> MESSAGES = new CopyOnWriteArrayList<>();

    @TempDir
    private static Path dir;

    private static int port;
    private static String database;
    private static TestConsul consul;
    private static TestMarathon marathon;
    private static TestKubernetes kubernetes;
    private static ConfigurableApplicationContext service;
    private static KafkaProducer<String, byte[]> producer;
    private static volatile boolean listening = true;
    private static Thread listener;

    private final String group = "shop-" + UUID.randomUUID().toString().substring(0, 8);

    @BeforeAll
    static void start() {
        consul = TestConsul.start(dir);
        marathon = TestMarathon.start(dir);
        kubernetes = TestKubernetes.withProcesses(dir);
        port = Ports.free();
        database = SharedEngines.freshDatabase("deploy");
        startService();
        Map<String, Object> kafka = Map.of("bootstrap.servers", SharedEngines.bootstrapServers());
        producer = new KafkaProducer<>(kafka, new StringSerializer(), new ByteArraySerializer());
        listener = Thread.ofPlatform().daemon().start(DeployServiceIT::listen);
    }

    @AfterAll
    static void stop() throws Exception {
        listening = false;
        listener.join();
        producer.close();
        service.close();
        marathon.close();
        kubernetes.close();
        consul.close();
        CheckedAnswers.assertThatAllFitted();
    }

    @Test
    void answers_whatever_is_asked() throws Exception {
        String viewer = TOKENS.bearer("vic", "viewer");
        new StrangeRequests(URI.create("http://127.0.0.1:" + port))
                .send(
                        List.of(
                                new Good("GET", "/api/deployments?after=a/A&limit=5", viewer, null, null),
                                new Good("GET", "/api/deployments/shop/A", viewer, null, null),
                                new Good("GET", "/api/artifacts", viewer, null, null),
                                new Good("GET", "/api/releases/shop/1.0", viewer, null, null),
                                new Good(
                                        "POST",
                                        "/api/manifests/diff",
                                        viewer,
                                        "application/json",
                                        JSON.writeValueAsString(Map.of(
                                                "from", SampleManifest.of("1", Map.of()),
                                                "to", SampleManifest.of("2", Map.of("A", "b"))))),
                                new Good("GET", "/api/groups/shop/clusters/A/instances", viewer, null, null),
                                new Good(
                                        "GET",
                                        "/api/groups/shop/clusters/A/instances/x/log?lines=5&from=7&stream=stderr",
                                        viewer,
                                        null,
                                        null)),
                        100);
    }

    @Test
    void brings_a_cluster_up_registers_it_tells_of_it_and_stops_it() throws Exception {
        desire(1, SampleManifest.of("1.0", Map.of()), 2);
        ClusterObserved up = awaitObserved(1, web -> web.healthy() == 2 && web.running() == 2);
        assertThat(up.failure()).isNull();

        JsonNode registered = consul("/v1/health/service/" + group + "-web?passing");
        assertThat(registered).hasSize(2);
        JsonNode entry = registered.path(0).path("Service");
        assertThat(up.services().getFirst().instances()).anySatisfy(instance -> {
            assertThat(instance.instanceId()).isEqualTo(entry.path("ID").asString());
            assertThat(instance.port()).isEqualTo(entry.path("Port").asInt());
        });
        assertThat(entry.path("Meta").path("tricolor-cluster").asString()).isEqualTo("A");
        assertThat(entry.path("Meta").path("tricolor-version").asString()).isEqualTo("1.0");
        assertThat(get("http://127.0.0.1:" + entry.path("Port").asInt() + "/x").body())
                .contains("\"version\":\"1.0\"", "\"cluster\":\"A\"");

        HttpResponse<String> view = api("/api/deployments/" + group + "/A", TOKENS.bearer("vic", "viewer"));
        assertThat(view.statusCode()).isEqualTo(200);
        assertThat(view.body()).contains(group).contains("1.0");
        assertThat(api("/api/deployments", TOKENS.bearer("vic", "viewer")).body())
                .contains(group);
        logIsThere(entry.path("ID").asString());
        runsFromTheStore();
        assertThat(api("/api/deployments/" + group + "/A", "").statusCode()).isEqualTo(401);
        assertThat(api("/api/deployments/" + group + "/A", TOKENS.bearer("r", "router"))
                        .statusCode())
                .isEqualTo(403);
        HttpResponse<String> missing = api("/api/deployments/nobody/A", TOKENS.bearer("vic", "viewer"));
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).contains("DEPLOYMENT_NOT_FOUND");

        desire(2, SampleManifest.of("1.0", Map.of()), 0);
        awaitObserved(2, web -> web.running() == 0);
        String viewer = TOKENS.bearer("vic", "viewer");
        JsonNode releases = JSON.readTree(api("/api/releases/" + group, viewer).body());
        assertThat(releases.path("releases")).as("desired twice, one release").hasSize(1);
        assertThat(releases.path("releases").path(0).path("current").path(0).asString())
                .isEqualTo("A");
        assertThat(api("/api/releases/" + group + "/1.0", viewer).body()).contains("\"manifest\":{\"version\":\"1.0\"");
        assertThat(api("/api/releases/" + group + "/7", viewer).body()).contains("RELEASE_NOT_FOUND");
        assertThat(log(entry.path("ID").asString(), "?from=0&wait=0", "text/event-stream")
                        .lines())
                .as("of an instance that has ended")
                .anyMatch(line -> line.startsWith("data:sample 1.0 of cluster A"))
                .contains("event:end");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(consul("/v1/catalog/service/" + group + "-web"))
                        .isEmpty());
        assertThat(app().path("instances").asInt(-1)).as("kept, not removed").isZero();
        assertThat(app().path("labels").isEmpty()).isTrue();
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(events().stream().filter(DeploymentDesired.class::isInstance))
                    .hasSize(2);
            assertThat(events().getFirst()).isInstanceOf(DeploymentDesired.class);
            assertThat(events().getLast())
                    .isInstanceOfSatisfying(
                            InstancesChanged.class,
                            changed -> assertThat(changed.running()).containsExactly(Map.entry("web", 0)));
        });
    }

    private void logIsThere(String instance) throws Exception {
        String instances = api("/api/groups/" + group + "/clusters/A/instances", TOKENS.bearer("vic", "viewer"))
                .body();
        assertThat(instances).contains(instance, "\"healthy\":true");
        JsonNode part = JSON.readTree(log(instance, "?lines=1", "application/json"));
        assertThat(part.path("text").asString()).startsWith("sample 1.0 of cluster A");
        assertThat(part.path("ended").asBoolean(true)).isFalse();
        assertThat(log(instance, "?stream=stdout", "text/plain")).startsWith("sample 1.0 of cluster A");
        String path = "/api/groups/" + group + "/clusters/A/instances/";
        assertThat(api(path + instance + "/log", TOKENS.bearer("r", "router")).statusCode())
                .isEqualTo(403);
        assertThat(api(path + "tricolor_other_a_web.x/log", TOKENS.bearer("vic", "viewer"))
                        .body())
                .contains("LOG_NOT_FOUND");
    }

    private static void runsFromTheStore() throws Exception {
        String path = "/artifacts/sha256/" + SampleManifest.sha256() + "/sample.jar";
        JsonNode fetch = JSON.readTree(get(marathon.url() + "/v2/apps").body());
        assertThat(fetch.findValuesAsString("uri"))
                .allMatch(uri -> uri.contains("/artifacts/sha256/" + SampleManifest.sha256() + "/"));
        HttpResponse<byte[]> part = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Range", "bytes=0-3")
                        .build(),
                BodyHandlers.ofByteArray());
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).startsWith('P', 'K').hasSize(4);
        assertThat(api("/artifacts/sha256/" + "0".repeat(64), "").statusCode()).isEqualTo(404);
        assertThat(api("/artifacts/sha256/..%2f..%2fx", "").statusCode()).isBetween(400, 404);
        assertThat(api("/api/artifacts", "").statusCode()).isEqualTo(401);
        assertThat(api("/api/artifacts", TOKENS.bearer("vic", "viewer")).body())
                .contains(SampleManifest.sha256(), "\"namedBy\":[\"shop-");
        HttpResponse<String> resolved = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/artifacts/resolve"))
                        .header("Authorization", TOKENS.bearer("olivia", "operator"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"reference\":\"http://127.0.0.1:" + port + path + "\"}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(resolved.body()).contains("\"sha256\":\"" + SampleManifest.sha256() + "\"", "\"type\":\"file\"");
    }

    private String log(String instance, String query, String accept) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/groups/" + group
                                + "/clusters/A/instances/" + instance + "/log" + query))
                        .header("Authorization", TOKENS.bearer("vic", "viewer"))
                        .header("Accept", accept)
                        .timeout(PATIENCE)
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    @Test
    void a_repeated_desired_state_is_no_event_and_an_older_one_is_refused() {
        Manifest manifest = SampleManifest.of("1.0", Map.of());
        desire(5, manifest, 0);
        awaitObserved(5, web -> web.running() == 0);
        desire(5, manifest, 0);
        desire(4, manifest, 3);
        EnsureRejected rejected = await().atMost(PATIENCE)
                .until(
                        () -> MESSAGES.stream()
                                .filter(EnsureRejected.class::isInstance)
                                .map(EnsureRejected.class::cast)
                                .filter(message -> message.groupId().equals(group))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
        assertThat(rejected.rejection().code()).isEqualTo(Code.STALE_FENCE);
        assertThat(rejected.fence()).isEqualTo(4);
        desire(6, manifest, 0);
        await().atMost(PATIENCE).until(() -> desiredFences().contains(6L));
        assertThat(desiredFences()).containsExactly(5L, 6L);
    }

    private List<Long> desiredFences() {
        return events().stream()
                .filter(DeploymentDesired.class::isInstance)
                .map(event -> ((DeploymentDesired) event).fence())
                .toList();
    }

    private DeploymentFailed awaitFailure() {
        return await().atMost(PATIENCE)
                .until(
                        () -> events().stream()
                                .filter(DeploymentFailed.class::isInstance)
                                .map(DeploymentFailed.class::cast)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void repairs_the_registry_and_leaves_foreign_services_alone() throws Exception {
        put(
                consul.url() + "/v1/agent/service/register",
                "{\"ID\":\"foreign-" + group + "\",\"Name\":\"" + group
                        + "-web\",\"Address\":\"127.0.0.1\",\"Port\":1}");
        desire(1, SampleManifest.of("1.0", Map.of()), 1);
        ClusterObserved up = awaitObserved(1, web -> web.healthy() == 1);
        String id = up.services().getFirst().instances().getFirst().instanceId();
        await().atMost(PATIENCE).until(() -> registeredIds().contains(id));
        put(consul.url() + "/v1/agent/service/deregister/" + id, "");
        await().atMost(PATIENCE).until(() -> registeredIds().contains(id));
        desire(2, SampleManifest.of("1.0", Map.of()), 0);
        await().atMost(PATIENCE).until(() -> registeredIds().equals(List.of("foreign-" + group)));
    }

    @Test
    void an_artifact_that_is_not_the_pinned_one_is_never_started() throws Exception {
        desire(1, SampleManifest.withWrongDigest(), 1);
        assertThat(awaitFailure().rejection().code()).isEqualTo(Code.ARTIFACT_UNVERIFIED);
        await().atMost(PATIENCE)
                .until(() -> observations().stream()
                        .anyMatch(seen -> String.valueOf(seen.failure()).contains("sha256")));
        assertThat(get(marathon.url() + "/v2/apps" + appId()).statusCode()).isEqualTo(404);
    }

    @Test
    void a_desired_state_that_is_not_met_in_time_is_given_up_and_a_new_one_is_taken_up() throws Exception {
        send(ensure(
                1,
                SampleManifest.of("bad", Map.of("FAIL_HEALTH", "1")),
                1,
                Instant.now().plusSeconds(4)));
        assertThat(awaitFailure().rejection().code()).isEqualTo(Code.DEADLINE_EXPIRED);
        // The engine is still trying to bring the first one up: nothing must wait for that.
        desire(2, SampleManifest.of("good", Map.of()), 1);
        awaitObserved(2, web -> web.healthy() == 1 && web.running() == 1);
    }

    @Test
    void a_cluster_that_never_becomes_healthy_can_be_stopped() throws Exception {
        desire(1, SampleManifest.of("bad", Map.of("FAIL_HEALTH", "1")), 1);
        awaitObserved(1, web -> web.running() == 1);
        desire(2, SampleManifest.of("bad", Map.of("FAIL_HEALTH", "1")), 0);
        awaitObserved(2, web -> web.running() == 0);
        assertThat(app().path("instances").asInt(-1)).isZero();
    }

    @Test
    void goes_on_when_the_orchestrator_is_killed_in_the_middle() throws Exception {
        desire(1, SampleManifest.of("1.0", Map.of("START_DELAY_MS", "2000")), 2);
        await().atMost(PATIENCE).until(() -> app().path("tasks").size() == 2);
        List<String> before = taskIds();
        marathon.kill();
        await().atMost(PATIENCE).until(() -> observations().stream().anyMatch(seen -> seen.failure() != null));
        marathon.restart();
        ClusterObserved up = awaitObserved(1, web -> web.healthy() == 2);
        assertThat(up.services().getFirst().running()).isEqualTo(2);
        assertThat(taskIds()).as("the same instances, none twice").containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void goes_on_after_its_own_restart() throws Exception {
        desire(1, SampleManifest.of("1.0", Map.of("START_DELAY_MS", "1500")), 2);
        await().atMost(PATIENCE).until(() -> app().path("tasks").size() == 2);
        service.close();
        List<String> before = taskIds();
        startService();
        awaitObserved(1, web -> web.healthy() == 2 && web.running() == 2);
        assertThat(taskIds()).containsExactlyInAnyOrderElementsOf(before);
        await().atMost(PATIENCE).until(() -> registeredIds().size() == 2);
        assertThat(events().stream().filter(DeploymentDesired.class::isInstance))
                .hasSize(1);
    }

    @Test
    void another_instance_takes_over_after_a_kill_and_nothing_starts_twice() throws Exception {
        int otherPort = Ports.free();
        service.close();
        Process other = new ProcessBuilder(command(otherPort)).inheritIO().start();
        try {
            await().atMost(PATIENCE).until(() -> answers(otherPort));
            startService();
            desire(1, SampleManifest.of("1.0", Map.of("START_DELAY_MS", "3000")), 2);
            await().atMost(PATIENCE).until(() -> app().path("tasks").size() == 2);
            assertThat(acts(port)).as("the other one acts").isFalse();
        } finally {
            other.destroyForcibly().waitFor();
        }
        int told = observations().size();
        await().atMost(Duration.ofSeconds(10))
                .until(() -> acts(port) && observations().size() > told);
        ClusterObserved up = awaitObserved(1, web -> web.healthy() == 2);
        assertThat(up.services().getFirst().running()).isEqualTo(2);
        assertThat(up.services().getFirst().instances())
                .extracting(ClusterObserved.Instance::instanceId)
                .containsExactlyInAnyOrderElementsOf(taskIds());
        await().atMost(PATIENCE).until(() -> registeredIds().size() == 2);
        assertThat(observations())
                .as("numbers rise over instances")
                .extracting(ClusterObserved::observation)
                .isSorted();
    }

    @Test
    void withdrawn_instances_leave_the_registry_and_are_the_ones_that_are_stopped() throws Exception {
        Manifest manifest = SampleManifest.of("1.0", Map.of());
        desire(1, manifest, 3);
        awaitObserved(1, web -> web.healthy() == 3);
        await().atMost(PATIENCE).until(() -> registeredIds().size() == 3);
        String leaving = taskIds().stream().sorted().toList().get(1);
        send(ensure(1, 0, manifest, 3, List.of(leaving)));
        await().atMost(PATIENCE)
                .until(() -> registeredIds().size() == 2 && !registeredIds().contains(leaving));
        awaitObserved(0, web -> web.healthy() == 3);
        assertThat(taskIds()).contains(leaving);
        send(ensure(1, 1, manifest, 2, List.of(leaving)));
        await().atMost(PATIENCE).until(() -> taskIds().size() == 2);
        assertThat(taskIds()).doesNotContain(leaving).containsExactlyInAnyOrderElementsOf(registeredIds());
        // An older epoch, whatever its fence, stops nothing.
        desire(99, manifest, 0);
        await().atMost(PATIENCE)
                .until(() -> MESSAGES.stream()
                        .anyMatch(message -> message instanceof EnsureRejected rejected
                                && rejected.groupId().equals(group)
                                && rejected.fence() == 99));
        assertThat(taskIds()).hasSize(2);
    }

    @Test
    void runs_the_scripts_of_a_release_and_keeps_what_they_wrote() throws Exception {
        JsonNode pinned;
        try (GitRemote ops = new GitRemote(dir.resolve("ops"))) {
            ops.commit(Map.of(
                    "web/migrate", "#!/bin/sh\necho migrates $TRICOLOR_VERSION\n",
                    "web/check", "#!/bin/sh\nfor each in $TRICOLOR_ADDRESSES; do echo looks at ${each%%:*}; done\n"));
            String asked = "{\"repository\":\"ops\",\"directory\":\"web\",\"ref\":\"main\"}";
            HttpResponse<String> answer = post("/api/scripts/resolve", asked, TOKENS.bearer("olga", "operator"));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            pinned = JSON.readTree(answer.body());
        }
        assertThat(pinned.path("hooks")).extracting(JsonNode::asString).containsExactly("migrate", "check");
        String revision = pinned.path("scriptRevision").asString();
        Manifest plain = SampleManifest.of("1.0", Map.of());
        ServiceManifest web = plain.services().getFirst();
        desire(
                1,
                new Manifest(
                        "1.0",
                        List.of(new ServiceManifest(
                                web.name(),
                                web.artifact(),
                                web.args(),
                                web.env(),
                                null,
                                web.cpus(),
                                web.memoryMiB(),
                                web.healthCheck(),
                                null,
                                revision))),
                1);
        awaitObserved(1, seen -> seen.healthy() == 1);
        String viewer = TOKENS.bearer("vic", "viewer");
        JsonNode runs = JSON.readTree(api("/api/groups/" + group + "/clusters/A/scripts", viewer)
                        .body())
                .path("runs");
        assertThat(runs)
                .filteredOn(run -> run.path("exit").isInt())
                .extracting(run ->
                        run.path("hook").asString() + ": " + run.path("output").asString())
                .containsExactly("CHECK: looks at 127.0.0.1\n", "MIGRATE: migrates 1.0\n");
        HttpResponse<String> same =
                post("/api/scripts/diff", "{\"from\":\"" + revision + "\",\"to\":\"" + revision + "\"}", viewer);
        assertThat(JSON.readTree(same.body()).path("diff").asString("none")).isEmpty();
        HttpResponse<String> wrong = post("/api/scripts/diff", "{\"from\":\"main\",\"to\":\"main\"}", viewer);
        assertThat(wrong.statusCode()).isEqualTo(400);
    }

    private static HttpResponse<String> post(String path, String body, String bearer) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Authorization", bearer)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    /**
     * Upgrades from one cluster to the other under traffic, as strategy-service has them done. In each one something is
     * killed at a random moment: the orchestrator, deploy-service or an instance. {@code -Dupgrades=50} for a long run;
     * {@code -Dseed} repeats one.
     */
    @Test
    @Timeout(value = 45, unit = TimeUnit.MINUTES)
    void upgrades_end_as_desired_whatever_is_killed_meanwhile() throws Exception {
        long seed = Long.getLong("seed", ThreadLocalRandom.current().nextLong());
        int upgrades = Integer.getInteger("upgrades", 1);
        System.out.println("upgrades with kills, seed " + seed);
        Random random = new Random(seed);
        service.close();
        Deployer deployer = new Deployer();
        long fence = 1;
        send(ensure("A", 1, fence, SampleManifest.of("0", Map.of()), 2, List.of()));
        awaitObserved("A", fence, web -> web.healthy() == 2);
        await().atMost(PATIENCE).until(() -> registeredIds().size() == 2);
        try (Traffic traffic = new Traffic(consul.url(), group + "-web", "A")) {
            for (int i = 1; i <= upgrades; i++) {
                String from = i % 2 == 1 ? "A" : "B";
                String to = i % 2 == 1 ? "B" : "A";
                String what =
                        List.of("orchestrator", "deploy-service", "instance").get((i + random.nextInt(2)) % 3);
                long after = random.nextLong(3_000);
                CompletableFuture<Void> killed = CompletableFuture.runAsync(
                        () -> kill(what, deployer, traffic, random),
                        CompletableFuture.delayedExecutor(after, TimeUnit.MILLISECONDS));
                send(ensure(to, 1, ++fence, SampleManifest.of("" + i, Map.of()), 2, List.of()));
                long started = fence;
                awaitObserved(to, started, web -> web.healthy() == 2);
                String moved = "seed " + seed + ", upgrade " + i + ", " + what + " after " + after + " ms";
                traffic.sendTo(to);
                traffic.awaitAnswers(2);
                send(ensure(from, 1, ++fence, SampleManifest.of("" + (i - 1), Map.of()), 0, List.of()));
                awaitObserved(from, fence, web -> web.running() == 0);
                killed.get();
                await(moved).atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(processes()).as("processes").hasSize(2);
                    assertThat(taskIds(from)).as("of the old cluster").isEmpty();
                    assertThat(taskIds(to)).as("of the new cluster").hasSize(2);
                    assertThat(registeredIds()).containsExactlyInAnyOrderElementsOf(taskIds(to));
                });
                assertThat(traffic.failures()).as(moved).isEmpty();
            }
            System.out.println(upgrades + " upgrades, " + traffic.broken() + " requests in flight at killed instances");
        } finally {
            deployer.kill();
            startService();
        }
    }

    /** deploy-service in a JVM of its own. */
    private static final class Deployer {

        private Process process;

        Deployer() throws IOException {
            start();
        }

        synchronized void start() throws IOException {
            process = new ProcessBuilder(command(port))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            dir.resolve("deployer.log").toFile()))
                    .start();
        }

        synchronized void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }
    }

    private void kill(String what, Deployer deployer, Traffic traffic, Random random) {
        try {
            switch (what) {
                case "orchestrator" -> {
                    marathon.kill();
                    marathon.restart();
                }
                case "deploy-service" -> {
                    deployer.kill();
                    deployer.start();
                }
                default -> {
                    List<JsonNode> running = new ArrayList<>();
                    JSON.readTree(get(marathon.url() + "/engine/tasks").body()).forEach(task -> {
                        if (task.path("appId").asString().startsWith("/tricolor/" + group + "/")
                                && task.path("pid").asLong() > 0) {
                            running.add(task);
                        }
                    });
                    JsonNode victim = running.get(random.nextInt(running.size()));
                    traffic.expectEndOf(victim.path("id").asString());
                    ProcessHandle.of(victim.path("pid").asLong()).ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Processes of this group's instances, whoever knows of them. */
    private List<String> processes() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : all) {
                try {
                    String environment = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
                    if (("\0" + environment).contains("\0MARATHON_APP_ID=/tricolor/" + group + "/")) {
                        found.add(process.getFileName().toString());
                    }
                } catch (IOException e) {
                    // it has ended
                }
            }
        }
        return found;
    }

    private List<String> taskIds(String cluster) throws Exception {
        List<String> ids = new ArrayList<>();
        JSON.readTree(get(marathon.url() + "/v2/apps/tricolor/" + group + "/" + cluster.toLowerCase(Locale.ROOT)
                                + "/web/tasks")
                        .body())
                .path("tasks")
                .forEach(task -> ids.add(task.path("id").asString()));
        return ids;
    }

    @Test
    void tells_again_of_a_stopped_cluster_while_nothing_changes() {
        desire(1, SampleManifest.of("1.0", Map.of()), 0);
        await().atMost(PATIENCE).until(() -> observations().size() >= 3);
    }

    @Test
    void a_group_moves_from_marathon_to_kubernetes_under_traffic_without_a_failed_request() throws Exception {
        Manifest old = SampleManifest.of("1.0", Map.of());
        Manifest young = SampleManifest.on("kubernetes", "2.0", Map.of());
        send(ensure("A", 1, 1, old, 2, List.of()));
        awaitObserved("A", 1, web -> web.healthy() == 2);
        await().atMost(PATIENCE).until(() -> registeredIds().size() == 2);
        try (Traffic traffic = new Traffic(consul.url(), group + "-web", "A")) {
            traffic.awaitAnswers(20);
            send(ensure("B", 1, 2, young, 2, List.of()));
            ClusterObserved up = awaitObserved("B", 2, web -> web.healthy() == 2 && web.running() == 2);
            await().atMost(PATIENCE).until(() -> registeredIds().size() == 4);
            traffic.sendTo("B");
            traffic.awaitAnswers(20);
            send(ensure("A", 1, 3, old, 0, List.of()));
            awaitObserved("A", 3, web -> web.running() == 0);
            assertThat(registeredIds()).hasSize(2).allMatch(id -> id.contains("-b-"));

            String leaving = up.services().getFirst().instances().getFirst().instanceId();
            send(ensure("B", 1, 4, young, 2, List.of(leaving)));
            await().atMost(PATIENCE).until(() -> !registeredIds().contains(leaving));
            traffic.awaitAnswers(20);
            send(ensure("B", 1, 5, young, 1, List.of(leaving)));
            ClusterObserved less = awaitObserved("B", 5, web -> web.running() == 1 && web.healthy() == 1);
            assertThat(less.services().getFirst().instances())
                    .extracting(ClusterObserved.Instance::instanceId)
                    .doesNotContain(leaving);
            traffic.awaitAnswers(20);

            assertThat(traffic.failures()).isEmpty();
            assertThat(traffic.versions()).containsExactlyInAnyOrder("1.0", "2.0");
            podLogIsThere(less.services().getFirst().instances().getFirst().instanceId());
        }
        send(ensure("B", 1, 6, young, 0, List.of()));
        awaitObserved("B", 6, web -> web.running() == 0);
        assertThat(kubernetes.all(Deployment.class))
                .as("kept, not removed")
                .anyMatch(deployment -> deployment.getSpec().getReplicas() == 0);
    }

    private void podLogIsThere(String pod) throws Exception {
        String path = "/api/groups/" + group + "/clusters/B/instances/" + pod + "/log";
        String viewer = TOKENS.bearer("vic", "viewer");
        JsonNode part = JSON.readTree(api(path + "?lines=1", viewer).body());
        assertThat(part.path("text").asString()).startsWith("sample 2.0 of cluster B");
        assertThat(part.path("ended").asBoolean(true)).isFalse();
        JsonNode behind =
                JSON.readTree(api(path + "?wait=0&from=" + (part.path("from").asLong() + 7), viewer)
                        .body());
        assertThat(behind.path("text").asString()).as("without its first word").startsWith("2.0 of cluster B");
        assertThat(behind.path("next")).isEqualTo(part.path("next"));
    }

    private static void startService() {
        service = new SpringApplicationBuilder(DeployService.class, CheckedAnswers.class).run(arguments(port));
    }

    private static String[] arguments(int httpPort) {
        return new String[] {
            "--server.port=" + httpPort,
            "--spring.datasource.url=" + database,
            "--spring.kafka.bootstrap-servers=" + SharedEngines.bootstrapServers(),
            "--spring.cloud.consul.enabled=false",
            "--tricolor.consul.url=" + consul.url(),
            "--tricolor.marathon.url=" + marathon.url(),
            "--tricolor.orchestrator.also=kubernetes",
            "--tricolor.kubernetes.url=" + kubernetes.url(),
            "--tricolor.kubernetes.port=" + KUBERNETES_PORT,
            "--tricolor.kubernetes.runtime-image=registry.example/java@sha256:" + "1".repeat(64),
            "--tricolor.kubernetes.fetch-image=registry.example/fetch@sha256:" + "2".repeat(64),
            "--tricolor.artifacts.url=http://127.0.0.1:" + port,
            "--tricolor.artifacts.directory=" + dir.resolve("artifacts"),
            "--tricolor.scripts.directory=" + dir.resolve("scripts"),
            "--tricolor.scripts.repositories.ops.url=" + dir.resolve("ops").toUri(),
            "--tricolor.security.public-key=" + TOKENS.publicKey()
        };
    }

    /** The same service in a JVM of its own. */
    private static List<String> command(int httpPort) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                DeployService.class.getName()));
        command.addAll(List.of(arguments(httpPort)));
        return command;
    }

    private static boolean answers(int httpPort) throws Exception {
        try {
            return get("http://127.0.0.1:" + httpPort + "/actuator/health").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean acts(int httpPort) throws Exception {
        return get("http://127.0.0.1:" + httpPort + "/metrics")
                .body()
                .lines()
                .anyMatch(line -> line.startsWith("tricolor_deploy_acts") && line.endsWith(" 1.0"));
    }

    private static void listen() {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                SharedEngines.bootstrapServers(),
                "group.id",
                "deploy-service-it",
                "auto.offset.reset",
                "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(Topics.DEPLOY_OBSERVATIONS, Topics.CLUSTER_DEPLOYMENT_EVENTS));
            while (listening) {
                for (ConsumerRecord<String, byte[]> message : consumer.poll(Duration.ofMillis(100))) {
                    MESSAGES.add(payload(message));
                }
            }
        }
    }

    private static Object payload(ConsumerRecord<String, byte[]> message) {
        try {
            return CloudEvents.payloadOf(message);
        } catch (Undecodable e) {
            throw new IllegalStateException(e);
        }
    }

    private void desire(long fence, Manifest manifest, int instances) {
        send(ensure(fence, manifest, instances, null));
    }

    private EnsureCluster ensure(long epoch, long fence, Manifest manifest, int instances, List<String> withdrawn) {
        return ensure("A", epoch, fence, manifest, instances, withdrawn);
    }

    private EnsureCluster ensure(
            String cluster, long epoch, long fence, Manifest manifest, int instances, List<String> withdrawn) {
        return new EnsureCluster(
                "command-" + epoch + "." + fence,
                group,
                cluster,
                epoch,
                fence,
                "",
                manifest,
                new TreeMap<>(Map.of("web", instances)),
                new TreeMap<>(Map.of("web", withdrawn)),
                null,
                null);
    }

    private EnsureCluster ensure(long fence, Manifest manifest, int instances, Instant deadline) {
        return new EnsureCluster(
                "command-" + fence,
                group,
                "A",
                0,
                fence,
                "",
                manifest,
                new TreeMap<>(Map.of("web", instances)),
                new TreeMap<>(),
                deadline,
                null);
    }

    private void send(EnsureCluster desired) {
        Envelope envelope =
                new Envelope(UUID.randomUUID().toString(), "/test", null, Instant.now(), null, null, null, null, null);
        var unused = producer.send(CloudEvents.encode(Topics.DEPLOY_COMMANDS, group, desired, envelope));
        producer.flush();
    }

    private ClusterObserved awaitObserved(long fence, Predicate<ServiceObservation> web) {
        return awaitObserved("A", fence, web);
    }

    private ClusterObserved awaitObserved(String cluster, long fence, Predicate<ServiceObservation> web) {
        return await().atMost(PATIENCE)
                .until(
                        () -> observations().stream()
                                .filter(seen -> seen.cluster().equals(cluster)
                                        && seen.fence() == fence
                                        && web.test(seen.services().getFirst()))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private List<ClusterObserved> observations() {
        return MESSAGES.stream()
                .filter(ClusterObserved.class::isInstance)
                .map(ClusterObserved.class::cast)
                .filter(seen -> seen.groupId().equals(group))
                .toList();
    }

    private List<Object> events() {
        return MESSAGES.stream()
                .filter(message -> message instanceof io.tricolor.contracts.deployment.ClusterDeploymentEvent event
                        && event.groupId().equals(group))
                .toList();
    }

    private String appId() {
        return "/tricolor/" + group + "/a/web";
    }

    private JsonNode app() throws Exception {
        return JSON.readTree(get(marathon.url() + "/v2/apps" + appId()).body()).path("app");
    }

    private List<String> taskIds() throws Exception {
        List<String> ids = new ArrayList<>();
        app().path("tasks").forEach(task -> ids.add(task.path("id").asString()));
        return ids;
    }

    private List<String> registeredIds() throws Exception {
        List<String> ids = new ArrayList<>();
        consul("/v1/catalog/service/" + group + "-web")
                .forEach(entry -> ids.add(entry.path("ServiceID").asString()));
        return ids;
    }

    private static JsonNode consul(String path) throws Exception {
        return JSON.readTree(get(consul.url() + path).body());
    }

    private static HttpResponse<String> api(String path, String bearer) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (!bearer.isEmpty()) {
            request.header("Authorization", bearer);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(String url) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }

    private static void put(String url, String body) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(URI.create(url))
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
}
