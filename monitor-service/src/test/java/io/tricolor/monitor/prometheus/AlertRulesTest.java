package io.tricolor.monitor.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tricolor.engines.TricolorHome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Prometheus' own tool reads the rules and raises the alerts, where it is installed. */
@Tag("engine")
class AlertRulesTest {

    private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

    @Test
    void prometheus_takes_the_rules_and_raises_the_alerts() throws Exception {
        assumeThat(Files.isExecutable(PROMTOOL)).as("promtool is installed").isTrue();
        Path rules = TricolorHome.find().resolve("infra/prometheus");
        run(List.of("check", "rules", rules.resolve("rules.yml").toString()));
        run(List.of("test", "rules", rules.resolve("rules-test.yml").toString()));
    }

    private static void run(List<String> arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(PROMTOOL.toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }
}
