package io.tricolor.kit.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Text;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

class OutsideJsonTest {

    private static final JsonMapper JSON = OutsideJson.mapper();

    private record Place(String host) {}

    private record Body(String reason, List<Place> entries, Map<String, String> env, int count) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"reason\":\"x\\u0000y\"}                   | reason has the character NUL",
                "{\"reason\":\"\\ud83d\"}                      | reason has half of a surrogate pair",
                "{\"entries\":[{\"host\":\"a\"},{\"host\":\"\\ude00\"}]} | entries[1].host has half",
                "{\"env\":{\"a\\u0000b\":\"v\"}}             | env.a\uFFFDb is a name that has the character NUL",
                "{\"a\\u0000b\":1}                           | a\uFFFDb is a name that has the character NUL",
                "{\"count\":1e999999999}                    | count is a number out of range",
                "{\"count\":1e9999999991}                   | count is a number out of range",
                "[[\"\\u0000\"]]                            | [0][0] has the character NUL",
            })
    void names_the_member_that_no_store_could_keep(String json, String message) {
        for (Class<?> type : List.of(Body.class, Object.class, JsonNode.class)) {
            if (type == Body.class && json.startsWith("[")) {
                continue;
            }
            assertThatThrownBy(() -> JSON.readValue(json, type))
                    .isInstanceOf(UnsoundValue.class)
                    .hasMessageStartingWith(message);
            assertThatThrownBy(
                            () -> JSON.readValue(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), type))
                    .isInstanceOf(UnsoundValue.class);
        }
    }

    @Test
    void refuses_half_of_a_pair_in_raw_bytes() {
        byte[] body = "{\"reason\":\"???\"}".getBytes(StandardCharsets.UTF_8);
        int at = new String(body, StandardCharsets.UTF_8).indexOf('?');
        body[at] = (byte) 0xed;
        body[at + 1] = (byte) 0xa0;
        body[at + 2] = (byte) 0x80;
        assertThatThrownBy(() -> JSON.readValue(body, Body.class)).isInstanceOf(JacksonException.class);
    }

    @Test
    void takes_unicode_as_it_was_sent() {
        String text = "é e\u0301 \uD83D\uDE00 \u200b\u202e\uFEFF\uFFFF";
        assertThat(JSON.readValue(JSON.writeValueAsBytes(new Body(text, List.of(), Map.of(), 1)), Body.class)
                        .reason())
                .isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "[{\"a\":"})
    void is_bounded_in_depth(String open) {
        assertThatThrownBy(() -> JSON.readTree(open.repeat(100_000))).isInstanceOf(StreamConstraintsException.class);
    }

    @Test
    void is_bounded_in_length() {
        assertThatThrownBy(() -> JSON.readTree("{\"" + "n".repeat(1025) + "\":1}"))
                .isInstanceOf(StreamConstraintsException.class);
        assertThatThrownBy(() -> JSON.readTree("1".repeat(257))).isInstanceOf(StreamConstraintsException.class);
        assertThatThrownBy(() -> JSON.readTree(new StringReader("\"" + "t".repeat((2 << 20) + 1) + "\"")))
                .isInstanceOf(StreamConstraintsException.class);
    }

    @Test
    void ignores_no_member() {
        assertThatThrownBy(() -> JSON.readValue("{\"reason\":\"a\",\"reason\":\"b\"}", Body.class))
                .isInstanceOf(StreamReadException.class)
                .hasMessageContaining("reason");
        assertThatThrownBy(() -> JSON.readValue("{\"raeson\":\"a\"}", Body.class))
                .isInstanceOf(MismatchedInputException.class);
        assertThatThrownBy(() -> JSON.readValue("{\"entries\":[null]}", Body.class))
                .isInstanceOf(InvalidNullException.class);
        assertThatThrownBy(() -> JSON.readValue("{\"env\":{\"A\":null}}", Body.class))
                .isInstanceOf(InvalidNullException.class);
        assertThatThrownBy(() -> JSON.readValue("{\"count\":1.9}", Body.class))
                .isInstanceOf(MismatchedInputException.class);
    }

    /** Whatever comes in: it is read, and then every text of it is sound, or it is refused as JSON is refused. */
    @Test
    void reads_or_refuses_anything() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("OutsideJsonTest seed " + seed);
        Random random = new Random(seed);
        String valid =
                "{\"reason\":\"why \\ud83d\\ude00\",\"entries\":[{\"host\":\"a\"}],\"env\":{\"A\":\"b\"},\"count\":1}";
        String[] pieces = {
            "\\u0000", "\\ud800", "\\udc00", "[", "{", "}", "]", "null", "1e9999999", "-", "\"", ",", ":", "\0"
        };
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(valid);
            for (int change = random.nextInt(4); change > 0; change--) {
                int at = random.nextInt(text.length());
                if (random.nextInt(4) == 0) {
                    text.insert(at, pieces[random.nextInt(pieces.length)].repeat(1 + random.nextInt(200)));
                } else if (random.nextBoolean()) {
                    text.insert(at, pieces[random.nextInt(pieces.length)]);
                } else {
                    text.deleteCharAt(at);
                }
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(8) == 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                assertSound(JSON.readTree(bytes));
                read++;
                JSON.readValue(bytes, Body.class);
            } catch (JacksonException e) {
                assertThat(e.getOriginalMessage()).isNotNull();
            }
        }
        assertThat(read).isBetween(2_000, 19_000);
    }

    private static void assertSound(JsonNode node) {
        if (node.isString()) {
            assertThat(Text.flaw(node.stringValue())).isNull();
        }
        node.propertyNames().forEach(name -> assertThat(Text.flaw(name)).isNull());
        node.forEach(OutsideJsonTest::assertSound);
    }
}
