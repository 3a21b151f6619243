package io.tricolor.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class EngineTest {

    @TempDir
    private Path directory;

    @Test
    void goes_on_after_a_decision_that_ends_with_an_error() throws Exception {
        try (Engine engine = new Engine(directory, Clock.systemUTC(), 1 << 20, failure -> {})) {
            assertThatThrownBy(() -> engine.write(tx -> {
                        throw new StackOverflowError();
                    }))
                    .hasCauseInstanceOf(StackOverflowError.class);
            assertThat(engine.<String>write(tx -> "next")).isEqualTo("next");
        }
    }

    @Test
    void goes_on_and_answers_when_a_listener_fails() throws Exception {
        try (Engine engine = new Engine(directory, Clock.systemUTC(), 1 << 20, failure -> {})) {
            engine.onCommitted(changes -> {
                throw new IllegalStateException("cannot follow");
            });
            for (int number = 0; number < 2; number++) {
                String id = "session-" + number;
                assertThat(engine.<String>write(tx -> {
                            tx.emit(new Change.SessionRemove(id, tx.index()));
                            return id;
                        }))
                        .isEqualTo(id);
            }
        }
    }
}
