package io.tricolor.loggateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Topics;
import io.tricolor.contracts.group.ClusterAdded;
import io.tricolor.contracts.group.UpgradePaused;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.message.CloudEvents;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.KafkaTopics;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
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

    @BeforeAll
    static void start() throws Exception {
        gateway = new TestGateway(
                SharedEngines.bootstrapServers(),
                SharedEngines.elasticsearchUrl(),
                dir,
                "--tricolor.intake.max-body=256KB",
                "--tricolor.intake.max-line=8KB",
                "--tricolor.intake.max-lines=200");
        gateway.bean(KafkaTopics.class).ready().get(60, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() {
        gateway.close();
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
                                + "\"subject\":\"audited\",\"highest\":19,\"events\":20,\"documents\":20,\"missing\":[],\"gaps\":[]}]}");
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
        "/api/audit/completeness, 400, BAD_REQUEST"
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

    /** Reasons of the dead letters with that key, once there is one. */
    private static List<String> deadLetters(String topic, String key) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", SharedEngines.bootstrapServers(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(Topics.deadLetter(topic)).stream()
                    .map(partition ->
                            new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition()))
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
