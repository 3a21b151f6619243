package io.tricolor.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TextTest {

    @Test
    void fits_a_table_into_the_width_and_keeps_names_whole() {
        Table table = new Table("NAME", "WHAT", "WHY")
                .row("a-name-that-is-copied", "something rather long that is told", "because it is so")
                .row("b", "", "商店商店商店商店商店商店商店");
        List<String> lines = table.lines(new Terminal(true, false, 50));
        assertThat(lines).allMatch(line -> Plain.columns(line) <= 50);
        assertThat(lines.get(1)).startsWith("a-name-that-is-copied  ").contains("…");
        assertThat(table.lines(Terminal.NONE).get(1)).endsWith("because it is so");
        assertThat(lines.getFirst()).doesNotEndWith(" ");
    }

    @Test
    void measures_and_cuts_wide_characters() {
        assertThat(Plain.columns("商店 a")).isEqualTo(6);
        assertThat(Plain.fitted("商店商店", 5)).isEqualTo("商店…");
    }

    @Test
    void uses_no_colour_where_it_is_not_wanted() {
        Terminal coloured = Terminal.interactive(Map.of(), 80);
        assertThat(Cell.status("RED").shown(coloured)).isEqualTo("\u001B[31mRED\u001B[0m");
        assertThat(Cell.status("RED").shown(Terminal.interactive(Map.of("NO_COLOR", "1"), 80)))
                .isEqualTo("RED");
        assertThat(Terminal.interactive(Map.of("TERM", "dumb", "COLUMNS", "44"), 0))
                .isEqualTo(new Terminal(true, false, 44));
    }

    @Test
    void reads_and_writes_durations() {
        assertThat(Durations.parse("90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Durations.parse("PT1H")).isEqualTo(Duration.ofHours(1));
        assertThat(Durations.words(Duration.ofMinutes(65))).isEqualTo("1 h 5 min");
        assertThat(Durations.words("PT1M30S")).isEqualTo("1 min 30 s");
        assertThat(Durations.words("soon")).isEqualTo("soon");
        for (String wrong : List.of("", "soon", "-5s", "5", "PT-1S", "99999999999d")) {
            assertThatThrownBy(() -> Durations.parse(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void reads_yaml_as_json_and_writes_it_back() {
        String text = "a: [1, 2.5, '3', true, null]\nb:\n  c: x\n";
        JsonNode node = YamlText.parse("f", text).getFirst().root();
        assertThat(node.toString()).isEqualTo("{\"a\":[1,2.5,\"3\",true,null],\"b\":{\"c\":\"x\"}}");
        assertThat(YamlText.parse("f", YamlText.write(node)).getFirst().root()).isEqualTo(node);
        assertThat(YamlText.parse("f", "{\"a\": 1}").getFirst().root().path("a").asInt())
                .isEqualTo(1);
        assertThat(YamlText.parse("f", "a: 1\n---\n---\nb: 2\n")).hasSize(2);
        assertThat(YamlText.parse("f", "")).isEmpty();
    }

    @Test
    void bounds_what_aliases_and_depth_can_do() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++) {
            String previous = "*a" + (i - 1);
            bomb.append("a%d: &a%d [%s]\n"
                    .formatted(
                            i,
                            i,
                            String.join(
                                    ", ",
                                    List.of(
                                            previous, previous, previous, previous, previous, previous, previous,
                                            previous, previous, previous))));
        }
        assertThatThrownBy(() -> YamlText.parse("f", bomb.toString())).hasMessageStartingWith("f");
        assertThatThrownBy(() -> YamlText.parse("f", "[".repeat(100) + "]".repeat(100)))
                .hasMessageContaining("too deep");
        assertThatThrownBy(() -> YamlText.parse("f", "a: &a [*a]")).hasMessageStartingWith("f:1:");
    }

    @Test
    void finds_the_part_that_a_message_names() {
        YamlText.Document document =
                YamlText.parse("f", "to: B\nstages:\n- rule: {percent: 500}\n").getFirst();
        assertThat(document.placeNamedIn("stages[0].rule.percent is from 0 to 100"))
                .isEqualTo("f:3:10");
        assertThat(document.placeNamedIn("percent is from 0 to 100")).isNull();
        assertThat(document.placeNamedIn("to is missing")).isEqualTo("f:1:1");
        assertThat(document.place("stages[0].rule.gates")).isEqualTo("f:3:3");
    }
}
