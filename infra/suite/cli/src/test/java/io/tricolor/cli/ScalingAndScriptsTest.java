package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScalingAndScriptsTest {

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

    @Test
    void sets_a_rule_and_shows_what_it_says() {
        stub.on("PUT /api/groups/shop/scaling-rules/web", 200, "{}");
        Run set = Typed.at(stub, home)
                .run(
                        "scaling",
                        "set",
                        "shop",
                        "web",
                        "--max",
                        "9",
                        "--requests",
                        "80.5",
                        "--cooldown-down",
                        "2m",
                        "-r",
                        "load");
        assertThat(set.code()).as(set.err()).isZero();
        assertThat(stub.requests().getLast().body())
                .contains(
                        "\"max\":9", "\"requestsPerInstance\":80.5", "\"cooldownDown\":\"PT2M\"", "\"reason\":\"load\"")
                .doesNotContain("min", "null");
        stub.on("GET /api/groups/shop/scaling-rules/web", 200, """
                {"clusters":[{"cluster":"A","instances":3,"to":5,"reason":"400 requests a second"}],"decisions":[
                 {"cluster":"A","from":2,"to":3,"reason":"busy","at":"2026-11-29T11:59:00Z"}]}""");
        assertThat(Typed.at(stub, home).run("scaling", "show", "shop", "web").out())
                .containsPattern("A +3 +5 +400 requests a second")
                .containsPattern("A +2 +3 +busy");
        stub.on("POST /api/groups/shop/scaling-rules/web/simulate", 200, """
                {"measurements":240,"fewest":2,"most":8,"instanceHours":5.2,"recordedInstanceHours":3.0,
                 "overloadedSeconds":45,"recordedOverloadedSeconds":1800,
                 "changes":[{"at":"2026-11-29T11:59:00Z","from":2,"to":6,"reason":"busy"}]}""");
        assertThat(Typed.at(stub, home)
                        .run("scaling", "simulate", "shop", "web", "--max", "8")
                        .out())
                .containsPattern("2 +6 +busy")
                .contains("2 to 8 instances", "too few for 45 s (ran: 1800 s)");
        assertThat(stub.requests().getLast().body()).contains("\"rule\":{\"max\":8}");
    }

    @Test
    void pins_scripts_and_shows_what_ran() {
        stub.on("POST /api/scripts/resolve", 200, """
                {"scriptRevision":"ops/web@1:2","commit":"1","tree":"2","hooks":["migrate","check"]}""");
        assertThat(Typed.at(stub, home)
                        .run("script", "resolve", "ops", "v1", "--directory", "web")
                        .out())
                .contains("scriptRevision: ops/web@1:2", "# has migrate, check");
        stub.on("GET /api/groups/shop/clusters/A/scripts", 200, """
                {"runs":[{"id":1,"service":{"group":"shop","cluster":"A","service":"web"},"hook":"MIGRATE","state":"DONE",
                 "exit":0,"startedAt":"2026-11-29T11:59:00Z","endedAt":"2026-11-29T11:59:01Z","revision":"ops/web@1:2",
                 "output":"one\\ntwo\\n"}]}""");
        assertThat(Typed.at(stub, home)
                        .run("script", "runs", "shop", "A", "--output")
                        .out())
                .containsPattern("MIGRATE +web +DONE +0 ")
                .contains("one", "two");
        stub.on("POST /api/scripts/diff", 200, "{\"diff\":\"-a\\n+b\\n\"}");
        assertThat(Typed.at(stub, home).run("script", "diff", "x", "y").out()).contains("-a", "+b");
    }
}
