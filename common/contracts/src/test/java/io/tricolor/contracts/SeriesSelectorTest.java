package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.group.Gate.Source;
import io.tricolor.contracts.group.SeriesSelector;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesSelectorTest {

    @Test
    void takes_series_whose_labels_are_as_said() {
        SeriesSelector selector = SeriesSelector.of("http_requests_total{method=\"GET\", status=\"5*\"}")
                .orElseThrow();
        assertThat(selector.name()).isEqualTo("http_requests_total");
        assertThat(selector.matches(Map.of("method", "GET", "status", "503", "uri", "/")))
                .isTrue();
        assertThat(selector.matches(Map.of("method", "GET", "status", "200"))).isFalse();
        assertThat(selector.matches(Map.of("method", "POST", "status", "503"))).isFalse();
        assertThat(selector.matches(Map.of("method", "GET"))).isFalse();
        assertThat(SeriesSelector.of("up").map(SeriesSelector::labels)).isEqualTo(Optional.of(Map.of()));
        assertThat(SeriesSelector.of("up{}").map(SeriesSelector::labels)).isEqualTo(Optional.of(Map.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "5xx",
                "a b",
                "a{",
                "a{x}",
                "a{x=1}",
                "a{x=\"1\"",
                "a{x=\"1\"}}",
                "a{x=\"1\"y=\"2\"}",
                "a{,}",
                "a{x=~\"1\"}",
                "sum(a)"
            })
    void is_nothing_else(String text) {
        assertThat(SeriesSelector.of(text)).isEmpty();
        assertThat(new Source(Source.From.INSTANCES, "up", text).fault()).isNotNull();
    }

    @Test
    void a_source_has_both_counters() {
        assertThat(new Source(Source.From.PROMETHEUS, "sum(a)", "sum(b)").fault())
                .isNull();
        assertThat(new Source(Source.From.INSTANCES, "a", "b").fault()).isNull();
        assertThat(new Source(Source.From.PROMETHEUS, "a".repeat(1_025), "b").fault())
                .contains("1024");
        assertThat(new Source(Source.From.PROMETHEUS, "a", " ").fault()).contains("total and bad");
    }
}
