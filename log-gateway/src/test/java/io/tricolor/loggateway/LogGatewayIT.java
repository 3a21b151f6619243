package io.tricolor.loggateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.group.ClusterAdded;
import io.tricolor.contracts.group.UpgradePaused;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.message.CloudEvents;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.KafkaTopics;
import io.tricolor.kit.testing.StrangeRequests;
import io.tricolor.kit.testing.StrangeRequests.Good;
import io.tricolor.loggateway.elastic.DataStreams;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.kafka.core.KafkaTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The service on a real Kafka and a real Elasticsearch. */
class LogGatewayIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    static Path dir;

    private static TestGateway gateway;
    private static FailingDocuments elasticsearch;

    @BeforeAll
    static void start() throws Exception {
        elasticsearch = new FailingDocuments(SharedEngines.elasticsearchUrl());
        gateway = new TestGateway(
                SharedEngines.bootstrapServers(),
                elasticsearch.url(),
                dir,
                "--tricolor.intake.max-body=256KB",
                "--tricolor.intake.max-line=8KB",
                "--tricolor.intake.max-lines=200");
        gateway.bean(KafkaTopics.class).ready().get(60, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        elasticsearch.close();
    }

    @Test
    void makes_accepted_lines_searchable_and_says_why_others_are_rejected() throws Exception {
        List<JsonNode> lines = new ArrayList<>(IntStream.range(0, 30)
                .mapToObj(i -> TestLines.line("search-" + i, "search-service"))
                .toList());
        ObjectNode failed = TestLines.line("search-failed", "search-service");
        ((ObjectNode) failed.get("event")).put("outcome", "failure").put("duration", 7_000_000_000L);
        failed.putObject("error").put("code", "HTTP_500").put("message", "token=abc123 refused");
        ((ObjectNode) failed.get("user")).put("id", "olga");
        ((ObjectNode) failed.at("/tricolor/params")).put("password", "hunter22");
        lines.add(failed);
        ObjectNode bad = TestLines.line("search-bad", "search-service");
        bad.remove("trace");
        lines.add(7, bad);

        HttpResponse<String> answer = gateway.postGzip(lines);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        JsonNode receipt = JSON.readTree(answer.body());
        assertThat(receipt.get("accepted").asInt()).isEqualTo(31);
        assertThat(receipt.get("rejected").toString()).isEqualTo("[{\"line\":8,\"reason\":\"trace is missing\"}]");

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(gateway.findAll("/api/requests?service=search-service", "requests", 7))
                        .hasSize(31)
                        .isSortedAccordingTo((a, b) -> b.get("@timestamp")
                                .asString()
                                .compareTo(a.get("@timestamp").asString()))
                        .extracting(request -> request.at("/event/id").asString())
                        .doesNotHaveDuplicates());
        JsonNode slow = gateway.find(
                        "/api/requests?service=search-service&user=olga&outcome=failure&cluster=B"
                                + "&trace=4bf92f3577b34da6a3ce929d0e0e4736&minDurationMs=6999&from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00%2B01:00")
                .get("requests");
        assertThat(slow).hasSize(1);
        assertThat(slow.toString()).doesNotContain("hunter22", "abc123");
        assertThat(slow.at("/0/tricolor/redacted"))
                .extracting(JsonNode::asString)
                .containsExactly("error.message", "password", "pin");
        for (String nothing :
                List.of("minDurationMs=7001", "to=2020-01-01T00:00:00Z", "cluster=A", "outcome=unknown")) {
            assertThat(gateway.find("/api/requests?service=search-service&user=olga&" + nothing)
                            .get("requests"))
                    .as(nothing)
                    .isEmpty();
        }
    }

    @Test
    void takes_a_line_that_comes_twice_once() {
        List<ObjectNode> lines = List.of(TestLines.line("twice", "twice-service"));
        assertThat(gateway.post(lines).statusCode()).isEqualTo(202);
        assertThat(gateway.post(lines).statusCode()).isEqualTo(202);
        assertThat(gateway.post(List.of(TestLines.line("last", "twice-service")))
                        .statusCode())
                .isEqualTo(202);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(gateway.find("/api/requests?service=twice-service")
                                .get("requests"))
                        .extracting(request -> request.at("/event/id").asString())
                        .containsExactlyInAnyOrder("twice", "last"));
    }

    @Test
    void another_instance_has_the_partitions_of_one_that_is_killed() throws Exception {
        Process other = gateway.startAnother();
        try {
            await().atMost(PATIENCE).until(LogGatewayIT::areTwoAtWork);
        } finally {
            other.destroyForcibly().waitFor();
        }
        long killed = System.nanoTime();
        List<ObjectNode> lines = IntStream.range(0, 100)
                .mapToObj(i -> {
                    // a service each: their lines are in all partitions
                    ObjectNode line = TestLines.line("taken-over-" + i, "taken-over-service-" + i);
                    ((ObjectNode) line.get("user")).put("id", "taken-over");
                    return line;
                })
                .toList();
        assertThat(gateway.post(lines).statusCode()).isEqualTo(202);
        await().atMost(PATIENCE)
                .until(() -> gateway.findAll("/api/requests?user=taken-over", "requests", 100)
                                .size()
                        == 100);
        System.out.println("all lines were there "
                + Duration.ofNanos(System.nanoTime() - killed).toMillis() + " ms after the kill");
    }

    /** Elasticsearch takes whatever was accepted: nothing becomes a dead letter. */
    @Test
    void accepts_only_lines_that_are_indexed() throws Exception {
        long seed = Long.getLong("seed", 42);
        System.out.println("strange lines, seed " + seed);
        Random random = new Random(seed);
        double refusedBefore = refused();
        int accepted = 0;
        int rejected = 0;
        for (int round = 0; round < 12; round++) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                ObjectNode line = TestLines.line("strange-" + seed + "-" + round + "-" + i, "strange-" + i % 7);
                lines.add(StrangeLines.of(line, random));
            }
            HttpResponse<String> answer = gateway.postText(String.join("\n", lines));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            JsonNode receipt = JSON.readTree(answer.body());
            accepted += receipt.get("accepted").asInt();
            rejected += receipt.get("rejected").size();
        }
        assertThat(accepted).isGreaterThan(200);
        assertThat(rejected).isGreaterThan(200);
        List<ObjectNode> last = IntStream.range(0, 100)
                .mapToObj(i -> TestLines.line("behind-strange-" + i, "behind-strange-" + i))
                .peek(line -> ((ObjectNode) line.get("user")).put("id", "behind-strange"))
                .toList();
        assertThat(gateway.post(last).statusCode()).isEqualTo(202);
        await().atMost(PATIENCE)
                .until(() -> gateway.findAll("/api/requests?user=behind-strange", "requests", 100)
                                .size()
                        == 100);
        assertThat(refused()).as("seed " + seed).isEqualTo(refusedBefore);
    }

    private static double refused() {
        Double value = CollectorRegistry.defaultRegistry.getSampleValue(
                "tricolor_index_documents_total",
                new String[] {"stream", "outcome"},
                new String[] {DataStreams.REQUESTS, "refused"});
        return value == null ? 0 : value;
    }

    @Test
    void mends_what_no_store_keeps_and_says_so_in_the_line() {
        ObjectNode line = TestLines.line("mended-1", "mended-service");
        ((ObjectNode) line.at("/tricolor/params")).put("a\u0000b", "1").put("q", "x\ud800y");
        HttpResponse<String> answer = gateway.postText(
                JSON.writeValueAsString(line).replace("\u0000", "\\u0000").replace("\ud800", "\\ud800"));
        assertThat(answer.body()).contains("\"accepted\":1");
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode found =
                    gateway.find("/api/requests?service=mended-service").get("requests");
            assertThat(found).hasSize(1);
            assertThat(found.at("/0/tricolor/params/q").asString()).isEqualTo("x\uFFFDy");
            assertThat(found.at("/0/tricolor/params/a\uFFFDb").asString()).isEqualTo("1");
            assertThat(found.at("/0/tricolor/mended"))
                    .extracting(JsonNode::asString)
                    .containsExactly("a\uFFFDb", "q");
        });
    }

    @Test
    void answers_a_line_whose_action_has_no_end() {
        ObjectNode line = TestLines.line("deep-1", "deep-service");
        ((ObjectNode) line.get("event")).put("action", "a" + ".a".repeat(3_000));
        assertThat(gateway.post(List.of(line)).body()).contains("event.action is longer than 256 characters");
        String nested = "{\"a\":".repeat(1_000) + "1" + "}".repeat(1_000);
        assertThat(gateway.postText(nested).body()).contains("the line is not JSON");
    }

    @Test
    void answers_whatever_is_asked() throws Exception {
        String viewer = gateway.bearer("viewer");
        new StrangeRequests(URI.create(gateway.url()))
                .send(
                        List.of(
                                new Good(
                                        "GET",
                                        "/api/requests?service=a&user=b&outcome=failure&cluster=B"
                                                + "&from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=5",
                                        viewer,
                                        null,
                                        null),
                                new Good("GET", "/api/requests?trace=4bf9&after=abc&limit=5", viewer, null, null),
                                new Good("GET", "/api/requests/completeness?service=a&after=b", viewer, null, null),
                                new Good(
                                        "GET",
                                        "/api/audit?group=shop&action=x&actor=ann&q=why&after=b&limit=5",
                                        viewer,
                                        null,
                                        null),
                                new Good("GET", "/api/audit/completeness?group=shop", viewer, null, null)),
                        200);
    }

    /** Whether each of two instances has partitions of the lines. */
    private static boolean areTwoAtWork() throws Exception {
        String group = "log-gateway-requests";
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedEngines.bootstrapServers()))) {
            ConsumerGroupDescription described = admin.describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get();
            return described.groupState() == GroupState.STABLE
                    && described.members().size() == 2
                    && described.members().stream()
                            .noneMatch(member ->
                                    member.assignment().topicPartitions().isEmpty());
        }
    }

    @Test
    void keeps_the_request_log_of_the_service_kit_and_makes_no_line_about_lines() {
        assertThat(gateway.get("/api/requests?nonsense=1", "viewer").statusCode())
                .isEqualTo(400);
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode own = gateway.find("/api/requests?service=log-gateway&user=ann&outcome=failure")
                    .get("requests");
            assertThat(own).isNotEmpty();
            assertThat(own.at("/0/event/action").asString()).isEqualTo("request_controller.find");
        });
        assertThat(gateway.findAll("/api/requests?service=log-gateway", "requests", 100))
                .noneMatch(request -> request.at("/url/path").asString().equals("/api/logs"));
    }

    @Test
    void finds_refused_attempts_in_the_audit_trail() {
        byte[] body = "{\"secret\":\"hush\"}".getBytes(UTF_8);
        HttpResponse<String> refused = gateway.post(body, "application/x-ndjson", null, "viewer");
        assertThat(refused.statusCode()).isEqualTo(403);
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode events = gateway.find("/api/audit?actor=order-service&action=audit.attempt-refused&q=FORBIDDEN")
                    .get("events");
            assertThat(events).isNotEmpty();
            JsonNode found = events.get(0);
            assertThat(found.at("/event/outcome").asString()).isEqualTo("failure");
            assertThat(found.at("/event/reason").asString()).isEqualTo("POST /api/logs: FORBIDDEN");
            assertThat(found.at("/tricolor/payload/status").asInt()).isEqualTo(403);
            assertThat(found.at("/trace/id").asString()).hasSize(32);
            assertThat(found.toString()).doesNotContain("hush");
        });
    }

    @Test
    void puts_the_events_of_a_group_into_the_audit_trail_in_order_and_each_once() throws Exception {
        Instant begin = Instant.parse("2026-11-20T10:00:00Z");
        List<ProducerRecord<String, byte[]>> events = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Instant at = begin.plusMillis(i / 2);
            Object event = i == 13
                    ? new UpgradePaused("audited", "up-7", "ann", "checkout is slow", at)
                    : new ClusterAdded("audited", i % 2 == 0 ? "A" : "B", i, at);
            events.add(CloudEvents.encode(
                    Topics.CLUSTER_GROUP_EVENTS,
                    "audited",
                    event,
                    new Envelope(
                            UUID.randomUUID().toString(),
                            "/tricolor/strategy-service",
                            "audited",
                            at,
                            (long) i,
                            i == 13 ? "ann" : "olga",
                            "up-7",
                            "cause-" + i,
                            "4bf92f3577b34da6a3ce929d0e0e4736")));
        }
        for (ProducerRecord<String, byte[]> event : events) {
            send(event);
        }
        for (ProducerRecord<String, byte[]> repeated : events.subList(5, 12)) {
            send(repeated);
        }

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(gateway.findAll("/api/audit?group=audited", "events", 6))
                        .extracting(event -> event.at("/event/sequence").asInt())
                        .containsExactlyElementsOf(
                                IntStream.range(0, 20).map(i -> 19 - i).boxed().toList()));
        JsonNode paused = gateway.find("/api/audit?group=audited&actor=ann").at("/events/0");
        assertThat(paused.at("/event/action").asString()).isEqualTo("cluster-group.upgrade-paused");
        assertThat(paused.at("/event/reason").asString()).isEqualTo("checkout is slow");
        assertThat(paused.at("/@timestamp").asString()).isEqualTo("2026-11-20T10:00:00.006Z");
        assertThat(paused.at("/service/name").asString()).isEqualTo("strategy-service");
        assertThat(paused.at("/trace/id").asString()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        assertThat(paused.at("/tricolor/aggregate").toString())
                .isEqualTo("{\"type\":\"cluster-group\",\"id\":\"audited\"}");
        assertThat(paused.at("/tricolor/upgrade/id").asString()).isEqualTo("up-7");
        assertThat(paused.at("/tricolor/correlation_id").asString()).isEqualTo("up-7");
        assertThat(paused.at("/tricolor/causation_id").asString()).isEqualTo("cause-13");
        assertThat(paused.at("/tricolor/payload/pausedBy").asString()).isEqualTo("ann");
        Map.of(
                        "cluster=B", 9,
                        "upgrade=up-7", 1,
                        "action=cluster-group.cluster-added", 19,
                        "q=checkout+slow", 1,
                        "q=checkout+fast", 0,
                        "q=up-7", 1,
                        "from=2026-11-20T10:00:00.005Z", 10,
                        "to=2026-11-20T10:00:00.001Z", 2)
                .forEach((filter, count) -> assertThat(gateway.find("/api/audit?group=audited&" + filter)
                                .get("events"))
                        .as(filter)
                        .hasSize(count));
        assertThat(gateway.find("/api/audit/completeness?group=audited").toString())
                .isEqualTo(
                        "{\"group\":\"audited\",\"complete\":true,\"streams\":[{\"topic\":\"tricolor.cluster-group.events.v1\","
                                + "\"subject\":\"audited\",\"epoch\":0,\"highest\":19,\"events\":20,\"documents\":20,\"removedUpTo\":null,"
                                + "\"missing\":[],\"gaps\":[]}]}");
    }

    @Test
    void names_what_is_missing_and_what_was_never_published() throws Exception {
        for (long sequence : new long[] {0, 1, 4, 5}) {
            send(CloudEvents.encode(
                    Topics.CLUSTER_GROUP_EVENTS,
                    "holes",
                    new ClusterAdded("holes", "A", sequence, Instant.EPOCH),
                    new Envelope(
                            "hole-" + sequence,
                            "/tricolor/strategy-service",
                            "holes",
                            Instant.EPOCH,
                            sequence,
                            null,
                            null,
                            null,
                            null)));
        }
        ProducerRecord<String, byte[]> unreadable = CloudEvents.encode(
                Topics.CLUSTER_GROUP_EVENTS,
                "holes",
                new ClusterAdded("holes", "A", 6, Instant.EPOCH),
                new Envelope(
                        "hole-6", "/tricolor/strategy-service", "holes", Instant.EPOCH, 6L, null, null, null, null));
        unreadable.headers().remove(CloudEvents.TYPE);
        send(unreadable);

        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode stream =
                    gateway.find("/api/audit/completeness?group=holes").at("/streams/0");
            assertThat(stream.get("documents").asInt()).isEqualTo(4);
            assertThat(stream.get("missing").toString()).isEqualTo("[{\"from\":6,\"to\":6}]");
            assertThat(stream.get("gaps").toString()).isEqualTo("[{\"from\":2,\"to\":3}]");
        });
        assertThat(gateway.find("/api/audit/completeness?group=holes")
                        .get("complete")
                        .asBoolean())
                .isFalse();
        assertThat(deadLetter(Topics.CLUSTER_GROUP_EVENTS, "holes")).contains("no header ce_type");
        assertProblem(gateway.get("/api/audit/completeness?group=nobody", "viewer"), 404, "GROUP_NOT_FOUND");
    }

    @Test
    void tells_what_is_lost_from_what_retention_has_removed() throws Exception {
        publish("short", null, 7, 9);
        awaitStream("short", stream -> {
            assertThat(stream.get("documents").asInt()).isEqualTo(3);
            assertThat(stream.get("gaps").toString()).isEqualTo("[{\"from\":0,\"to\":6}]");
        });
        removeFromKafka("short");
        assertThat(gateway.find("/api/audit/completeness?group=short").toString())
                .contains("\"complete\":true", "\"documents\":3,\"removedUpTo\":6,\"missing\":[],\"gaps\":[]");

        publish("aged", null, 0, 9);
        awaitStream(
                "aged", stream -> assertThat(stream.get("documents").asInt()).isEqualTo(10));
        removeOldest(DataStreams.AUDIT);
        publish("aged", null, 10, 19);
        publish("aged", "1", 15, 17);
        awaitStream("aged", stream -> {
            assertThat(stream.get("documents").asInt()).isEqualTo(10);
            assertThat(stream.get("removedUpTo").asInt()).isEqualTo(9);
        });
        JsonNode kept = gateway.find("/api/audit/completeness?group=aged");
        assertThat(kept.get("complete").asBoolean()).as(kept.toString()).isTrue();
        assertThat(kept.at("/streams/0/missing").size()).isZero();
        assertThat(kept.at("/streams/1/epoch").asInt()).isEqualTo(1);
        assertThat(kept.at("/streams/1/documents").asInt()).isEqualTo(3);

        deleteDocument(DataStreams.AUDIT, "aged-12");
        deleteDocument(DataStreams.AUDIT, "aged-13");
        deleteDocument(DataStreams.AUDIT, "aged-19");
        JsonNode lost = gateway.find("/api/audit/completeness?group=aged");
        assertThat(lost.get("complete").asBoolean()).isFalse();
        assertThat(lost.at("/streams/0/missing").toString())
                .isEqualTo("[{\"from\":12,\"to\":13},{\"from\":19,\"to\":19}]");
        assertThat(lost.at("/streams/0/removedUpTo").asInt()).isEqualTo(9);
        assertThat(lost.at("/streams/0/gaps").size()).isZero();
        assertProblem(gateway.get("/api/audit/completeness?group=nobody", "viewer"), 404, "GROUP_NOT_FOUND");
    }

    @Test
    void knows_for_every_process_which_lines_are_lost() throws Exception {
        String old = boot(Instant.now().minusSeconds(3600));
        List<ObjectNode> lines = new ArrayList<>();
        LongStream.rangeClosed(1, 40)
                .filter(i -> i != 11 && i != 12 && i != 30)
                .forEach(i -> lines.add(counted(old, i)));
        String whole = boot(Instant.now().minusSeconds(3599));
        LongStream.rangeClosed(1, 5).forEach(i -> lines.add(counted(whole, i)));
        lines.add(counted(whole, 3));
        assertThat(gateway.post(lines).statusCode()).isEqualTo(202);

        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode report = gateway.find("/api/requests/completeness?service=counted-service");
            assertThat(report.get("complete").asBoolean()).isFalse();
            assertThat(process(report, old))
                    .contains("\"node\":\"order-B-3\",\"first\":1,\"last\":40,\"lines\":37,\"lost\":3,"
                            + "\"gaps\":[{\"from\":11,\"to\":12},{\"from\":30,\"to\":30}],\"removedUpTo\":null");
            assertThat(process(report, whole))
                    .contains("\"first\":1,\"last\":5,\"lines\":5,\"lost\":0,\"gaps\":[],\"removedUpTo\":null");
        });
        List<JsonNode> paged = gateway.findAll("/api/requests/completeness?service=counted-service", "processes", 1);
        assertThat(paged)
                .extracting(process -> process.get("process").asString())
                .containsExactly(old, whole);

        removeOldest(DataStreams.REQUESTS);
        // the clock of what is made from now on is that of this machine, as is the clock of Elasticsearch
        String young = boot(Instant.now().plusSeconds(1));
        List<ObjectNode> later = new ArrayList<>();
        LongStream.rangeClosed(41, 50).filter(i -> i != 45).forEach(i -> later.add(counted(old, i)));
        LongStream.rangeClosed(3, 6).forEach(i -> later.add(counted(young, i)));
        assertThat(gateway.post(later).statusCode()).isEqualTo(202);
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode report = gateway.find("/api/requests/completeness?service=counted-service");
            assertThat(process(report, old))
                    .contains("\"first\":41,\"last\":50,\"lines\":9,\"lost\":1,\"gaps\":[{\"from\":45,\"to\":45}],"
                            + "\"removedUpTo\":40");
            assertThat(process(report, young))
                    .contains("\"first\":3,\"last\":6,\"lines\":4,\"lost\":2,\"gaps\":[{\"from\":1,\"to\":2}],"
                            + "\"removedUpTo\":null");
        });
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(gateway.find("/api/requests/completeness?service=log-gateway")
                                .get("processes"))
                        .anySatisfy(process ->
                                assertThat(process.get("lost").asInt()).isZero()));
    }

    @Test
    void puts_a_document_aside_that_fails_for_ever_while_others_are_taken() throws Exception {
        List<ObjectNode> lines = List.of(
                TestLines.line("before", "failing-service"),
                TestLines.line("fails-1", "failing-service"),
                TestLines.line("beside", "failing-service"));
        assertThat(gateway.post(lines).statusCode()).isEqualTo(202);
        assertThat(gateway.post(List.of(TestLines.line("behind", "failing-service")))
                        .statusCode())
                .isEqualTo(202);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(gateway.find("/api/requests?service=failing-service")
                                .get("requests"))
                        .extracting(request -> request.at("/event/id").asString())
                        .containsExactlyInAnyOrder("before", "beside", "behind"));
        assertThat(deadLetter(Topics.LOGS, "failing-service")).contains("fails for ever");
        assertThat(gateway.get("/metrics").body())
                .containsPattern("tricolor_index_dead_letters_total\\{consumer=\"log-gateway-requests\",\\} [1-9]");
    }

    @Test
    void puts_aside_what_elasticsearch_refuses_and_goes_on() throws Exception {
        ObjectNode noTime = TestLines.line("no-time", "poison-service");
        noTime.put("@timestamp", "yesterday");
        ObjectNode longId = TestLines.line("x".repeat(600), "poison-service");
        for (String value : List.of(noTime.toString(), "no json", longId.toString())) {
            send(new ProducerRecord<>(Topics.LOGS, "poison-service", value.getBytes(UTF_8)));
        }
        assertThat(gateway.post(List.of(TestLines.line("good", "poison-service")))
                        .statusCode())
                .isEqualTo(202);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(gateway.find("/api/requests?service=poison-service")
                                .get("requests"))
                        .extracting(request -> request.at("/event/id").asString())
                        .containsExactly("good"));
        assertThat(deadLetter(Topics.LOGS, "poison-service")).contains("failed to parse field [@timestamp]");
    }

    @Test
    void refuses_lines_that_it_cannot_take() throws Exception {
        byte[] line = TestGateway.ndjson(List.of(TestLines.full())).getBytes(UTF_8);
        String ndjson = "application/x-ndjson";
        assertProblem(gateway.post(line, ndjson, null), 401, "UNAUTHENTICATED");
        assertProblem(gateway.post(line, ndjson, null, "viewer", "operator"), 403, "FORBIDDEN");
        assertThat(gateway.post(line, ndjson, null, "admin").statusCode()).isEqualTo(202);
        assertProblem(gateway.post(line, "text/html", null, "service"), 415, "UNSUPPORTED_MEDIA_TYPE");
        assertProblem(gateway.post(line, ndjson, "br", "service"), 415, "UNSUPPORTED_MEDIA_TYPE");
        assertProblem(gateway.post(line, ndjson, "gzip", "service"), 400, "BAD_REQUEST");
        assertProblem(gateway.post("\r\n \n".getBytes(UTF_8), ndjson, null, "service"), 400, "BAD_REQUEST");
        assertProblem(gateway.post(new byte[0], ndjson, null, "service"), 400, "BAD_REQUEST");
        assertProblem(gateway.post(new byte[300 * 1024], ndjson, null, "service"), 413, "PAYLOAD_TOO_LARGE");
        List<ObjectNode> tooMany =
                IntStream.range(0, 201).mapToObj(i -> JSON.createObjectNode()).toList();
        assertProblem(gateway.post(tooMany), 413, "PAYLOAD_TOO_LARGE");
        List<ObjectNode> tooLargeUnpacked = IntStream.range(0, 199)
                .mapToObj(i -> (ObjectNode) JSON.createObjectNode().put("a", "b".repeat(2000)))
                .toList();
        assertProblem(gateway.postGzip(tooLargeUnpacked), 413, "PAYLOAD_TOO_LARGE");
        HttpResponse<String> tooLong =
                gateway.post(("{\"a\":\"" + "b".repeat(9000) + "\"}\n{").getBytes(UTF_8), ndjson, null, "service");
        assertThat(tooLong.statusCode()).isEqualTo(202);
        assertThat(tooLong.body())
                .isEqualTo(
                        "{\"accepted\":0,\"rejected\":[{\"line\":1,\"reason\":\"the line is longer than 8192 bytes\"},"
                                + "{\"line\":2,\"reason\":\"the line is not JSON\"}]}");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/requests?limit=0, 400, INVALID_ARGUMENT",
        "/api/requests?limit=501, 400, INVALID_ARGUMENT",
        "/api/requests?limit=ten, 400, INVALID_ARGUMENT",
        "/api/requests?from=yesterday, 400, INVALID_ARGUMENT",
        "/api/requests?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z, 400, INVALID_INTERVAL",
        "/api/requests?outcome=ok, 400, INVALID_ARGUMENT",
        "/api/requests?minDurationMs=-1, 400, INVALID_ARGUMENT",
        "/api/requests?after=abc, 400, INVALID_ARGUMENT",
        "/api/requests?after=W10, 400, INVALID_ARGUMENT",
        "/api/requests?servce=x, 400, INVALID_ARGUMENT",
        "/api/requests?user=a&user=b, 400, INVALID_ARGUMENT",
        "/api/audit?group=g&from=now, 400, INVALID_ARGUMENT",
        "/api/audit?service=x, 400, INVALID_ARGUMENT",
        "/api/audit?after=!!, 400, INVALID_ARGUMENT",
        "/api/audit/completeness, 400, BAD_REQUEST",
        "/api/requests/completeness?after=W10, 400, INVALID_ARGUMENT",
        "/api/requests/completeness?user=a, 400, INVALID_ARGUMENT"
    })
    void refuses_bad_questions(String path, int status, String code) {
        assertProblem(gateway.get(path, "viewer"), status, code);
    }

    @Test
    void answers_viewers_only_and_shows_its_health_and_metrics_to_all() {
        for (String path : List.of("/api/requests", "/api/audit", "/api/audit/completeness?group=g")) {
            assertProblem(gateway.get(path), 401, "UNAUTHENTICATED");
            assertProblem(gateway.get(path, "service"), 403, "FORBIDDEN");
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(gateway.health()
                            .at("/components/elasticsearch/details/state")
                            .asString())
                    .isEqualTo("available");
            assertThat(gateway.get("/metrics").body())
                    .contains(
                            "tricolor_log_lines_total",
                            "tricolor_log_in_flight_bytes",
                            "tricolor_elasticsearch_up_boolean 1.0",
                            "tricolor_index_lag_records{consumer=\"log-gateway-audit\"");
        });
    }

    @SuppressWarnings("unchecked")
    private static void send(ProducerRecord<String, byte[]> outgoing) throws Exception {
        ((KafkaTemplate<String, byte[]>) gateway.bean(KafkaTemplate.class))
                .send(outgoing)
                .get(20, TimeUnit.SECONDS);
    }

    /** Publishes a range of a group's events. */
    private static void publish(String group, String epoch, long from, long to) throws Exception {
        for (long sequence = from; sequence <= to; sequence++) {
            Instant at = Instant.EPOCH.plusMillis(sequence);
            ProducerRecord<String, byte[]> event = CloudEvents.encode(
                    Topics.CLUSTER_GROUP_EVENTS,
                    group,
                    new ClusterAdded(group, "A", sequence, at),
                    new Envelope(
                            group + "-" + (epoch == null ? "" : epoch + "-") + sequence,
                            "/tricolor/strategy-service",
                            group,
                            at,
                            sequence,
                            null,
                            null,
                            null,
                            null));
            if (epoch != null) {
                event.headers().add("ce_epoch", epoch.getBytes(UTF_8));
            }
            send(event);
        }
    }

    private static void awaitStream(String group, Consumer<JsonNode> assertion) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertion.accept(
                        gateway.find("/api/audit/completeness?group=" + group).at("/streams/0")));
    }

    /** As retention does it: everything that is in the group's partition. */
    private static void removeFromKafka(String group) throws Exception {
        int partition = Utils.toPositive(Utils.murmur2(group.getBytes(UTF_8))) % Topics.PARTITIONS;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedEngines.bootstrapServers()))) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(Topics.CLUSTER_GROUP_EVENTS, partition),
                            RecordsToDelete.beforeOffset(-1)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
    }

    /** As retention does it: rolls over, and removes every index but the newest. */
    private static void removeOldest(String stream) throws Exception {
        elastic("POST", "/" + stream + "/_rollover");
        List<String> indices = elastic("GET", "/" + stream + "/_settings").propertyNames().stream()
                .sorted()
                .toList();
        for (String index : indices.subList(0, indices.size() - 1)) {
            elastic("DELETE", "/" + index);
        }
    }

    private static void deleteDocument(String stream, String id) throws Exception {
        String index = elastic("GET", "/" + stream + "/_search?q=event.id:%22" + id + "%22")
                .at("/hits/hits/0/_index")
                .asString();
        elastic("DELETE", "/" + index + "/_doc/" + id);
    }

    private static JsonNode elastic(String method, String path) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(
                                    URI.create(SharedEngines.elasticsearchUrl().replaceAll("/+$", "") + path))
                            .method(method, BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return JSON.readTree(answer.body());
        }
    }

    private static String boot(Instant at) {
        return new UUID(at.toEpochMilli() << 16 | 0x7abcL, 0x8000_0000_0000_0001L).toString();
    }

    private static ObjectNode counted(String boot, long sequence) {
        ObjectNode line = TestLines.line("counted-" + boot + "-" + sequence, "counted-service");
        ((ObjectNode) line.get("event")).put("sequence", sequence);
        ((ObjectNode) line.get("service")).put("ephemeral_id", boot);
        return line;
    }

    private static String process(JsonNode report, String boot) {
        for (JsonNode process : report.get("processes")) {
            if (process.get("process").asString().equals(boot)) {
                return process.toString();
            }
        }
        return "no process " + boot + " in " + report;
    }

    /** Reasons of the dead letters with that key, once there is one. */
    private static List<String> deadLetters(String topic, String key) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", SharedEngines.bootstrapServers(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(Topics.deadLetter(topic)).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList());
            List<String> reasons = new ArrayList<>();
            await().atMost(PATIENCE).until(() -> {
                for (ConsumerRecord<String, byte[]> letter : consumer.poll(Duration.ofMillis(300))) {
                    if (key.equals(letter.key())) {
                        reasons.add(CloudEvents.text(letter, "x-exception-message"));
                    }
                }
                return !reasons.isEmpty();
            });
            return reasons;
        }
    }

    private static String deadLetter(String topic, String key) {
        return String.join("; ", deadLetters(topic, key));
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(JSON.readTree(answer.body()).get("code").asString()).isEqualTo(code);
    }
}
