package io.tricolor.standalone.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void doubles_up_to_its_longest_pause() {
        var backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofMinutes(1));
        assertThat(IntStream.rangeClosed(0, 5).mapToObj(backoff::pause))
                .extracting(Duration::toSeconds)
                .containsExactly(1L, 1L, 2L, 4L, 5L, 5L);
    }
}
