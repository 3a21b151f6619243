package io.tricolor.monitor.drain.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesLabelsTest {

    @Test
    void are_read_by_name_and_what_is_none_is_passed_over() {
        assertThat(SeriesLabels.of("group=\"shop\",cluster=\"A\",Odd=\"1\",le=\"+Inf\",x=1,y=\"open"))
                .containsEntry("group", "shop")
                .containsEntry("cluster", "A")
                .containsEntry("le", "+Inf")
                .doesNotContainKeys("x", "y");
        assertThat(SeriesLabels.of("path=\"a\\\"b\\\\\",group=\"shop\""))
                .containsEntry("path", "a\\\"b\\\\")
                .containsEntry("group", "shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\\\"", "x\\n"})
    void may_be_long(String piece) {
        String value = piece.repeat(1_000_000);
        assertThat(SeriesLabels.of("path=\"" + value + "\",group=\"shop\""))
                .containsEntry("path", value)
                .containsEntry("group", "shop");
    }
}
