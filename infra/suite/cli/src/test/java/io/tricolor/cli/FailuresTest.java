package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What happens when a service refuses, is away, breaks off or talks nonsense. */
class FailuresTest {

    @TempDir
    Path home;

    private final StubService stub = new StubService();

    @AfterEach
    void close() {
        stub.close();
    }

    private Run run(String... words) {
        return Typed.at(stub, home).run(words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    404; GROUP_NOT_FOUND; 5; `tricolor group list`
                    409; UPGRADE_RUNNING; 5; `tricolor upgrade show GROUP`
                    409; APPROVER_IS_REQUESTER; 5; somebody else has to
                    401; UNAUTHENTICATED; 5; the token is missing, expired or of another suite
                    403; FORBIDDEN; 5; Ask somebody who has the role.
                    409; CLUSTER_NOT_RED; 5; Move the traffic away first
                    500; INTERNAL; 1; traceId
                    """)
    void tells_a_problem_in_one_line_and_what_to_do(int status, String code, int exit, String advice) {
        stub.problem("GET /api/groups/shop", status, code, "this is why");
        Run run = run("group", "show", "shop");
        assertThat(run.code()).isEqualTo(exit);
        assertThat(run.out()).isEmpty();
        List<String> lines = run.err().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).startsWith("tricolor: " + code + ": this is why (" + status);
        assertThat(lines.getLast()).contains(advice);
    }

    @Test
    void gives_programs_the_problem_itself() {
        stub.problem("GET /api/groups/shop", 409, "UPGRADE_RUNNING", "this is why");
        Run run = run("group", "show", "shop", "--json");
        JsonNode told = JsonMapper.builder().build().readTree(run.err());
        assertThat(told.path("exit").asInt()).isEqualTo(5);
        assertThat(told.path("problem").path("code").asString()).isEqualTo("UPGRADE_RUNNING");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void says_that_nobody_answers_and_what_to_look_at() throws IOException {
        String nobody = freeAddress();
        Run run = Typed.at(stub, home).with("TRICOLOR_STRATEGY_URL", nobody).run("group", "list");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("strategy-service cannot be reached: " + nobody + ": the connection was refused")
                .contains("./tricolor status");
        assertThat(run.pauses()).as("refused at once, so said at once").isEmpty();
    }

    @Test
    void goes_to_the_next_address_when_the_first_is_down() throws IOException {
        stub.recorded("GET /api/groups", "groups").on("POST /api/groups", 201, "{\"groupId\":\"x\"}");
        Typed typed = Typed.at(stub, home).with("TRICOLOR_STRATEGY_URL", freeAddress() + ", " + stub.url());
        assertThat(typed.run("group", "list").out()).contains("shop");
        assertThat(typed.run("group", "create", "x", "--environment", "y").code())
                .isZero();
        assertThat(stub.requests("POST")).hasSize(1);
    }

    @Test
    void sends_a_command_again_under_the_same_key_when_the_service_was_busy() {
        stub.on("POST /api/groups", StubService.problem(429, "TOO_MANY_REQUESTS", "later"))
                .on("POST /api/groups", StubService.problem(503, "UPSTREAM_UNAVAILABLE", "later"))
                .on("POST /api/groups", 201, "{\"groupId\":\"x\"}");
        assertThat(run("group", "create", "x", "--environment", "y").code()).isZero();
        assertThat(stub.requests().stream()
                        .map(one -> one.headers().get("idempotency-key"))
                        .distinct())
                .hasSize(1);
        assertThat(stub.requests()).hasSize(3);
    }

    @Test
    void gives_up_on_a_service_that_stays_busy() {
        stub.problem("GET /api/groups", 503, "UPSTREAM_UNAVAILABLE", "the database cannot be reached");
        Run run = run("group", "list");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("UPSTREAM_UNAVAILABLE: the database cannot be reached (503");
        assertThat(stub.requests()).hasSize(4);
    }

    @Test
    void takes_half_an_answer_for_none() {
        stub.on("GET /api/groups", StubService.cut());
        Run run = run("group", "list");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("the connection broke off");
        stub.recorded("GET /api/groups", "groups");
        assertThat(run("group", "list").code()).as("the next one is whole").isZero();
    }

    @Test
    void bounds_a_whole_answer_and_not_only_its_beginning() {
        stub.on("GET /api/groups", stub.endless());
        Run run = run("group", "list", "--request-timeout", "300ms");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("no whole answer within");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
                    200; <html>welcome</html>; what is no JSON
                    200; {}; the answer has no groups
                    200; []; the answer has no groups
                    200; {"groups":[{}]}; the answer has no groupId
                    404; {"error":"no"}; no problem document
                    302; ``; no problem document
                    """)
    void does_not_believe_nonsense(int status, String body, String said) {
        stub.on("GET /api/groups", status, body == null ? "" : body, "Location", "http://elsewhere.example/");
        Run run = run("group", "list");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains(said).contains("is this the address").doesNotContain("Exception");
    }

    private static String freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }
    }
}
