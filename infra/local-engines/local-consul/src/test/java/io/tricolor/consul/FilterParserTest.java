package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract does not ask: what is refused here only, and what the refusals say. */
class FilterParserTest {
    private static final Map<String, Object> SERVICE =
            Map.of("ID", "web-1", "Port", 4711, "EnableTagOverride", true, "Tags", List.of("blue"), "Meta", Map.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ID == web or Port == 4711",
                "Port == 4711 and EnableTagOverride == T and ID contains `-1`",
                "EnableTagOverride != 0",
                "Port != -4711",
                "Meta.unknown != x",
                "not ID == x"
            })
    void holds(String filter) throws Exception {
        assertThat(parse(filter).matches(SERVICE)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ID == web", "Port == 4711 and ID == x", "Meta.unknown == x", "Meta is not empty", "red in Tags"
            })
    void does_not_hold(String filter) throws Exception {
        assertThat(parse(filter).matches(SERVICE)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "Nope.x == 1            | Selector \"Nope.x\" is not valid",
                "Tags == blue           | Invalid match operator for selector \"Tags\"",
                "Port == many           | Failed to coerce value \"many\" for selector \"Port\"",
                "ID matches \"w(\"      | Failed to compile regular expression \"w(\": error parsing regexp: missing closing ): `w(`",
                "Port matches \"8.*\"   | Invalid match operator for selector \"Port\"",
                "Tags matches \"b.*\"   | Invalid match operator for selector \"Tags\"",
                "ID == \"a\\\\b\"       | not understood from character 7 on",
                "ID == a, Port == 1     | not understood from character 8 on",
                "(ID == a)and(ID == b)  | not understood from character 10 on",
                "not(ID == a)           | not understood from character 4 on"
            })
    void refusal_says_what_is_wrong(String filter, String message) {
        assertThatThrownBy(() -> parse(filter))
                .isInstanceOf(FilterParser.Refused.class)
                .hasMessage(message);
    }

    @Test
    void depth_is_bounded() {
        assertThatThrownBy(() -> parse("(".repeat(10_000) + "ID == a" + ")".repeat(10_000)))
                .isInstanceOf(FilterParser.Refused.class)
                .hasMessage("more than 50 levels");
    }

    private static Filter parse(String filter) throws FilterParser.Refused {
        return new FilterParser(filter, FilterField.SERVICE).parse();
    }
}
