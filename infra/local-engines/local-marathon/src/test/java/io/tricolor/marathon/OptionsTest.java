package io.tricolor.marathon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {

    @Test
    void takes_both_ways_of_writing_and_fills_in_defaults() {
        Options options = Options.parse(List.of("--data-dir=/tmp/x", "--port", "9", "--task-ports=100-200"));
        assertThat(options)
                .isEqualTo(new Options(9, Path.of("/tmp/x"), 100, 200, 8388608, 0, 0, null, "docker", false));
    }

    @Test
    void names_the_option_that_is_wrong() {
        assertThatThrownBy(() -> Options.parse(List.of())).hasMessageContaining("--data-dir");
        assertThatThrownBy(() -> Options.parse(List.of("--data-dir=x", "--port=x")))
                .hasMessageContaining("--port");
        assertThatThrownBy(() -> Options.parse(List.of("--data-dir=x", "--task-ports=9-3")))
                .hasMessageContaining("--task-ports");
        assertThatThrownBy(() -> Options.parse(List.of("--colour=x"))).hasMessageContaining("--colour");
    }
}
