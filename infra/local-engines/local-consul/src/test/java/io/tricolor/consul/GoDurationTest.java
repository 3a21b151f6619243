package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
    @ParameterizedTest
    @CsvSource({
        "0,PT0S,0s",
        "10s,PT10S,10s",
        "1m30s,PT1M30S,1m30s",
        "90s,PT1M30S,1m30s",
        "1.5h,PT1H30M,1h30m0s",
        "300ms,PT0.3S,300ms",
        "1s500ms,PT1.5S,1.5s",
        "10m,PT10M,10m0s",
        "250us,PT0.00025S,0.25ms"
    })
    void reads_and_writes_like_go(String text, Duration duration, String written) {
        assertThat(GoDuration.parse(text)).isEqualTo(duration);
        assertThat(GoDuration.format(duration)).isEqualTo(written);
        assertThat(GoDuration.parse(written)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "s", "-1s", "10 s", "1d", "1s2", "9999999h"})
    void refuses_what_is_none(String text) {
        assertThatThrownBy(() -> GoDuration.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refuses_long_texts_before_it_reads_them() {
        for (String piece : new String[] {"1", "1s", "."}) {
            assertThatThrownBy(() -> GoDuration.parse(piece.repeat(1_000_000)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .hasSizeLessThan(400);
        }
    }
}
