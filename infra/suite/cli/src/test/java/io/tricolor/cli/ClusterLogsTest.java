package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterLogsTest {

    private static final String INSTANCES = "GET /api/groups/shop/clusters/B/instances";
    private static final String ONE = "tricolor_shop_b_web.instance-11111111-aaaa._app.1";
    private static final String TWO = "tricolor_shop_b_web.instance-22222222-bbbb._app.1";
    private static final String OLD = "tricolor_shop_b_web.instance-33333333-cccc._app.1";

    @TempDir
    private Path home;

    private final StubService stub = new StubService();

    @BeforeEach
    void instances() {
        stub.on(INSTANCES, 200, """
                {"instances":[
                  {"instanceId":"%s","service":"web","running":true,"healthy":true,"host":"127.0.0.1","port":8501},
                  {"instanceId":"%s","service":"web","running":true,"healthy":false,"host":"127.0.0.1","port":8502},
                  {"instanceId":"%s","service":"web","running":false,"writtenAt":"2026-11-29T11:59:00Z"}]}
                """.formatted(ONE, TWO, OLD));
    }

    @AfterEach
    void close() {
        stub.close();
    }

    @Test
    void lists_what_runs_and_what_has_left_a_log() {
        Run run = Typed.at(stub, home).run("cluster", "instances", "shop", "B");
        assertThat(run.out())
                .containsPattern("web +healthy +127.0.0.1:8501 .*11111111")
                .containsPattern("web +unhealthy +127.0.0.1:8502 .*22222222")
                .containsPattern("web +ended .*33333333");
    }

    @Test
    void shows_the_last_lines_of_all_that_run() {
        part(ONE, "stdout&lines=200", 0, "one\ntwo\n", false);
        part(TWO, "stdout&lines=200", 0, "\u001b[31mred\nrest", false);
        Run run = Typed.at(stub, home).run("cluster", "logs", "shop", "B");
        assertThat(run.code()).isZero();
        assertThat(run.out().lines())
                .hasSize(4)
                .startsWith("[web 11111111] one", "[web 11111111] two")
                .endsWith("[web 22222222] rest");
        assertThat(run.out()).doesNotContain("\u001b");
    }

    @Test
    void follows_one_until_its_end_and_puts_its_lines_together() {
        part(OLD, "stderr&lines=5", 10, "a\nb", false);
        part(OLD, "stderr&from=13&wait=10", 13, "c\n", false);
        part(OLD, "stderr&from=15&wait=10", 15, "", true);
        Run run = Typed.at(stub, home)
                .run("cluster", "logs", "shop", "B", "--instance", "3333", "--stderr", "--lines", "5", "--follow");
        assertThat(run.out().lines()).containsExactly("a", "bc");
        assertThat(run.code()).isZero();
    }

    @Test
    void says_so_when_there_is_no_such_instance() {
        Run run = Typed.at(stub, home).run("cluster", "logs", "shop", "B", "--instance", "99");
        assertThat(run.code()).isEqualTo(5);
        assertThat(run.err()).contains("no such instance", "cluster instances shop B");
    }

    private void part(String id, String query, long from, String text, boolean ended) {
        String json = text.replace("\u001b", "\\u001b").replace("\n", "\\n");
        stub.on(INSTANCES + "/" + id + "/log?stream=" + query, 200, """
                {"instanceId":"%s","stream":"x","from":%d,"next":%d,"ended":%s,"text":"%s"}
                """.formatted(
                        id, from, from + text.length(), ended, json));
    }

    @Test
    void a_problem_of_instances_is_shown_with_what_to_do() {
        stub.on("GET /api/groups/shop", 200, """
                {"groupId":"shop","clusters":{"B":{"status":"RED","id":{},"instances":{"web":1},"observed":{
                  "services":[{"service":"web","healthy":0}],"failure":"MACHINE_FULL: web: no machine has enough memory",
                  "problem":{"code":"MACHINE_FULL","message":"web: no machine has enough memory"}}}}}
                """);
        assertThat(Typed.at(stub, home).run("cluster", "list", "shop").out())
                .contains("MACHINE_FULL: web: no machine has enough memory; Stop what is not needed");
    }

    @Test
    void pins_an_artifact_and_lists_what_is_kept() {
        stub.on("POST /api/artifacts/resolve", 200, """
                {"artifact":{"type":"file","uri":"https://nexus/web-1.3-20260102.030405-7.jar","sha256":"aa"},
                 "reference":"maven:nexus/com.shop:web:1.3-SNAPSHOT","resolved":"1.3-20260102.030405-7","checked":"sha1",
                 "bytes":7,"at":"2026-11-29T11:59:00Z"}
                """);
        Run run = Typed.at(stub, home).run("artifact", "resolve", "maven:nexus/com.shop:web:1.3-SNAPSHOT");
        assertThat(run.out())
                .startsWith("# maven:nexus/com.shop:web:1.3-SNAPSHOT is 1.3-20260102.030405-7, sha1 compared, ")
                .contains("artifact: {type: file, uri: ", "sha256: aa}");
        assertThat(stub.requests().getFirst().body()).contains("\"reference\"");
        stub.on("GET /api/artifacts", 200, """
                {"url":"http://d","bytes":2048,"keepBytes":1,"contents":[
                 {"sha256":"aa","bytes":2048,"usedAt":"2026-11-29T11:59:00Z","namedBy":["shop/A","shop/B"]}]}
                """);
        assertThat(Typed.at(stub, home).run("artifact", "list").out()).containsPattern("aa +2 .* shop/A, shop/B");
    }
}
