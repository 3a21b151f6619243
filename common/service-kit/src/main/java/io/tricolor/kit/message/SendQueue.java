package io.tricolor.kit.message;

import io.prometheus.client.Gauge;
import io.tricolor.kit.loop.Loop;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.KafkaOperations;

/**
 * Hands messages to the producer on a thread of its own: the producer blocks while Kafka is away, and whoever publishes
 * must not. A message that the producer does not take fails, and with it those that were waiting behind it for the same
 * topic: they would only wait as long again, each.
 */
final class SendQueue implements SmartLifecycle {

    private static final int MOST_WAITING = 10_000;
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PRODUCER_MAY_BLOCK = Duration.ofSeconds(60);

    private static final Gauge WAITING = Gauge.build(
                    "tricolor_messages_waiting", "Messages that the Kafka producer has not taken yet")
            .register();

    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
    private final KafkaOperations<String, byte[]> kafka;
    private final Loop loop;

    /** One message. */
    private record Waiting(ProducerRecord<String, byte[]> message, CompletableFuture<Void> acknowledged) {}

    SendQueue(KafkaOperations<String, byte[]> kafka, ProgressWatch watch) {
        this.kafka = kafka;
        this.loop = Loop.named("message-sender", this::next)
                .mayTake(PRODUCER_MAY_BLOCK)
                .position(() -> waiting.size() + " messages that wait")
                .build(watch);
    }

    /** Never blocks. The future completes after the broker's acknowledgement, or exceptionally. */
    CompletableFuture<Void> send(ProducerRecord<String, byte[]> message) {
        CompletableFuture<Void> acknowledged = new CompletableFuture<>();
        if (!waiting.offer(new Waiting(message, acknowledged))) {
            acknowledged.completeExceptionally(
                    new KafkaException(MOST_WAITING + " messages wait for Kafka already, this one was not taken"));
        }
        WAITING.set(waiting.size());
        return acknowledged;
    }

    private void next() throws InterruptedException {
        Waiting first = waiting.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
            return;
        }
        try {
            var _ = kafka.send(first.message).whenComplete((result, failure) -> {
                if (failure == null) {
                    first.acknowledged.complete(null);
                } else {
                    first.acknowledged.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException e) { // whatever the producer says, the caller hears it
            first.acknowledged.completeExceptionally(e);
            failThoseBehind(first.message.topic(), e);
        }
        WAITING.set(waiting.size());
    }

    private void failThoseBehind(String topic, RuntimeException cause) {
        List<Waiting> behind = new ArrayList<>();
        waiting.removeIf(one -> one.message.topic().equals(topic) && behind.add(one));
        behind.forEach(one -> one.acknowledged.completeExceptionally(cause));
    }

    @Override
    public void start() {
        loop.start();
    }

    @Override
    public void stop() {
        loop.stop();
        List<Waiting> left = new ArrayList<>();
        waiting.drainTo(left);
        left.forEach(one -> one.acknowledged.completeExceptionally(new KafkaException("the service stops")));
    }

    @Override
    public boolean isRunning() {
        return loop.isRunning();
    }

    /** Begins before those who publish and ends after them. */
    @Override
    public int getPhase() {
        return 0;
    }
}
