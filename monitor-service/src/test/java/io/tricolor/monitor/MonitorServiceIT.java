package io.tricolor.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.gate.GateObserved;
import io.tricolor.contracts.gate.JudgeGate;
import io.tricolor.contracts.group.Gate;
import io.tricolor.contracts.group.Verdict;
import io.tricolor.contracts.health.HealthChanged;
import io.tricolor.contracts.health.HealthStatus;
import io.tricolor.contracts.load.LoadObserved;
import io.tricolor.contracts.load.ObserveLoad;
import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.engines.TricolorHome;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.message.CloudEvents;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.kit.message.Undecodable;
import io.tricolor.kit.testing.CheckedAnswers;
import io.tricolor.kit.testing.StrangeRequests;
import io.tricolor.kit.testing.StrangeRequests.Good;
import io.tricolor.kit.testing.TestTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on real PostgreSQL, Kafka and local-consul. */
@Timeout(180)
class MonitorServiceIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final TestTokens TOKENS = TestTokens.create();
    private static final AtomicReference<String> ROUTERS = new AtomicReference<>("{\"routers\":[]}");

    @TempDir
    private static Path dir;

    private static int consulPort;
    private static int port;
    private static ChildProcess consul;
    private static final AtomicBoolean REGISTRY_IS_EMPTY = new AtomicBoolean();

    private static HttpServer registry;
    private static HttpServer strategy;
    private static ConfigurableApplicationContext monitor;

    @BeforeAll
    static void start() throws Exception {
        consulPort = Ports.free();
        consul = ChildProcess.start(ProcessSpec.of("local-consul", dir)
                .command(JvmProcess.command(
                        TricolorHome.find().resolve("infra/local-engines/local-consul"),
                        "io.tricolor.consul.LocalConsul",
                        JvmProcess.SMALL,
                        List.of("--port=" + consulPort, "--data-dir=" + dir.resolve("consul"))))
                .readiness(Readiness.http(URI.create("http://127.0.0.1:" + consulPort + "/v1/status/leader")))
                .build());
        registry = http(path -> {
            if (REGISTRY_IS_EMPTY.get()) {
                return "{}";
            }
            try {
                return call("GET", consulUri(path), "", Map.of()).body();
            } catch (IOException e) {
                return "";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "";
            }
        });
        strategy = http(exchangePath -> switch (exchangePath) {
            case "/api/route-tables/shop" -> """
                {"group":"shop","epoch":0,"version":3,"affinity":"ID","entries":[],"clusters":{
                  "A":{"status":"RED","id":{"all":false,"ids":[],"intervals":[]}},
                  "B":{"status":"GREEN","id":{"all":true,"ids":[],"intervals":[]}}}}
                """;
            default -> "";
        });
        strategy.createContext("/api/routers", exchange -> {
            String query = exchange.getRequestURI().getRawQuery();
            String page = query == null ? firstPage() : query.equals("after=r1%2Fanother") ? ROUTERS.get() : "";
            byte[] body = page.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        Path token = Files.writeString(
                dir.resolve("monitor.token"),
                TOKENS.bearer("monitor-service", "service").substring(7));
        port = Ports.free();
        monitor = new SpringApplicationBuilder(MonitorService.class, CheckedAnswers.class)
                .run(
                        "--server.port=" + port,
                        "--spring.datasource.url=" + SharedEngines.freshDatabase("monitor"),
                        "--spring.kafka.bootstrap-servers=" + SharedEngines.bootstrapServers(),
                        "--spring.cloud.consul.port=" + consulPort,
                        "--tricolor.consul.url=http://127.0.0.1:"
                                + registry.getAddress().getPort(),
                        "--tricolor.monitor.forget-after=4s",
                        "--tricolor.monitor.lease=2s",
                        "--tricolor.strategy.url=http://127.0.0.1:" + Ports.free() + ",http://127.0.0.1:"
                                + strategy.getAddress().getPort(),
                        "--tricolor.monitor.interval=100ms",
                        "--tricolor.load.interval=200ms",
                        "--tricolor.security.token-file=" + token,
                        "--tricolor.security.public-key=" + TOKENS.publicKey());
    }

    @AfterAll
    static void stop() {
        if (monitor != null) {
            monitor.close();
        }
        if (strategy != null) {
            strategy.stop(0);
        }
        if (registry != null) {
            registry.stop(0);
        }
        if (consul != null) {
            consul.kill();
        }
        CheckedAnswers.assertThatAllFitted();
    }

    @Test
    void answers_whatever_is_asked() throws Exception {
        String viewer = TOKENS.bearer("vic", "viewer");
        new StrangeRequests(URI.create("http://127.0.0.1:" + port))
                .send(
                        List.of(
                                new Good("GET", "/api/health?status=UP&prefix=a&after=b&limit=5", viewer, null, null),
                                new Good("GET", "/api/health/instance/a?after=1&limit=5", viewer, null, null),
                                new Good("GET", "/api/gates/shop", viewer, null, null),
                                new Good("GET", "/api/traffic?group=shop", viewer, null, null),
                                new Good("GET", "/api/drains/shop/A", viewer, null, null),
                                new Good("GET", "/api/prometheus/targets", viewer, null, null)),
                        150);
    }

    @Test
    void instance_that_goes_down_is_one_event_on_kafka() throws Exception {
        HttpServer instance = http(path -> "fine");
        String subject = "instance/shop/A/web/shop-a-web-1";
        registerInstance("shop-web", "shop-a-web-1", instance.getAddress().getPort());
        awaitStatus(subject, "UP");
        instance.stop(0);
        awaitStatus(subject, "DOWN");
        HttpServer marker = http(path -> "fine");
        registerInstance("shop-web", "marker", marker.getAddress().getPort());
        List<HealthChanged> events = readUntil("instance/shop/A/web/marker", HealthStatus.UP);
        marker.stop(0);
        assertThat(events.stream().filter(event -> event.subjectId().equals(subject)))
                .extracting(HealthChanged::sequence, HealthChanged::before, HealthChanged::now)
                .containsExactly(
                        tuple(0L, HealthStatus.UNKNOWN, HealthStatus.UP),
                        tuple(1L, HealthStatus.UP, HealthStatus.DOWN));

        JsonNode view = get("/api/health/" + subject).json();
        assertThat(view.get("details").get("checks").stringValue()).isEqualTo("critical");
        assertThat(view.get("history").size()).isEqualTo(2);
        JsonNode firstPage = get("/api/health/" + subject + "?limit=1").json();
        assertThat(firstPage.get("history").size()).isEqualTo(1);
        assertThat(get("/api/health/" + subject + "?limit=1&after="
                                + firstPage.get("next").longValue())
                        .json()
                        .get("history")
                        .get(0)
                        .get("now")
                        .stringValue())
                .isEqualTo("DOWN");
        assertThat(get("/api/health?prefix=instance/shop/&status=down").body()).contains(subject);
        assertThat(get("/api/health?prefix=instance/shop/&status=up").body()).doesNotContain(subject);

        call("PUT", consulUri("/v1/agent/service/deregister/shop-a-web-1"), "", Map.of());
        awaitStatus(subject, "UNKNOWN");
    }

    @Test
    void subjects_are_paged() throws Exception {
        HttpServer instance = http(path -> "fine");
        for (String id : List.of("p1", "p2", "p3")) {
            registerInstance("paged", id, instance.getAddress().getPort());
        }
        String prefix = "/api/health?limit=2&prefix=instance/shop/A/web/p";
        await().atMost(PATIENCE).until(() -> get(prefix).json().get("next").isString());
        JsonNode first = get(prefix).json();
        assertThat(first.get("subjects").size()).isEqualTo(2);
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode second =
                    get(prefix + "&after=" + first.get("next").stringValue()).json();
            assertThat(second.get("subjects").size()).isEqualTo(1);
            assertThat(second.get("next").isNull()).isTrue();
        });
        instance.stop(0);
    }

    @Test
    void service_is_up_only_when_its_actuator_is() throws Exception {
        AtomicReference<String> status = new AtomicReference<>("DOWN");
        HttpServer service = http(path -> "{\"status\":\"" + status.get() + "\"}");
        int servicePort = service.getAddress().getPort();
        call("PUT", consulUri("/v1/agent/service/register"), """
                {"ID":"sick","Name":"sick-service","Address":"127.0.0.1","Port":%d,
                 "Check":{"TTL":"600s","Status":"passing"}}
                """.formatted(servicePort), Map.of());
        String subject = "service/sick-service/127.0.0.1:" + servicePort;
        awaitStatus(subject, "DOWN");
        status.set("UP");
        awaitStatus(subject, "UP");
        service.stop(0);
        awaitStatus(subject, "DOWN");
        assertThat(get("/metrics").body())
                .contains("tricolor_monitor_service_up{service=\"sick-service\",address=\"127.0.0.1:" + servicePort
                        + "\",} 0.0");
    }

    @Test
    void registry_that_cannot_be_read_is_one_event_about_the_registry() throws Exception {
        String self = "service/monitor-service/127.0.0.1:" + port;
        awaitStatus(self, "UP");
        awaitStatus("registry/consul", "UP");
        long before = history(self);
        long ofRegistry = history("registry/consul");
        consul.kill();
        awaitStatus(self, "UNKNOWN");
        awaitStatus("registry/consul", "DOWN");
        assertThat(get("/api/health/" + self).json().get("recorded").stringValue())
                .isEqualTo("UP");
        assertThat(get("/api/health?status=UP").json().get("subjects").size()).isZero();
        assertThat(get("/api/prometheus/targets").status()).isEqualTo(503);
        assertThat(get("/metrics").body()).doesNotContain("tricolor_monitor_service_up{");
        consul.relaunch();
        consul.awaitReady();
        awaitStatus(self, "UP");
        assertThat(history(self)).isEqualTo(before);
        assertThat(history("registry/consul")).isEqualTo(ofRegistry + 2);
    }

    @Test
    void nothing_is_concluded_from_a_registry_that_names_nothing() throws Exception {
        String self = "service/monitor-service/127.0.0.1:" + port;
        awaitStatus(self, "UP");
        long before = history(self);
        REGISTRY_IS_EMPTY.set(true);
        try {
            awaitStatus("registry/consul", "DOWN");
            awaitStatus(self, "UNKNOWN");
        } finally {
            REGISTRY_IS_EMPTY.set(false);
        }
        awaitStatus(self, "UP");
        assertThat(history(self)).isEqualTo(before);
    }

    @Test
    void subject_that_is_gone_for_long_leaves_with_an_event_and_a_tombstone() throws Exception {
        HttpServer instance = http(path -> "fine");
        String subject = "instance/shop/A/web/leaves";
        registerInstance("leaving", "leaves", instance.getAddress().getPort());
        awaitStatus(subject, "UP");
        call("PUT", consulUri("/v1/agent/service/deregister/leaves"), "", Map.of());
        await().atMost(PATIENCE).until(() -> get("/api/health/" + subject).status() == 404);
        List<String> records = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = consumer("monitor-it-leaves")) {
            await().atMost(PATIENCE).until(() -> {
                for (ConsumerRecord<String, byte[]> received : consumer.poll(Duration.ofMillis(200))) {
                    if (received.key().equals(subject)) {
                        records.add(
                                received.value() == null
                                        ? "tombstone"
                                        : CloudEvents.payloadOf(received)
                                                .getClass()
                                                .getSimpleName());
                    }
                }
                return records.contains("tombstone");
            });
        }
        assertThat(records).containsExactly("HealthChanged", "HealthChanged", "HealthForgotten", "tombstone");

        registerInstance("leaving", "leaves", instance.getAddress().getPort());
        awaitStatus(subject, "UP");
        assertThat(get("/api/health/" + subject).json().get("sequence").longValue())
                .isEqualTo(3);
        instance.stop(0);
    }

    private static long history(String subject) throws Exception {
        return get("/api/health/" + subject).json().get("history").size();
    }

    private static KafkaConsumer<String, byte[]> consumer(String group) {
        return consumer(group, Topics.MONITOR_HEALTH);
    }

    private static KafkaConsumer<String, byte[]> consumer(String group, String topic) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                SharedEngines.bootstrapServers(),
                "group.id",
                group,
                "auto.offset.reset",
                "earliest");
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    @Test
    void drain_is_judged_from_the_routers_reports() throws Exception {
        ROUTERS.set(routers(Instant.now(), 3, 2));
        assertThat(verdict()).isEqualTo("DRAINING");
        ROUTERS.set(routers(Instant.now(), 3, 0));
        JsonNode drained = get("/api/drains/shop/A").json();
        assertThat(drained.get("verdict").stringValue()).isEqualTo("DRAINED");
        assertThat(drained.get("evidence").get(0).get("version").longValue()).isEqualTo(3);
        ROUTERS.set(routers(Instant.now(), 2, 0));
        assertThat(verdict()).isEqualTo("DRAINING");
        ROUTERS.set(routers(Instant.now().minusSeconds(60), 3, 0));
        assertThat(verdict()).isEqualTo("INCONCLUSIVE");
        ROUTERS.set("{\"routers\":[]}");
        assertThat(verdict()).isEqualTo("INCONCLUSIVE");
        ROUTERS.set("not JSON");
        assertThat(verdict()).isEqualTo("INCONCLUSIVE");
        assertThat(get("/api/drains/shop/B").json().get("verdict").stringValue())
                .isEqualTo("INCONCLUSIVE");
        assertThat(get("/api/drains/unknown/A").json().get("verdict").stringValue())
                .isEqualTo("INCONCLUSIVE");
    }

    @Test
    void prometheus_finds_the_services() throws Exception {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(get("/api/prometheus/targets").body())
                        .contains(
                                "127.0.0.1:" + port,
                                "\"service\":\"monitor-service\"",
                                "\"__metrics_path__\":\"/metrics\""));
    }

    @Test
    void machine_is_shown_as_json_and_to_prometheus() throws Exception {
        JsonNode machine = get("/api/machine").json();
        assertThat(machine.get("memory").get("totalBytes").longValue()).isGreaterThan(100L << 20);
        assertThat(machine.get("cpuRatio").doubleValue()).isBetween(0.0, 1.0);
        assertThat(machine.get("processes").intValue()).isPositive();
        assertThat(machine.get("suite").get("LocalConsul").get("residentBytes").longValue())
                .isPositive();
        assertThat(get("/metrics").body())
                .contains(
                        "tricolor_machine_cpu_ratio ",
                        "tricolor_machine_load{minutes=\"1\",}",
                        "tricolor_machine_memory_bytes{area=\"ram\",kind=\"used\",}",
                        "tricolor_machine_disk_bytes{",
                        "tricolor_machine_file_descriptors{kind=\"open\",}",
                        "tricolor_machine_network_bytes_total{",
                        "tricolor_process_resident_bytes{process=\"LocalConsul\",}",
                        "tricolor_monitor_subjects{status=\"UP\",}");
    }

    @Test
    void bad_requests_are_problems() throws Exception {
        assertThat(problem("/api/health?status=fine")).isEqualTo("INVALID_ARGUMENT");
        assertThat(problem("/api/health?limit=0")).isEqualTo("INVALID_ARGUMENT");
        assertThat(problem("/api/health/service/nobody/127.0.0.1:1")).isEqualTo("SUBJECT_NOT_FOUND");
        assertThat(problem("/api/nothing")).isEqualTo("NOT_FOUND");
        Answer anonymous = call("GET", uri("/api/machine"), "", Map.of());
        assertThat(anonymous.status()).isEqualTo(401);
        assertThat(anonymous.json().get("code").stringValue()).isEqualTo("UNAUTHENTICATED");
        Answer router = call("GET", uri("/api/machine"), "", Map.of("Authorization", TOKENS.bearer("r1", "router")));
        assertThat(router.status()).isEqualTo(403);
    }

    /** A router whose counters are what a test makes of them. */
    private static final class FakeRouter implements AutoCloseable {

        private final String group;
        private final HttpServer server;
        private long started = 1_000;
        private long a;
        private long errorsOfA;
        private long b;
        private long errorsOfB;

        /** Whether it counts cohorts: what is counted below; all requests are ten times as many, and good. */
        private volatile boolean cohorts;

        FakeRouter(String group) throws IOException {
            this.group = group;
            this.server = http(path -> path.equals("/metrics") ? page() : "");
            ROUTERS.set("""
                    {"routers":[{"reportedAt":"%s","silent":false,"report":{"routerId":"r1","bootId":"b","kind":"nginx",
                     "address":"127.0.0.1:%d","sequence":1,"round":1,"last":true,"groups":{}}}]}
                    """.formatted(Instant.now(), server.getAddress().getPort()));
        }

        private synchronized String page() {
            if (cohorts) {
                return "# TYPE tricolor_nginx_cohort_requests_total counter\n"
                        + counter("A", "2xx", 10 * a)
                        + counter("B", "2xx", 10 * b)
                        + ofCohort("A", "control", "2xx", a - errorsOfA)
                        + ofCohort("A", "control", "5xx", errorsOfA)
                        + ofCohort("B", "canary", "2xx", b - errorsOfB)
                        + ofCohort("B", "canary", "5xx", errorsOfB)
                        + "tricolor_nginx_start_time_seconds " + started + "\n";
            }
            return counter("A", "2xx", a - errorsOfA)
                    + counter("A", "5xx", errorsOfA)
                    + counter("B", "2xx", b - errorsOfB)
                    + counter("B", "5xx", errorsOfB)
                    + "tricolor_nginx_start_time_seconds " + started + "\n";
        }

        private String counter(String cluster, String status, long value) {
            return "tricolor_nginx_requests_total{group=\"%s\",service=\"web\",cluster=\"%s\",status=\"%s\"} %d%n"
                    .formatted(group, cluster, status, value);
        }

        private String ofCohort(String cluster, String cohort, String status, long value) {
            return counter(cluster, status, value)
                    .replace("nginx_requests", "nginx_cohort_requests")
                    .replace(",status", ",cohort=\"" + cohort + "\",status");
        }

        synchronized void count(long ofA, long badOfA, long ofB, long badOfB) {
            a += ofA;
            errorsOfA += badOfA;
            b += ofB;
            errorsOfB += badOfB;
        }

        /** Begins at 0, and has counted this when it is read next. */
        synchronized void startAnew(long ofA, long badOfA, long ofB, long badOfB) {
            started += 100;
            a = 0;
            errorsOfA = 0;
            b = 0;
            errorsOfB = 0;
            count(ofA, badOfA, ofB, badOfB);
        }

        @Override
        public void close() {
            server.stop(0);
            ROUTERS.set("{\"routers\":[]}");
        }
    }

    /** Asks the service to judge a gate, and hears what it says. */
    private static final class Gatekeeper implements AutoCloseable {

        private final JudgeGate command;
        private final KafkaConsumer<String, byte[]> consumer;
        private final List<GateObserved> observed = new ArrayList<>();

        Gatekeeper(String group, long fence) {
            this(group, fence, null);
        }

        Gatekeeper(String group, long fence, @Nullable Integer basisPoints) {
            command = new JudgeGate(
                    group,
                    "up-2",
                    4,
                    "few",
                    new Gate.Metric("errors"),
                    "B",
                    "A",
                    new TreeSet<>(Set.of("web")),
                    basisPoints,
                    1,
                    fence);
            consumer = consumer("gatekeeper-" + group + fence, Topics.MONITOR_OBSERVATIONS);
            var unused = monitor.getBean(MessagePublisher.class).publish(Topics.MONITOR_COMMANDS, group, command);
        }

        GateObserved await(String what, Predicate<GateObserved> wanted) throws Undecodable {
            Instant deadline = Instant.now().plus(PATIENCE);
            while (Instant.now().isBefore(deadline)) {
                for (ConsumerRecord<String, byte[]> received : consumer.poll(Duration.ofMillis(100))) {
                    if (CloudEvents.payloadOf(received) instanceof GateObserved said
                            && said.groupId().equals(command.groupId())
                            && said.fence() == command.fence()) {
                        assertThat(received.key()).isEqualTo(said.groupId());
                        observed.add(said);
                        if (wanted.test(said)) {
                            return said;
                        }
                    }
                }
            }
            throw new AssertionError("no " + what + " in " + observed);
        }

        /** Waits until the router was read, so that what it counts from now on is looked at. */
        void awaitReading() throws Undecodable {
            await(
                    "reading",
                    said -> "no request has come to B".equals(said.evidence().get("reason")));
        }

        /** Waits until the newest look is one in which that many requests to the canary are counted. */
        GateView awaitCanary(long requests) {
            AtomicReference<GateView> view = new AtomicReference<>();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        JsonNode gates =
                                get("/api/gates/" + command.groupId()).json().get("gates");
                        if (gates.isEmpty()) {
                            return false;
                        }
                        JsonNode evidence = gates.get(0).get("evidence");
                        view.set(new GateView(gates.get(0).get("verdict").asString(""), evidence));
                        return evidence.path("canary").asString("").startsWith("B: " + requests + " requests");
                    });
            return view.get();
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    private record GateView(String verdict, JsonNode evidence) {}

    @Test
    void gate_fails_where_the_canary_does_worse_and_a_restart_of_the_router_does_not_hide_it() throws Exception {
        try (FakeRouter router = new FakeRouter("worse");
                Gatekeeper gate = new Gatekeeper("worse", 7)) {
            // What was before the stage is nothing to go by, however bad it was.
            router.count(100_000, 0, 100_000, 50_000);
            GateObserved silent = gate.await("silence", said -> said.evidence().containsKey("needed"));
            assertThat(silent.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
            assertThat(silent.evidence()).containsEntry("needed", "100").containsEntry("randomised", "false");
            gate.awaitReading();
            for (int look = 1; look <= 4; look++) {
                router.count(200, 2, 20, 2);
                assertThat(gate.awaitCanary(20L * look).verdict()).isEqualTo("INCONCLUSIVE");
            }
            // Far less than before: a difference to the reading before would be below nothing.
            router.startAnew(200, 2, 20, 2);
            GateView restarted = gate.awaitCanary(100);
            assertThat(restarted.evidence().get("gaps").asString()).startsWith("1, the last one: r1 at ");
            assertThat(restarted.evidence().get("canary").asString()).isEqualTo("B: 100 requests, 10 errors");
            assertThat(restarted.evidence().get("baseline").asString()).isEqualTo("A: 1000 requests, 10 errors");
            long counted = 100;
            while (!gate.awaitCanary(counted).verdict().equals("FAIL")) {
                assertThat(counted).as("found within 1,200 requests").isLessThan(1_200);
                router.count(200, 2, 20, 2);
                counted += 20;
            }
            GateObserved failed = gate.await("FAIL", said -> said.verdict() == Verdict.FAIL);
            assertThat(failed.evidence()).doesNotContainKey("needed").containsKeys("ratio", "e-value", "tolerated");
            assertThat(gate.observed)
                    .extracting(GateObserved::observation)
                    .isSorted()
                    .doesNotHaveDuplicates();
            // Gates of other tests may have failed too.
            assertThat(get("/metrics").body()).containsPattern("tricolor_monitor_gates\\{verdict=\"FAIL\",} [1-9]");
            await().atMost(PATIENCE).until(() -> {
                router.count(200, 2, 20, 2);
                JsonNode traffic = get("/api/traffic?group=worse").json();
                return traffic.at("/groups/worse/A/requestsPerSecond").asDouble(0)
                                > traffic.at("/groups/worse/B/requestsPerSecond")
                                        .asDouble(0)
                        && traffic.at("/groups/worse/B/errorsPerSecond").asDouble(0) > 0;
            });
        }
    }

    @Test
    void gate_passes_where_the_canary_does_as_well_and_says_nothing_without_traffic() throws Exception {
        try (FakeRouter router = new FakeRouter("equal");
                Gatekeeper gate = new Gatekeeper("equal", 7)) {
            gate.awaitReading();
            router.count(1_000, 10, 100, 1);
            GateView few = gate.awaitCanary(100);
            assertThat(few.verdict()).isEqualTo("INCONCLUSIVE");
            assertThat(Long.parseLong(few.evidence().get("needed").asString())).isGreaterThan(100);
            router.count(20_000, 200, 2_000, 20);
            assertThat(gate.awaitCanary(2_100).verdict()).isEqualTo("PASS");
            gate.await("PASS", said -> said.verdict() == Verdict.PASS);
        }
        // Nobody can be read any more, and another judgement begins with nothing.
        try (Gatekeeper other = new Gatekeeper("equal", 8)) {
            GateObserved said = other.await("an answer", any -> true);
            assertThat(said.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
            assertThat(said.evidence()).containsEntry("canary", "B: 0 requests, 0 errors");
        }
    }

    @Test
    void tells_what_services_have_to_do_while_somebody_wants_to_know() throws Exception {
        AtomicLong used = new AtomicLong();
        HttpServer instance =
                http(path -> path.equals("/m") ? "process_cpu_seconds_total " + used.get() + ".5\n" : "fine");
        int instancePort = instance.getAddress().getPort();
        try (FakeRouter router = new FakeRouter("loaded");
                KafkaConsumer<String, byte[]> consumer = consumer("load-listener", Topics.MONITOR_OBSERVATIONS)) {
            Answer registered = call(
                    "PUT",
                    consulUri("/v1/agent/service/register"),
                    """
                    {"ID":"loaded-1","Name":"loaded-web","Address":"127.0.0.1","Port":%d,
                     "Meta":{"tricolor-group":"loaded","tricolor-cluster":"A","tricolor-service":"web",
                      "tricolor-version":"1","tricolor-metrics-path":"/m"},
                     "Check":{"HTTP":"http://127.0.0.1:%d/health","Interval":"1s","Status":"passing"}}
                    """.formatted(instancePort, instancePort),
                    Map.of());
            assertThat(registered.status()).as(registered.body()).isEqualTo(200);
            var unused = monitor.getBean(MessagePublisher.class)
                    .publish(
                            Topics.MONITOR_COMMANDS, "loaded", new ObserveLoad("loaded", new TreeSet<>(Set.of("web"))));
            List<LoadObserved> observed = new ArrayList<>();
            await().atMost(PATIENCE).untilAsserted(() -> {
                router.count(100, 0, 0, 0);
                used.addAndGet(1);
                for (ConsumerRecord<String, byte[]> received : consumer.poll(Duration.ofMillis(100))) {
                    if (CloudEvents.payloadOf(received) instanceof LoadObserved load
                            && load.groupId().equals("loaded")) {
                        observed.add(load);
                    }
                }
                assertThat(observed).anySatisfy(load -> {
                    assertThat(load.cluster()).isEqualTo("A");
                    assertThat(load.instances()).isEqualTo(1);
                    assertThat(load.requestsPerSecond()).isPositive();
                    assertThat(load.requestsComplete()).isTrue();
                    assertThat(load.cores()).isPositive();
                    assertThat(load.coresComplete()).isTrue();
                    assertThat(load.missing()).isEmpty();
                });
            });
            assertThat(get("/metrics").body()).contains("tricolor_monitor_load_services 1.0");
        } finally {
            instance.stop(0);
            call("PUT", consulUri("/v1/agent/service/deregister/loaded-1"), "", Map.of());
        }
    }

    @Test
    void cohorts_are_compared_and_judged_again_with_other_parameters() throws Exception {
        try (FakeRouter router = new FakeRouter("drawn");
                Gatekeeper gate = new Gatekeeper("drawn", 7, 500)) {
            router.cohorts = true;
            gate.awaitReading();
            long counted = 0;
            String verdict = "";
            while (!verdict.equals("FAIL")) {
                assertThat(counted).as("found within 1,200 requests").isLessThan(1_200);
                router.count(40, 0, 40, 2);
                counted += 40;
                verdict = gate.awaitCanary(counted).verdict();
            }
            GateObserved failed = gate.await("FAIL", said -> said.verdict() == Verdict.FAIL);
            assertThat(failed.evidence()).containsEntry("randomised", "true");
            // It has begun to count long ago: next to nothing comes each second.
            JsonNode little =
                    get("/api/gates/drawn/detectable?baseline=A&percent=5").json();
            assertThat(little.get("requestsPerSecond").doubleValue()).isBetween(0.0, 0.001);
            assertThat(little.get("ratio").isNull()).isTrue();
            assertThat(problem("/api/gates/drawn/detectable?baseline=A&percent=100"))
                    .isEqualTo("INVALID_ARGUMENT");
            String again = "/api/gates/drawn/retrospective?upgrade=up-2";
            JsonNode same = get(again).json().get("gates").get(0);
            assertThat(same.get("verdict").asString()).isEqualTo("FAIL");
            assertThat(same.get("compared").asString()).isEqualTo("COHORTS");
            assertThat(same.get("canary").longValue()).isEqualTo(counted);
            assertThat(same.get("firstVerdict").asString()).isEqualTo("FAIL");
            JsonNode byLimit = get(again + "&limit=0.3&gate=errors&stage=few")
                    .json()
                    .get("gates")
                    .get(0);
            assertThat(byLimit.get("verdict").asString()).isNotEqualTo("FAIL");
            assertThat(byLimit.get("compared").asString()).isEqualTo("LIMIT");
            assertThat(get(again + "&gate=other").json().get("gates")).isEmpty();
            assertThat(problem(again + "&alpha=0.3")).isEqualTo("INVALID_ARGUMENT");
            assertThat(problem("/api/gates/drawn/retrospective")).isEqualTo("BAD_REQUEST");
        }
    }

    record Answer(int status, String body) {
        JsonNode json() {
            return JSON.readTree(body);
        }
    }

    private interface Pages {
        String page(String path);
    }

    private static HttpServer http(Pages pages) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = pages.page(exchange.getRequestURI().getRawPath()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(body.length == 0 ? 404 : 200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static void registerInstance(String service, String id, int instancePort) throws Exception {
        Answer answer = call(
                "PUT",
                consulUri("/v1/agent/service/register"),
                """
                {"ID":"%s","Name":"%s","Address":"127.0.0.1","Port":%d,
                 "Meta":{"tricolor-group":"shop","tricolor-cluster":"A","tricolor-service":"web","tricolor-version":"1"},
                 "Check":{"HTTP":"http://127.0.0.1:%d/health","Interval":"1s","Timeout":"1s"}}
                """.formatted(id, service, instancePort, instancePort),
                Map.of());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static void awaitStatus(String subject, String status) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            Answer answer = get("/api/health/" + subject);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().get("status").stringValue())
                    .as(answer.body())
                    .isEqualTo(status);
        });
    }

    private static List<HealthChanged> readUntil(String subject, HealthStatus status) throws Exception {
        List<HealthChanged> events = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = consumer("monitor-it")) {
            Instant deadline = Instant.now().plus(PATIENCE);
            while (Instant.now().isBefore(deadline)) {
                for (ConsumerRecord<String, byte[]> received : consumer.poll(Duration.ofMillis(200))) {
                    if (received.value() == null || !(CloudEvents.payloadOf(received) instanceof HealthChanged event)) {
                        continue;
                    }
                    assertThat(received.key()).isEqualTo(event.subjectId());
                    assertThat(CloudEvents.envelopeOf(received).source()).isEqualTo("/tricolor/monitor-service");
                    events.add(event);
                }
                if (events.stream().anyMatch(e -> e.subjectId().equals(subject) && e.now() == status)) {
                    return events;
                }
            }
        }
        throw new AssertionError("no " + status + " of " + subject + " in " + events);
    }

    /** The same router with another group: what it says of shop is on the next page. */
    private static String firstPage() {
        return routers(Instant.now(), 1, 0)
                .replace("\"shop\"", "\"another\"")
                .replace("}}}}]}", "}}}}],\"next\":\"r1/another\"}");
    }

    private static String routers(Instant reportedAt, long version, int inFlight) {
        return """
                {"routers":[{"reportedAt":"%s","silent":false,"report":{"routerId":"r1","bootId":"b","kind":"gateway","sequence":1,"round":1,"last":true,
                 "groups":{"shop":{"epoch":0,"version":%d,"inFlight":{"A":%d},"usableInstances":{},"incomplete":false}}}}]}
                """.formatted(reportedAt, version, inFlight);
    }

    private static String verdict() throws Exception {
        return get("/api/drains/shop/A").json().get("verdict").stringValue();
    }

    private static String problem(String path) throws Exception {
        return get(path).json().get("code").stringValue();
    }

    private static Answer get(String path) throws IOException, InterruptedException {
        return call("GET", uri(path), "", Map.of("Authorization", TOKENS.bearer("ann", "viewer")));
    }

    private static URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static URI consulUri(String path) {
        return URI.create("http://127.0.0.1:" + consulPort + path);
    }

    private static Answer call(String method, URI uri, String body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(20))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(request::setHeader);
        HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body());
    }
}
