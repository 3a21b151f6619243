package io.tricolor.loggateway.index;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.kit.message.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.ConsumerFactory;

/**
 * Poll, write, commit, on a thread of its own. An offset is committed only after Elasticsearch has answered for every record before
 * it; while Elasticsearch is away the consumer stays in its group, paused. Documents may be written twice, by their ids they are
 * there once.
 */
final class IndexingLoop implements SmartLifecycle, HealthIndicator {

    private static final Logger log = LoggerFactory.getLogger(IndexingLoop.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);
    private static final Duration STOP = Duration.ofSeconds(4);

    private static final Counter REPEATED = Counter.build(
                    "tricolor_index_repeated_total", "Times that documents had to be written again")
            .labelNames("consumer")
            .register();
    private static final Gauge WAITING = Gauge.build(
                    "tricolor_index_waiting_boolean", "1 while records wait because Elasticsearch does not take them")
            .labelNames("consumer")
            .register();
    private static final Gauge LAG = Gauge.build(
                    "tricolor_index_lag_records", "Records on Kafka that are not yet in Elasticsearch")
            .labelNames("consumer")
            .register();

    private final String name;
    private final List<String> topics;
    private final Documents documents;
    private final Bulk bulk;
    private final DeadLetters deadLetters;
    private final ConsumerFactory<String, byte[]> consumers;
    private final KafkaTopics contractTopics;
    private volatile boolean running;
    private volatile @Nullable Thread worker;
    private volatile @Nullable Consumer<String, byte[]> current;
    private volatile @Nullable String failure;

    IndexingLoop(
            String name,
            List<String> topics,
            Documents documents,
            Bulk bulk,
            DeadLetters deadLetters,
            ConsumerFactory<String, byte[]> consumers,
            KafkaTopics contractTopics) {
        this.name = name;
        this.topics = topics;
        this.documents = documents;
        this.bulk = bulk;
        this.deadLetters = deadLetters;
        this.consumers = consumers;
        this.contractTopics = contractTopics;
    }

    @Override
    public void start() {
        running = true;
        var _ = contractTopics.ready().thenRun(() -> {
            if (running) {
                worker = Thread.ofPlatform().name(name).daemon().start(this::run);
            }
        });
    }

    private void run() {
        Duration pause = FIRST_PAUSE;
        while (running) {
            try (Consumer<String, byte[]> consumer = consumers.createConsumer(name, null, null, settings())) {
                current = consumer;
                consumer.subscribe(topics);
                while (running) {
                    round(consumer);
                    pause = FIRST_PAUSE;
                }
            } catch (InterruptException | WakeupException | InterruptedException e) {
                return;
            } catch (KafkaException e) {
                log.warn("{} begins again at the last committed offset: {}", name, e.toString());
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException interrupted) {
                    return;
                }
                pause = longer(pause);
            }
        }
    }

    private static Properties settings() {
        Properties settings = new Properties();
        settings.setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "250");
        settings.setProperty(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, "1048576");
        settings.setProperty(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "524288");
        settings.setProperty(ConsumerConfig.METADATA_MAX_AGE_CONFIG, "10000");
        settings.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        return settings;
    }

    private void round(Consumer<String, byte[]> consumer) throws InterruptedException {
        ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
        if (!records.isEmpty()) {
            write(consumer, records);
            commit(consumer, records);
        }
        LAG.labels(name).set((double) lag(consumer));
    }

    /** Returns when every record is in Elasticsearch or among the dead letters. */
    private void write(Consumer<String, byte[]> consumer, ConsumerRecords<String, byte[]> records)
            throws InterruptedException {
        List<Entry> entries = new ArrayList<>(records.count());
        List<Letter> letters = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> received : records) {
            try {
                Entry entry = documents.of(received);
                if (entry != null) {
                    entries.add(entry);
                }
            } catch (Unindexable e) {
                letters.add(new Letter(received, String.valueOf(e.getMessage())));
            }
        }
        Duration pause = FIRST_PAUSE;
        while (true) {
            Bulk.Rest rest = bulk.write(entries);
            rest.refused()
                    .forEach(refused -> letters.add(new Letter(refused.entry().origin(), refused.reason())));
            entries = rest.again();
            boolean allPut = putAside(letters);
            if (entries.isEmpty() && allPut) {
                if (failure != null) {
                    log.info("{} goes on", name);
                }
                failure = null;
                WAITING.labels(name).set(0);
                consumer.resume(consumer.paused());
                return;
            }
            complain(rest.failure() == null ? "Kafka does not take dead letters" : rest.failure());
            hold(consumer, pause);
            pause = longer(pause);
        }
    }

    private record Letter(ConsumerRecord<String, byte[]> received, String reason) {}

    private boolean putAside(List<Letter> letters) throws InterruptedException {
        while (!letters.isEmpty()) {
            Letter letter = letters.getLast();
            if (!deadLetters.put(letter.received(), name, letter.reason())) {
                return false;
            }
            letters.removeLast();
        }
        return true;
    }

    private void complain(String reason) {
        REPEATED.labels(name).inc();
        WAITING.labels(name).set(1);
        if (failure == null) {
            log.warn("{} waits, its records stay in Kafka: {}", name, reason.replaceAll("[\\r\\n]", " "));
        }
        failure = reason;
    }

    /** Waits without leaving the group: polls with every partition paused. Records of a partition that comes in meanwhile are read later. */
    private static void hold(Consumer<String, byte[]> consumer, Duration pause) {
        consumer.pause(consumer.assignment());
        ConsumerRecords<String, byte[]> early = consumer.poll(pause);
        for (TopicPartition partition : early.partitions()) {
            consumer.seek(partition, early.records(partition).getFirst().offset());
        }
    }

    /** Only of partitions that are still ours: another member has begun at the last commit of the others, the ids absorb it. */
    private static void commit(Consumer<String, byte[]> consumer, ConsumerRecords<String, byte[]> records) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(records.nextOffsets());
        offsets.keySet().retainAll(consumer.assignment());
        consumer.commitSync(offsets);
    }

    private static long lag(Consumer<String, byte[]> consumer) {
        long lag = 0;
        for (TopicPartition partition : consumer.assignment()) {
            lag += consumer.currentLag(partition).orElse(0);
        }
        return lag;
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    @Override
    public void stop() {
        running = false;
        Thread thread = worker;
        Consumer<String, byte[]> consumer = current;
        if (thread == null) {
            return;
        }
        try {
            if (consumer != null) {
                consumer.wakeup();
                if (thread.join(STOP)) {
                    return;
                }
            }
            thread.interrupt();
            thread.join(STOP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public Health health() {
        String reason = failure;
        if (!contractTopics.ready().isDone()) {
            return Health.up()
                    .withDetail("state", "degraded")
                    .withDetail("reason", "waits for Kafka")
                    .build();
        }
        return reason == null
                ? Health.up().withDetail("state", "running").build()
                : Health.up()
                        .withDetail("state", "degraded")
                        .withDetail("reason", reason)
                        .build();
    }
}
