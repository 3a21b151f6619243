package io.tricolor.marathon.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.marathon.app.Refused;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelSelectorTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a | true",
                "x | false",
                "a==1 | true",
                "a==2 | false",
                "a!=2 | true",
                "a!=1 | false",
                "a in (1, 2) | true",
                "a in (2) | false",
                "a notin (2,3) | true",
                "a notin (1) | false",
                "a==1,b | true",
                "a==1, b==3 | false"
            })
    void selects(String selector, boolean expected) {
        assertThat(LabelSelector.parse(selector).test(Map.of("a", "1", "b", "2")))
                .isEqualTo(expected);
    }

    @Test
    void refuses_what_it_cannot_read() {
        assertThatThrownBy(() -> LabelSelector.parse("a=(")).isInstanceOf(Refused.class);
    }
}
