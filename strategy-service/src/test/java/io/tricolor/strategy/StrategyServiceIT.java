package io.tricolor.strategy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.contracts.deployment.ClusterObserved;
import io.tricolor.contracts.deployment.EnsureCluster;
import io.tricolor.contracts.gate.GateObserved;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.contracts.load.LoadObserved;
import io.tricolor.contracts.load.ObserveLoad;
import io.tricolor.engines.Ports;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.inbox.TopicConsumer;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.StrangeRequests;
import io.tricolor.kit.testing.StrangeRequests.Good;
import io.tricolor.kit.testing.TestTokens;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The service on a real PostgreSQL and a real Kafka, with a deploy-service and a router that obey at once. The
 * registry is away.
 */
@ExtendWith(OutputCaptureExtension.class)
class StrategyServiceIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final TestTokens TOKENS = TestTokens.create();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<String> HEARD = new CopyOnWriteArrayList<>();
    private static final Map<String, String> SAID = new ConcurrentHashMap<>();
    private static final List<String> ASKED = new CopyOnWriteArrayList<>();
    private static final AtomicBoolean REFUSED = new AtomicBoolean();
    private static final String MANIFEST = """
            {"version":"%s","services":[{"name":"web","artifact":{"type":"file","uri":"file:/srv/shop.jar","sha256":"%s"},
             "args":["java","-jar","shop.jar"],"instances":2}]}""";

    private static ConfigurableApplicationContext service;
    private static ObedientRouter router;
    private static RegistryStub registry;
    private static HttpServer target;
    private static Path secret;
    private static Path linkKey;
    private static String database;

    /** The instance that people talk to. */
    private static volatile URI base;

    @BeforeAll
    static void start() throws IOException {
        registry = new RegistryStub();
        target = target();
        secret = Files.writeString(Files.createTempFile("notification", ".secret"), "hush-secret");
        linkKey = Files.writeString(Files.createTempFile("links", ".key"), "hush-".repeat(8));
        database = SharedEngines.freshDatabase("strategy");
        base = startService();
        router = new ObedientRouter(base);
        router.start();
    }

    private static URI startService() {
        service = new SpringApplicationBuilder(
                        StrategyService.class, ObedientDeployer.class, StrictJudge.class, CheckedAnswers.class)
                .web(WebApplicationType.REACTIVE)
                .run(arguments(0).toArray(String[]::new));
        return URI.create("http://127.0.0.1:" + service.getEnvironment().getProperty("local.server.port"));
    }

    private static List<String> arguments(int port) {
        return List.of(
                "--server.port=" + port,
                "--spring.datasource.url=" + database,
                "--spring.kafka.bootstrap-servers=" + SharedEngines.bootstrapServers(),
                "--spring.cloud.consul.enabled=false",
                "--tricolor.consul.url=" + registry.url(),
                "--tricolor.scaling.tick=200ms",
                "--tricolor.scaling.ask=200ms",
                "--tricolor.strategy.link-base=https://console.example/",
                "--tricolor.strategy.outgoing-networks=127.0.0.0/8",
                "--tricolor.strategy.webhook-secret-file=" + secret,
                "--tricolor.strategy.public-base=http://strategy.example/",
                "--tricolor.strategy.notifications[0].name=hook",
                "--tricolor.strategy.notifications[0].url=http://127.0.0.1:"
                        + target.getAddress().getPort() + "/hush-address",
                "--tricolor.strategy.notifications[0].secret-file=" + secret,
                "--tricolor.strategy.notifications[0].approver=bob",
                "--tricolor.strategy.link-key=" + linkKey,
                "--tricolor.strategy.notifications[1].name=within",
                "--tricolor.strategy.notifications[1].kind=SLACK",
                "--tricolor.strategy.notifications[1].url=http://10.255.255.1/hush-address",
                "--tricolor.security.public-key=" + TOKENS.publicKey());
    }

    /** The same service in a JVM of its own, without the deployer of this class. */
    private static Process startOther(int port) throws IOException {
        String classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                classPath,
                StrategyService.class.getName()));
        command.addAll(arguments(port));
        return new ProcessBuilder(command).inheritIO().start();
    }

    /** The release is bound to a revision of configuration that comes to be published. */
    private static void isCheckedBefore(String body) throws Exception {
        assertThat(preflight(body)).contains("nothing was heard of dry/test/main yet");
        publish(1);
        await().untilAsserted(() -> assertThat(preflight(body))
                .contains("PREFLIGHT_FAILED")
                .contains("configuration of web: dry/test/main@2 is not there, the newest is 1"));
        publish(2);
        await().untilAsserted(() -> assertThat(preflight(body))
                .contains("\"outcome\":\"PASSED\"", "dry/test/main@2 is there", "pinned by sha256"));
    }

    private static String preflight(String body) throws Exception {
        return post("/api/groups/dry/upgrades?dryRun=true", body, "olga", "operator")
                .body();
    }

    private static void publish(long revision) {
        service.getBean(MessagePublisher.class)
                .publish(
                        Topics.CONFIG_EVENTS,
                        "dry/test/main",
                        new ConfigRevisionPublished(
                                "dry/test/main", revision, "0".repeat(64), List.of("a"), "why", Instant.now()));
    }

    @Test
    void says_what_an_upgrade_would_do_and_does_nothing() throws Exception {
        create("dry");
        upgrade("dry", "INSTALL", "A", "1", "[]");
        awaitServing("dry", "A");
        long version = get("/api/groups/dry").get("version").asLong();
        String body = """
                {"mode":"GRAYSCALE","to":"B","manifest":%s,"reason":"why","stages":[
                  {"name":"few","rule":{"ids":[1,2],"percent":5},"approval":true,"bakeTime":"PT30M"},
                  {"name":"many","rule":{"intervals":[[1,1000]]},"gates":[
                    {"type":"bake","name":"b","time":"PT10M"},{"type":"approval","name":"a","approvals":2}]}]}""".formatted(MANIFEST.formatted("2", "0".repeat(64)));
        for (String asked : List.of("?dryRun=true", "?dryRun")) {
            HttpResponse<String> answer = post("/api/groups/dry/upgrades" + asked, body, "olga", "operator");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            JsonNode plan = JSON.readTree(answer.body());
            assertThat(plan.get("from").asString() + plan.get("to").asString()).isEqualTo("AB");
            assertThat(plan.get("atLeast").asString()).isEqualTo("PT40M");
            assertThat(plan.get("approvals").asInt()).isEqualTo(3);
            assertThat(plan.get("steps"))
                    .extracting(step -> step.get("what").asString())
                    .containsSequence(
                            "publish a table in which B is YELLOW for 2 ids, 5 % of all ids; done when every live router"
                                    + " and the registry have it",
                            "wait for 1 approval, not by who asked for the upgrade and PT30M of bake time",
                            "publish a table in which B is YELLOW for 1 interval; done when every live router and the"
                                    + " registry have it",
                            "wait for PT10M of bake time and 2 approvals, not by who asked for the upgrade")
                    .startsWith("ask for 2 x web of release 2 in cluster B; done when all are healthy and every live"
                            + " router knows them")
                    .endsWith("stop cluster A; its release is kept for the way back");
        }
        isCheckedBefore(body.replace("\"instances\":2", "\"instances\":2,\"configRevision\":\"dry/test/main@2\""));
        HttpResponse<String> refused = post(
                "/api/groups/dry/upgrades?dryRun=true",
                body.replace("\"to\":\"B\"", "\"to\":\"A\""),
                "olga",
                "operator");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("CLUSTER_NOT_RED");
        for (String unclear : List.of("?dryRun=maybe", "?dryRun=true&dryRun=false")) {
            assertThat(post("/api/groups/dry/upgrades" + unclear, body, "olga", "operator")
                            .body())
                    .contains("dryRun is true or false");
        }
        assertThat(post("/api/groups/dry/upgrades?dryrun=true", body, "olga", "operator")
                        .body())
                .contains("the only query parameter here is dryRun");
        HttpResponse<String> back =
                post("/api/groups/dry/rollbacks?dryRun=true", "{\"reason\":\"why\"}", "olga", "operator");
        assertThat(back.body()).contains("ROLLBACK_POINT_NOT_FOUND");
        assertThat(get("/api/groups/dry").get("version").asLong())
                .as("nothing was stored")
                .isEqualTo(version);
    }

    @Test
    void answers_whatever_is_asked_and_goes_on() throws Exception {
        String operator = TOKENS.bearer("olga", "operator", "admin", "viewer");
        String robot = TOKENS.bearer("r9", "router");
        String json = "application/json";
        String group = "/api/groups/strange";
        create("strange");
        upgrade("strange", "INSTALL", "A", "1", "[]");
        awaitServing("strange", "A");
        String rule = "{\"ids\":[1,\"x\"],\"intervals\":[[1,\"100\"]],\"percent\":5,\"idLists\":[]}";
        String entry = "\"entries\":[{\"host\":\"a.b\",\"pathPrefix\":\"/strange\",\"service\":\"web\"}]";
        new StrangeRequests(base)
                .send(
                        List.of(
                                new Good("GET", "/api/groups?after=a&limit=5&ended=true", operator, null, null),
                                new Good("GET", group + "/history?after=1&limit=5", operator, null, null),
                                new Good("GET", group + "/state?at=2026-01-01T00:00:00Z", operator, null, null),
                                new Good("GET", group + "/state?sequence=3", operator, null, null),
                                new Good("GET", group + "/routers?after=a&limit=5", operator, null, null),
                                new Good("GET", group + "/upgrades?limit=5", operator, null, null),
                                new Good("GET", group + "/route-strategy", operator, null, null),
                                new Good("GET", "/api/routers?after=a/b&limit=5", operator, null, null),
                                new Good("GET", "/api/route-tables/strange?router=r9", robot, null, null),
                                new Good(
                                        "GET",
                                        "/api/route-tables/strange/versions?before=9&limit=5",
                                        operator,
                                        null,
                                        null),
                                new Good("GET", "/api/route-tables/strange/diff?from=1&to=2", operator, null, null),
                                new Good(
                                        "GET",
                                        "/api/route-tables/changes?router=r9&since=1&wait=PT0S",
                                        robot,
                                        null,
                                        null),
                                new Good(
                                        "POST",
                                        "/api/groups",
                                        operator,
                                        json,
                                        "{\"groupId\":\"strange-2\",\"application\":\"shop\",\"environment\":\"test\",\"clusters\":[\"A\",\"B\"],"
                                                + entry + ",\"affinity\":\"ID\"}"),
                                new Good(
                                        "PUT",
                                        group,
                                        operator,
                                        json,
                                        "{" + entry + ",\"identity\":{\"headers\":[\"x-user\"]}}"),
                                new Good("POST", group + "/clusters", operator, json, "{\"cluster\":\"C\"}"),
                                new Good(
                                        "PUT",
                                        group + "/route-strategy",
                                        operator,
                                        json,
                                        "{\"strategies\":{\"A\":{\"status\":\"G\",\"id\":{\"all\":true}},\"B\":{\"status\":\"Y\",\"id\":"
                                                + rule + "}},\"reason\":\"why\"}"),
                                new Good(
                                        "PUT",
                                        group + "/route-strategy?reason=why",
                                        operator,
                                        "application/yaml",
                                        "cluster-route-strategy:\n  A:\n    status: G\n    id: {all: true}\n  B: {status: R}\n"),
                                new Good(
                                        "POST",
                                        group + "/upgrades",
                                        operator,
                                        json,
                                        "{\"mode\":\"GRAYSCALE\",\"to\":\"B\",\"manifest\":"
                                                + MANIFEST.formatted("2", "0".repeat(64))
                                                + ",\"stages\":[{\"name\":\"one\",\"rule\":" + rule
                                                + ",\"approval\":true,\"bakeTime\":\"PT1S\"}],\"policy\":{\"onExpiry\":\"PAUSE\"},\"reason\":\"why\"}"),
                                new Good(
                                        "POST",
                                        group + "/rollbacks",
                                        operator,
                                        json,
                                        "{\"rollbackPointId\":\"x\",\"reason\":\"why\"}"),
                                new Good("POST", group + "/upgrades/x/abort", operator, json, "{\"reason\":\"why\"}"),
                                new Good(
                                        "PUT",
                                        group + "/clusters/B/instances",
                                        operator,
                                        json,
                                        "{\"instances\":{\"web\":2},\"drainTimeout\":\"PT1S\",\"reason\":\"why\"}"),
                                new Good(
                                        "POST",
                                        group + "/clusters/B/stop",
                                        operator,
                                        json,
                                        "{\"drainTimeout\":\"PT1S\",\"reason\":\"why\"}"),
                                new Good(
                                        "PUT",
                                        group + "/router-configuration",
                                        operator,
                                        json,
                                        "{\"mode\":\"AUTOMATIC\",\"version\":1,\"routers\":{\"r9\":1},\"reason\":\"why\"}"),
                                new Good(
                                        "PUT",
                                        "/api/routers/r9",
                                        robot,
                                        json,
                                        "{\"routerId\":\"r9\",\"bootId\":\"b\",\"kind\":\"test\",\"address\":\"a:1\",\"sequence\":1,\"round\":1,\"last\":true,"
                                                + "\"groups\":{\"elsewhere\":{\"epoch\":1,\"version\":1,\"sha256\":\"\",\"inFlight\":{\"A\":1},"
                                                + "\"inFlightInstances\":{\"A\":{\"web\":{\"i\":1}}},\"usableInstances\":{\"A\":{\"web\":[\"i\"]}}}}}"),
                                new Good("POST", "/api/id-lists", operator, "text/plain", "1\n2\nx\n")),
                        400);
        HTTP.send(request(base, "/api/routers/r9", "r9", "router").DELETE().build(), BodyHandlers.discarding());
        create("after-strange");
        upgrade("after-strange", "INSTALL", "A", "1", "[]");
        awaitServing("after-strange", "A");
    }

    @AfterAll
    static void stop() throws InterruptedException {
        router.interrupt();
        router.join();
        service.close();
        registry.close();
        target.stop(0);
        CheckedAnswers.assertThatAllFitted();
    }

    @Test
    void carries_a_release_through_grayscale_and_back() throws Exception {
        create("shop");
        upgrade("shop", "INSTALL", "A", "1", "[]");
        awaitServing("shop", "A");
        Instant whileOneServed = Instant.now();

        String upgradeId = upgrade("shop", "GRAYSCALE", "B", "2", """
                [{"name":"whitelist","rule":{"ids":[1,2,3],"intervals":[[1,100],["600","10000"]]},"approval":true}]""");
        await().atMost(PATIENCE)
                .until(() ->
                        get("/api/groups/shop").at("/upgrade/title").asString().equals("pass stage whitelist"));
        assertThat(get("/api/groups/shop").at("/clusters/B/status").asString()).isEqualTo("YELLOW");
        assertThat(get("/api/route-tables/shop")
                        .at("/clusters/B/id/intervals/1/1")
                        .asString())
                .isEqualTo("10000");
        assertProblem(
                post(
                        "/api/groups/shop/upgrades/" + upgradeId + "/approval",
                        "{\"stage\":\"whitelist\",\"reason\":\"ok\"}",
                        "olga",
                        "approver",
                        "operator"),
                409,
                "APPROVER_IS_REQUESTER");
        post(
                "/api/groups/shop/upgrades/" + upgradeId + "/approval",
                "{\"stage\":\"whitelist\",\"reason\":\"ok\"}",
                "ann",
                "approver");
        awaitServing("shop", "B");
        assertThat(get("/api/groups/shop").at("/clusters/A/status").asString()).isEqualTo("RED");

        HttpResponse<String> rollback =
                post("/api/groups/shop/rollbacks", "{\"reason\":\"checkout is slow\"}", "olga", "operator");
        assertThat(rollback.statusCode()).isEqualTo(202);
        assertThat(rollback.headers().firstValue("Location").orElseThrow()).contains("/upgrades/up-");
        awaitServing("shop", "A");

        JsonNode history = get("/api/groups/shop/history?limit=500").get("events");
        assertThat(history).anySatisfy(line -> {
            assertThat(line.get("type").asString()).isEqualTo("cluster-group.stage-approved");
            assertThat(line.get("actor").asString()).isEqualTo("ann");
            assertThat(line.get("reason").asString()).isEqualTo("ok");
        });
        assertThat(get("/api/groups/shop/state?at=" + whileOneServed)
                        .at("/clusters/A/status")
                        .asString())
                .isEqualTo("GREEN");
        assertThat(get("/api/groups/shop/rollback-points").get("rollbackPoints"))
                .hasSize(2);
        JsonNode rebuild = get("/api/groups/shop/rebuild");
        assertThat(rebuild.get("differences")).isEmpty();
        assertThat(rebuild.get("equalsLive").asBoolean()).isTrue();
        assertThat(rebuild.get("events").asLong()).isEqualTo(history.size());

        assertThat(post("/api/read-models/rebuild", "", "root", "admin").statusCode())
                .isEqualTo(202);
        assertThat(get("/api/groups/shop/rebuild").get("equalsLive").asBoolean())
                .isTrue();
        assertThat(get("/api/groups/shop/history?limit=500").get("events")).isEqualTo(history);

        List<Long> sequences = published("shop", history.size());
        assertThat(sequences).hasSize(history.size()).isSorted().doesNotHaveDuplicates();
    }

    /**
     * The other one was there first, so it has the claims of relay and projections and its part of the observations;
     * it is where the router is and where the upgrade was begun.
     */
    @Test
    void another_instance_takes_over_an_upgrade_when_the_one_at_work_is_killed() throws Exception {
        int port = Ports.free();
        Process killed = startOther(port);
        StreamReader stream = new StreamReader(TOKENS.bearer("vera", "viewer"));
        try {
            URI there = URI.create("http://127.0.0.1:" + port);
            await().atMost(PATIENCE.multipliedBy(4))
                    .ignoreExceptions()
                    .until(() -> HTTP.send(
                                            HttpRequest.newBuilder(there.resolve("/actuator/health/readiness"))
                                                    .build(),
                                            BodyHandlers.ofString())
                                    .statusCode()
                            == 200);
            base = there;
            router.goesTo(there);
            service.close();
            URI here = startService();
            router.goesTo(there, here);
            stream.goesTo(there, here);
            stream.start();
            create("streamed");
            for (int i = 0; i < 60; i++) {
                base = i % 2 == 0 ? there : here;
                put("/api/groups/streamed", "{\"affinity\":\"%s\"}".formatted(i % 2 == 0 ? "NONE" : "ID"));
            }
            base = there;
            create("pair");
            upgrade("pair", "INSTALL", "A", "1", "[]");
            awaitServing("pair", "A");
            upgrade("pair", "GRAYSCALE", "B", "2", """
                    [{"name":"some","rule":{"ids":[1]},"approval":true}]""");
            killed.destroyForcibly().waitFor();
            base = here;
        } finally {
            killed.destroyForcibly().waitFor();
        }
        long since = System.nanoTime();
        await().atMost(PATIENCE)
                .until(() ->
                        get("/api/groups/pair").at("/upgrade/title").asString().equals("pass stage some"));
        Duration idle = Duration.ofNanos(System.nanoTime() - since);
        System.out.println("the stage was reached " + idle.toMillis() + " ms after the kill");
        assertThat(idle).isLessThan(Duration.ofSeconds(10));
        String upgradeId = get("/api/groups/pair").at("/upgrade/upgradeId").asString();
        post(
                "/api/groups/pair/upgrades/" + upgradeId + "/approval",
                "{\"stage\":\"some\",\"reason\":\"ok\"}",
                "ann",
                "approver");
        awaitServing("pair", "B");
        JsonNode history = get("/api/groups/pair/history?limit=500").get("events");
        List<Long> sequences = published("pair", history.size());
        assertThat(Set.copyOf(sequences)).as("all of them, at least once").hasSize(history.size());
        List<Long> all = LongStream.range(0, history.size()).boxed().toList();
        await("each event once and in order, however often the listener changed the instance")
                .atMost(PATIENCE)
                .until(() -> stream.sequencesOf("pair").equals(all));
        stream.interrupt();
        assertThat(stream.sequencesOf("streamed"))
                .isEqualTo(LongStream.rangeClosed(0, 60).boxed().toList());
        assertThat(stream.connections()).isGreaterThan(10);
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/pair/rebuild").get("equalsLive").asBoolean());
    }

    @Test
    void lists_groups_by_what_is_asked_for_page_by_page() throws Exception {
        for (int i = 1; i <= 5; i++) {
            create("list-" + i);
        }
        upgrade("list-2", "INSTALL", "A", "1", "[]");
        awaitServing("list-2", "A");
        String running = upgrade("list-2", "GRAYSCALE", "B", "2", """
                [{"name":"some","rule":{"ids":[1,2],"percent":5},"approval":true}]""");
        assertThat(HTTP.send(
                                request("/api/groups/list-5", "olga", "operator")
                                        .DELETE()
                                        .build(),
                                BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(400);
        assertThat(HTTP.send(
                                request("/api/groups/list-5?reason=over", "olga", "operator")
                                        .DELETE()
                                        .build(),
                                BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(204);

        String light = "/api/groups?fields=light&prefix=list-";
        await().atMost(PATIENCE).until(() -> ids(light).equals(List.of("list-1", "list-2", "list-3", "list-4")));
        await().atMost(PATIENCE).until(() -> ids(light + "&status=upgrading").equals(List.of("list-2")));
        assertThat(ids(light + "&status=STEADY,ENDED")).containsExactly("list-1", "list-3", "list-4", "list-5");
        assertThat(ids(light + "&status=ended")).containsExactly("list-5");
        assertThat(ids(light + "&application=no-such")).isEmpty();
        assertThat(ids(light + "&application=shop&ended=true")).hasSize(5);
        assertThat(ids("/api/groups?prefix=list-&status=UPGRADING")).containsExactly("list-2");

        for (String sort : List.of("group", "application", "upgrade")) {
            List<String> found = new ArrayList<>();
            String next = "";
            long total = 0;
            do {
                JsonNode page = get(light + "&limit=2&sort=" + sort + (next.isEmpty() ? "" : "&after=" + next));
                total += page.path("total").asLong(0);
                page.get("groups")
                        .forEach(group -> found.add(group.get("groupId").asString()));
                next = page.path("next").asString("");
            } while (!next.isEmpty());
            assertThat(found).as(sort).containsExactlyInAnyOrder("list-1", "list-2", "list-3", "list-4");
            assertThat(found.getFirst()).isEqualTo(sort.equals("upgrade") ? "list-2" : "list-1");
            assertThat(total).as("told on the first page alone").isEqualTo(4);
        }
        assertThat(get(light + "&sort=upgrade&after=xyz", "vera", "viewer").body())
                .contains("after is the next of an earlier page");
        assertThat(get(light + "&sort=size", "vera", "viewer").body()).contains("sort is one of");
        assertThat(get(light.replace("light", "few"), "vera", "viewer").body()).contains("fields is light");

        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/list-2?fields=light")
                        .at("/upgrade/title")
                        .asString("")
                        .equals("pass stage some"));
        JsonNode one = get("/api/groups/list-2?fields=light");
        assertThat(one.get("status").asString()).isEqualTo("UPGRADING");
        assertThat(one.get("health").asString()).isEqualTo("HEALTHY");
        assertThat(one.at("/clusters/A")).isEqualTo(JSON.readTree("""
                {"status":"GREEN","release":"1","takes":{"all":true,"ids":0,"intervals":0},"health":"HEALTHY",
                 "desired":{"web":2},"healthy":{"web":2},"scaling":false}"""));
        assertThat(one.at("/clusters/B/takes").toString())
                .startsWith("{\"all\":false,\"ids\":2,\"intervals\":0,\"percent\":5");
        assertThat(one.at("/upgrade/requestedBy").asString()).isEqualTo("olga");
        assertThat(one.has("actions")).isFalse();
        await().atMost(PATIENCE)
                .until(() ->
                        get(light + "&status=UPGRADING").get("groups").get(0).equals(one));

        post("/api/groups/list-2/upgrades/" + running + "/pause", "{\"reason\":\"x\"}", "olga", "operator");
        await().atMost(PATIENCE).until(() -> ids(light + "&status=PAUSED").equals(List.of("list-2")));
        post("/api/groups/list-2/upgrades/" + running + "/abort", "{\"reason\":\"x\"}", "olga", "operator");
        await().atMost(PATIENCE).until(() -> ids(light + "&status=STEADY").contains("list-2"));
    }

    private static List<String> ids(String path) throws Exception {
        List<String> ids = new ArrayList<>();
        get(path).get("groups").forEach(group -> ids.add(group.get("groupId").asString()));
        return ids;
    }

    @Test
    void rolls_back_to_the_strategies_of_the_point() throws Exception {
        create("beside");
        post("/api/groups/beside/clusters", "{\"cluster\":\"C\"}", "olga", "operator");
        upgrade("beside", "INSTALL", "A", "1", "[]");
        awaitServing("beside", "A");
        direct("beside", "A", "{\"status\":\"Y\",\"id\":{\"all\":true}}");
        upgrade("beside", "INSTALL", "B", "2", "[]");
        awaitServing("beside", "B");
        direct("beside", "A", "{\"status\":\"Y\",\"id\":{\"ids\":[7]}}");
        JsonNode before = get("/api/groups/beside/route-strategy").get("strategies");
        upgrade("beside", "SWITCH", "C", "3", "[]");
        awaitServing("beside", "C");
        direct("beside", "A", "{\"status\":\"R\"}");
        post("/api/groups/beside/rollbacks", "{\"reason\":\"checkout is slow\"}", "olga", "operator");
        awaitServing("beside", "B");
        assertThat(get("/api/groups/beside/route-strategy").get("strategies")).isEqualTo(before);
    }

    @Test
    void merges_changes_of_two_on_what_each_has_read() throws Exception {
        create("merged");
        for (int round = 0; round < 20; round++) {
            String affinity = round % 2 == 0 ? "NONE" : "ID";
            List<CompletableFuture<HttpResponse<String>>> both = Stream.of(
                            "{\"affinity\":\"%s\"}".formatted(affinity),
                            "{\"identity\":{\"headers\":[\"X-User-%d\"]}}".formatted(round))
                    .map(body -> HTTP.sendAsync(
                            request("/api/groups/merged", "olga", "operator")
                                    .PUT(BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.ofString()))
                    .toList();
            assertThat(both)
                    .allSatisfy(answer -> assertThat(answer.join().statusCode())
                            .as(answer.join().body())
                            .isEqualTo(200));
            JsonNode merged = get("/api/groups/merged");
            assertThat(merged.get("affinity").asString()).isEqualTo(affinity);
            assertThat(merged.at("/identity/headers/0").asString()).isEqualTo("X-User-" + round);
        }
        HttpResponse<String> seen = get("/api/groups/merged", "vera", "viewer");
        String version = seen.headers().firstValue("ETag").orElseThrow();
        assertThat(changeAt(version, "{\"affinity\":\"NONE\"}").statusCode()).isEqualTo(200);
        assertProblem(changeAt(version, "{\"affinity\":\"ID\"}"), 412, "VERSION_MISMATCH");
        assertThat(get("/api/groups/merged").get("affinity").asString()).isEqualTo("NONE");
    }

    private static HttpResponse<String> changeAt(String version, String body) throws Exception {
        return HTTP.send(
                request("/api/groups/merged", "olga", "operator")
                        .header("If-Match", version)
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static void direct(String group, String cluster, String strategy) throws Exception {
        put(
                "/api/groups/" + group + "/route-strategy",
                "{\"strategies\":{\"%s\":%s},\"reason\":\"by hand\"}".formatted(cluster, strategy));
    }

    @Test
    void holds_a_table_back_until_there_is_a_newer_one() throws Exception {
        create("held");
        assertProblem(get("/api/route-tables/held", "gw", "router"), 404, "ROUTE_TABLE_NOT_FOUND");
        upgrade("held", "INSTALL", "A", "1", "[]");
        awaitServing("held", "A");
        long version = get("/api/route-tables/held").get("version").asLong();
        String cursor = changes("").get("cursor").asString();
        JsonNode none = changes("&wait=50ms&since=" + cursor);
        assertThat(none.get("tables")).isEmpty();
        var newer = HTTP.sendAsync(
                request(
                                "/api/route-tables/changes?router=gw&wait=30s&since="
                                        + none.get("cursor").asString(),
                                "gw",
                                "router")
                        .GET()
                        .build(),
                BodyHandlers.ofString());
        put("/api/groups/held/route-strategy", """
                {"strategies":{"A":{"status":"Y","id":{"all":true}}},"reason":"look"}""");
        assertThat(newer.join().statusCode()).isEqualTo(200);
        JsonNode table = JSON.readTree(newer.join().body()).at("/tables/0");
        assertThat(table.get("group").asString()).isEqualTo("held");
        assertThat(table.get("version").asLong()).isEqualTo(version + 1);
    }

    @Test
    void says_what_groups_are_by_now_to_the_consumers_of_the_documentation(@TempDir Path directory) throws Exception {
        create("known");
        upgrade("known", "INSTALL", "A", "1", "[]");
        awaitServing("known", "A");
        DocumentedConsumers consumers = new DocumentedConsumers(directory, SharedEngines.bootstrapServers());
        consumers.javaPrints("known A GREEN 1");
        long version = get("/api/groups/known").get("version").asLong();
        await().atMost(PATIENCE).untilAsserted(() -> {
            List<JsonNode> told = consumers.kcatPrints().stream()
                    .filter(line -> line.startsWith("known\t"))
                    .map(line -> JSON.readTree(line.substring(6)))
                    .toList();
            assertThat(told)
                    .extracting(one -> one.get("sequence").asLong())
                    .as("each is newer than the one before")
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(told.getLast().get("sequence").asLong()).isEqualTo(version);
            assertThat(told.getLast().at("/clusters/B/status").asString()).isEqualTo("RED");
            assertThat(told.getLast().has("upgrade")).isFalse();
        });
    }

    /** As after a change of their form: what is written many at a time is what was written event by event. */
    @Test
    void makes_read_models_anew_as_they_were() throws Exception {
        create("bulk");
        upgrade("bulk", "INSTALL", "A", "1", "[]");
        awaitServing("bulk", "A");
        upgrade("bulk", "SWITCH", "B", "2", "[]");
        awaitServing("bulk", "B");
        for (int i = 0; i < 40; i++) {
            direct("bulk", "B", "{\"status\":\"%s\",\"id\":{\"all\":true}}".formatted(i % 2 == 0 ? "Y" : "G"));
        }
        assertThat(get("/api/groups/bulk/rebuild").get("equalsLive").asBoolean())
                .isTrue();
        JdbcClient jdbc = service.getBean(JdbcClient.class);
        Map<String, String> before = readModels(jdbc, "bulk");
        assertThat(before.values()).allSatisfy(rows -> assertThat(rows).isNotEmpty());
        jdbc.sql("update group_view set model = -1 where group_id = 'bulk'").update();
        assertThat(readModels(jdbc, "bulk")).isNotEqualTo(before);
        ((SmartLifecycle) service.getBean("readModelForms")).start();
        assertThat(readModels(jdbc, "bulk")).isEqualTo(before);
    }

    private static Map<String, String> readModels(JdbcClient jdbc, String group) {
        Map<String, String> rows = new TreeMap<>();
        for (String table : List.of("group_view", "upgrade_view", "group_state", "route_table_version")) {
            rows.put(
                    table,
                    jdbc.sql("select string_agg(t::text, chr(10) order by t::text) from " + table
                                    + " t where group_id = :group")
                            .param("group", group)
                            .query(String.class)
                            .optional()
                            .orElse(""));
        }
        return rows;
    }

    private static JsonNode changes(String rest) throws Exception {
        return JSON.readTree(get("/api/route-tables/changes?router=gw" + rest, "gw", "router")
                .body());
    }

    @Test
    void scales_a_cluster_that_serves_and_ends_a_group_that_serves() throws Exception {
        create("life");
        upgrade("life", "INSTALL", "A", "1", "[]");
        awaitServing("life", "A");
        awaitInstances("life", 3);
        awaitInstances("life", 1);
        assertThat(get("/api/groups/life/history?limit=500").get("events"))
                .extracting(line -> line.get("type").asString())
                .containsSubsequence(
                        "cluster-group.cluster-scaling-completed",
                        "cluster-group.cluster-scaling-started",
                        "cluster-group.cluster-scaling-drained",
                        "cluster-group.cluster-scaling-completed");
        assertThat(get("/api/groups/life").at("/clusters/A/withdrawn/web")).hasSize(2);
        assertProblem(setInstances("life", 0), 409, "CLUSTER_NOT_RED");
        String why = "{\"reason\":\"not needed\"}";
        assertProblem(post("/api/groups/life/clusters/A/stop", why, "olga", "operator"), 409, "CLUSTER_NOT_RED");
        assertThat(post("/api/groups/life/clusters/B/stop", why, "olga", "operator")
                        .statusCode())
                .as("it is stopped already")
                .isEqualTo(202);

        String end = "{\"confirmation\":\"%s\",\"grace\":\"%s\",\"reason\":\"old\"}";
        String path = "/api/groups/life/decommission";
        assertProblem(post(path, end.formatted("life", "PT1H"), "olga", "operator"), 403, "FORBIDDEN");
        assertProblem(post(path, end.formatted("shop", "PT1H"), "root", "admin"), 400, "INVALID_ARGUMENT");
        assertThat(post(path, end.formatted("life", "PT1H"), "root", "admin").statusCode())
                .isEqualTo(202);
        assertThat(get("/api/groups/life").at("/decommission/phase").asString()).isEqualTo("GRACE");
        assertProblem(setInstances("life", 2), 409, "GROUP_DECOMMISSIONING");
        HttpResponse<String> kept = HTTP.send(
                request(path + "?reason=still+needed", "root", "admin").DELETE().build(), BodyHandlers.ofString());
        assertThat(kept.statusCode()).as(kept.body()).isEqualTo(204);

        assertThat(post(path, end.formatted("life", "PT0S"), "root", "admin").statusCode())
                .isEqualTo(202);
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/life", "vera", "viewer").statusCode() == 404);
        JsonNode ended = get("/api/groups/life?ended=true");
        assertThat(ended.get("ended").asBoolean()).isTrue();
        assertThat(ended.at("/clusters/A/observed/services/0/running").asInt()).isZero();
        JsonNode table =
                JSON.readTree(get("/api/route-tables/life", "gw", "router").body());
        assertThat(table.get("deleted").asBoolean()).isTrue();
        assertThat(table.get("version").asLong())
                .isEqualTo(ended.get("tableVersion").asLong());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                get("/api/groups?ended=true&limit=500").get("groups"))
                        .anyMatch(group -> group.get("groupId").asString().equals("life")
                                && group.path("ended").asBoolean()));
        assertThat(get("/api/groups?limit=500").get("groups"))
                .noneMatch(group -> group.get("groupId").asString().equals("life"));
    }

    @Test
    void scales_by_a_rule_and_never_while_an_upgrade_counts_instances() throws Exception {
        create("ruled");
        upgrade("ruled", "INSTALL", "A", "1", "[]");
        awaitServing("ruled", "A");
        String path = "/api/groups/ruled/scaling-rules/web";
        assertProblem(get(path, "vera", "viewer"), 404, "SCALING_RULE_NOT_FOUND");
        assertProblem(putRule(path, "\"min\":2,\"max\":1,\"requestsPerInstance\":100"), 400, "INVALID_SCALING_RULE");
        assertProblem(putRule(path, "\"requestsPerInstance\":100"), 400, "INVALID_SCALING_RULE");
        StrictJudge.LOADS.put("ruled", 250.0);
        HttpResponse<String> set = putRule(
                path,
                "\"max\":3,\"requestsPerInstance\":100,\"cooldownUp\":\"PT0S\",\"cooldownDown\":\"PT0S\",\"stepDown\":2");
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        awaitRunning("ruled", 3);
        JsonNode up = get(path).get("decisions").get(0);
        assertThat(up.get("to").asInt()).isEqualTo(3);
        assertThat(up.at("/evidence/requests-per-second").asString()).isEqualTo("250");
        StrictJudge.LOADS.put("ruled", 40.0);
        awaitRunning("ruled", 1);
        assertThat(get(path).get("decisions"))
                .as("the newest first")
                .extracting(decision -> decision.get("to").asInt())
                .startsWith(1, 3);
        assertThat(get("/api/groups/ruled").at("/clusters/A/withdrawn/web"))
                .as("withdrawn before it was stopped")
                .isNotEmpty();
        assertThat(get("/api/groups/ruled/history?limit=500").get("events"))
                .filteredOn(line -> line.get("type").asString().equals("cluster-group.cluster-scaling-started"))
                .allSatisfy(line -> {
                    assertThat(line.get("actor").asString()).isEqualTo("tricolor");
                    assertThat(line.get("reason").asString()).startsWith("scaling rule: ");
                });

        upgrade("ruled", "GRAYSCALE", "B", "2", """
                [{"name":"few","rule":{"ids":[7]},"approval":true}]""");
        StrictJudge.LOADS.put("ruled", 900.0);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(get(path).get("clusters")).allSatisfy(cluster -> {
                    assertThat(cluster.get("reason").asString()).contains("decides how many instances");
                    assertThat(cluster.at("/measured/requestsPerSecond").asDouble())
                            .isEqualTo(900);
                }));
        assertThat(get("/api/groups/ruled").at("/clusters/A/instances/web").asInt())
                .isEqualTo(1);

        HttpResponse<String> simulated = post(
                path + "/simulate",
                "{\"cluster\":\"A\",\"rule\":{\"max\":9,\"requestsPerInstance\":10,\"cooldownUp\":\"PT0S\"}}",
                "olga",
                "operator");
        assertThat(simulated.statusCode()).as(simulated.body()).isEqualTo(200);
        assertThat(JSON.readTree(simulated.body()).get("most").asInt()).isEqualTo(9);
        assertThat(JSON.readTree(simulated.body()).get("measurements").asInt()).isPositive();
        HttpResponse<String> removed = HTTP.send(
                request(path + "?reason=by+hand", "olga", "operator").DELETE().build(), BodyHandlers.ofString());
        assertThat(removed.statusCode()).as(removed.body()).isEqualTo(204);
        assertThat(get("/api/groups/ruled/scaling-rules").get("rules")).isEmpty();
    }

    private static HttpResponse<String> putRule(String path, String members) throws Exception {
        return HTTP.send(
                request(path, "olga", "operator")
                        .PUT(BodyPublishers.ofString("{" + members + ",\"reason\":\"load\"}"))
                        .build(),
                BodyHandlers.ofString());
    }

    private static void awaitRunning(String group, int count) {
        await().atMost(PATIENCE).until(() -> {
            JsonNode cluster = get("/api/groups/" + group).at("/clusters/A");
            return !cluster.has("scaling")
                    && cluster.at("/instances/web").asInt() == count
                    && cluster.at("/observed/services/0/running").asInt() == count;
        });
    }

    private static void awaitInstances(String group, int count) throws Exception {
        HttpResponse<String> asked = setInstances(group, count);
        assertThat(asked.statusCode()).as(asked.body()).isEqualTo(202);
        awaitRunning(group, count);
    }

    private static HttpResponse<String> setInstances(String group, int count) throws Exception {
        return HTTP.send(
                request("/api/groups/" + group + "/clusters/A/instances", "olga", "operator")
                        .PUT(BodyPublishers.ofString(
                                "{\"instances\":{\"web\":%d},\"reason\":\"load\"}".formatted(count)))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void answers_a_repeated_command_once() throws Exception {
        create("once");
        String body = start("INSTALL", "A", "1", "[]");
        HttpRequest request = request("/api/groups/once/upgrades", "olga", "operator")
                .header("Idempotency-Key", "key-1")
                .POST(BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> first = HTTP.send(request, BodyHandlers.ofString());
        HttpResponse<String> second = HTTP.send(request, BodyHandlers.ofString());
        assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
        assertThat(second.body()).isEqualTo(first.body());
        awaitServing("once", "A");
        await().until(() -> !get("/api/groups/once/upgrades").get("upgrades").isEmpty());
        assertThat(get("/api/groups/once/upgrades").get("upgrades")).hasSize(1);
    }

    @Test
    void reads_and_writes_the_strategy_as_yaml() throws Exception {
        create("yaml");
        upgrade("yaml", "INSTALL", "A", "1", "[]");
        awaitServing("yaml", "A");
        HttpResponse<String> yaml = HTTP.send(
                request("/api/groups/yaml/route-strategy", "vera", "viewer")
                        .setHeader("Accept", "application/yaml")
                        .GET()
                        .build(),
                BodyHandlers.ofString());
        assertThat(yaml.statusCode()).isEqualTo(200);
        assertThat(yaml.body()).contains("route-strategy:", "status: G");
        HttpResponse<String> changed = HTTP.send(
                request("/api/groups/yaml/route-strategy?reason=by-hand", "olga", "operator")
                        .setHeader("Content-Type", "application/yaml")
                        .PUT(BodyPublishers.ofString(yaml.body().replace("status: G", "status: Y")))
                        .build(),
                BodyHandlers.ofString());
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(get("/api/groups/yaml").at("/clusters/A/status").asString()).isEqualTo("YELLOW");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /api/groups | {\"groupId\":\"Bad Name\",\"application\":\"x\",\"environment\":\"p\",\"clusters\":[\"A\"],\"entries\":[{\"pathPrefix\":\"/\",\"service\":\"web\"}]} | 400 | INVALID_ARGUMENT",
                "POST | /api/groups | {\"groupId\": | 400 | MALFORMED_JSON",
                "POST | /api/groups | {} | 400 | INVALID_ARGUMENT",
                "POST | /api/groups/bad/rollbacks | {\"reason\":\"x\",\"rolbackPointId\":\"rp-1\"} | 400 | INVALID_ARGUMENT",
                "GET | /api/groups/none | '' | 404 | GROUP_NOT_FOUND",
                "GET | /api/groups/none/history | '' | 404 | GROUP_NOT_FOUND",
                "GET | /api/groups/none/state?sequence=1 | '' | 404 | GROUP_NOT_FOUND",
                "GET | /api/groups/bad/state | '' | 400 | INVALID_ARGUMENT",
                "GET | /api/groups/bad/state?at=yesterday | '' | 400 | INVALID_ARGUMENT",
                "GET | /api/groups/bad/upgrades/none | '' | 404 | UPGRADE_NOT_FOUND",
                "GET | /api/groups?limit=0 | '' | 400 | INVALID_ARGUMENT",
                "GET | /api/nothing | '' | 404 | NOT_FOUND",
                "GET | /api/route-tables/none | '' | 404 | GROUP_NOT_FOUND",
                "GET | /api/route-tables/changes?router=r&since=x&wait=soon | '' | 400 | INVALID_ARGUMENT",
                "GET | /api/route-tables/changes?router=r&wait=6m | '' | 400 | INVALID_ARGUMENT",
                "GET | /api/route-tables/changes | '' | 400 | BAD_REQUEST",
                "POST | /api/groups/bad/clusters | {\"cluster\":\"a b\"} | 400 | INVALID_ARGUMENT",
                "DELETE | /api/groups/bad/clusters/X | '' | 404 | CLUSTER_NOT_FOUND",
                "DELETE | /api/groups/bad?reason=x | '' | 409 | GROUP_IN_SERVICE",
                "DELETE | /api/groups/bad | '' | 400 | INVALID_ARGUMENT",
                "DELETE | /api/groups/bad/clusters/A | '' | 409 | CLUSTER_NOT_RED",
                "PUT | /api/groups/bad/route-strategy | {\"strategies\":{\"A\":{\"status\":\"G\",\"id\":{\"intervals\":[[9,1]]}}},\"reason\":\"x\"} | 400 | INVALID_INTERVAL",
                "PUT | /api/groups/bad/route-strategy | {\"strategies\":{\"A\":{\"status\":\"G\",\"id\":{\"intervals\":[[1]]}}},\"reason\":\"x\"} | 400 | INVALID_INTERVAL",
                "PUT | /api/groups/bad/route-strategy | {\"strategies\":{\"X\":{\"status\":\"G\",\"id\":{\"all\":true}}},\"reason\":\"x\"} | 404 | CLUSTER_NOT_FOUND",
                "PUT | /api/groups/bad/route-strategy | {\"strategies\":{\"A\":{\"status\":\"R\"}},\"reason\":\"x\"} | 409 | ROUTES_UNSERVED",
                "PUT | /api/groups/bad/route-strategy | {\"strategies\":{\"A\":{\"status\":\"blue\"}},\"reason\":\"x\"} | 400 | INVALID_ARGUMENT",
                "PUT | /api/groups/bad/route-strategy | {\"strategies\":{\"A\":{\"status\":\"Y\",\"id\":{\"all\":true}}}} | 400 | INVALID_ARGUMENT",
                "POST | /api/groups/bad/upgrades | {\"mode\":\"SOMEHOW\"} | 400 | *",
                "POST | /api/groups/bad/rollbacks | {\"reason\":\"x\"} | 404 | ROLLBACK_POINT_NOT_FOUND",
                "POST | /api/groups/bad/upgrades/none/abort | {\"reason\":\"x\"} | 409 | UPGRADE_NOT_RUNNING",
                "POST | /api/groups/bad/routers/none/eviction | {\"reason\":\"x\"} | 404 | ROUTER_NOT_FOUND",
                "PATCH | /api/groups/bad | {} | 405 | METHOD_NOT_ALLOWED"
            })
    void answers_nonsense_with_a_problem_and_stores_nothing(
            String method, String path, String body, int status, String code) throws Exception {
        if (get("/api/groups/bad", "vera", "viewer").statusCode() == 404) {
            create("bad");
            upgrade("bad", "INSTALL", "A", "1", "[]");
            awaitServing("bad", "A");
        }
        long before = get("/api/groups/bad").get("version").asLong();
        HttpResponse<String> answer = HTTP.send(
                request(path, "olga", "operator")
                        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertProblem(answer, status, code);
        assertThat(get("/api/groups/bad").get("version").asLong()).isEqualTo(before);
    }

    @Test
    void answers_what_was_different_who_did_it_and_where_the_time_went() throws Exception {
        create("asked");
        String first = upgrade("asked", "INSTALL", "A", "1", "[]");
        awaitServing("asked", "A");
        long between = get("/api/groups/asked").get("version").asLong();
        String second = upgrade(
                "asked", "GRAYSCALE", "B", "2", "[{\"name\":\"few\",\"rule\":{\"ids\":[1]},\"approval\":true}]");
        String there = "/api/groups/asked/upgrades/" + second;
        await().atMost(PATIENCE).until(() -> get(there + "/times").get("steps").size() >= 3);
        await().atMost(PATIENCE)
                .until(() -> post(there + "/approval", "{\"stage\":\"few\",\"reason\":\"good\"}", "anna", "approver")
                                .statusCode()
                        == 202);
        awaitServing("asked", "B");

        JsonNode times = get(there + "/times");
        assertThat(Duration.parse(times.get("waitedForPeople").asString())).isPositive();
        assertThat(Duration.parse(times.get("paused").asString())).isZero();
        assertThat(times.has("endedAt")).isTrue();
        Duration sum = Duration.ZERO;
        List<String> waiting = new ArrayList<>();
        for (JsonNode step : times.get("steps")) {
            sum = sum.plus(Duration.parse(step.get("time").asString()));
            if (!Duration.parse(step.get("waitedForPeople").asString()).isZero()) {
                waiting.add(step.get("kind").asString());
            }
        }
        assertThat(sum).isEqualTo(Duration.parse(times.get("total").asString()));
        assertThat(waiting).containsExactly("GATE");
        assertProblem(get("/api/groups/asked/upgrades/none/times", "vera", "viewer"), 404, "UPGRADE_NOT_FOUND");

        String history = "/api/groups/asked/history?limit=500&";
        assertThat(types(history + "actor=anna")).containsExactly("cluster-group.stage-approved");
        assertThat(types(history + "type=upgrade-started"))
                .containsExactly("cluster-group.upgrade-started", "cluster-group.upgrade-started");
        assertThat(types(history + "type=cluster-group.upgrade-started&upgrade=" + first))
                .hasSize(1);
        assertThat(types(history + "cluster=B&type=upgrade-started")).hasSize(1);
        assertThat(types(history + "cluster=Z")).isEmpty();
        assertThat(types(history + "to=2020-01-01T00:00:00Z")).isEmpty();
        assertThat(types(history + "from=2020-01-01T00:00:00Z")).contains("cluster-group.created");
        List<String> paged = new ArrayList<>();
        String after = "";
        do {
            JsonNode page = get("/api/groups/asked/history?limit=2&upgrade=" + second + after);
            page.get("events").forEach(event -> paged.add(event.get("sequence").asString()));
            after = page.get("next").isNull()
                    ? ""
                    : "&after=" + page.get("next").asString();
        } while (!after.isEmpty());
        assertThat(paged).hasSizeGreaterThan(5).doesNotHaveDuplicates();
        assertProblem(get(history + "actr=anna", "vera", "viewer"), 400, "INVALID_ARGUMENT");

        JsonNode diff = get("/api/groups/asked/diff?from=" + between + "&to=100000");
        assertThat(diff.get("equal").asBoolean()).isFalse();
        assertThat(diff.get("changes"))
                .anySatisfy(change -> {
                    assertThat(change.get("path").asString()).isEqualTo("/clusters/B/status");
                    assertThat(change.get("from").asString()).isEqualTo("RED");
                    assertThat(change.get("to").asString()).isEqualTo("GREEN");
                })
                .noneSatisfy(change -> assertThat(change.get("path").asString()).isEqualTo("/environment"));
        assertThat(get("/api/groups/asked/diff?from=1&to=1").get("equal").asBoolean())
                .isTrue();
    }

    @Test
    void finds_the_events_that_moved_a_user() throws Exception {
        create("moving");
        upgrade("moving", "INSTALL", "A", "1", "[]");
        awaitServing("moving", "A");
        String id = upgrade("moving", "GRAYSCALE", "B", "2", """
                [{"name":"few","rule":{"ids":[42]},"approval":true}]""");
        awaitTitle("moving", "pass stage few");
        post("/api/groups/moving/upgrades/" + id + "/abort", "{\"reason\":\"no\"}", "olga", "operator");
        awaitServing("moving", "A");
        String moves = "/api/groups/moving/moves?limit=1";
        List<String> found = new ArrayList<>();
        String after = "";
        do {
            JsonNode page = get(moves + "&id=42" + after);
            page.get("moves")
                    .forEach(move -> found.add(
                            move.path("from").asString("-") + move.path("to").asString("-")));
            after = page.get("next").isNull()
                    ? ""
                    : "&after=" + page.get("next").asString();
        } while (!after.isEmpty());
        assertThat(found).containsExactly("-A", "AB", "BA");
        JsonNode other = get("/api/groups/moving/moves?id=43");
        assertThat(other.get("moves"))
                .singleElement()
                .satisfies(move -> assertThat(move.get("to").asString()).isEqualTo("A"));
        assertThat(other.get("next").isNull()).isTrue();
        JsonNode there = get("/api/groups/moving/moves?id=42").get("moves").get(1);
        assertThat(there.get("upgradeId").asString()).isEqualTo(id);
        assertThat(get("/api/groups/moving/state?sequence="
                                + there.get("sequence").asLong())
                        .at("/clusters/B/id/ids/0")
                        .asString())
                .isEqualTo("42");
        assertProblem(get("/api/groups/moving/moves?id=%20", "vera", "viewer"), 400, "INVALID_ID");
        assertProblem(get("/api/groups/nowhere/moves?id=1", "vera", "viewer"), 404, "GROUP_NOT_FOUND");
    }

    private static List<String> types(String path) throws Exception {
        List<String> types = new ArrayList<>();
        get(path).get("events").forEach(event -> types.add(event.get("type").asString()));
        return types;
    }

    @Test
    void tells_who_wants_to_know_and_repeats_until_it_is_heard(CapturedOutput output) throws Exception {
        create("told");
        upgrade("told", "INSTALL", "A", "1", "[]");
        awaitServing("told", "A");
        String id =
                upgrade("told", "GRAYSCALE", "B", "2", "[{\"name\":\"few\",\"rule\":{\"ids\":[1]},\"approval\":true}]");
        await().atMost(PATIENCE).until(() -> heard("told").contains("APPROVAL_NEEDED"));
        assertThat(post("/api/groups/told/upgrades/" + id + "/abort", "{\"reason\":\"no\"}", "olga", "operator")
                        .statusCode())
                .isEqualTo(202);
        List<String> expected = List.of(
                "UPGRADE_STARTED",
                "UPGRADE_COMPLETED",
                "UPGRADE_STARTED",
                "APPROVAL_NEEDED",
                "UPGRADE_TURNED_BACK",
                "UPGRADE_ABORTED");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(heard("told")).containsExactlyInAnyOrderElementsOf(expected));
        assertThat(HEARD)
                .filteredOn(request -> request.contains("\"groupId\":\"told\"") && request.contains("APPROVAL_NEEDED"))
                .allSatisfy(request -> assertThat(request)
                        .contains("/groups/told/upgrades/" + id, "t=", ",v1=", "stage few waits for approval"));
        JsonNode delivered = JSON.readTree(get("/api/notifications?state=DELIVERED&limit=500", "olga", "operator")
                .body());
        assertThat(delivered.get("notifications"))
                .anySatisfy(one -> assertThat(one.get("attempts").asInt())
                        .as("the first attempt of all was answered by 503")
                        .isGreaterThan(1));
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode pending = JSON.readTree(get("/api/notifications?state=PENDING&limit=500", "olga", "operator")
                    .body());
            assertThat(pending.get("notifications"))
                    .isNotEmpty()
                    .allSatisfy(one -> assertThat(one.get("target").asString()).isEqualTo("within"))
                    .anySatisfy(one -> assertThat(one.get("lastError").asString(""))
                            .contains("10.255.255.1", "outgoing-networks does not allow"));
        });
        assertThat(get("/api/notifications", "vera", "viewer").statusCode()).isEqualTo(403);
        assertProblem(get("/api/notifications?state=LOST", "olga", "operator"), 400, "INVALID_ARGUMENT");
        assertThat(output.getAll() + delivered).doesNotContain("hush");
    }

    /** What the target was told of a group, each once: what is repeated has the same key. */
    private static List<String> heard(String group) {
        return HEARD.stream()
                .filter(request -> request.contains("\"groupId\":\"" + group + "\""))
                .distinct()
                .map(request -> request.replaceFirst("(?s).*\"what\":\"([A-Z_]+)\".*", "$1"))
                .toList();
    }

    /** Answers 503 first of all. */
    private static HttpServer target() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            boolean first = !REFUSED.getAndSet(true);
            if (!first) {
                HEARD.add(exchange.getRequestHeaders().getFirst("Tricolor-Signature") + " " + body);
            }
            exchange.sendResponseHeaders(first ? 503 : 204, -1);
            exchange.close();
        });
        server.createContext("/gate/", exchange -> {
            String asked = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            ASKED.add(exchange.getRequestHeaders().getFirst("Tricolor-Signature") + " " + asked);
            String said = SAID.getOrDefault(exchange.getRequestURI().getPath(), "500");
            byte[] answer = said.startsWith("{") ? said.getBytes(UTF_8) : new byte[0];
            exchange.sendResponseHeaders(
                    said.startsWith("{") ? 200 : Integer.parseInt(said), answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void lets_the_reader_of_a_message_approve_once_and_only_what_it_was_sent_for(CapturedOutput output)
            throws Exception {
        create("linked");
        upgrade("linked", "INSTALL", "A", "1", "[]");
        awaitServing("linked", "A");
        String upgradeId = upgrade("linked", "GRAYSCALE", "B", "2", """
                [{"name":"few","rule":{"ids":[1]},"gates":[{"type":"approval","name":"two","approvals":2}]},
                 {"name":"tenth","rule":{"percent":10},"approval":true}]""");
        String link = approvalLink("few");
        assertThat(link).startsWith("http://strategy.example/api/groups/linked/approval-link?token=");
        String path = link.substring("http://strategy.example".length());
        HttpResponse<String> page = open(path);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body()).contains("Approve stage few of linked?", "Release <b>2</b>", "Approve as bob");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'");
        assertThat(get("/api/groups/linked/upgrades/" + upgradeId).at("/upgrade/approvedBy"))
                .as("looking does nothing")
                .isEmpty();

        int last = path.length() - 1;
        String forged =
                path.substring(0, last - 3) + (path.charAt(last - 3) == 'A' ? 'B' : 'A') + path.substring(last - 2);
        assertThat(submit(forged, "ok")).contains("Not approved", "APPROVAL_LINK_INVALID");
        assertThat(submit(path.replace("/linked/", "/steered/"), "ok")).contains("APPROVAL_LINK_INVALID");
        assertThat(submit(path, "")).contains("INVALID_ARGUMENT");
        assertThat(submit(path, "looks good")).contains("bob has approved stage few of linked");
        assertThat(submit(path, "again")).contains("bob has approved stage few already", "NO_APPROVAL_PENDING");
        assertThat(get("/api/groups/linked/upgrades/" + upgradeId)
                        .at("/upgrade/approvedBy/0")
                        .asString())
                .isEqualTo("bob");
        post(
                "/api/groups/linked/upgrades/" + upgradeId + "/approval",
                "{\"stage\":\"few\",\"reason\":\"ok\"}",
                "ann",
                "approver");
        awaitTitle("linked", "pass stage tenth");
        assertThat(submit(path, "again")).contains("does not wait for this approval any more");
        String next = approvalLink("tenth").substring("http://strategy.example".length());
        assertThat(submit(next, "fine")).contains("bob has approved stage tenth");
        awaitServing("linked", "B");
        assertThat(get("/api/groups/linked/history?limit=500&type=stage-approved&actor=bob")
                        .get("events"))
                .hasSize(2)
                .allSatisfy(line ->
                        assertThat(line.at("/event/approvedBy").asString()).isEqualTo("bob"));
        String token = path.replaceFirst(".*token=", "");
        assertThat(output.getAll()
                        + get("/api/notifications?limit=500", "olga", "operator")
                                .body())
                .doesNotContain(token)
                .doesNotContain("approval-link?");
    }

    private static String approvalLink(String stage) {
        await().atMost(PATIENCE).until(() -> HEARD.stream().anyMatch(told -> isApproval(told, stage)));
        String told =
                HEARD.stream().filter(one -> isApproval(one, stage)).findFirst().orElseThrow();
        return JSON.readTree(told.replaceFirst("^[^{]*", ""))
                .at("/data/approve")
                .asString("");
    }

    private static boolean isApproval(String told, String stage) {
        return told.contains("\"groupId\":\"linked\"") && told.contains("stage " + stage + " waits for approval");
    }

    private static HttpResponse<String> open(String path) throws Exception {
        return HTTP.send(HttpRequest.newBuilder(base.resolve(path)).build(), BodyHandlers.ofString());
    }

    private static String submit(String path, String reason) throws Exception {
        return HTTP.send(
                        HttpRequest.newBuilder(base.resolve(path))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(BodyPublishers.ofString("reason=" + reason.replace(' ', '+')))
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    @Test
    void upgrades_by_templates_of_which_every_version_is_kept() throws Exception {
        create("patterned");
        String path = "/api/groups/patterned/templates/careful";
        String first = """
                {"mode":"GRAYSCALE","stages":[{"name":"few","rule":{"ids":[1]},"approval":true}],"reason":"first of all"}""";
        assertThat(puts(path, first, "vera", "viewer").statusCode()).isEqualTo(403);
        assertThat(JSON.readTree(puts(path, first, "olga", "operator").body())
                        .get("version")
                        .asInt())
                .isEqualTo(1);
        assertThat(JSON.readTree(puts(path, first, "olga", "operator").body())
                        .get("version")
                        .asInt())
                .as("the same again")
                .isEqualTo(1);
        assertProblem(puts(path, first.replace("GRAYSCALE", "SWITCH"), "olga", "operator"), 400, "INVALID_TEMPLATE");
        assertProblem(puts(path, first.replace("\"few\"", "\"\""), "olga", "operator"), 400, "INVALID_STAGES");
        assertThat(JSON.readTree(puts(path, first.replace("few", "some"), "olga", "operator")
                                .body())
                        .get("version")
                        .asInt())
                .isEqualTo(2);
        assertThat(get(path).at("/template/stages/0/name").asString()).isEqualTo("some");
        assertThat(get(path + "?version=1").at("/template/stages/0/name").asString())
                .isEqualTo("few");
        assertProblem(get(path + "?version=3", "vera", "viewer"), 404, "TEMPLATE_NOT_FOUND");
        JsonNode dry = JSON.readTree(
                puts(path + "?dryRun=true", first, "olga", "operator").body());
        assertThat(dry.get("version").asInt()).as("what it would be").isEqualTo(3);
        assertThat(dry.get("changed").asBoolean()).isTrue();
        assertThat(dry.at("/template/stages/0/gates/0/type").asString()).isEqualTo("approval");
        assertThat(get(path).get("version").asInt()).as("what it is").isEqualTo(2);
        assertProblem(
                HTTP.send(
                        request(path, "olga", "operator")
                                .header("If-Match", "\"1\"")
                                .PUT(BodyPublishers.ofString(first))
                                .build(),
                        BodyHandlers.ofString()),
                412,
                "VERSION_MISMATCH");

        upgrade("patterned", "INSTALL", "A", "1", "[]");
        awaitServing("patterned", "A");
        String start = """
                {"template":"careful","templateVersion":1,"to":"B","manifest":%s,"reason":"release 2"}""".formatted(MANIFEST.formatted("2", "a".repeat(64)));
        JsonNode plan = JSON.readTree(post("/api/groups/patterned/upgrades?dryRun=true", start, "olga", "operator")
                .body());
        assertThat(plan.get("mode").asString()).isEqualTo("GRAYSCALE");
        assertThat(plan.get("approvals").asInt()).isEqualTo(1);
        String yaml = "template: careful\nto: B\nmanifest: " + MANIFEST.formatted("2", "a".repeat(64))
                + "\nreason: release 2\nstages:\n  - name: few\n    rule: {percent: 5}\n";
        assertThat(tryYaml(yaml).statusCode()).isEqualTo(200);
        HttpResponse<String> misspelt = tryYaml(yaml.replace("percent", "procent"));
        assertProblem(misspelt, 400, "INVALID_ARGUMENT");
        assertThat(JSON.readTree(misspelt.body()).get("detail").asString())
                .isEqualTo("line " + yaml.lines().count() + ", column 12, stages[0].rule.procent: "
                        + "there is no such member");
        String begun = post("/api/groups/patterned/upgrades", start, "olga", "operator")
                .headers()
                .firstValue("Location")
                .orElseThrow();
        awaitTitle("patterned", "pass stage few");
        assertThat(get(begun).at("/upgrade/source/template").asString()).isEqualTo("careful");
        assertThat(get(begun).at("/upgrade/source/version").asInt()).isEqualTo(1);
        assertThat(HTTP.send(
                                request(path + "?reason=unused", "olga", "operator")
                                        .DELETE()
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(204);
        assertThat(get("/api/groups/patterned/templates").get("templates")).isEmpty();
        assertProblem(
                post("/api/groups/patterned/upgrades", start.replace("\"templateVersion\":1,", ""), "olga", "operator"),
                404,
                "TEMPLATE_NOT_FOUND");
    }

    private static HttpResponse<String> tryYaml(String body) throws Exception {
        return HTTP.send(
                request("/api/groups/patterned/upgrades?dryRun=true", "olga", "operator")
                        .setHeader("Content-Type", "application/yaml")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpResponse<String> puts(String path, String body, String actor, String... roles) throws Exception {
        return HTTP.send(
                request(path, actor, roles).PUT(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    @Test
    void asks_webhooks_until_they_have_said_yes_or_no() throws Exception {
        create("hooked");
        upgrade("hooked", "INSTALL", "A", "1", "[]");
        awaitServing("hooked", "A");
        String address = "http://127.0.0.1:" + target.getAddress().getPort() + "/gate/";
        String stage =
                "{\"name\":\"%s\",\"rule\":{\"percent\":%d},\"gates\":[{\"type\":\"webhook\",\"name\":\"test\",\"url\":\"%s\"}]}";
        String stages = "[" + stage.formatted("first", 1, address + "at-once") + ","
                + stage.formatted("second", 2, address + "later") + ","
                + stage.formatted("third", 3, address + "bad") + "]";
        assertProblem(
                post(
                        "/api/groups/hooked/upgrades",
                        start("GRAYSCALE", "B", "2", stages.replace("/later", "/later?token=abc")),
                        "olga",
                        "operator"),
                400,
                "INVALID_STAGES");
        String upgradeId = upgrade("hooked", "GRAYSCALE", "B", "2", stages);
        await().atMost(PATIENCE).until(() -> missing("hooked").contains("the webhook answers 500"));
        SAID.put("/gate/at-once", "{\"verdict\":\"maybe\"}");
        await().atMost(PATIENCE).until(() -> missing("hooked").contains("verdict is PASS, FAIL or INCONCLUSIVE"));
        SAID.put("/gate/later", "202");
        SAID.put("/gate/at-once", "{\"verdict\":\"pass\",\"evidence\":{\"p99\":\"120 ms\",\"requests\":7}}");
        await().atMost(PATIENCE).until(() -> missing("hooked").contains("is to come from"));
        JsonNode question = JSON.readTree(ASKED.stream()
                        .filter(asked -> asked.contains("\"stage\":\"second\""))
                        .findFirst()
                        .orElseThrow()
                        .replaceFirst("^[^{]*", ""))
                .get("data");
        assertThat(question.get("release").asString()).isEqualTo("2");
        assertThat(question.get("baselineRelease").asString()).isEqualTo("1");
        String path = URI.create(question.at("/callback/url").asString()).getPath();
        String token = question.at("/callback/token").asString();
        assertProblem(callback(path, "wrong", "{\"verdict\":\"PASS\"}"), 404, "NOT_FOUND");
        assertProblem(callback(path, token, "[]"), 400, "INVALID_ARGUMENT");
        SAID.put("/gate/bad", "{\"verdict\":\"FAIL\",\"evidence\":{\"why\":\"checkout is broken\"}}");
        assertThat(callback(path, token, "{\"verdict\":\"PASS\"}").statusCode()).isEqualTo(204);
        awaitServing("hooked", "A");
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/hooked/upgrades/" + upgradeId)
                        .get("status")
                        .asString()
                        .equals("ABORTED"));
        assertThat(ASKED)
                .filteredOn(asked -> asked.contains("\"groupId\":\"hooked\""))
                .allSatisfy(asked -> assertThat(asked).startsWith("t=").contains(",v1=", "io.tricolor.gate.asked.v1"));
        assertThat(get("/api/groups/hooked/history?limit=500&type=gate-judged").get("events"))
                .extracting(line -> line.at("/event/verdict").asString())
                .containsExactly("PASS", "PASS", "FAIL");
        assertThat(get("/api/groups/hooked/history?limit=500&type=upgrade-aborting")
                        .get("events"))
                .singleElement()
                .satisfies(
                        line -> assertThat(line.at("/event/reason").asString()).contains("checkout is broken"));
        assertProblem(callback(path, token, "{\"verdict\":\"FAIL\"}"), 404, "NOT_FOUND");
    }

    private static String missing(String group) throws Exception {
        return get("/api/groups/" + group).at("/upgrade/missing").toString();
    }

    private static HttpResponse<String> callback(String path, String token, String body) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(base.resolve(path))
                        .header("Content-Type", "application/json")
                        .header("Tricolor-Callback-Token", token)
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void records_refused_commands_without_their_secrets() throws Exception {
        create("refusing");
        String path = "/api/groups/refusing/upgrades";
        post(path + "?token=hush-query", "{\"secret\":\"hush-body\"}", "vadim", "viewer");
        post("/api/groups/refusing/rollbacks", "{\"reason\":\"why\"}", "olaf", "operator");
        HTTP.send(
                HttpRequest.newBuilder(base.resolve(path))
                        .header("Authorization", "Bearer hush-token")
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.discarding());
        for (int i = 0; i < 50; i++) {
            post("/api/groups/refusing/epoch", "{\"reason\":\"flood\"}", "flood", "operator");
        }
        get("/api/groups/refusing/no-such-thing", "vadim", "viewer");
        List<String> found = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = reader("refusals")) {
            consumer.subscribe(List.of(Topics.AUDIT_REFUSALS));
            await().atMost(PATIENCE).until(() -> {
                for (ConsumerRecord<String, byte[]> refused : consumer.poll(Duration.ofMillis(200))) {
                    found.add(refused.key() + " " + new String(refused.value(), UTF_8));
                }
                return found.stream().filter(one -> one.startsWith("flood ")).count() >= 20
                        && found.stream().anyMatch(one -> one.startsWith("strategy-service "));
            });
        }
        assertThat(String.join(" ", found)).doesNotContain("hush");
        assertThat(found.stream().filter(one -> one.startsWith("flood "))).hasSize(20);
        assertThat(found)
                .anySatisfy(one -> assertThat(one)
                        .startsWith("vadim ")
                        .contains("\"groupId\":\"refusing\"", "\"path\":\"" + path + "\"", "\"status\":403"))
                .anySatisfy(one -> assertThat(one).startsWith("olaf ").contains("\"status\":409"))
                .anySatisfy(one -> assertThat(one)
                        .startsWith("strategy-service ")
                        .contains("\"code\":\"UNAUTHENTICATED\"")
                        .doesNotContain("\"actor\""))
                .noneSatisfy(one -> assertThat(one).contains("no-such-thing"));
    }

    @Test
    void refuses_strangers_and_wrong_roles_and_wrong_versions() throws Exception {
        create("locked");
        HttpResponse<String> nobody = HTTP.send(
                HttpRequest.newBuilder(base.resolve("/api/groups/locked")).GET().build(), BodyHandlers.ofString());
        assertProblem(nobody, 401, "UNAUTHENTICATED");
        assertProblem(post("/api/groups/locked/clusters", "{\"cluster\":\"C\"}", "vera", "viewer"), 403, "FORBIDDEN");
        assertProblem(get("/api/groups/locked", "gw", "router"), 403, "FORBIDDEN");
        assertProblem(post("/api/read-models/rebuild", "", "olga", "operator"), 403, "FORBIDDEN");
        HttpResponse<String> stale = HTTP.send(
                request("/api/groups/locked/clusters", "olga", "operator")
                        .header("If-Match", "\"99\"")
                        .POST(BodyPublishers.ofString("{\"cluster\":\"C\"}"))
                        .build(),
                BodyHandlers.ofString());
        assertProblem(stale, 412, "VERSION_MISMATCH");
        String large = "{\"cluster\":\"" + "C".repeat(2_000_000) + "\"}";
        assertProblem(post("/api/groups/locked/clusters", large, "olga", "operator"), 413, "PAYLOAD_TOO_LARGE");
        assertThat(get("/api/groups/locked").get("version").asLong()).isZero();
    }

    @Test
    void takes_a_release_back_by_itself_when_a_gate_says_fail() throws Exception {
        create("failing");
        upgrade("failing", "INSTALL", "A", "1", "[]");
        awaitServing("failing", "A");
        StrictJudge.VERDICTS.put("failing", Verdict.INCONCLUSIVE);
        String upgradeId = upgrade("failing", "GRAYSCALE", "B", "2", """
                [{"name":"tenth","rule":{"percent":10},"gates":[{"type":"metric","name":"errors"}]}]""");
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/failing")
                        .at("/upgrade/missing/errors of stage tenth")
                        .asString()
                        .startsWith("INCONCLUSIVE: needed 400"));
        StrictJudge.VERDICTS.put("failing", Verdict.FAIL);
        awaitServing("failing", "A");
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/failing/upgrades/" + upgradeId)
                        .get("status")
                        .asString()
                        .equals("ABORTED"));
        assertThat(get("/api/groups/failing").at("/clusters/B/status").asString())
                .isEqualTo("RED");
        JsonNode history = get("/api/groups/failing/history?limit=500").get("events");
        assertThat(history)
                .filteredOn(line -> line.get("type").asString().equals("cluster-group.gate-judged"))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.get("actor").asString()).isEqualTo("tricolor");
                    assertThat(line.at("/event/verdict").asString()).isEqualTo("FAIL");
                    assertThat(line.at("/event/evidence/needed").asString()).isEqualTo("400");
                });
        assertThat(history)
                .filteredOn(line -> line.get("type").asString().equals("cluster-group.upgrade-aborting"))
                .singleElement()
                .satisfies(line -> assertThat(line.at("/event/reason").asString())
                        .contains("gate errors of stage tenth says FAIL"));
    }

    @Test
    void lets_people_skip_repeat_and_change_stages_and_says_what_they_may() throws Exception {
        create("steered");
        upgrade("steered", "INSTALL", "A", "1", "[]");
        awaitServing("steered", "A");
        String upgradeId = upgrade("steered", "GRAYSCALE", "B", "2", """
                [{"name":"few","rule":{"ids":[1]},"gates":[{"type":"approval","name":"two","approvals":2}]},
                 {"name":"tenth","rule":{"percent":10},"approval":true}]""");
        String upgrade = "/api/groups/steered/upgrades/" + upgradeId;
        awaitTitle("steered", "pass stage few");
        assertActionsHold("steered");

        String hash = get(upgrade).at("/upgrade/planHash").asString();
        String yes = "{\"stage\":\"few\",\"planHash\":\"" + hash + "\",\"reason\":\"ok\"}";
        assertThat(post(upgrade + "/approval", yes, "ann", "approver").statusCode())
                .isEqualTo(202);
        String change = """
                {"stage":{"name":"tenth","rule":{"percent":5},"approval":true},"reason":"slower"}""";
        assertThat(post(upgrade + "/change", change, "olga", "operator").statusCode())
                .isEqualTo(202);
        assertThat(get(upgrade).at("/upgrade/approvedBy")).isEmpty();
        assertProblem(post(upgrade + "/approval", yes, "bob", "approver"), 409, "PLAN_CHANGED");

        String few = "{\"stage\":\"few\",\"reason\":\"why not\"}";
        assertProblem(post(upgrade + "/skip", few, "olga", "operator"), 403, "FORBIDDEN");
        assertProblem(post(upgrade + "/skip", few, "olga", "operator", "approver"), 409, "APPROVER_IS_REQUESTER");
        assertThat(post(upgrade + "/skip", few, "ann", "approver").statusCode()).isEqualTo(202);
        awaitTitle("steered", "pass stage tenth");
        assertThat(get("/api/groups/steered").at("/clusters/B/id/percent").asString())
                .isEqualTo("5.0");
        assertActionsHold("steered");
        assertProblem(post(upgrade + "/change", change.replace(":5}", ":6}"), "olga", "operator"), 409, "STAGE_BEGUN");

        assertThat(post(upgrade + "/repeat", few, "olga", "operator").statusCode())
                .isEqualTo(202);
        awaitTitle("steered", "pass stage few");
        assertThat(get("/api/groups/steered").at("/clusters/B/id/ids/0").asString())
                .isEqualTo("1");
        post(upgrade + "/abort", "{\"reason\":\"enough\"}", "olga", "operator");
        awaitServing("steered", "A");
        assertActionsHold("steered");
    }

    @Test
    void holds_upgrades_in_freeze_windows_and_never_what_goes_back() throws Exception {
        create("frozen");
        upgrade("frozen", "INSTALL", "A", "1", "[]");
        awaitServing("frozen", "A");
        String upgradeId = upgrade("frozen", "GRAYSCALE", "B", "2", """
                [{"name":"few","rule":{"ids":[1]},"approval":true}]""");
        awaitTitle("frozen", "pass stage few");
        String emergency = "{\"name\":\"frozen-stop\",\"groupId\":\"frozen\",\"until\":\""
                + Instant.now().plus(Duration.ofHours(1)) + "\",\"reason\":\"payments fail\"}";
        assertProblem(post("/api/freezes", emergency, "vera", "viewer"), 403, "FORBIDDEN");
        assertThat(post("/api/freezes", emergency, "olga", "operator").statusCode())
                .isEqualTo(201);
        assertThat(get("/api/freezes/frozen-stop").get("inForce").asBoolean()).isTrue();
        assertProblem(
                HTTP.send(
                        request("/api/freezes", "olga", "operator")
                                .header("If-Match", "\"999\"")
                                .POST(BodyPublishers.ofString(emergency.replace("frozen-stop", "frozen-late")))
                                .build(),
                        BodyHandlers.ofString()),
                412,
                "VERSION_MISMATCH");
        assertProblem(
                post("/api/freezes", emergency.replace("payments", "logins"), "olga", "operator"),
                409,
                "FREEZE_WINDOW_EXISTS");
        String upgrade = "/api/groups/frozen/upgrades/" + upgradeId;
        post(upgrade + "/approval", "{\"stage\":\"few\",\"reason\":\"ok\"}", "ann", "approver");
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/frozen")
                        .at("/upgrade/missing/end of the freeze")
                        .asString()
                        .contains("frozen-stop"));
        assertActionsHold("frozen");
        String why = "{\"reason\":\"it closes a hole\"}";
        assertProblem(post(upgrade + "/override-freeze", why, "olga", "operator"), 403, "FORBIDDEN");
        assertThat(post(upgrade + "/override-freeze", why, "root", "admin").statusCode())
                .isEqualTo(202);
        awaitServing("frozen", "B");
        assertProblem(
                post("/api/groups/frozen/upgrades", start("SWITCH", "A", "3", "[]"), "olga", "operator"),
                409,
                "UPGRADE_FROZEN");
        String forced = start("SWITCH", "A", "3", "[]").replaceFirst("\\{", "{\"overrideFreeze\":true,");
        assertProblem(post("/api/groups/frozen/upgrades", forced, "olga", "operator"), 403, "FORBIDDEN");
        assertThat(post("/api/groups/frozen/rollbacks", "{\"reason\":\"worse\"}", "olga", "operator")
                        .statusCode())
                .isEqualTo(202);
        awaitServing("frozen", "A");
        HttpResponse<String> lifted = HTTP.send(
                request("/api/freezes/frozen-stop?reason=found", "olga", "operator")
                        .DELETE()
                        .build(),
                BodyHandlers.ofString());
        assertProblem(lifted, 403, "FORBIDDEN");
        assertThat(HTTP.send(
                                request("/api/freezes/frozen-stop?reason=found", "root", "admin")
                                        .DELETE()
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(204);
        assertThat(get("/api/freezes").get("windows"))
                .noneMatch(one -> one.at("/window/name").asString().equals("frozen-stop"));
        assertThat(get("/api/groups/frozen/history?limit=500").get("events"))
                .filteredOn(line -> line.get("type").asString().equals("cluster-group.freeze-overridden"))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.get("actor").asString()).isEqualTo("root");
                    assertThat(line.at("/event/windows/0").asString()).isEqualTo("frozen-stop");
                });
    }

    @Test
    void takes_groups_on_a_train_together_and_back_together() throws Exception {
        for (String group : List.of("coach", "buffet")) {
            create(group);
            upgrade(group, "INSTALL", "A", "1", "[]");
        }
        awaitServing("coach", "A");
        awaitServing("buffet", "A");
        String slowly = train("GRAYSCALE", """
                [{"name":"few","rule":{"ids":[1]},"approval":true}]""");

        String stop = "{\"name\":\"buffet-stop\",\"groupId\":\"buffet\",\"until\":\""
                + Instant.now().plus(Duration.ofHours(1)) + "\",\"reason\":\"lunch\"}";
        post("/api/freezes", stop, "olga", "operator");
        assertProblem(post("/api/trains", slowly, "olga", "operator"), 409, "UPGRADE_FROZEN");
        assertThat(get("/api/groups/coach").has("upgrade")).as("all or nothing").isFalse();
        HTTP.send(
                request("/api/freezes/buffet-stop?reason=eaten", "root", "admin")
                        .DELETE()
                        .build(),
                BodyHandlers.ofString());
        assertProblem(post("/api/trains", slowly, "vera", "viewer"), 403, "FORBIDDEN");
        assertProblem(post("/api/trains", train("ROLLING", "[]"), "olga", "operator"), 400, "INVALID_TRAIN");
        assertThat(JSON.readTree(post("/api/trains?dryRun=true", slowly, "olga", "operator")
                                .body())
                        .get("groups"))
                .extracting(plan -> plan.get("groupId").asString())
                .containsExactly("coach", "buffet");

        String first = begun("keyed", slowly);
        assertThat(begun("keyed", slowly)).as("the same request again").isEqualTo(first);
        awaitTitle("coach", "pass stage few");
        awaitTitle("buffet", "pass stage few");
        post(
                "/api/groups/coach/upgrades/" + first + "/approval",
                "{\"stage\":\"few\",\"reason\":\"ok\"}",
                "ann",
                "approver");
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/coach")
                        .at("/upgrade/missing/other groups of the train")
                        .asString()
                        .contains("buffet is at 'pass stage few'"));
        String why = "{\"reason\":\"buffet is closed\"}";
        post("/api/groups/buffet/upgrades/" + first + "/abort", why, "olga", "operator");
        awaitTrain(first, "ABORTED");
        awaitServing("coach", "A");
        awaitServing("buffet", "A");

        String second = begun("other", train("SWITCH", "[]"));
        awaitTrain(second, "COMPLETED");
        awaitServing("coach", "B");
        awaitServing("buffet", "B");
        assertThat(get("/api/trains").at("/trains/0/trainId").asString()).isEqualTo(second);
        assertThat(post("/api/trains/" + second + "/rollback", why, "olga", "operator")
                        .statusCode())
                .isEqualTo(202);
        awaitServing("coach", "A");
        awaitServing("buffet", "A");
        assertProblem(post("/api/trains/" + second + "/rollback", why, "olga", "operator"), 409, "NOTHING_TO_CHANGE");
        assertProblem(post("/api/trains/" + second + "/abort", why, "olga", "operator"), 409, "UPGRADE_NOT_RUNNING");
        assertProblem(get("/api/trains/train-0", "vera", "viewer"), 404, "TRAIN_NOT_FOUND");
    }

    private static String train(String mode, String stages) {
        String manifest = MANIFEST.formatted("2", "a".repeat(64));
        return """
                {"mode":"%s","stages":%s,"groups":[{"groupId":"coach","to":"B","manifest":%s},
                 {"groupId":"buffet","manifest":%s}],"reason":"together"}""".formatted(mode, stages, manifest, manifest);
    }

    private static String begun(String key, String train) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                request("/api/trains", "olga", "operator")
                        .header("Idempotency-Key", key)
                        .POST(BodyPublishers.ofString(train))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return JSON.readTree(answer.body()).get("trainId").asString();
    }

    private static void awaitTrain(String trainId, String status) {
        await().atMost(PATIENCE)
                .until(() -> get("/api/trains/" + trainId, "vera", "viewer")
                        .body()
                        .contains("\"status\":\"" + status + "\""));
    }

    private static void awaitTitle(String group, String title) {
        await().atMost(PATIENCE)
                .until(() -> get("/api/groups/" + group)
                        .at("/upgrade/title")
                        .asString()
                        .equals(title));
    }

    /** What is shown as refused is refused with that code, for every role. What is allowed is not done here. */
    private static void assertActionsHold(String group) throws Exception {
        for (String role : List.of("viewer", "operator", "approver", "admin")) {
            for (JsonNode action : JSON.readTree(
                            get("/api/groups/" + group, "olga", role).body())
                    .get("actions")) {
                assertThat(action.has("confirm"))
                        .isEqualTo(action.get("allowed").asBoolean());
                if (action.get("allowed").asBoolean()) {
                    continue;
                }
                Map<String, String> body = new TreeMap<>(Map.of("reason", "try"));
                switch (action.get("name").asString()) {
                    case "approve", "skip", "repeat" ->
                        body.put("stage", action.get("target").asString());
                    case "decommission" -> body.put("confirmation", group);
                    default -> {
                        // a reason is enough
                    }
                }
                HttpResponse<String> answer = HTTP.send(
                        request(
                                        action.get("path").asString() + "?reason=try".repeat(isDelete(action) ? 1 : 0),
                                        "olga",
                                        role)
                                .method(
                                        action.get("method").asString(),
                                        BodyPublishers.ofString(isDelete(action) ? "" : JSON.writeValueAsString(body)))
                                .build(),
                        BodyHandlers.ofString());
                assertThat(answer.statusCode()).as("%s %s", role, action).isGreaterThan(399);
                assertProblem(answer, answer.statusCode(), action.get("code").asString());
            }
        }
    }

    private static boolean isDelete(JsonNode action) {
        return action.get("method").asString().equals("DELETE");
    }

    // ---- the other side

    /** Says of every gate what it was told to. */
    @Configuration(proxyBeanMethods = false)
    static class StrictJudge {

        static final Map<String, Verdict> VERDICTS = new ConcurrentHashMap<>();
        static final Map<String, Double> LOADS = new ConcurrentHashMap<>();
        private static final AtomicLong NUMBER = new AtomicLong();

        @Bean
        TopicConsumer strictness(MessagePublisher publisher) {
            return TopicConsumer.of("strict-judge", Topics.MONITOR_COMMANDS)
                    .on(
                            JudgeGate.class,
                            (asked, envelope) -> publisher.publish(
                                    Topics.MONITOR_OBSERVATIONS,
                                    asked.groupId(),
                                    new GateObserved(
                                            asked.groupId(),
                                            asked.upgradeId(),
                                            asked.step(),
                                            asked.stage(),
                                            asked.gate().name(),
                                            asked.epoch(),
                                            asked.fence(),
                                            NUMBER.incrementAndGet(),
                                            VERDICTS.getOrDefault(asked.groupId(), Verdict.INCONCLUSIVE),
                                            new TreeMap<>(Map.of("needed", "400")),
                                            Instant.now())))
                    .on(ObserveLoad.class, (asked, envelope) -> {
                        for (String cluster : List.of("A", "B")) {
                            Instant now = Instant.now();
                            publisher.publish(
                                    Topics.MONITOR_OBSERVATIONS,
                                    asked.groupId(),
                                    new LoadObserved(
                                            asked.groupId(),
                                            cluster,
                                            "web",
                                            now.minusSeconds(15),
                                            now,
                                            1,
                                            LOADS.get(asked.groupId()),
                                            true,
                                            null,
                                            false,
                                            List.of()));
                        }
                    })
                    .build();
        }
    }

    /** Does what deploy-service does, at once. */
    @Configuration(proxyBeanMethods = false)
    static class ObedientDeployer {

        static final Map<String, Set<String>> INSTANCES = new ConcurrentHashMap<>();
        private static final AtomicLong NUMBER = new AtomicLong();

        @Bean
        TopicConsumer obedience(MessagePublisher publisher) {
            return TopicConsumer.of("obedient-deployer", Topics.DEPLOY_COMMANDS)
                    .on(
                            EnsureCluster.class,
                            (desired, envelope) ->
                                    publisher.publish(Topics.DEPLOY_OBSERVATIONS, desired.groupId(), observe(desired)))
                    .build();
        }

        private static final Map<String, List<String>> RUNNING = new ConcurrentHashMap<>();

        private static ClusterObserved observe(EnsureCluster desired) {
            String cluster = desired.groupId() + "/" + desired.cluster();
            List<ClusterObserved.ServiceObservation> services = new ArrayList<>();
            Set<String> offered = new HashSet<>();
            desired.instances().forEach((service, count) -> {
                List<String> withdrawn = desired.withdrawn().getOrDefault(service, List.of());
                List<String> ids = RUNNING.computeIfAbsent(
                        cluster + "/" + service + "/" + desired.manifest().version(), key -> new ArrayList<>());
                while (ids.size() < count) {
                    ids.add(cluster + "/" + NUMBER.incrementAndGet());
                }
                for (String id : List.copyOf(ids)) {
                    if (ids.size() > count && (count == 0 || withdrawn.contains(id))) {
                        ids.remove(id);
                    }
                }
                List<ClusterObserved.Instance> instances = new ArrayList<>();
                for (String id : ids) {
                    boolean isOut = withdrawn.contains(id);
                    instances.add(new ClusterObserved.Instance(id, "127.0.0.1", 1000, true, isOut));
                    if (!isOut) {
                        offered.add(id);
                    }
                }
                services.add(new ClusterObserved.ServiceObservation(
                        service, count, instances.size(), instances.size(), instances));
            });
            INSTANCES.put(cluster, offered);
            return new ClusterObserved(
                    desired.groupId(),
                    desired.cluster(),
                    desired.epoch(),
                    desired.fence(),
                    desired.digest(),
                    NUMBER.incrementAndGet(),
                    services,
                    null,
                    Instant.now());
        }
    }

    /** Applies every table at once and sees every instance. */
    private static final class ObedientRouter extends Thread {

        private volatile List<URI> addresses;

        ObedientRouter(URI address) {
            super("obedient-router");
            addresses = List.of(address);
        }

        /** From now on it asks these, the first one that answers. */
        void goesTo(URI... these) {
            addresses = List.of(these);
        }

        private HttpResponse<String> answer(String path, Function<HttpRequest.Builder, HttpRequest.Builder> method)
                throws Exception {
            IOException failure = new IOException("no address");
            for (URI address : addresses) {
                try {
                    return HTTP.send(
                            method.apply(request(address, path, "gw-1", "router"))
                                    .build(),
                            BodyHandlers.ofString());
                } catch (IOException e) {
                    failure = e;
                }
            }
            throw failure;
        }

        @Override
        public void run() {
            try {
                while (!isInterrupted()) {
                    report();
                    Thread.sleep(50);
                }
            } catch (InterruptedException e) {
                interrupt();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        private long sequence;

        private void report() throws Exception {
            Map<String, Object> groups = new TreeMap<>();
            for (JsonNode table : JSON.readTree(
                            answer("/api/route-tables/changes?router=gw-1", HttpRequest.Builder::GET)
                                    .body())
                    .get("tables")) {
                String group = table.get("group").asString();
                Map<String, Object> usable = new TreeMap<>();
                for (String cluster : List.of("A", "B", "C")) {
                    usable.put(
                            cluster,
                            Map.of("web", ObedientDeployer.INSTANCES.getOrDefault(group + "/" + cluster, Set.of())));
                }
                groups.put(
                        group,
                        Map.of(
                                "epoch", table.get("epoch").asLong(),
                                "version", table.get("version").asLong(),
                                "sha256", table.get("sha256").asString(),
                                "inFlight", Map.of(),
                                "inFlightInstances", Map.of(),
                                "usableInstances", usable,
                                "incomplete", false));
            }
            String body = JSON.writeValueAsString(Map.of(
                    "routerId",
                    "gw-1",
                    "bootId",
                    "boot-1",
                    "kind",
                    "test",
                    "sequence",
                    ++sequence,
                    "round",
                    sequence,
                    "last",
                    true,
                    "groups",
                    groups));
            HttpResponse<String> answer =
                    answer("/api/routers/gw-1", request -> request.PUT(BodyPublishers.ofString(body)));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
    }

    // ---- calls

    private static void create(String group) throws Exception {
        HttpResponse<String> created = post("/api/groups", """
                {"groupId":"%s","application":"shop","environment":"test","clusters":["A","B"],
                 "entries":[{"pathPrefix":"/%s","service":"web"}]}""".formatted(group, group), "olga", "operator");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(created.headers().firstValue("ETag")).contains("\"0\"");
    }

    private static String start(String mode, String to, String version, String stages) {
        return """
                {"mode":"%s","to":"%s","manifest":%s,"stages":%s,"reason":"release %s"}""".formatted(mode, to, MANIFEST.formatted(version, "a".repeat(64)), stages, version);
    }

    private static String upgrade(String group, String mode, String to, String version, String stages)
            throws Exception {
        HttpResponse<String> begun =
                post("/api/groups/" + group + "/upgrades", start(mode, to, version, stages), "olga", "operator");
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        return JSON.readTree(begun.body()).get("upgradeId").asString();
    }

    private static void awaitServing(String group, String cluster) {
        await().atMost(PATIENCE).until(() -> {
            JsonNode view = get("/api/groups/" + group);
            return !view.has("upgrade")
                    && view.at("/clusters/" + cluster + "/status").asString().equals("GREEN");
        });
    }

    private static JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = get(path, "vera", "viewer");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static HttpResponse<String> get(String path, String actor, String... roles) throws Exception {
        return HTTP.send(request(path, actor, roles).GET().build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String body, String actor, String... roles) throws Exception {
        return HTTP.send(
                request(path, actor, roles).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private static void put(String path, String body) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                request(path, "olga", "operator")
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static HttpRequest.Builder request(String path, String actor, String... roles) {
        return request(base, path, actor, roles);
    }

    private static HttpRequest.Builder request(URI address, String path, String actor, String... roles) {
        return HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(40))
                .header("Authorization", TOKENS.bearer(actor, roles))
                .header("Content-Type", "application/json");
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.get("traceId").asString()).hasSize(32);
        if (!code.equals("*")) {
            assertThat(problem.get("code").asString()).isEqualTo(code);
        }
    }

    private static KafkaConsumer<String, byte[]> reader(String of) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", SharedEngines.bootstrapServers());
        settings.put("group.id", "reader-of-" + of);
        settings.put("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** Sequences of a group's events as a consumer that knows only the contracts reads them. */
    private static List<Long> published(String group, int expected) {
        List<Long> sequences = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = reader(group)) {
            consumer.subscribe(List.of(Topics.CLUSTER_GROUP_EVENTS));
            await().atMost(PATIENCE).until(() -> {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (record.key().equals(group)) {
                        sequences.add(Long.parseLong(new String(
                                record.headers().lastHeader("ce_sequence").value())));
                    }
                }
                return sequences.size() >= expected;
            });
        }
        return sequences;
    }
}
