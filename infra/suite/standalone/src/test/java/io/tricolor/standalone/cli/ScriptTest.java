package io.tricolor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code tricolor} in a small checkout, with a Maven that only writes down that it was called. */
class ScriptTest {

    @TempDir
    Path dir;

    private Path checkout = Path.of("");
    private Path bin = Path.of("");

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = Files.createDirectories(dir.resolve("checkout"));
        bin = Files.createDirectories(dir.resolve("bin"));
        Path script = checkout.resolve("tricolor");
        Files.copy(Path.of(System.getProperty("tricolor.home")).resolve("tricolor"), script);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        write("pom.xml");
        write("service/src/main/java/Service.java");
        write("service/src/test/java/ServiceTest.java");
        maven("""
                mkdir -p infra/suite/standalone/target
                touch infra/suite/standalone/target/classpath.txt
                echo '[INFO] Building A service 1.0                          [1/1]'""");
    }

    @Test
    void builds_when_something_changed_since_the_last_build_and_only_then() throws Exception {
        assertThat(run("build").err()).contains("Building (no build yet)").contains("[1/1] A service");
        assertThat(run("build").err()).isEmpty();

        change("service/src/test/java/ServiceTest.java");
        assertThat(run("build").err()).as("tests are not run from it").isEmpty();

        change("service/src/main/java/Service.java");
        assertThat(run("build").err()).contains("Service.java");
        assertThat(run("build").err()).isEmpty();

        change("pom.xml");
        assertThat(run("build").err()).contains("pom.xml");
    }

    @Test
    void builds_again_after_a_source_was_removed_or_the_build_was_cleaned() throws Exception {
        run("build");
        Files.delete(checkout.resolve("service/src/main/java/Service.java"));
        change("service/src/main/java");
        assertThat(run("build").err()).contains("src/main/java");

        Files.delete(checkout.resolve("infra/suite/standalone/target/classpath.txt"));
        assertThat(run("build").err()).contains("classpath.txt");
    }

    @Test
    void shows_the_errors_of_a_build_that_fails_and_tries_again_the_next_time() throws Exception {
        maven("echo '[ERROR] Service.java:[1,1] no such thing'; exit 1");
        Run failed = run("build");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("no such thing").contains("the build failed");
        assertThat(run("build").code()).isEqualTo(1);
    }

    @Test
    void tests_fast_without_integration_tests_and_engines() throws Exception {
        maven("echo \"$@\" > " + dir.resolve("words"));
        assertThat(run("test", "--fast", "-pl", "service").code()).isZero();
        assertThat(Files.readString(dir.resolve("words")).strip())
                .isEqualTo("-B -ntp -T 2 -fae verify -DskipITs -DexcludedGroups=engine,slow"
                        + " -Dunit-test.jvm=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -pl service");
    }

    @Test
    void says_that_there_is_no_jdk_and_what_to_do() throws Exception {
        Path script = checkout.resolve("tricolor");
        Files.writeString(
                script, Files.readString(script).replace("/usr/lib/jvm/*", "").replace("/opt/java/*", ""));
        Run run = runWith("/nowhere", "build");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("no JDK 25").contains("JAVA_HOME");
    }

    @Test
    void lists_the_commands_without_a_build() throws Exception {
        assertThat(run("help").out())
                .contains("up", "demo", "status", "down", "logs", "token", "test")
                .contains("group", "upgrade", "rollback", "explain", "context");
        assertThat(run("fly").code()).isEqualTo(2);
    }

    @Test
    void hands_what_people_do_with_a_suite_to_its_own_jar() throws Exception {
        Path jdk = Files.createDirectories(dir.resolve("jdk/bin"));
        Files.writeString(dir.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
        for (String program : List.of("java", "javac")) {
            Path file = Files.writeString(jdk.resolve(program), "#!/bin/sh\necho \"$@\"\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        maven("""
                mkdir -p infra/suite/standalone/target infra/suite/cli/target
                touch infra/suite/standalone/target/classpath.txt infra/suite/cli/target/tricolor-cli.jar""");
        String jar = "-jar " + checkout.resolve("infra/suite/cli/target/tricolor-cli.jar");
        for (String words : List.of("group list", "logs search", "router evict shop r", "upgrade start shop")) {
            Run run = runWith(dir.resolve("jdk").toString(), words.split(" ", -1));
            assertThat(run.out()).as(run.err()).contains(jar + " " + words).contains("-Dtricolor.home=" + checkout);
        }
        for (String words : List.of("status", "logs strategy", "router render")) {
            assertThat(runWith(dir.resolve("jdk").toString(), words.split(" ", -1))
                            .out())
                    .contains("io.tricolor.standalone.Tricolor " + words);
        }
    }

    private void maven(String script) throws IOException {
        Path maven = bin.resolve("mvn");
        Files.writeString(maven, "#!/bin/sh\nset -e\n" + script + "\n");
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void write(String file) throws IOException {
        Path path = checkout.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, "x");
        Files.setLastModifiedTime(path, FileTime.from(Instant.EPOCH));
    }

    /** A moment ago: the file system's clock lags a few milliseconds, and the last build is at least a second old. */
    private void change(String file) throws IOException {
        Files.setLastModifiedTime(
                checkout.resolve(file), FileTime.from(Instant.now().minusMillis(100)));
    }

    private Run run(String... words) throws Exception {
        return runWith(System.getProperty("java.home"), words);
    }

    private Run runWith(String javaHome, String... words) throws Exception {
        var builder = new ProcessBuilder(checkout.resolve("tricolor").toString());
        builder.command().addAll(List.of(words));
        builder.environment().put("JAVA_HOME", javaHome);
        builder.environment().put("HOME", dir.toString());
        builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        Path out = Files.createTempFile(dir, "out", ".txt");
        Path err = Files.createTempFile(dir, "err", ".txt");
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        Process process = builder.start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the script did not end");
        }
        return new Run(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private record Run(int code, String out, String err) {}
}
