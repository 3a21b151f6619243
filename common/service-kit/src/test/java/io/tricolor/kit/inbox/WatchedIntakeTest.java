package io.tricolor.kit.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tricolor.kit.loop.Progress;
import io.tricolor.kit.loop.ProgressWatch;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

class WatchedIntakeTest {

    private final ProgressWatch watch = new ProgressWatch(Duration.ofMillis(50));
    private final Set<Integer> broken = ConcurrentHashMap.newKeySet();
    private WatchedIntake intake;

    @BeforeEach
    void watch() {
        intake = new WatchedIntake(
                received -> {
                    if (broken.contains(received.partition())) {
                        throw new StackOverflowError("partition " + received.partition());
                    }
                },
                watched -> watch.watch("inbox facts", Progress.Weight.VITAL, watched::position));
    }

    private void receive(int partition, long offset) {
        intake.onMessage(new ConsumerRecord<>("topic", partition, offset, "shop", new byte[0]));
    }

    private Status status() {
        return watch.health().getStatus();
    }

    @Test
    void an_error_of_a_handler_fails_the_record_only() {
        broken.add(1);
        assertThatThrownBy(() -> receive(1, 7))
                .isInstanceOf(RuntimeException.class)
                .hasCauseInstanceOf(StackOverflowError.class);
    }

    @Test
    void one_partition_stands_still_however_well_the_others_get_on() {
        broken.add(1);
        assertThatThrownBy(() -> receive(1, 7)).isNotNull();
        receive(2, 1);
        await().until(() -> {
            receive(2, 2);
            return status().equals(Status.DOWN);
        });
        assertThat(watch.health().getDetails().get("inbox facts").toString())
                .contains("stands at topic-1@7 (key shop)", "StackOverflowError: partition 1");
        broken.clear();
        receive(1, 7);
        assertThat(status()).isEqualTo(Status.UP);
    }

    @Test
    void a_partition_that_another_instance_has_now_is_its_concern() {
        broken.add(1);
        assertThatThrownBy(() -> receive(1, 7)).isNotNull();
        await().until(() -> status().equals(Status.DOWN));
        intake.onPartitionsRevoked(List.of(new TopicPartition("topic", 1)));
        assertThat(status()).isEqualTo(Status.UP);
    }
}
