package io.tricolor.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void takes_the_version_of_the_environment_and_prefers_that_of_the_command_line() {
        Map<String, String> env = Map.of("PORT", "8080", "TRICOLOR_VERSION", "1", "TRICOLOR_CLUSTER", "A");
        assertThat(Settings.of(env, List.of()).version()).isEqualTo("1");
        assertThat(Settings.of(env, List.of("--version", "2")).version()).isEqualTo("2");
        assertThat(Settings.of(env, List.of("--version=3")).version()).isEqualTo("3");
        assertThat(Settings.of(env, List.of()).cluster()).isEqualTo("A");
    }

    @Test
    void names_the_variable_that_is_wrong() {
        assertThatThrownBy(() -> Settings.of(Map.of(), List.of())).hasMessageContaining("PORT");
        assertThatThrownBy(() -> Settings.of(Map.of("PORT", "x"), List.of())).hasMessageContaining("PORT");
        assertThatThrownBy(() -> Settings.of(Map.of("PORT", "70000"), List.of()))
                .hasMessageContaining("PORT");
        assertThatThrownBy(() -> Settings.of(Map.of("PORT", "1", "START_DELAY_MS", "-1"), List.of()))
                .hasMessageContaining("START_DELAY_MS");
        assertThatThrownBy(() -> Settings.of(Map.of("PORT", "1", "EXIT_AFTER_REQUESTS", "-1"), List.of()))
                .hasMessageContaining("EXIT_AFTER_REQUESTS");
        assertThatThrownBy(() -> Settings.of(Map.of("PORT", "1", "FAIL_PERCENT", "101"), List.of()))
                .hasMessageContaining("FAIL_PERCENT");
        assertThatThrownBy(() -> Settings.of(Map.of("PORT", "1"), List.of("--colour")))
                .hasMessageContaining("--colour");
    }
}
