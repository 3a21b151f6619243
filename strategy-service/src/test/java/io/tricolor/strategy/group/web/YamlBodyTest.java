package io.tricolor.strategy.group.web;

import static io.tricolor.contracts.Rejection.Code.INVALID_ARGUMENT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.RollingPolicy;
import io.tricolor.kit.message.ContractsJson;
import java.io.ByteArrayInputStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class YamlBodyTest {

    private static final JsonMapper JSON = ContractsJson.mapper();

    private static Optional<YamlBody> read(String text) {
        return YamlBody.read(new ByteArrayInputStream(text.getBytes(UTF_8)));
    }

    @Test
    void is_the_json_that_says_the_same() {
        String yaml = "mode: SWITCH\nto: \"1\"\nn: 12\nshare: 0.5\nyes: true\nnone: null\nids: [1, x]\ntime: PT10S\n";
        assertThat(JSON.writeValueAsString(read(yaml).orElseThrow().root())).isEqualTo("""
                {"mode":"SWITCH","to":"1","n":12,"share":0.5,"yes":true,"none":null,"ids":[1,"x"],"time":"PT10S"}""");
        assertThat(read("# nothing\n")).isEmpty();
    }

    @Test
    void knows_where_the_part_stands_that_a_failure_is_about() {
        YamlBody body = read("maxSurge: 1\ngates:\n  - type: bake\n    name: wait\n    time: soon\n")
                .orElseThrow();
        JacksonException failure =
                catchThrowableOfType(JacksonException.class, () -> JSON.treeToValue(body.root(), RollingPolicy.class));
        assertThat(body.placeOf(failure)).isEqualTo("line 5, column 5");
    }

    @ParameterizedTest
    @CsvSource({
        "'a: 1\na: 2', 'line 2, column 1: a member of this name is there already'",
        "'a: [1', 'line 1, column 6'",
        "'a: !!set {}', 'line 1, column 4'",
        "'a: &x [1]\nb: *x', 'the body is not YAML'",
        "'? [1]\n: 2', 'the body is not YAML'",
        "'a: 0x1F', 'line 1, column 4: this is no decimal number'"
    })
    void refuses_what_json_has_not(String yaml, String place) {
        assertThatThrownBy(() -> read(yaml.replace("\\n", "\n"))).isInstanceOfSatisfying(Rejected.class, e -> {
            assertThat(e.rejection().code()).isEqualTo(INVALID_ARGUMENT);
            assertThat(e.rejection().message()).startsWith(place);
        });
    }
}
