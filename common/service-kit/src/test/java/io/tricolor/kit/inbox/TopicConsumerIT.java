package io.tricolor.kit.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.client.CollectorRegistry;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.Topics;
import io.tricolor.contracts.config.ConfigEvent;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.contracts.deployment.EnsureRejected;
import io.tricolor.engines.KafkaEngine;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.command.CommandContext;
import io.tricolor.kit.command.Commands;
import io.tricolor.kit.eventstore.StreamReader;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.MessagePublisher;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.sample.SampleService.Publish;
import io.tricolor.kit.sample.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

class TopicConsumerIT {

    private static final Duration LONG = Duration.ofSeconds(40);

    /** What the consumer of facts has taken, and how often it shall fail. */
    private static final List<String> TAKEN = new CopyOnWriteArrayList<>();

    private static final AtomicInteger FAILURES = new AtomicInteger();

    @TempDir
    private static Path directory;

    private static KafkaEngine kafka;

    private Sample sample;

    /** Its effect is a command, whose events share the transaction with the inbox row. */
    @Configuration(proxyBeanMethods = false)
    static class Consumers {

        @Bean
        TopicConsumer facts(Commands commands) {
            return TopicConsumer.of("facts", Topics.CLUSTER_DEPLOYMENT_EVENTS)
                    .on(ConfigEvent.class, (event, envelope) -> {
                        commands.<Object>sendAndWait(
                                new Publish("copy-of/" + event.namespace(), "copy", Instant.now()),
                                CommandContext.ofService("copier", envelope.correlationId(), envelope.id()));
                        if (FAILURES.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                            throw new IllegalStateException("fails after its effect");
                        }
                        TAKEN.add(event.namespace() + "#" + envelope.sequence());
                    })
                    .build();
        }

        @Bean
        TopicConsumer messages() {
            return TopicConsumer.of("messages", Topics.DEPLOY_OBSERVATIONS)
                    .on(EnsureRejected.class, (message, envelope) -> TAKEN.add(message.commandId()))
                    .build();
        }
    }

