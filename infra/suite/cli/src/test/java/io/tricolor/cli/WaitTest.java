package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import io.tricolor.cli.text.Terminal;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Waiting for upgrades: how it ends, and that it goes on after it was killed. */
class WaitTest {

    private static final String GATE = StubService.recording("upgrade-gate");
    private static final String UPGRADE = "up-2d3e2d79-1370-4684-88a9-73bb33c51e83";
    private static final String PATH = "GET /api/groups/shop/upgrades/" + UPGRADE;

    @TempDir
    Path home;

    private final StubService stub = new StubService();

    @BeforeEach
    void hasAGroup() {
        stub.recorded("GET /api/groups/shop", "group-gate", "ETag", "\"14\"");
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private Run run(String... words) {
        return Typed.at(stub, home).run(words);
    }

    private static String at(int step, String status) {
        JsonNode recorded = JsonMapper.builder().build().readTree(GATE);
        return GATE.replace("\"status\": \"RUNNING\"", "\"status\": \"" + status + "\"")
                .replace("\"step\": " + recorded.path("upgrade").path("step").asInt(), "\"step\": " + step);
    }

    @Test
    void ends_with_0_when_the_new_release_serves() {
        stub.on(PATH, 200, at(0, "RUNNING")).on(PATH, 200, at(1, "RUNNING")).on(PATH, 200, at(10, "COMPLETED"));
        Run run = run("upgrade", "wait", "shop", UPGRADE);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("step 1/11 start B", "step 2/11 open B to nobody", "done: 2.0.0 on B serves everybody");
    }

    @Test
    void ends_with_3_when_it_went_back() {
        stub.on(PATH, 200, at(0, "ABORTING")).on(PATH, 200, at(0, "ABORTED"));
        Run run = run("upgrade", "wait", "shop");
        assertThat(run.code()).isEqualTo(3);
        assertThat(run.out()).contains("went back");
    }

    @Test
    void ends_with_4_when_a_person_has_to_approve_or_to_resume() {
        stub.on(PATH, 200, GATE);
        Run run = run("upgrade", "wait", "shop");
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.out())
                .contains(
                        "waits for an approval: step 4/11 pass stage friends",
                        "tricolor approve shop --reason …   (not by olivia)");
        StubService paused = new StubService();
        try (paused) {
            paused.recorded("GET /api/groups/shop", "group-gate").on(PATH, 200, at(0, "PAUSED"));
            Run second = Typed.at(paused, home).run("upgrade", "wait", "shop");
            assertThat(second.code()).isEqualTo(4);
            assertThat(second.out()).contains("paused", "tricolor upgrade resume shop");
        }
    }

    @Test
    void waits_through_an_approval_where_it_is_asked_to() {
        stub.on(PATH, 200, GATE).on(PATH, 200, GATE).on(PATH, 200, at(10, "COMPLETED"));
        assertThat(run("upgrade", "wait", "shop", "--through-approvals").code()).isZero();
    }

    @Test
    void ends_with_6_when_the_time_has_passed_and_says_how_to_wait_again() {
        stub.on(PATH, 200, at(0, "RUNNING"));
        Run run = run("upgrade", "wait", "shop", UPGRADE, "--timeout", "1m");
        assertThat(run.code()).isEqualTo(6);
        assertThat(run.err())
                .contains("has not ended after 1 min; step 1/11 start B", "tricolor upgrade wait shop " + UPGRADE);
        assertThat(run.pauses()).hasSize(120);
    }

    @Test
    void outlasts_a_service_that_is_away_for_a_moment() {
        stub.on(PATH, 200, at(0, "RUNNING"));
        for (int i = 0; i < 8; i++) {
            stub.on(PATH, StubService.problem(503, "UPSTREAM_UNAVAILABLE", "the database is away"));
        }
        stub.on(PATH, 200, at(10, "COMPLETED"));
        Run run = run("upgrade", "wait", "shop", UPGRADE);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("the database is away");
    }

    @Test
    void gives_up_on_one_that_stays_away_and_on_what_is_not_there() {
        stub.on(PATH, StubService.problem(503, "UPSTREAM_UNAVAILABLE", "the database is away"));
        assertThat(run("upgrade", "wait", "shop", UPGRADE).code()).isEqualTo(1);
        stub.problem("GET /api/groups/shop/upgrades/up-9", 404, "UPGRADE_NOT_FOUND", "shop has no upgrade up-9");
        assertThat(run("upgrade", "wait", "shop", "up-9").code()).isEqualTo(5);
    }

    @Test
    void attaches_to_the_upgrade_that_an_earlier_run_of_the_same_words_has_begun() {
        stub.problem("POST /api/groups/shop/upgrades", 409, "UPGRADE_RUNNING", "upgrade x of shop is running")
                .on(PATH, 200, at(10, "COMPLETED"));
        String[] words = {
            "upgrade",
            "start",
            "shop",
            "--mode",
            "grayscale",
            "--to",
            "B",
            "--manifest",
            "-",
            "--reason",
            "new checkout",
            "--wait"
        };
        Typed typed = Typed.at(stub, home).reading("{version: 2.0.0, services: []}");
        Run run = typed.run(words);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("Upgrade " + UPGRADE + " of shop is this one, and runs already.");
        words[10] = "something else";
        assertThat(typed.run(words).code())
                .as("another upgrade than the running one")
                .isEqualTo(5);
    }

    @Test
    void changes_one_line_on_a_terminal() {
        stub.on(PATH, 200, at(0, "RUNNING")).on(PATH, 200, at(1, "RUNNING")).on(PATH, 200, at(10, "COMPLETED"));
        Run run = Typed.at(stub, home).on(new Terminal(true, false, 60)).run("upgrade", "wait", "shop", UPGRADE);
        assertThat(run.out().chars().filter(c -> c == '\n')).hasSize(1);
        assertThat(run.out()).contains("\r\u001B[Kstep 1/11 start B").endsWith("serves everybody\n");
    }

    @Test
    void keeps_progress_out_of_what_programs_read() {
        stub.on(PATH, 200, at(0, "RUNNING")).on(PATH, 200, at(10, "COMPLETED"));
        Run run = run("upgrade", "wait", "shop", UPGRADE, "--json");
        assertThat(JsonMapper.builder()
                        .build()
                        .readTree(run.out())
                        .path("status")
                        .asString())
                .isEqualTo("COMPLETED");
        assertThat(run.err()).contains("step 1/11 start B");
    }
}
