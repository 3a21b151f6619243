package io.tricolor.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaleOptionsTest {

    private static final Path OUT = Path.of("/results");

    @Test
    void are_those_of_the_goals_without_any_word() {
        ScaleOptions options = ScaleOptions.parse(List.of(), OUT);
        assertThat(options.parts()).containsExactly(ScaleOptions.Part.values());
        assertThat(List.of(options.groups(), options.routers(), options.largeGroups(), options.largeRouters()))
                .containsExactly(1_000, 20, 5_000, 100);
        assertThat(options.events()).isEqualTo(30_000);
        assertThat(options.out()).isEqualTo(OUT);
    }

    @Test
    void name_parts_and_numbers() {
        ScaleOptions options = ScaleOptions.parse(List.of("--parts", "idle,long", "--groups", "200"), OUT);
        assertThat(options.parts()).containsExactly(ScaleOptions.Part.IDLE, ScaleOptions.Part.LONG);
        assertThat(options.groups()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"--groups, 5001", "--routers, 0", "--seconds, soon", "--parts, all", "--pairs, 3", "--heap,"})
    void are_refused_by_name(String option, String value) {
        List<String> words = value == null ? List.of(option) : List.of(option, value);
        assertThatThrownBy(() -> ScaleOptions.parse(words, OUT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(option);
    }

    @Test
    void a_report_says_which_goals_are_met() {
        ScaleReport report = new ScaleReport();
        report.found("resident memory", "MiB", 321);
        report.atMost(100, "applied by all, p99", "ms", 40.25);
        report.atLeast(300, "commands", "1/s", 250);
        assertThat(report.markdown(Machine.now(), 1))
                .contains(
                        "| resident memory (MiB) | 321 |  |  |",
                        "| applied by all, p99 (ms) | 40.3 | <= 100 | yes |",
                        "| commands (1/s) | 250 | >= 300 | NO |",
                        "1 of 2 goals met");
    }
}
