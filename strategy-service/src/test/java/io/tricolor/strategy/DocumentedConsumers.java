package io.tricolor.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.engines.TricolorHome;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The consumers of docs/contracts.md, run as they stand there but for the address of the broker. */
final class DocumentedConsumers {

    private static final String BROKER = "127.0.0.1:8413";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final String broker;

    DocumentedConsumers(Path directory, String broker) {
        this.directory = directory;
        this.broker = broker;
    }

    /** The first block of that language behind the heading. */
    private static String block(String heading, String language) throws IOException {
        String page = Files.readString(TricolorHome.find().resolve("docs/contracts.md"));
        String section = page.substring(page.indexOf("## " + heading));
        Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(section);
        assertThat(block.find()).as(language + " in " + heading).isTrue();
        return block.group(1);
    }

    /** Waits until the consumer in Java has printed a line. */
    void javaPrints(String line) throws IOException, InterruptedException {
        String source = block("What is by now", "java");
        assertThat(source.lines().filter(each -> !each.startsWith("import") && !each.isBlank()))
                .as("lines without imports")
                .hasSizeLessThanOrEqualTo(25);
        Path file = Files.writeString(directory.resolve("WhoServes.java"), source);
        Process consumer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        file.toString(),
                        broker)
                .redirectError(directory.resolve("stderr").toFile())
                .start();
        try (BufferedReader said = consumer.inputReader(StandardCharsets.UTF_8)) {
            Thread.ofVirtual().start(() -> endAfter(consumer));
            assertThat(said.lines().anyMatch(line::equals))
                    .as("%s is printed; %s", line, Files.readString(directory.resolve("stderr")))
                    .isTrue();
        } finally {
            consumer.destroy();
        }
    }

    private static void endAfter(Process process) {
        try {
            if (!process.waitFor(PATIENCE)) {
                process.destroy();
            }
        } catch (InterruptedException e) {
            process.destroy();
        }
    }

    /** What kcat prints; it ends by itself. */
    List<String> kcatPrints() throws IOException, InterruptedException {
        assertThat(Path.of("/usr/bin/kcat")).as("kcat is installed").isExecutable();
        String command = block("What is by now", "sh").strip();
        assertThat(command).contains(BROKER);
        Process kcat = new ProcessBuilder("sh", "-c", command.replace(BROKER, broker)).start();
        List<String> lines;
        try (BufferedReader said = kcat.inputReader(StandardCharsets.UTF_8)) {
            lines = said.lines().toList();
        }
        assertThat(kcat.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return lines;
    }
}
