package io.tricolor.kit.inbox;

import io.prometheus.client.Gauge;
import io.tricolor.kit.message.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaOperations;
import org.springframework.kafka.listener.CommonContainerStoppingErrorHandler;
import org.springframework.kafka.listener.CommonDelegatingErrorHandler;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.util.backoff.ExponentialBackOff;

/** Runs every {@link TopicConsumer}, from when Kafka and its topics are there until the service stops. */
final class TopicConsumers implements SmartLifecycle, HealthIndicator {

    private static final Logger log = LoggerFactory.getLogger(TopicConsumers.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private static final Gauge STOPPED = Gauge.build(
                    "tricolor_inbox_stopped", "1 while a consumer is stopped because facts of a stream are missing")
            .labelNames("consumer")
            .register();

    private final List<ConcurrentMessageListenerContainer<String, byte[]>> containers = new ArrayList<>();
    private final Map<String, String> gaps = new ConcurrentHashMap<>();
    private final KafkaTopics topics;
    private volatile boolean running;

    TopicConsumers(
            List<TopicConsumer> consumers,
            ConsumerFactory<String, byte[]> factory,
            KafkaTopics topics,
            @Nullable InboxRows rows,
            TransactionOperations transactions,
            KafkaOperations<String, byte[]> kafka) {
        this.topics = topics;
        for (TopicConsumer consumer : consumers) {
            ContainerProperties properties =
                    new ContainerProperties(consumer.topics().toArray(String[]::new));
            properties.setGroupId(consumer.name());
            properties.setAckMode(ContainerProperties.AckMode.RECORD);
            properties.setMessageListener(new Intake(consumer, rows, transactions, kafka));
            properties.getKafkaConsumerProperties().setProperty("metadata.max.age.ms", "10000");
            ConcurrentMessageListenerContainer<String, byte[]> container =
                    new ConcurrentMessageListenerContainer<>(factory, properties);
            container.setBeanName(consumer.name());
            container.setCommonErrorHandler(errorHandler(consumer.name()));
            containers.add(container);
            STOPPED.labels(consumer.name()).set(0);
        }
    }

    private CommonDelegatingErrorHandler errorHandler(String consumer) {
        ExponentialBackOff forEver = new ExponentialBackOff(FIRST_PAUSE.toMillis(), 2);
        forEver.setMaxInterval(LONGEST_PAUSE.toMillis());
        DefaultErrorHandler again = new DefaultErrorHandler(
                (record, failure) -> {
                    throw new IllegalStateException("a record of " + consumer + " may not be given up", failure);
                },
                forEver);
        again.setClassifications(Map.of(), true);
        CommonDelegatingErrorHandler handler = new CommonDelegatingErrorHandler(again);
        handler.setCauseChainTraversing(true);
        handler.setErrorHandlers(Map.of(SequenceGap.class, new StopAtGap(consumer)));
        return handler;
    }

    @Override
    public void start() {
        running = true;
        var _ = topics.ready().thenRun(() -> {
            if (running) {
                containers.forEach(MessageListenerContainer::start);
            }
        });
    }

    @Override
    public void stop() {
        running = false;
        containers.forEach(MessageListenerContainer::stop);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public Health health() {
        if (gaps.isEmpty()) {
            return Health.up()
                    .withDetail("waitingForKafka", !topics.ready().isDone())
                    .build();
        }
        return Health.down().withDetails(Map.copyOf(gaps)).build();
    }

    /** Alarms and stops the consumer; the record stays unacknowledged. */
    private final class StopAtGap extends CommonContainerStoppingErrorHandler {

        private final String consumer;

        StopAtGap(String consumer) {
            this.consumer = consumer;
        }

        @Override
        public void handleRemaining(
                Exception failure,
                List<ConsumerRecord<?, ?>> records,
                Consumer<?, ?> kafkaConsumer,
                MessageListenerContainer container) {
            String message = gapMessage(failure);
            gaps.put(consumer, message);
            STOPPED.labels(consumer).set(1);
            log.error("{}: the consumer stops", message);
            super.handleRemaining(failure, records, kafkaConsumer, container);
        }

        private static String gapMessage(Exception failure) {
            for (@Nullable Throwable t = failure; t != null; t = t.getCause()) {
                if (t instanceof SequenceGap gap) {
                    return String.valueOf(gap.getMessage());
                }
            }
            return Arrays.toString(failure.getSuppressed());
        }
    }
}
