package io.tricolor.kit.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.prometheus.client.Counter;
import io.tricolor.contracts.Topics;
import io.tricolor.kit.message.CloudEvents;
import io.tricolor.kit.message.Envelope;
import io.tricolor.kit.message.Undecodable;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.KafkaOperations;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.transaction.support.TransactionOperations;

/** Takes the records of one consumer, one at a time. */
final class Intake implements MessageListener<String, byte[]> {

    private static final Logger log = LoggerFactory.getLogger(Intake.class);

    private static final Duration DEAD_LETTER_TIMEOUT = Duration.ofSeconds(125);

    private static final Counter MESSAGES = Counter.build(
                    "tricolor_inbox_messages_total", "Messages taken from Kafka, by what became of them")
            .labelNames("consumer", "outcome")
            .register();

    private final TopicConsumer consumer;
    private final @Nullable InboxRows rows;
    private final TransactionOperations transactions;
    private final KafkaOperations<String, byte[]> kafka;

    Intake(
            TopicConsumer consumer,
            @Nullable InboxRows rows,
            TransactionOperations transactions,
            KafkaOperations<String, byte[]> kafka) {
        this.consumer = consumer;
        this.rows = rows;
        this.transactions = transactions;
        this.kafka = kafka;
    }

    @Override
    public void onMessage(ConsumerRecord<String, byte[]> received) {
        Envelope envelope;
        Object payload;
        try {
            envelope = CloudEvents.envelopeOf(received);
            payload = CloudEvents.payloadOf(received);
        } catch (Undecodable e) {
            deadLetter(received, e);
            return;
        }
        String outcome = transactions.execute(transaction -> apply(payload, envelope));
        count(outcome == null ? "ignored" : outcome);
    }

    private String apply(Object payload, Envelope envelope) {
        if (!isNew(envelope)) {
            return "duplicate";
        }
        return consumer.handle(payload, envelope) ? "applied" : "ignored";
    }

    private boolean isNew(Envelope envelope) {
        String subject = envelope.subject();
        Long sequence = envelope.sequence();
        InboxRows inbox = rows;
        return inbox == null
                || subject == null
                || sequence == null
                || inbox.advance(consumer.name(), subject, envelope.epoch(), sequence, envelope.id());
    }

    /** Puts a record aside that can never be read, and counts it as seen: the facts after it are not a gap. */
    private void deadLetter(ConsumerRecord<String, byte[]> received, Undecodable why) {
        ProducerRecord<String, byte[]> letter =
                new ProducerRecord<>(Topics.deadLetter(received.topic()), received.key(), received.value());
        Headers headers = letter.headers();
        received.headers().forEach(headers::add);
        headers.add("x-exception-class", why.getClass().getName().getBytes(UTF_8));
        headers.add("x-exception-message", String.valueOf(why.getMessage()).getBytes(UTF_8));
        headers.add("x-exception-consumer", consumer.name().getBytes(UTF_8));
        headers.add("x-original-topic", received.topic().getBytes(UTF_8));
        headers.add(
                "x-original-partition", Integer.toString(received.partition()).getBytes(UTF_8));
        headers.add("x-original-offset", Long.toString(received.offset()).getBytes(UTF_8));
        try {
            kafka.send(letter).get(DEAD_LETTER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the dead letter was not acknowledged", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped while a dead letter was sent", e);
        }
        try {
            Envelope envelope = CloudEvents.envelopeOf(received);
            transactions.executeWithoutResult(transaction -> isNew(envelope));
        } catch (Undecodable unreadable) {
            log.debug("the dead letter has no readable position either", unreadable);
        }
        log.warn(
                "{} put {}-{}@{} aside: {}",
                consumer.name(),
                received.topic(),
                received.partition(),
                received.offset(),
                why.getMessage());
        count("dead-letter");
    }

    private void count(String outcome) {
        MESSAGES.labels(consumer.name(), outcome).inc();
    }
}
