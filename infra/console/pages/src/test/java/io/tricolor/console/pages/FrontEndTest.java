package io.tricolor.console.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the compiler says of the types, and the tests of the functions. Both need Node; the build does not. */
class FrontEndTest {

    @Test
    void types_are_right() throws IOException, InterruptedException {
        run("target/tools/typescript/tsc.js", "--project", "tsconfig.json", "--pretty", "false");
    }

    @Test
    void functions_do_what_their_tests_say() throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("--test"));
        try (Stream<Path> tests = Files.list(Path.of("target/test-web"))) {
            tests.map(Path::toString)
                    .filter(name -> name.endsWith(".test.mjs"))
                    .sorted()
                    .forEach(words::add);
        }
        assertThat(words).hasSizeGreaterThan(5);
        run(words.toArray(String[]::new));
    }

    private static void run(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(node());
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s%n%s", String.join(" ", command), said)
                .isZero();
    }

    private static String node() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path node = Path.of(directory, "node");
            if (Files.isExecutable(node)) {
                return node.toString();
            }
        }
        String missing = "Node was not found on the PATH: types of the console are not checked and the tests of its"
                + " functions do not run (Debian: apt-get install nodejs)";
        System.err.println("WARNING: " + missing);
        return abort(missing);
    }
}
