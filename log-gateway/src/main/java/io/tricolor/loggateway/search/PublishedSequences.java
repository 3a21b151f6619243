package io.tricolor.loggateway.search;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.Topics;
import io.tricolor.kit.message.CloudEvents;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.ConsumerFactory;

/** Reads from Kafka itself which positions of a group's streams were published. Blocking. */
final class PublishedSequences {

    private static final Logger log = LoggerFactory.getLogger(PublishedSequences.class);

    private static final Duration CALL = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(250);

    private final ConsumerFactory<String, byte[]> consumers;

    PublishedSequences(ConsumerFactory<String, byte[]> consumers) {
        this.consumers = consumers;
    }

    /** Positions by stream. A group's events are all in one partition of a topic, because the group is their key. */
    SortedMap<Stream, Sequences> ofGroup(String group) {
        Properties settings = new Properties();
        settings.setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "2000");
        settings.setProperty(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, "1048576");
        settings.setProperty(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(CALL.toMillis()));
        settings.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        int partition = Utils.toPositive(Utils.murmur2(group.getBytes(StandardCharsets.UTF_8))) % Topics.PARTITIONS;
        List<TopicPartition> partitions = Topics.eventTopics().stream()
                .map(topic -> new TopicPartition(topic, partition))
                .toList();
        try (Consumer<String, byte[]> consumer =
                consumers.createConsumer("log-gateway-completeness", null, null, settings)) {
            return read(consumer, partitions, group);
        } catch (KafkaException e) {
            log.warn("the events of a group could not be read: {}", e.toString());
            throw new Rejected(Code.UPSTREAM_UNAVAILABLE, "Kafka cannot answer now");
        }
    }

    private static SortedMap<Stream, Sequences> read(
            Consumer<String, byte[]> consumer, List<TopicPartition> partitions, String group) {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        SortedMap<Stream, Sequences> streams = new TreeMap<>();
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!isAt(consumer, ends)) {
            if (System.nanoTime() > deadline) {
                throw new Rejected(
                        Code.UPSTREAM_TIMEOUT,
                        "the events of the group could not be read in " + LONGEST.toSeconds() + " s");
            }
            for (ConsumerRecord<String, byte[]> received : consumer.poll(POLL)) {
                String subject = CloudEvents.text(received, CloudEvents.SUBJECT);
                String sequence = CloudEvents.text(received, CloudEvents.SEQUENCE);
                if (group.equals(received.key())
                        && subject != null
                        && sequence != null
                        && sequence.matches("[0-9]{1,18}|0[0-9]{19}")) {
                    streams.computeIfAbsent(new Stream(received.topic(), subject), stream -> new Sequences())
                            .add(Long.parseLong(sequence));
                }
            }
        }
        return streams;
    }

    private static boolean isAt(Consumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    /** A stream of events on a topic. */
    record Stream(String topic, String subject) implements Comparable<Stream> {

        @Override
        public int compareTo(Stream other) {
            int byTopic = topic.compareTo(other.topic);
            return byTopic != 0 ? byTopic : subject.compareTo(other.subject);
        }
    }
}
