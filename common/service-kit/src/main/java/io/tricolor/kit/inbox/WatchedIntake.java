package io.tricolor.kit.inbox;

import io.tricolor.kit.loop.Progress;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.springframework.kafka.listener.MessageListener;

/**
 * Says of a consumer where it stands. A partition on which a record fails stands still however well the others get on;
 * once it belongs to another instance it is that one's concern. An {@link Error} of a handler fails the record as an
 * exception does: it would end the consumer otherwise.
 */
final class WatchedIntake implements MessageListener<String, byte[]>, ConsumerRebalanceListener {

    private final MessageListener<String, byte[]> intake;
    private final Map<TopicPartition, String> failing = new ConcurrentHashMap<>();
    private final Progress progress;
    private volatile String current = "no record yet";

    WatchedIntake(MessageListener<String, byte[]> intake, java.util.function.Function<WatchedIntake, Progress> watch) {
        this.intake = intake;
        this.progress = watch.apply(this);
    }

    /** The record that it is at, or the first one that fails. */
    String position() {
        return failing.values().stream().sorted().findFirst().orElse(current);
    }

    Progress progress() {
        return progress;
    }

    @Override
    public void onMessage(ConsumerRecord<String, byte[]> received) {
        TopicPartition partition = new TopicPartition(received.topic(), received.partition());
        current = partition + "@" + received.offset() + " (key " + received.key() + ")";
        progress.busy();
        try {
            intake.onMessage(received);
            failing.remove(partition);
            if (failing.isEmpty()) {
                progress.idle();
            }
        } catch (RuntimeException e) {
            fails(partition, e);
            throw e;
        } catch (Error e) {
            fails(partition, e);
            throw new HandlerFailed(e);
        }
    }

    private void fails(TopicPartition partition, Throwable failure) {
        failing.put(partition, current);
        progress.waits(failure);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        // nothing stands still yet
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        if (failing.keySet().removeAll(partitions) && failing.isEmpty()) {
            progress.idle();
        }
    }

    /** A handler ended with an {@link Error}. */
    static final class HandlerFailed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        HandlerFailed(Error cause) {
            super("the handler failed: " + cause, cause);
        }
    }
}
