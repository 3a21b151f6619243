package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line with a Java of its own, where no other Java is. */
class ImageIT {

    private static final Path HOME = Path.of(System.getProperty("tricolor.home"));

    @TempDir
    Path place;

    @Test
    void runs_where_no_java_is_and_is_made_anew_only_in_place_of_an_image() throws Exception {
        Path image = place.resolve("tricolor");
        Map<String, String> nothing = Map.of("PATH", "/usr/bin:/bin", "HOME", place.toString());
        assertThat(make(image).code()).isZero();
        assertThat(run(nothing, image.resolve("bin/tricolor").toString(), "--version")
                        .said())
                .contains("Tricolor ");
        // By a link, as on a PATH.
        Path link = Files.createSymbolicLink(place.resolve("t"), image.resolve("bin/tricolor"));
        try (StubService stub = new StubService()) {
            stub.recorded("GET /api/groups", "groups");
            Ended listed = run(
                    Map.of("PATH", "/usr/bin:/bin", "TRICOLOR_STRATEGY_URL", stub.url(), "TRICOLOR_TOKEN", "a.b.c"),
                    link.toString(),
                    "group",
                    "list");
            assertThat(listed.code()).as(listed.said()).isZero();
            assertThat(listed.said()).contains("shop");
            assertThat(stub.requests("GET /api/groups"))
                    .allSatisfy(one -> assertThat(one.headers()).containsEntry("authorization", "Bearer a.b.c"));
        }
        assertThat(make(place).said()).contains("is no image of the command line");
        assertThat(image.resolve("bin/tricolor")).exists();
    }

    /** How a program ended. */
    private record Ended(int code, String said) {}

    private static Ended make(Path directory) throws IOException, InterruptedException {
        return run(
                Map.of("PATH", "/usr/bin:/bin"),
                HOME.resolve("infra/suite/cli/image").toString(),
                System.getProperty("java.home"),
                HOME.resolve("infra/suite/cli/target/tricolor-cli.jar").toString(),
                directory.toString());
    }

    private static Ended run(Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(words)).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }
}
