package io.tricolor.loggateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.ElasticsearchEngine;
import io.tricolor.engines.KafkaEngine;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Engines that are killed while lines flow. */
class OutagesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    static Path dir;

    private static KafkaEngine kafka;
    private static ElasticsearchEngine elasticsearch;
    private static TestGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        try {
            kafka = KafkaEngine.start(dir.resolve("kafka"));
            elasticsearch = ElasticsearchEngine.start(dir.resolve("elasticsearch"));
            gateway = new TestGateway(
                    kafka.bootstrapServers(),
                    elasticsearch.url(),
                    dir,
                    "--tricolor.intake.max-body=64KB",
                    "--tricolor.intake.in-flight=64KB",
                    "--tricolor.intake.ack-timeout=2s");
        } catch (Exception e) {
            stop();
            throw e;
        }
    }

    @AfterAll
    static void stop() {
        if (gateway != null) {
            gateway.close();
        }
        if (elasticsearch != null) {
            elasticsearch.close();
        }
        if (kafka != null) {
            kafka.close();
        }
    }

    @Test
    void keeps_every_accepted_line_exactly_once_when_elasticsearch_is_killed() throws Exception {
        try (Sender sender = new Sender("es-killed")) {
            sender.awaitAccepted(200);
            elasticsearch.kill();
            await().atMost(PATIENCE).untilAsserted(() -> {
                JsonNode health = gateway.health();
                assertThat(health.get("status").asString()).isEqualTo("UP");
                assertThat(health.at("/components/elasticsearch/details/state").asString())
                        .isEqualTo("degraded");
                assertThat(health.at("/components/requestIndexing/details/state")
                                .asString())
                        .isEqualTo("degraded");
            });
            HttpResponse<String> unanswered = gateway.get("/api/requests?service=es-killed", "viewer");
            assertThat(unanswered.statusCode()).isEqualTo(503);
            assertThat(unanswered.body()).contains("UPSTREAM_UNAVAILABLE");
            sender.awaitAccepted(sender.accepted() + 200);
            elasticsearch.restart();
            sender.awaitAccepted(sender.accepted() + 200);
            sender.stop();

            assertSearchable(sender);
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(gateway.health()
                                .at("/components/elasticsearch/details/state")
                                .asString())
                        .isEqualTo("available"));
    }

    @Test
    void accepts_nothing_that_kafka_has_not_acknowledged() throws Exception {
        try (Sender sender = new Sender("kafka-killed")) {
            sender.awaitAccepted(200);
            kafka.kill();
            await().atMost(PATIENCE).until(() -> sender.statuses.containsAll(Set.of(503, 429)));
            int accepted = sender.accepted();
            int refused = sender.refused.get();
            await().atMost(PATIENCE).until(() -> sender.refused.get() > refused + 5);
            assertThat(sender.accepted()).isEqualTo(accepted);
            kafka.restart();
            sender.awaitAccepted(accepted + 200);
            sender.stop();

            assertThat(sender.statuses).containsOnly(202, 429, 503);
            assertSearchable(sender);
        }
    }

    /** Every accepted line is there, and no line is there twice. */
    private static void assertSearchable(Sender sender) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(found(sender.service))
                        .doesNotHaveDuplicates()
                        .containsAll(sender.acceptedIds));
    }

    private static List<String> found(String service) {
        return gateway.findAll("/api/requests?service=" + service, "requests", 500).stream()
                .map(request -> request.at("/event/id").asString())
                .toList();
    }

    /** Four clients that send what was not accepted again, as the request log of a service does. */
    private static final class Sender implements AutoCloseable {

        private static final JsonMapper JSON = new JsonMapper();

        private final String service;
        private final AtomicBoolean going = new AtomicBoolean(true);
        private final AtomicInteger batches = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final Set<String> acceptedIds = ConcurrentHashMap.newKeySet();
        private final Set<Integer> statuses = ConcurrentHashMap.newKeySet();
        private final List<Throwable> failures = new java.util.concurrent.CopyOnWriteArrayList<>();
        private final List<Thread> clients = new ArrayList<>();

        Sender(String service) {
            this.service = service;
            for (int i = 0; i < 4; i++) {
                clients.add(Thread.ofVirtual()
                        .uncaughtExceptionHandler((thread, failure) -> failures.add(failure))
                        .start(this::send));
            }
        }

        private void send() {
            while (going.get()) {
                int batch = batches.incrementAndGet();
                List<ObjectNode> lines = IntStream.range(0, 20)
                        .mapToObj(i -> TestLines.line(service + "-" + batch + "-" + i, service))
                        .toList();
                boolean accepted = false;
                while (!accepted && going.get()) {
                    HttpResponse<String> answer = gateway.post(lines);
                    statuses.add(answer.statusCode());
                    accepted = answer.statusCode() == 202;
                    if (accepted) {
                        assertThat(JSON.readTree(answer.body()).get("accepted").asInt())
                                .isEqualTo(20);
                        lines.forEach(
                                line -> acceptedIds.add(line.at("/event/id").asString()));
                    } else {
                        assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
                        refused.incrementAndGet();
                    }
                }
            }
        }

        int accepted() {
            return acceptedIds.size();
        }

        void awaitAccepted(int count) {
            await().atMost(PATIENCE).until(() -> accepted() >= count || !failures.isEmpty());
            assertThat(failures).isEmpty();
        }

        void stop() throws InterruptedException {
            going.set(false);
            for (Thread client : clients) {
                client.join();
            }
            assertThat(failures).isEmpty();
        }

        @Override
        public void close() throws InterruptedException {
            going.set(false);
            for (Thread client : clients) {
                client.join();
            }
        }
    }
}