    @BeforeAll
    static void startKafka() {
        kafka = KafkaEngine.start(directory);
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @BeforeEach
    void start() {
        TAKEN.clear();
        FAILURES.set(0);
        sample = Sample.start(
                new Class<?>[] {Consumers.class},
                "spring.datasource.url=" + SharedEngines.freshDatabase("inbox"),
                "spring.kafka.bootstrap-servers=" + kafka.bootstrapServers());
    }

    @AfterEach
    void stop() {
        sample.close();
    }

    @Test
    void applies_each_fact_once_and_in_order_however_often_it_arrives() {
        for (long sequence : new long[] {0, 1, 2, 0, 1, 2, 3}) {
            fact("once", sequence);
        }
        await().atMost(LONG).until(() -> TAKEN.contains("once#3"));
        assertThat(TAKEN.stream().filter(taken -> taken.startsWith("once#")))
                .containsExactly("once#0", "once#1", "once#2", "once#3");
        assertThat(sample.bean(StreamReader.class).lastSequence("copy-of/once")).hasValue(3);
        assertThat(sample.bean(StreamReader.class)
                        .read("copy-of/once", 0, 1)
                        .getFirst()
                        .metadata())
                .containsEntry("causationId", "id-once-0");
    }

    @Test
    void tries_a_failed_message_again_and_its_failed_effect_leaves_no_trace() {
        FAILURES.set(3);
        fact("failing", 0);
        fact("failing", 1);
        await().atMost(LONG).until(() -> TAKEN.contains("failing#1"));
        assertThat(TAKEN.stream().filter(taken -> taken.startsWith("failing#")))
                .containsExactly("failing#0", "failing#1");
        assertThat(sample.bean(StreamReader.class).lastSequence("copy-of/failing"))
                .hasValue(1);
    }

    @Test
    void stops_at_a_gap_and_alarms() {
        fact("gap", 0);
        await().atMost(LONG).until(() -> TAKEN.contains("gap#0"));
        fact("gap", 2);
        fact("gap", 3);
        await().atMost(LONG).until(() -> metric("tricolor_inbox_stopped", "facts") == 1);
        assertThat(TAKEN).doesNotContain("gap#2", "gap#3");
        sample.client()
                .get()
                .uri("/actuator/health")
                .exchange()
                .expectStatus()
                .isEqualTo(503)
                .expectBody(String.class)
                .value(health -> assertThat(health).contains("gap up to sequence 0 and now received 2"));
        sample.client()
                .get()
                .uri("/actuator/health/liveness")
                .exchange()
                .expectStatus()
                .isOk();
        // What the operator does about it: here the stream is declared as seen.
        sample.bean(JdbcClient.class)
                .sql("update inbox set last_sequence = 3 where subject = 'gap'")
                .update();
    }

    @Test
    void puts_what_it_cannot_decode_aside_and_goes_on() {
        fact("poison", 0);
        byte[] broken = "{not json".getBytes(UTF_8);
        Topic.write(
                kafka.bootstrapServers(),
                Topics.CLUSTER_DEPLOYMENT_EVENTS,
                "poison",
                broken,
                Map.of(
                        "ce_type", "io.tricolor.config.revision-published.v1",
                        "ce_subject", "poison",
                        "ce_sequence", "00000000000000000001",
                        "ce_id", "bad"));
        fact("poison", 2);
        await().atMost(LONG).until(() -> TAKEN.contains("poison#2"));
        ConsumerRecord<String, byte[]> letter = Topic.read(
                        kafka.bootstrapServers(),
                        Topics.deadLetter(Topics.CLUSTER_DEPLOYMENT_EVENTS),
                        LONG,
                        all -> all.stream().anyMatch(r -> "poison".equals(r.key())))
                .stream()
                .filter(r -> "poison".equals(r.key()))
                .findFirst()
                .orElseThrow();
        assertThat(letter.value()).isEqualTo(broken);
        assertThat(Topic.header(letter, "ce_id")).isEqualTo("bad");
        assertThat(Topic.header(letter, "x-exception-message")).contains("is not a io.tricolor.config");
        assertThat(Topic.header(letter, "x-original-topic")).isEqualTo(Topics.CLUSTER_DEPLOYMENT_EVENTS);
    }

    @Test
    void handles_every_message_that_is_no_fact_and_passes_over_types_it_does_not_handle() throws Exception {
        MessagePublisher publisher = sample.bean(MessagePublisher.class);
        EnsureRejected rejected = new EnsureRejected(
                "shop", "A", "command-1", 0, 1, new Rejection(Rejection.Code.STALE_FENCE, "old"), Instant.now());
        publisher
                .publish(
                        Topics.DEPLOY_OBSERVATIONS,
                        "shop",
                        new ConfigRevisionPublished("n", 1, "", List.of(), "", Instant.now()))
                .get(30, TimeUnit.SECONDS);
        publisher.publish(Topics.DEPLOY_OBSERVATIONS, "shop", rejected).get(30, TimeUnit.SECONDS);
        publisher.publish(Topics.DEPLOY_OBSERVATIONS, "shop", rejected).get(30, TimeUnit.SECONDS);
        await().atMost(LONG)
                .until(() -> TAKEN.stream().filter("command-1"::equals).count() == 2);
    }

    private void fact(String namespace, long sequence) {
        sample.bean(MessagePublisher.class)
                .publish(
                        Topics.CLUSTER_DEPLOYMENT_EVENTS,
                        namespace,
                        new ConfigRevisionPublished(namespace, sequence + 1, "0", List.of(), "test", Instant.now()),
                        new Envelope(
                                "id-" + namespace + "-" + sequence,
                                "/tricolor/test",
                                namespace,
                                Instant.now(),
                                sequence,
                                "tester",
                                "correlation",
                                null,
                                null))
                .join();
    }

    private static double metric(String name, String consumer) {
        Double value = CollectorRegistry.defaultRegistry.getSampleValue(
                name, new String[] {"consumer"}, new String[] {consumer});
        return value == null ? -1 : value;
    }
}
