package io.tricolor.kit.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.contracts.Topics;
import io.tricolor.contracts.deployment.EnsureRejected;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.transaction.support.TransactionOperations;

/** Without a broker. */
class TopicConsumersTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final AtomicInteger created = new AtomicInteger();
    private final CompletableFuture<Void> topicsAreThere = new CompletableFuture<>();
    private volatile boolean dies = true;

    /** Makes consumers that cannot be made at first, die of an error next, and live at last. */
    private final class Factory extends DefaultKafkaConsumerFactory<String, byte[]> {

        Factory() {
            super(Map.of());
        }

        @Override
        public Consumer<String, byte[]> createConsumer(
                String groupId, String clientIdPrefix, String clientIdSuffix, java.util.Properties properties) {
            if (created.incrementAndGet() == 1) {
                throw new KafkaException("cannot be made");
            }
            MockConsumer<String, byte[]> consumer = new MockConsumer<>("earliest");
            if (dies) {
                dies = false;
                consumer.schedulePollTask(() -> {
                    throw new NoClassDefFoundError("gone");
                });
            }
            return consumer;
        }
    }

    @Test
    void a_consumer_that_cannot_start_or_dies_is_started_again() {
        TopicConsumers consumers = new TopicConsumers(
                List.of(TopicConsumer.of("reborn", Topics.DEPLOY_OBSERVATIONS)
                        .on(EnsureRejected.class, (message, envelope) -> {})
                        .build()),
                new Factory(),
                topicsAreThere,
                new ProgressWatch(ProgressWatch.LIMIT),
                null,
                TransactionOperations.withoutTransaction(),
                new KafkaTemplate<>(new DefaultKafkaProducerFactory<>(
                        Map.of(), new StringSerializer(), new ByteArraySerializer())));
        consumers.start();
        try {
            assertThat(created).hasValue(0);
            topicsAreThere.complete(null);
            await().atMost(LONG).until(() -> created.get() >= 3);
            assertThat(dies).isFalse();
        } finally {
            consumers.stop();
        }
    }
}
