package io.tricolor.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandLineInterfaceTest {

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"up", "demo", "status", "down", "logs", "token", "console"})
    void explains_each_command_and_the_options_that_all_have(String command) {
        Run run = run(command, "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("Usage: tricolor " + command)
                .contains("--data-dir")
                .contains("--port-base");
    }

    @Test
    void lists_the_commands() {
        Run run = run("--help");
        assertThat(run.out()).contains("up", "demo", "status", "down", "logs", "token", "audit");
    }

    @Test
    void explains_how_the_history_is_verified() {
        Run run = run("audit", "verify", "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("Usage: tricolor audit verify", "--data-dir", "--roots", "--public-key");
        assertThat(run("audit").code()).isEqualTo(2);
    }

    @Test
    void hands_router_commands_over() {
        assertThat(run("router", "render", "--help").out()).contains("Usage: tricolor router render", "--report");
        assertThat(run("router", "render", "--all").code()).isEqualTo(2);
    }

    @Test
    void says_that_a_suite_is_not_up_and_how_to_start_it() {
        Run run = run("status", "--data-dir", dir.toString());
        assertThat(run.code()).isEqualTo(CommandLineInterface.NOT_UP);
        assertThat(run.out()).contains(dir.toString()).contains("not up").contains("./tricolor up --data-dir");
        assertThat(run("status", "--json", "--data-dir", dir.toString()).out().strip())
                .isEqualTo("{\"up\":false}");
    }

    @Test
    void has_no_link_where_nothing_runs() {
        Run run = run("console", "--data-dir", dir.toString());
        assertThat(run.code()).isEqualTo(CommandLineInterface.NOT_UP);
        assertThat(run.out()).contains("not up").doesNotContain("http");
    }

    @Test
    void has_nothing_to_stop_where_nothing_runs() {
        Run run = run("down", "--data-dir", dir.toString());
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("was not up");
    }

    @Test
    void prints_a_token_with_what_was_asked_for() {
        Run run = run(
                "token",
                "--role",
                "operator,config-editor",
                "--subject",
                "olivia",
                "--ttl",
                "15m",
                "--data-dir",
                dir.toString());
        assertThat(run.code()).isZero();
        JsonNode claims = JsonMapper.builder()
                .build()
                .readTree(Base64.getUrlDecoder()
                        .decode(List.of(run.out().strip().split("\\.", -1)).get(1)));
        assertThat(claims.path("sub").asString()).isEqualTo("olivia");
        assertThat(claims.path("roles").valueStream().map(JsonNode::asString))
                .containsExactly("operator", "config-editor");
        assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(900);
    }

    @Test
    void refuses_roles_times_ports_and_names_that_there_are_not() {
        assertThat(run("token", "--role", "king").err())
                .contains("'king' is none of")
                .contains("approver");
        assertThat(run("token", "--role", "viewer", "--ttl", "soon").err()).contains("'soon' is no time");
        assertThat(run("status", "--port-base", "99").err()).contains("port base must be between");
        assertThat(run("logs", "nginx", "--data-dir", dir.toString()).err())
                .contains("no process is called nginx")
                .contains("strategy");
        assertThat(run("demo", "--rate", "0", "--data-dir", dir.toString()).err())
                .contains("--rate must be");
        assertThat(run("fly").code()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(run("token").err()).contains("--role");
    }

    private static Run run(String... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = CommandLineInterface.create()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .execute(words);
        return new Run(code, out.toString(), err.toString());
    }

    private record Run(int code, String out, String err) {}
}
