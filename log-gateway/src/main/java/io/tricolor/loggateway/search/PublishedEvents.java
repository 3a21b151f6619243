package io.tricolor.loggateway.search;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.kit.message.CloudEvents;
import io.tricolor.loggateway.search.Sequences.Range;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.ConsumerFactory;

/** Reads from Kafka itself what was published: only at the offsets that are asked for. Blocking. */
final class PublishedEvents {

    private static final Logger log = LoggerFactory.getLogger(PublishedEvents.class);

    /** Topics whose key is the group. */
    private static final List<String> TOPICS = List.of(Topics.CLUSTER_GROUP_EVENTS, Topics.CLUSTER_DEPLOYMENT_EVENTS);

    private static final Duration CALL = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(250);

    private final ConsumerFactory<String, byte[]> consumers;

    PublishedEvents(ConsumerFactory<String, byte[]> consumers) {
        this.consumers = consumers;
    }

    /** An event of the group, by where it stands. */
    record Position(Stream stream, long sequence) {}

    /** What Kafka can answer. Fails with {@link Rejected}. To be closed. */
    static final class Reading implements AutoCloseable {

        private final Consumer<String, byte[]> consumer;
        private final String group;
        private final List<TopicPartition> partitions;
        private final long deadline = System.nanoTime() + LONGEST.toNanos();

        private Reading(Consumer<String, byte[]> consumer, String group) {
            this.consumer = consumer;
            this.group = group;
            int partition = Utils.toPositive(Utils.murmur2(group.getBytes(StandardCharsets.UTF_8))) % Topics.PARTITIONS;
            this.partitions = TOPICS.stream()
                    .map(topic -> new TopicPartition(topic, partition))
                    .toList();
        }

        /**
         * Where events of the group can be: its partition of each topic, and the offsets that Kafka still has there.
         */
        Map<TopicPartition, Range> kept() {
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Range> kept = new java.util.LinkedHashMap<>();
            for (TopicPartition partition : partitions) {
                kept.put(
                        partition, new Range(begins.getOrDefault(partition, 0L), ends.getOrDefault(partition, 0L) - 1));
            }
            return kept;
        }

        /** The first offset of a record that is not older; null when all are. */
        @Nullable
        Long offsetAt(TopicPartition partition, Instant time) {
            OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, time.toEpochMilli()))
                    .get(partition);
            return found == null ? null : (Long) found.offset();
        }

        /** The events of the group at these offsets. */
        List<Position> read(TopicPartition partition, List<Range> offsets) {
            List<Position> found = new ArrayList<>();
            if (offsets.isEmpty()) {
                return found;
            }
            consumer.assign(List.of(partition));
            for (Range range : offsets) {
                consumer.seek(partition, range.from());
                while (consumer.position(partition) <= range.to()) {
                    if (System.nanoTime() > deadline) {
                        throw new Rejected(
                                Code.UPSTREAM_TIMEOUT,
                                "the events of the group could not be read in " + LONGEST.toSeconds() + " s");
                    }
                    for (ConsumerRecord<String, byte[]> received : consumer.poll(POLL)) {
                        Position position = received.offset() <= range.to() ? positionOf(received) : null;
                        if (position != null) {
                            found.add(position);
                        }
                    }
                }
            }
            return found;
        }

        private @Nullable Position positionOf(ConsumerRecord<String, byte[]> received) {
            String subject = CloudEvents.text(received, CloudEvents.SUBJECT);
            Long sequence = number(CloudEvents.text(received, CloudEvents.SEQUENCE));
            String epoch = CloudEvents.text(received, CloudEvents.EPOCH);
            Long ofEpoch = epoch == null ? (Long) 0L : number(epoch);
            return group.equals(received.key()) && subject != null && sequence != null && ofEpoch != null
                    ? new Position(new Stream(received.topic(), subject, ofEpoch), sequence)
                    : null;
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    /** Asks Kafka about a group. */
    <T> T ask(String group, java.util.function.Function<Reading, T> question) {
        Properties settings = new Properties();
        settings.setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "2000");
        settings.setProperty(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, "1048576");
        settings.setProperty(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(CALL.toMillis()));
        settings.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        try (Reading reading =
                new Reading(consumers.createConsumer("log-gateway-completeness", null, null, settings), group)) {
            return question.apply(reading);
        } catch (KafkaException e) {
            log.warn("the events of a group could not be read: {}", e.toString());
            throw new Rejected(Code.UPSTREAM_UNAVAILABLE, "Kafka cannot answer now");
        }
    }

    private static @Nullable Long number(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,18}|0[0-9]{19}") ? (Long) Long.parseLong(text) : null;
    }

    /**
     * A stream of events on a topic.
     *
     * @param epoch of the stream; sequences of another epoch may be the same again
     */
    record Stream(String topic, String subject, long epoch) implements Comparable<Stream> {

        @Override
        public int compareTo(Stream other) {
            int byTopic = topic.compareTo(other.topic);
            int bySubject = byTopic != 0 ? byTopic : subject.compareTo(other.subject);
            return bySubject != 0 ? bySubject : Long.compare(epoch, other.epoch);
        }
    }
}
