package io.tricolor.kit.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Topics;
import io.tricolor.contracts.config.ConfigRevisionPublished;
import io.tricolor.engines.Ports;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;

/** Without a broker. */
class MessagePublisherTest {

    private static final Duration MAX_BLOCK = Duration.ofSeconds(3);

    private final ProgressWatch watch = new ProgressWatch(ProgressWatch.LIMIT);
    private DefaultKafkaProducerFactory<String, byte[]> producers;
    private SendQueue queue;
    private MessagePublisher publisher;

    @BeforeEach
    void start() {
        producers = new DefaultKafkaProducerFactory<>(
                Map.of(
                        "bootstrap.servers",
                        "127.0.0.1:" + Ports.free(),
                        "max.block.ms",
                        Long.toString(MAX_BLOCK.toMillis())),
                new StringSerializer(),
                new ByteArraySerializer());
        queue = new SendQueue(new KafkaTemplate<>(producers), watch);
        publisher = new MessagePublisher(queue, "/tricolor/test");
        queue.start();
    }

    @AfterEach
    void stop() {
        queue.stop();
        producers.destroy();
    }

    private CompletableFuture<Void> publish() {
        return publisher.publish(
                Topics.CONFIG_EVENTS, "n", new ConfigRevisionPublished("n", 1, "", List.of(), "", Instant.now()));
    }

    @Test
    void never_blocks_its_caller_and_every_message_fails_together() {
        long begin = System.nanoTime();
        List<CompletableFuture<Void>> all =
                IntStream.range(0, 50).mapToObj(number -> publish()).toList();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(MAX_BLOCK.dividedBy(2));
        assertThat(all).noneMatch(CompletableFuture::isDone);
        await().atMost(MAX_BLOCK.multipliedBy(6))
                .until(() -> all.stream().allMatch(CompletableFuture::isCompletedExceptionally));
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
        // The one that follows is not failed by what was before: Kafka may be back.
        CompletableFuture<Void> next = publish();
        assertThat(next).isNotDone();
    }

    @Test
    void what_waits_when_the_service_stops_fails() {
        List<CompletableFuture<Void>> all =
                IntStream.range(0, 5).mapToObj(number -> publish()).toList();
        queue.stop();
        await().until(() -> all.stream().allMatch(CompletableFuture::isCompletedExceptionally));
    }
}
