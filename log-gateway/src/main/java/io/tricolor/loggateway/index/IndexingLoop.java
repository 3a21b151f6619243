package io.tricolor.loggateway.index;

import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import io.tricolor.kit.message.KafkaTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.ConsumerFactory;

/**
 * Poll, write, commit, on a thread of its own. An offset is committed only after Elasticsearch has answered for every
 * record before it; while Elasticsearch is away the consumer stays in its group, paused. Documents may be written
 * twice, by their ids they are there once. What goes wrong unexpectedly is counted, and the work begins again at the
 * last committed offset.
 */
final class IndexingLoop implements SmartLifecycle, HealthIndicator {

    private static final Logger log = LoggerFactory.getLogger(IndexingLoop.class);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);

    /** So often Elasticsearch may fail on a document while it takes another one of the same stream. */
    private static final int MOST_FAILURES = 10;

    private static final Counter REPEATED = Counter.build(
                    "tricolor_index_repeated_total", "Times that documents had to be written again")
            .labelNames("consumer")
            .register();
    private static final Counter UNEXPECTED = Counter.build(
                    "tricolor_index_unexpected_total", "Failures that nothing was prepared for; the indexing goes on")
            .labelNames("consumer")
            .register();
    private static final Counter ASIDE = Counter.build(
                    "tricolor_index_dead_letters_total",
                    "Records that were put aside, because they can never become documents")
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
    private final Loop loop;
    private volatile boolean running;
    private volatile @Nullable Consumer<String, byte[]> current;
    private volatile @Nullable Batch unwritten;
    private volatile @Nullable String failure;
    private @Nullable Entry witness;

    IndexingLoop(
            String name,
            List<String> topics,
            Documents documents,
            Bulk bulk,
            DeadLetters deadLetters,
            ConsumerFactory<String, byte[]> consumers,
            KafkaTopics contractTopics,
            ProgressWatch watch) {
        this.name = name;
        this.topics = topics;
        this.documents = documents;
        this.bulk = bulk;
        this.deadLetters = deadLetters;
        this.consumers = consumers;
        this.contractTopics = contractTopics;
        this.loop = Loop.named(name, this::turn)
                .onPlatformThread()
                .backOff(FIRST_PAUSE, LONGEST_PAUSE)
                .position(this::position)
                .build(watch);
        UNEXPECTED.labels(name);
        ASIDE.labels(name);
    }

    @Override
    public void start() {
        running = true;
        var _ = contractTopics.ready().thenRun(() -> {
            if (running) {
                loop.start();
            }
        });
    }

    /** Records on their way, and what is not yet done of them. */
    private static final class Batch {

        private final ConsumerRecords<String, byte[]> records;
        private final List<Letter> letters = new ArrayList<>();
        private final Map<String, Integer> failures = new HashMap<>();
        private List<Entry> entries = new ArrayList<>();

        Batch(ConsumerRecords<String, byte[]> records) {
            this.records = records;
        }
    }

    private record Letter(ConsumerRecord<String, byte[]> received, String reason) {}

    /** Not everything could be written; it is tried again. */
    private static final class NotTaken extends Exception {

        private static final long serialVersionUID = 1L;

        NotTaken(String reason) {
            super(reason);
        }
    }

    private void turn() throws NotTaken, InterruptedException {
        try {
            Consumer<String, byte[]> consumer = consumer();
            Batch batch = unwritten;
            if (batch == null) {
                ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
                if (records.isEmpty()) {
                    LAG.labels(name).set((double) lag(consumer));
                    return;
                }
                batch = batchOf(records);
                unwritten = batch;
            } else {
                hold(consumer);
            }
            write(batch);
            commit(consumer, batch.records);
            unwritten = null;
            if (failure != null) {
                failure = null;
                WAITING.labels(name).set(0);
            }
            consumer.resume(consumer.paused());
            LAG.labels(name).set((double) lag(consumer));
        } catch (InterruptException e) {
            abandon();
            throw e;
        } catch (RuntimeException | Error e) {
            UNEXPECTED.labels(name).inc();
            failure = e.toString();
            abandon();
            throw e;
        }
    }

    private Consumer<String, byte[]> consumer() {
        Consumer<String, byte[]> consumer = current;
        if (consumer == null) {
            consumer = consumers.createConsumer(name, null, null, settings());
            current = consumer;
            consumer.subscribe(topics);
        }
        return consumer;
    }

    /** Leaves the group; whoever reads on begins at the last commit. */
    private void abandon() {
        unwritten = null;
        Consumer<String, byte[]> consumer = current;
        current = null;
        boolean interrupted = Thread.interrupted();
        if (consumer != null) {
            try {
                consumer.close();
            } catch (RuntimeException e) {
                log.debug("{} could not leave its group", name, e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Properties settings() {
        Properties settings = new Properties();
        settings.setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "250");
        settings.setProperty(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, "1048576");
        settings.setProperty(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "524288");
        // so long the broker keeps the partitions of a process that was killed
        settings.setProperty(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, "6000");
        settings.setProperty(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, "2000");
        settings.setProperty(ConsumerConfig.METADATA_MAX_AGE_CONFIG, "10000");
        settings.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        return settings;
    }

    private Batch batchOf(ConsumerRecords<String, byte[]> records) {
        Batch batch = new Batch(records);
        for (ConsumerRecord<String, byte[]> received : records) {
            try {
                Entry entry = documents.of(received);
                if (entry != null) {
                    batch.entries.add(entry);
                }
            } catch (Unindexable e) {
                batch.letters.add(new Letter(received, String.valueOf(e.getMessage())));
            } catch (RuntimeException e) { // whatever a record is, it must not keep others from being indexed
                UNEXPECTED.labels(name).inc();
                log.error("{} cannot make a document of {}", name, place(received), e);
                batch.letters.add(new Letter(received, "no document can be made of the record: " + e));
            }
        }
        return batch;
    }

    /** Returns when every record is in Elasticsearch or among the dead letters. */
    private void write(Batch batch) throws NotTaken, InterruptedException {
        Entry before = batch.failures.isEmpty() ? null : witness;
        List<Entry> entries = batch.entries;
        if (before != null) {
            entries = new ArrayList<>(entries);
            entries.add(before);
        }
        Bulk.Rest rest = bulk.write(entries);
        List<Entry> again = new ArrayList<>(rest.again());
        boolean othersAreTaken = before != null && !again.remove(before);
        remember(entries, rest);
        rest.refused()
                .forEach(refused -> batch.letters.add(new Letter(refused.entry().origin(), refused.reason())));
        for (Bulk.Refused failed : rest.failed()) {
            int failures = batch.failures.merge(failed.entry().id(), othersAreTaken ? 1 : 0, Integer::sum);
            if (failures >= MOST_FAILURES && again.remove(failed.entry())) {
                batch.letters.add(new Letter(
                        failed.entry().origin(),
                        "failed " + failures + " times while others did not: " + failed.reason()));
            }
        }
        batch.entries = again;
        boolean allPut = putAside(batch.letters);
        if (!again.isEmpty() || !allPut) {
            throw complain(again.isEmpty() ? "Kafka does not take dead letters" : String.valueOf(rest.failure()));
        }
    }

    /** Keeps one that was taken: whether it is known the next time shows whether it is the others that fail. */
    private void remember(List<Entry> entries, Bulk.Rest rest) {
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            if (!rest.again().contains(entry)
                    && rest.refused().stream()
                            .noneMatch(refused -> refused.entry().equals(entry))) {
                witness = entry;
                return;
            }
        }
    }

    private boolean putAside(List<Letter> letters) throws InterruptedException {
        while (!letters.isEmpty()) {
            Letter letter = letters.getLast();
            if (!deadLetters.put(letter.received(), name, letter.reason())) {
                return false;
            }
            ASIDE.labels(name).inc();
            letters.removeLast();
        }
        return true;
    }

    private NotTaken complain(String reason) {
        REPEATED.labels(name).inc();
        WAITING.labels(name).set(1);
        failure = reason;
        return new NotTaken(reason.replaceAll("[\\r\\n]", " "));
    }

    /**
     * Stays in the group: polls with every partition paused. Records of a partition that comes in meanwhile are read
     * later.
     */
    private static void hold(Consumer<String, byte[]> consumer) {
        consumer.pause(consumer.assignment());
        ConsumerRecords<String, byte[]> early = consumer.poll(Duration.ZERO);
        for (TopicPartition partition : early.partitions()) {
            consumer.seek(partition, early.records(partition).getFirst().offset());
        }
    }

    /**
     * Only of partitions that are still ours: another member has begun at the last commit of the others, the ids absorb
     * it.
     */
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

    /** The first record of each partition that is not yet written. */
    private String position() {
        Batch batch = unwritten;
        return batch == null
                ? "the last committed offsets"
                : batch.records.partitions().stream()
                        .map(partition -> place(batch.records.records(partition).getFirst()))
                        .sorted()
                        .collect(Collectors.joining(", "));
    }

    private static String place(ConsumerRecord<?, ?> received) {
        return received.topic() + "-" + received.partition() + "@" + received.offset();
    }

    @Override
    public void stop() {
        running = false;
        loop.stop();
        abandon();
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
