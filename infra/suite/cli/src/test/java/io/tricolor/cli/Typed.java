package io.tricolor.cli;

import io.tricolor.cli.command.CommandLineInterface;
import io.tricolor.cli.text.Terminal;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Types commands in a world of its own, in which time passes at once. */
final class Typed {

    private final Map<String, String> environment = new HashMap<>();
    private final Path home;
    private Terminal terminal = Terminal.NONE;
    private String input = "";
    private int mostPauses = 10_000;

    Typed(Path home) {
        this.home = home;
    }

    /** At this stub. */
    static Typed at(StubService stub, Path home) {
        return new Typed(home)
                .with("TRICOLOR_STRATEGY_URL", stub.url())
                .with("TRICOLOR_DEPLOY_URL", stub.url())
                .with("TRICOLOR_CONFIG_URL", stub.url())
                .with("TRICOLOR_LOG_URL", stub.url())
                .with("TRICOLOR_TOKEN", "abc.def.ghi");
    }

    Typed with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Typed on(Terminal where) {
        terminal = where;
        return this;
    }

    Typed reading(String text) {
        input = text;
        return this;
    }

    /** Presses Ctrl-C when the command has paused so often. */
    Typed interruptedAfter(int pauses) {
        mostPauses = pauses;
        return this;
    }

    Run run(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        FakeTime time = new FakeTime(mostPauses);
        World world = new World(
                environment,
                home,
                home,
                null,
                "olivia",
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err),
                terminal,
                time);
        int code = CommandLineInterface.create(world).execute(words);
        world.out().flush();
        world.err().flush();
        return new Run(code, out.toString(), err.toString(), time.pauses);
    }

    /** What came of it. */
    record Run(int code, String out, String err, List<Duration> pauses) {}

    private static final class FakeTime implements World.Time {

        private final List<Duration> pauses = new ArrayList<>();
        private final int most;
        private Duration passed = Duration.ZERO;

        FakeTime(int most) {
            this.most = most;
        }

        @Override
        public Duration passed() {
            return passed;
        }

        @Override
        public Instant now() {
            return Instant.parse("2026-11-29T12:00:00Z").plus(passed);
        }

        @Override
        public void pause(Duration time) throws InterruptedException {
            pauses.add(time);
            passed = passed.plus(time);
            if (pauses.size() >= most) {
                throw new InterruptedException();
            }
        }
    }
}
