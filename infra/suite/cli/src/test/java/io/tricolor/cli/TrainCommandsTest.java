package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandsTest {

    private static final String BEGUN = "{\"trainId\":\"t-1\",\"groups\":[\"shop\",\"search\"]}";

    @TempDir
    private Path home;

    private StubService stub;

    @BeforeEach
    void start() {
        stub = new StubService();
    }

    @AfterEach
    void stop() {
        stub.close();
    }

    private static String train(String status, int step) {
        return """
                {"trainId":"t-1","status":"%s","mode":"SWITCH","requestedBy":"olga","reason":"both at once",
                 "startedAt":"2026-11-29T11:59:00Z","groups":[
                  {"groupId":"shop","status":"RUNNING","version":"2","step":%d,"steps":8,"title":"open B to nobody"},
                  {"groupId":"search"}]}""".formatted(status, step);
    }

    private String document() throws IOException {
        return Files.writeString(home.resolve("train.yaml"), """
                mode: SWITCH
                key: build-7
                groups:
                  - groupId: shop
                    manifest: {version: "2"}
                  - groupId: search
                    manifest: {version: "5"}
                """).toString();
    }

    @Test
    void a_train_begins_by_its_document_and_is_waited_for() throws Exception {
        stub.on("POST /api/trains", 202, BEGUN);
        stub.on("GET /api/trains/t-1", 200, train("COMPLETED", 7));
        Run run = Typed.at(stub, home).run("train", "start", "-f", document(), "-r", "both at once", "--wait");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("Train t-1 has begun.", "done: every group");
        var sent = stub.requests().getFirst();
        assertThat(sent.body())
                .contains("\"reason\":\"both at once\"", "\"search\"")
                .doesNotContain("build-7");
    }

    @Test
    void how_it_ended_is_the_exit_code() {
        stub.on("GET /api/trains/t-1", 200, train("ABORTED", 2));
        assertThat(Typed.at(stub, home).run("train", "wait", "t-1").code()).isEqualTo(ExitCode.WENT_BACK.code());
        stub.on("GET /api/trains/t-3", 200, train("DIVIDED", 2));
        Run divided = Typed.at(stub, home).run("train", "wait", "t-3");
        assertThat(divided.code()).isEqualTo(ExitCode.WENT_BACK.code());
        assertThat(divided.out()).contains("tricolor train rollback t-3");
        stub.on("GET /api/trains/t-4", 200, train("RUNNING", 2));
        Run late = Typed.at(stub, home).run("train", "wait", "t-4", "--timeout", "3s");
        assertThat(late.code()).isEqualTo(ExitCode.TIMEOUT.code());
        assertThat(late.out()).contains("running: shop 3/8");
        stub.on("GET /api/trains/t-2", 404, "{\"code\":\"TRAIN_NOT_FOUND\",\"detail\":\"no such train\"}");
        assertThat(Typed.at(stub, home).run("train", "wait", "t-2").code()).isEqualTo(ExitCode.REFUSED.code());
    }

    @Test
    void it_is_shown_listed_and_taken_back() {
        stub.on("GET /api/trains/t-1", 200, train("RUNNING", 2));
        assertThat(Typed.at(stub, home).run("train", "show", "t-1").out())
                .contains("by olga")
                .containsPattern("shop +RUNNING +2 +3/8 +open B to nobody")
                .containsPattern("search +not begun");
        stub.on("GET /api/trains", 200, "{\"trains\":[" + train("PAUSED", 2) + "]}");
        assertThat(Typed.at(stub, home).run("train", "list").out()).containsPattern("t-1 +PAUSED +SWITCH +2 ");
        stub.on("POST /api/trains/t-1/abort", 202, "null");
        assertThat(Typed.at(stub, home)
                        .run("train", "abort", "t-1", "-r", "slow")
                        .code())
                .isZero();
        stub.on("POST /api/trains/t-1/rollback", 202, "null");
        assertThat(Typed.at(stub, home)
                        .run("train", "rollback", "t-1", "-r", "slow")
                        .code())
                .isZero();
        assertThat(stub.requests().getLast().body()).contains("\"reason\":\"slow\"");
    }

    @Test
    void what_would_happen_is_shown_and_nothing_done() throws Exception {
        stub.on("POST /api/trains", 200, """
                {"groups":[{"groupId":"shop","from":"A","to":"B","release":"2","steps":[{},{},{}],"atLeast":"PT90S"},
                           {"groupId":"search","from":"B","to":"A","release":"5","steps":[{}],"atLeast":"PT0S"}]}
                """);
        Run run = Typed.at(stub, home).run("train", "start", "-f", document(), "-r", "both", "--dry-run");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("shop +A +B +2 +3 ").contains("Nothing was done.");
    }
}
