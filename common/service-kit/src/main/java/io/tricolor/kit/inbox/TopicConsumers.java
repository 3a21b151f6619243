package io.tricolor.kit.inbox;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.Progress;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
    private static final Duration CHECK = Duration.ofSeconds(5);

    private static final Gauge STOPPED = Gauge.build(
                    "tricolor_inbox_stopped", "1 while a consumer is stopped because facts of a stream are missing")
            .labelNames("consumer")
            .register();

    private static final Counter STARTS = Counter.build(
                    "tricolor_inbox_starts_total", "Starts of consumers; more than one of a process is a repair")
            .labelNames("consumer")
            .register();

    private final List<ConcurrentMessageListenerContainer<String, byte[]>> containers = new ArrayList<>();
    private final Map<String, String> gaps = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> topicsAreThere;
    private final Loop loop;

    TopicConsumers(
            List<TopicConsumer> consumers,
            ConsumerFactory<String, byte[]> factory,
            CompletableFuture<Void> topicsAreThere,
            ProgressWatch watch,
            @Nullable InboxRows rows,
            TransactionOperations transactions,
            KafkaOperations<String, byte[]> kafka) {
        this.topicsAreThere = topicsAreThere;
        this.loop = Loop.named("inbox-consumers", this::keepRunning)
                .every(CHECK)
                .mayTake(CHECK)
                .position(this::notRunning)
                .build(watch);
        for (TopicConsumer consumer : consumers) {
            ContainerProperties properties =
                    new ContainerProperties(consumer.topics().toArray(String[]::new));
            properties.setGroupId(consumer.name());
            properties.setAckMode(ContainerProperties.AckMode.RECORD);
            WatchedIntake intake = new WatchedIntake(
                    new Intake(consumer, rows, transactions, kafka),
                    watched -> watch.watch("inbox " + consumer.name(), Progress.Weight.VITAL, watched::position));
            properties.setMessageListener(intake);
            properties.setConsumerRebalanceListener(intake);
            properties.setAuthExceptionRetryInterval(LONGEST_PAUSE);
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

    /** Starts the consumers once the topics are there, and again when one has ended although it should run. */
    private void keepRunning() {
        if (!topicsAreThere.isDone()) {
            return;
        }
        for (ConcurrentMessageListenerContainer<String, byte[]> container : containers) {
            String name = String.valueOf(container.getBeanName());
            if (!gaps.containsKey(name) && !runs(container)) {
                container.stop(); // a container whose consumer has ended may think that it runs
                STARTS.labels(name).inc();
                container.start();
            }
        }
    }

    private static boolean runs(ConcurrentMessageListenerContainer<String, byte[]> container) {
        return container.isRunning() && container.isChildRunning();
    }

    private String notRunning() {
        return containers.stream()
                .filter(container -> !runs(container))
                .map(container -> "consumer " + container.getBeanName() + ", which does not run")
                .findFirst()
                .orElse("every consumer runs");
    }

    @Override
    public void start() {
        loop.start();
        var _ = topicsAreThere.thenRun(loop::wake);
    }

    @Override
    public void stop() {
        loop.stop();
        containers.forEach(MessageListenerContainer::stop);
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    @Override
    public Health health() {
        if (gaps.isEmpty()) {
            return Health.up()
                    .withDetail("waitingForKafka", !topicsAreThere.isDone())
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
