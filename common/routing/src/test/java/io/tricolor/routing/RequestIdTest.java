package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestIdTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "1",
                "-1",
                "10",
                "9007199254740993",
                "9223372036854775807",
                "-9223372036854775808",
                "1000000000000000000"
            })
    void reads_canonical_int64_as_a_number(String text) {
        RequestId id = RequestId.of(text);
        assertThat(id).isNotNull();
        assertThat(id.isNumber()).isTrue();
        assertThat(Long.toString(id.number())).isEqualTo(text).isEqualTo(id.text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-",
                "+1",
                "-0",
                "00",
                "007",
                "-01",
                "1.0",
                "1e3",
                "0x1",
                "1_000",
                "9223372036854775808",
                "-9223372036854775809",
                "99999999999999999999",
                "١٢",
                "1 2",
                "alice"
            })
    void reads_everything_else_as_a_string(String text) {
        RequestId id = RequestId.of(text);
        assertThat(id).isNotNull();
        assertThat(id.isNumber()).isFalse();
        assertThat(id.text()).isEqualTo(text);
    }

    @Test
    void cuts_blanks_off_both_ends() {
        assertThat(RequestId.of(" \t42\r\n")).isEqualTo(RequestId.of("42"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\r\n"})
    void knows_no_blank_id(String text) {
        assertThat(RequestId.of(text)).isNull();
        assertThat(RequestId.of(null)).isNull();
    }

    @Test
    void bounds_the_length_in_bytes() {
        assertThat(RequestId.of("x".repeat(256))).isNotNull();
        assertThat(RequestId.of("x".repeat(257))).isNull();
        assertThat(RequestId.of("é".repeat(128))).isNotNull();
        assertThat(RequestId.of("é".repeat(129))).isNull();
        assertThat(RequestId.of("   " + "x".repeat(256) + "   ")).isNotNull();
    }

    @Test
    void tells_numbers_as_big_integers_do() {
        Random random = new Random(7);
        String alphabet = "0123456789-+. ";
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = 1 + random.nextInt(21); n > 0; n--) {
                int bound = random.nextInt(5) == 0 ? alphabet.length() : 10;
                text.append(alphabet.charAt(random.nextInt(bound)));
            }
            RequestId id = RequestId.of(text.toString());
            if (id != null) {
                assertThat(id.isNumber())
                        .as(id.text())
                        .isEqualTo(NaiveRouter.number(id.text()).isPresent());
            }
        }
    }
}
