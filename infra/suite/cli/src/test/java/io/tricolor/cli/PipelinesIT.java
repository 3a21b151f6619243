package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.text.YamlText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The files for pipelines: what they run is run here, with the packaged command line. */
class PipelinesIT {

    private static final Path HOME = Path.of(System.getProperty("tricolor.home"));
    private static final String UPGRADE = "up-2d3e2d79-1370-4684-88a9-73bb33c51e83";
    private static final String PATH = "GET /api/groups/shop/upgrades/" + UPGRADE;

    @TempDir
    Path place;

    private final StubService stub = new StubService();

    @BeforeEach
    void hasAGroupAndARelease() throws IOException {
        stub.recorded("GET /api/groups/shop", "group-gate", "ETag", "\"14\"");
        stub.on("POST /api/groups/shop/upgrades", 202, "{\"upgradeId\":\"" + UPGRADE + "\",\"version\":9}");
        Files.writeString(
                place.resolve("release.yaml"),
                "mode: SWITCH\nmanifest: {version: 2.0.0, services: []}\nreason: new checkout\n");
    }

    @AfterEach
    void close() {
        stub.close();
    }

    /** How a script ended. */
    private record Ended(int code, String said) {}

    private Ended run(String script, Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder shell = new ProcessBuilder("sh", "-e", "-c", script)
                .directory(place.toFile())
                .redirectErrorStream(true);
        shell.environment().put("TRICOLOR_STRATEGY_URL", stub.url());
        shell.environment().put("TRICOLOR_TOKEN", "a.b.c");
        shell.environment()
                .put(
                        "TRICOLOR_JAR",
                        HOME.resolve("infra/suite/cli/target/tricolor-cli.jar").toString());
        shell.environment()
                .merge(
                        "PATH",
                        Path.of(System.getProperty("java.home"), "bin").toString(),
                        (path, java) -> java + ":" + path);
        shell.environment().putAll(environment);
        Process process = shell.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }

    private static JsonNode yaml(String file) throws IOException {
        Path path = HOME.resolve("infra/suite/pipelines").resolve(file);
        return YamlText.parse(file, Files.readString(path)).getFirst().root();
    }

    private Ended action(String timeout) throws IOException, InterruptedException {
        JsonNode action = yaml("github/action.yml");
        JsonNode step = action.at("/runs/steps/0");
        Map<String, String> inputs =
                Map.of("file", "release.yaml", "group", "shop", "key", "github-shop-17", "timeout", timeout);
        Map<String, String> environment =
                new HashMap<>(Map.of("GITHUB_OUTPUT", place.resolve("output").toString()));
        step.path("env").properties().forEach(variable -> {
            String input = variable.getValue().asString("").replaceAll("^\\$\\{\\{ inputs\\.(.*) }}$", "$1");
            assertThat(action.path("inputs").has(input)).as(input).isTrue();
            if (inputs.containsKey(input)) {
                environment.put(variable.getKey(), inputs.get(input));
            }
        });
        return run(step.path("run").asString(""), environment);
    }

    private String outcome() throws IOException {
        try (Stream<String> lines = Files.lines(place.resolve("output"))) {
            return lines.reduce((first, second) -> second).orElse("");
        }
    }

    private static String ended(String status) {
        return StubService.recording("upgrade-gate")
                .replace("\"status\": \"RUNNING\"", "\"status\": \"" + status + "\"");
    }

    @Test
    void the_action_ends_well_when_the_release_serves_or_waits_for_a_person() throws Exception {
        stub.on(PATH, 200, ended("COMPLETED"));
        Ended completed = action("1m");
        assertThat(completed.code()).as(completed.said()).isZero();
        assertThat(outcome()).isEqualTo("outcome=completed");
        assertThat(stub.requests("POST /api/groups/shop/upgrades"))
                .singleElement()
                .satisfies(sent -> assertThat(sent.headers()).containsEntry("idempotency-key", "github-shop-17"));
    }

    @Test
    void the_action_says_that_a_person_is_waited_for() throws Exception {
        stub.on(PATH, 200, StubService.recording("upgrade-gate"));
        Ended waiting = action("1m");
        assertThat(waiting.code()).as(waiting.said()).isZero();
        assertThat(waiting.said()).contains("::notice title=Tricolor::the upgrade waits for a person");
        assertThat(outcome()).isEqualTo("outcome=waiting");
    }

    @Test
    void the_action_fails_when_the_release_was_taken_back() throws Exception {
        stub.on(PATH, 200, ended("ABORTED"));
        Ended back = action("1m");
        assertThat(back.code()).as(back.said()).isEqualTo(3);
        assertThat(outcome()).isEqualTo("outcome=taken-back");
    }

    @Test
    void the_job_of_gitlab_is_begun_once_for_a_pipeline_and_may_wait_for_a_person() throws Exception {
        JsonNode job = yaml("gitlab/tricolor.yml").path(".tricolor-release");
        Map<String, String> environment = new HashMap<>(Map.of("CI_PROJECT_ID", "7", "CI_PIPELINE_ID", "4711"));
        job.path("variables")
                .properties()
                .forEach(variable ->
                        environment.put(variable.getKey(), variable.getValue().asString("")));
        environment.remove("TRICOLOR_JAR");
        environment.put("TRICOLOR_GROUP", "shop");
        stub.on(PATH, 200, StubService.recording("upgrade-gate"));
        Ended waiting = run(job.at("/script/0").asString(""), environment);
        assertThat(waiting.code())
                .as(waiting.said())
                .isEqualTo(job.at("/allow_failure/exit_codes").asInt());
        assertThat(stub.requests("POST /api/groups/shop/upgrades"))
                .singleElement()
                .satisfies(sent -> assertThat(sent.headers()).containsEntry("idempotency-key", "gitlab-7-4711"));
        assertThat(List.of(job.path("script").size())).containsExactly(1);
    }
}
