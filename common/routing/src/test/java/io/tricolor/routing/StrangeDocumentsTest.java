package io.tricolor.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Text;
import io.tricolor.contracts.group.RouteStrategy;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that nobody would write, and those that somebody would write in order to do harm. */
class StrangeDocumentsTest {

    private static final String DOCUMENT = """
            route-strategy:
              A:
                status: Y
                id:
                  ids: [1, "two", 3]
                  interval: [[1, 100]]
                  percent: 12.5
              B:
                status: G
                id: {all: true}
            """;

    @ParameterizedTest
    @ValueSource(strings = {"[", "{", "a: [", "- ", "? ", "&a [", "route-strategy: {A: {id: {ids: [[", "!!map {"})
    void is_bounded_in_depth(String open) {
        for (int times : new int[] {50, 5_000, 100_000}) {
            assertThatThrownBy(() -> RouteStrategyDocument.parse(open.repeat(times)))
                    .isInstanceOf(Rejected.class)
                    .hasMessageContaining("line 1, column");
        }
    }

    @Test
    void refuses_ids_that_no_store_could_keep() {
        for (String id : new String[] {"a\\0b", "\\uD800", "x\\u0000"}) {
            assertThatThrownBy(() -> RouteStrategyDocument.parse(
                            "route-strategy: {A: {status: G, id: {all: true, ids: [\"" + id + "\"]}}}"))
                    .isInstanceOf(Rejected.class)
                    .hasMessageContaining("line 1, column");
        }
    }

    @Test
    void refuses_fractions_as_ids_where_they_stand() {
        assertThatThrownBy(() -> RouteStrategyDocument.parse(
                        "route-strategy:\n  A: {status: G, id: {all: true, ids: [1, 42.0]}}"))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("INVALID_ID: line 2, column 43")
                .hasMessageContaining("42.0");
    }

    @Test
    void says_where_a_character_stands_that_yaml_does_not_allow() {
        assertThatThrownBy(() -> RouteStrategyDocument.parse("route-strategy:\n  A\0: {}"))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("line 2, column 4");
        assertThatThrownBy(() -> RouteStrategyDocument.parse("a: \"\uD83D\""))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("line 1, column 5");
        assertThatThrownBy(() -> RouteStrategyDocument.parse("a: \uD83D")).isInstanceOf(Rejected.class);
    }

    @Test
    void takes_every_other_character_in_an_id() {
        String id = "é 😀 \u200b\u202e 名";
        assertThat(RouteStrategyDocument.parse(
                                "route-strategy: {A: {status: G, id: {all: true, ids: [\"" + id + "\"]}}}")
                        .strategies()
                        .get("A")
                        .id()
                        .ids())
                .containsExactly(id);
    }

    @Test
    void reads_or_refuses_anything() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("StrangeDocumentsTest seed " + seed);
        Random random = new Random(seed);
        String[] pieces = {
            "[",
            "]",
            "{",
            "}",
            ":",
            ": ",
            "- ",
            "&a ",
            "*a",
            "!!binary ",
            "!x ",
            "|\n",
            ">\n",
            "\"",
            "'",
            "\\0",
            "\\ud800",
            "\0",
            "\uD83D",
            "\uDE00",
            "\uFEFF",
            "\u0085",
            "\n",
            "\n    ",
            "\t",
            "#",
            "%YAML 9.9\n",
            "---\n",
            "...\n",
            "? ",
            "<<: ",
            "1e999999999",
            "0x7f",
            ".inf",
            "null",
            "~",
            "99999999999999999999",
            ",",
            "ids: ",
            "interval:[["
        };
        int read = 0;
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder(DOCUMENT);
            for (int change = random.nextInt(4); change > 0; change--) {
                int at = random.nextInt(text.length());
                if (random.nextInt(3) > 0) {
                    String piece = pieces[random.nextInt(pieces.length)];
                    text.insert(at, random.nextInt(8) == 0 ? piece.repeat(1 + random.nextInt(300)) : piece);
                } else {
                    text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(5)));
                }
            }
            try {
                RouteStrategyDocument document = RouteStrategyDocument.parse(text.toString());
                for (RouteStrategy strategy : document.strategies().values()) {
                    strategy.id().ids().forEach(id -> assertThat(Text.flaw(id)).isNull());
                }
                assertThat(RouteStrategyDocument.parse(document.toYaml())).isEqualTo(document);
                read++;
            } catch (Rejected e) {
                assertThat(e.rejection().code().httpStatus()).isIn(400, 413);
            }
        }
        assertThat(read).isBetween(1_000, 4_900);
    }
}
