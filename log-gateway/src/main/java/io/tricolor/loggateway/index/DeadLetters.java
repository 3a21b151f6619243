package io.tricolor.loggateway.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.Topics;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.core.KafkaOperations;

/** Puts records aside that can never become documents: the original bytes and headers, and why. */
final class DeadLetters {

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);

    private static final int TIMEOUT_SECONDS = 30;

    private final KafkaOperations<String, byte[]> kafka;

    DeadLetters(KafkaOperations<String, byte[]> kafka) {
        this.kafka = kafka;
    }

    /** Returns when the broker has the letter; false when it has not, so that it is to be tried again. */
    boolean put(ConsumerRecord<String, byte[]> received, String consumer, String reason) throws InterruptedException {
        ProducerRecord<String, byte[]> letter =
                new ProducerRecord<>(Topics.deadLetter(received.topic()), received.key(), received.value());
        Headers headers = letter.headers();
        received.headers().forEach(headers::add);
        headers.add("x-exception-message", reason.getBytes(UTF_8));
        headers.add("x-exception-consumer", consumer.getBytes(UTF_8));
        headers.add("x-original-topic", received.topic().getBytes(UTF_8));
        headers.add(
                "x-original-partition", Integer.toString(received.partition()).getBytes(UTF_8));
        headers.add("x-original-offset", Long.toString(received.offset()).getBytes(UTF_8));
        try {
            kafka.send(letter).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            log.warn("Kafka did not take a dead letter: {}", e.toString());
            return false;
        }
        log.warn(
                "{} put {}-{}@{} aside: {}",
                consumer,
                received.topic(),
                received.partition(),
                received.offset(),
                reason.replaceAll("[\\r\\n]", " "));
        return true;
    }
}
