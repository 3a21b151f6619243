package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class RouteStrategyDocumentTest {

    private static final RouteStrategyDocument SEED = document(Map.of(
            "A",
            RouteStrategy.yellow(new IdRule(
                    false, List.of("1", "2", "3"), List.of(new IdInterval(1, 100), new IdInterval(600, 10_000)), null)),
            "B",
            RouteStrategy.green()));

    @Test
    void reads_the_text_that_the_requirement_shows_as_it_stands() {
        assertThat(RouteStrategyDocument.parse("""
                        "route-strategy":
                          A:\s
                            status: Y
                            id:\s
                              all: false # 为true时，所有id。为false，则看`ids`, `interval`配置
                              ids: [1, 2, 3]
                              interval:[[1,100], [600,10000]]
                          B:
                            status: G
                            id:
                              all: true
                        """)).isEqualTo(SEED);
    }

    @Test
    void writes_yaml_a_person_would_write() {
        assertThat(SEED.toYaml()).isEqualTo("""
                        route-strategy:
                          A:
                            status: Y
                            id:
                              all: false
                              ids: [1, 2, 3]
                              interval: [[1,100], [600,10000]]
                          B:
                            status: G
                            id:
                              all: true
                        """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"interval", "internal", "intervals"})
    void reads_json_and_every_name_of_the_intervals(String name) {
        assertThat(
                        RouteStrategyDocument.parse(
                                "{\"route-strategy\":{\"A\":{\"status\":\"YELLOW\",\"id\":{\"all\":false,\"ids\":[1,\"2\",3],\""
                                        + name
                                        + "\":[[1,100],[\"600\",\"10000\"]]}},\n\t\"B\":{\"status\":\"g\",\"id\":{\"all\":true}}}}"))
                .isEqualTo(SEED);
    }

    @Test
    void a_red_cluster_needs_no_rule_and_empty_members_are_empty() {
        assertThat(RouteStrategyDocument.parse("""
                        route-strategy:
                          A: {status: R}
                          B: {status: Y, id: {ids: , interval: , percent: }}
                        """))
                .isEqualTo(document(Map.of("A", RouteStrategy.red(), "B", RouteStrategy.yellow(IdRule.nobody()))));
    }

    @Test
    void keeps_every_int64_and_every_text_exactly() {
        RouteStrategyDocument document = document(Map.of(
                "y",
                RouteStrategy.yellow(new IdRule(
                        false,
                        List.of(
                                "9007199254740993",
                                "-9223372036854775808",
                                "007",
                                "a\"b\\c",
                                "Zoë",
                                "null",
                                "1e3",
                                "tab\tin"),
                        List.of(new IdInterval(Long.MIN_VALUE, Long.MAX_VALUE)),
                        new BigDecimal("12.34"))),
                "B",
                RouteStrategy.green()));
        assertThat(RouteStrategyDocument.parse(document.toYaml())).isEqualTo(document);
        assertThat(RouteStrategyDocument.parse(document.toJson())).isEqualTo(document);
        assertThat(JsonMapper.shared()
                        .readTree(document.toJson())
                        .at("/route-strategy/y/id/ids/3")
                        .asString())
                .isEqualTo("a\"b\\c");
    }

    @Test
    void reads_back_what_it_wrote() {
        Cases cases = new Cases(5);
        for (int i = 0; i < 500; i++) {
            RouteStrategyDocument document =
                    new RouteStrategyDocument(cases.table().clusters());
            assertThat(RouteStrategyDocument.parse(document.toYaml())).isEqualTo(document);
            assertThat(RouteStrategyDocument.parse(document.toJson())).isEqualTo(document);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | INVALID_ARGUMENT | empty",
                "[1] | INVALID_ARGUMENT | line 1, column 1: is a map",
                "routes: {} | INVALID_ARGUMENT | 'routes' is unknown",
                "route-strategy: {} | INVALID_ARGUMENT | (route-strategy): names no cluster",
                "route-strategy: [ | INVALID_ARGUMENT | line 1, column",
                "route-strategy: {A: {id: {all: true}}} | INVALID_ARGUMENT | (route-strategy.A): 'status' is missing",
                "route-strategy: {A: {status: G}} | INVALID_ARGUMENT | (route-strategy.A): 'id' is missing",
                "route-strategy: {A: {status: B, id: {}}} | INVALID_ARGUMENT | (route-strategy.A.status): status must be R, Y or G",
                "route-strategy: {A: {status: R}, A: {status: R}} | INVALID_ARGUMENT | 'A' is there twice",
                "route-strategy: {A: {status: G, id: {all: yes}}} | INVALID_ARGUMENT | (route-strategy.A.id.all): is true or false",
                "route-strategy: {A: {status: G, id: {every: true}}} | INVALID_ARGUMENT | 'every' is unknown; known: all, ids",
                "route-strategy: {A: {status: G, id: {ids: 1}}} | INVALID_ARGUMENT | .id.ids): ids are a list",
                "route-strategy: {A: {status: G, id: {ids: [1, 007]}}} | INVALID_ID | line 1, column 47 (route-strategy.A.id.ids[1]): 007",
                "route-strategy: {A: {status: G, id: {ids: [9223372036854775808]}}} | INVALID_ID | no int64",
                "route-strategy: {A: {status: G, id: {ids: [1.5]}}} | INVALID_ID | stands in quotes",
                "route-strategy: {A: {status: G, id: {ids: [true]}}} | INVALID_ID | stands in quotes",
                "route-strategy: {A: {status: G, id: {ids: [null]}}} | INVALID_ID | stands in quotes",
                "route-strategy: {A: {status: G, id: {ids: [' 1']}}} | INVALID_ID | no blanks around it",
                "route-strategy: {A: {status: G, id: {interval: [1, 2]}}} | INVALID_INTERVAL | interval[0]): an interval is a pair",
                "route-strategy: {A: {status: G, id: {interval: [[1]]}}} | INVALID_INTERVAL | an interval is a pair",
                "route-strategy: {A: {status: G, id: {interval: [[2, 1]]}}} | INVALID_INTERVAL | reversed",
                "route-strategy: {A: {status: G, id: {interval: [[1, 1e3]]}}} | INVALID_INTERVAL | interval[0][1]): '1e3'",
                "route-strategy: {A: {status: G, id: {interval: [], internal: []}}} | INVALID_ARGUMENT | twice",
                "route-strategy: {A: {status: G, id: {percent: 100.01}}} | INVALID_ARGUMENT | .percent)",
                "route-strategy: {A: {status: G, id: {percent: -1}}} | INVALID_ARGUMENT | .percent)",
                "route-strategy: {A: {status: G, id: {percent: 0.001}}} | INVALID_ARGUMENT | .percent)",
                "route-strategy: &a {A: *a} | INVALID_ARGUMENT | line 1"
            })
    void names_the_place_of_what_it_refuses(String text, Rejection.Code code, String message) {
        assertThatThrownBy(() -> RouteStrategyDocument.parse(text)).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.rejection().code()).isEqualTo(code);
            assertThat(rejected.rejection().message()).contains(message);
        });
    }

    @Test
    void names_the_line_in_the_text_of_the_writer() {
        assertThatThrownBy(() -> RouteStrategyDocument.parse("""
                        route-strategy:
                          A:
                            status: Y
                            id:
                              interval:[[1,100], [7,6]]
                        """))
                .hasMessageContaining("line 5")
                .hasMessageContaining("route-strategy.A.id.interval[1]");
    }

    @Test
    void bounds_the_lists_and_the_document() {
        String ids = "1,".repeat(1_001);
        assertThatThrownBy(() ->
                        RouteStrategyDocument.parse("route-strategy: {A: {status: G, id: {ids: [" + ids + "1]}}}"))
                .hasMessageContaining("at most 1000 ids");
        String sparse = ("1" + " ".repeat(199) + ",").repeat(RouteStrategyDocument.MAX_LENGTH / 200);
        assertThatThrownBy(() -> RouteStrategyDocument.parse("route-strategy: {A: {status: G, id: {ids: [" + sparse))
                .hasMessageContaining("PAYLOAD_TOO_LARGE");
        assertThatThrownBy(() -> RouteStrategyDocument.parse(" ".repeat(300_000)))
                .hasMessageContaining("no value ends");
        assertThatThrownBy(() -> RouteStrategyDocument.parse("[".repeat(30))).hasMessageContaining("too deep");
        assertThatThrownBy(() -> RouteStrategyDocument.parse("- 1\n".repeat(60_000)))
                .hasMessageContaining("too long");
    }

    private static RouteStrategyDocument document(Map<String, RouteStrategy> strategies) {
        return new RouteStrategyDocument(new TreeMap<>(strategies));
    }
}
