package io.tricolor.kit.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

class KafkaTopicsTest {

    @Test
    void goes_on_whatever_the_admin_client_throws() {
        AtomicInteger attempts = new AtomicInteger();
        KafkaTopics topics = new KafkaTopics(
                () -> switch (attempts.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("a busy machine");
                    case 2 -> throw new NoClassDefFoundError("a full metaspace");
                    case 3 -> false;
                    default -> true;
                },
                new ProgressWatch(ProgressWatch.LIMIT));
        topics.start();
        await().atMost(Duration.ofSeconds(30)).until(topics.ready()::isDone);
        assertThat(attempts).hasValue(4);
        assertThat(topics.isRunning()).isFalse();
        topics.stop();
    }

    @Test
    void waiting_for_kafka_degrades_the_service_and_does_not_take_it_down() {
        ProgressWatch watch = new ProgressWatch(Duration.ofMillis(100));
        AtomicBoolean kafka = new AtomicBoolean();
        KafkaTopics topics = new KafkaTopics(kafka::get, watch);
        topics.start();
        await().until(() -> watch.health().getDetails().get("degraded").equals(true));
        assertThat(watch.health().getStatus()).isEqualTo(Status.UP);
        assertThat(watch.health().getDetails().get("kafka-topics").toString())
                .contains("the topics of the contract", "Kafka cannot be reached");
        kafka.set(true);
        await().until(topics.ready()::isDone);
        assertThat(watch.health().getDetails().get("degraded")).isEqualTo(false);
    }
}
