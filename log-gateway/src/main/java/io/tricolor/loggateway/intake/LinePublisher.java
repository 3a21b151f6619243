package io.tricolor.loggateway.intake;

import io.tricolor.contracts.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.ProducerFactory;

/** Sends lines to Kafka with deadlines that suit a waiting client, and counts the acknowledgements of a request. */
final class LinePublisher implements DisposableBean {

    private static final byte[] JSON = "application/json".getBytes(StandardCharsets.US_ASCII);

    private final DefaultKafkaProducerFactory<String, byte[]> factory;

    LinePublisher(ProducerFactory<String, byte[]> shared, IntakeProperties properties) {
        this.factory = new DefaultKafkaProducerFactory<>(shared.getConfigurationProperties());
        factory.updateConfigs(settings(properties));
    }

    private static Map<String, Object> settings(IntakeProperties properties) {
        Duration wait = properties.ackTimeout();
        return Map.of(
                ProducerConfig.CLIENT_ID_CONFIG,
                "log-gateway-lines",
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                Math.toIntExact(wait.toMillis()),
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                Math.toIntExact(wait.toMillis() / 2),
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                wait.toMillis() / 3,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                properties.inFlight().toBytes() * 2);
    }

    /** A set of lines that are acknowledged together. */
    Batch batch() {
        return new Batch(factory.createProducer());
    }

    @Override
    public void destroy() {
        factory.destroy();
    }

    /** Lines of one request. Used by one thread. */
    static final class Batch {

        private final Producer<String, byte[]> producer;
        private final AtomicInteger waiting = new AtomicInteger(1);
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        private Batch(Producer<String, byte[]> producer) {
            this.producer = producer;
        }

        /**
         * Sends a line. Blocks for a moment while Kafka's metadata is unknown.
         *
         * @return whether it is worth to go on
         */
        boolean add(String service, byte[] line) {
            ProducerRecord<String, byte[]> outgoing = new ProducerRecord<>(Topics.LOGS, service, line);
            outgoing.headers().add("content-type", JSON);
            waiting.incrementAndGet();
            try {
                var _ = producer.send(outgoing, (metadata, refused) -> answered(refused));
            } catch (KafkaException e) {
                answered(e);
            }
            return failure.get() == null;
        }

        /** Completes when Kafka has acknowledged every line, exceptionally when one of them was not in time. */
        CompletableFuture<Void> acknowledged() {
            answered(null);
            return done;
        }

        private void answered(@Nullable Exception refused) {
            if (refused != null) {
                failure.compareAndSet(null, refused);
            }
            if (waiting.decrementAndGet() == 0) {
                Exception first = failure.get();
                if (first == null) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(first);
                }
            }
        }
    }
}
