package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.Typed.Run;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins by a code that is confirmed in a browser. */
class LoginTest {

    private static final String TOKEN_LINE = "POST /realms/shop/token";

    @TempDir
    Path home;

    private final StubService stub = new StubService();
    private String issuer;

    @BeforeEach
    void start() {
        issuer = stub.url() + "/realms/shop";
        stub.recorded("GET /api/groups", "groups");
        stub.on("GET /realms/shop/.well-known/openid-configuration", 200, """
                {"issuer":"%1$s","device_authorization_endpoint":"%1$s/device","token_endpoint":"%1$s/token"}""".formatted(issuer));
        stub.on("POST /realms/shop/device", 200, """
                {"device_code":"d-1","user_code":"ABCD-EFGH","verification_uri":"https://login.example/device",
                 "verification_uri_complete":"https://login.example/device?user_code=ABCD-EFGH","expires_in":60,"interval":5}""");
        assertThat(new Typed(home)
                        .run("context", "add", "prod", "--strategy", stub.url(), "--use")
                        .code())
                .isZero();
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private static String token(String name) {
        return "h."
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(("{\"sub\":\"" + name + "\"}").getBytes(StandardCharsets.UTF_8))
                + ".s";
    }

    private static String given(String token, String refresh, int seconds) {
        return "{\"access_token\":\"" + token + "\",\"expires_in\":" + seconds
                + (refresh == null ? "" : ",\"refresh_token\":\"" + refresh + "\"") + "}";
    }

    private Run login() {
        return new Typed(home).run("login", "--issuer", issuer);
    }

    @Test
    void waits_until_the_code_is_confirmed_as_slowly_as_it_is_asked_to() {
        stub.on(TOKEN_LINE, 400, "{\"error\":\"authorization_pending\"}");
        stub.on(TOKEN_LINE, 400, "{\"error\":\"slow_down\"}");
        stub.on(TOKEN_LINE, 200, given(token("olivia"), "r-1", 3_600));
        Run run = login();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("https://login.example/device?user_code=ABCD-EFGH")
                .contains("ABCD-EFGH")
                .contains("You are olivia in context prod")
                .doesNotContain(token("olivia"));
        assertThat(run.pauses()).containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(10));
        assertThat(stub.requests(TOKEN_LINE).getFirst().body())
                .contains("device_code=d-1")
                .contains("client_id=tricolor-cli")
                .contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code");

        assertThat(new Typed(home).run("group", "list").code()).isZero();
        assertThat(stub.requests().getLast().headers().get("authorization")).isEqualTo("Bearer " + token("olivia"));
        assertThat(new Typed(home).run("context", "list").out())
                .contains("login by " + issuer)
                .doesNotContain("r-1");
    }

    @Test
    void renews_a_token_that_ends_soon_and_keeps_the_new_one() {
        stub.on(TOKEN_LINE, 200, given(token("olivia"), "r-1", 20));
        assertThat(login().code()).isZero();
        stub.on(TOKEN_LINE, 200, given(token("olivia2"), "r-2", 3_600));
        // The stub goes on with the last answer only when the one before has been given twice.
        for (int i = 0; i < 2; i++) {
            Run run = new Typed(home).run("group", "list");
            assertThat(run.code()).as(run.err()).isZero();
        }
        assertThat(stub.requests(TOKEN_LINE).getLast().body())
                .contains("grant_type=refresh_token")
                .contains("refresh_token=r-1");
        int asked = stub.requests(TOKEN_LINE).size();
        assertThat(new Typed(home).run("group", "list").code()).isZero();
        assertThat(stub.requests(TOKEN_LINE)).as("the new one is good for long").hasSize(asked);
        assertThat(stub.requests().getLast().headers().get("authorization")).isEqualTo("Bearer " + token("olivia2"));
    }

    @Test
    void says_that_a_login_has_ended() {
        stub.on(TOKEN_LINE, 200, given(token("olivia"), null, 20));
        Run run = login();
        assertThat(run.out()).contains("until 2026-11-29T12:00:25Z");
        Run ended = new Typed(home).run("group", "list");
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("has ended").contains("tricolor login --context prod");
        assertThat(new Typed(home)
                        .with("TRICOLOR_TOKEN", "a.b.c")
                        .run("group", "list")
                        .code())
                .isZero();
    }

    @Test
    void gives_up_when_the_person_will_not_or_does_nothing() {
        stub.on(TOKEN_LINE, 400, "{\"error\":\"access_denied\",\"error_description\":\"not today\"}");
        Run denied = login();
        assertThat(denied.code()).isEqualTo(5);
        assertThat(denied.err()).contains("access_denied").contains("not today");
        stub.on(TOKEN_LINE, 400, "{\"error\":\"authorization_pending\"}");
        login();
        Run late = login();
        assertThat(late.code()).isEqualTo(6);
        assertThat(late.pauses()).hasSize(12);
    }

    @Test
    void forgets_the_token_and_names_what_is_missing() {
        stub.on(TOKEN_LINE, 200, given(token("olivia"), "r-1", 3_600));
        assertThat(login().code()).isZero();
        assertThat(new Typed(home).run("logout").code()).isZero();
        assertThat(new Typed(home).run("group", "list").err()).contains("has no token");
        assertThat(new Typed(home).run("logout").code()).isEqualTo(2);
        assertThat(new Typed(home).run("login").err()).contains("--issuer");
        assertThat(new Typed(home).run("login", "--issuer", issuer + "2").err()).contains("is no issuer");
        assertThat(new Typed(home)
                        .run("login", "--context", "nowhere", "--issuer", issuer)
                        .err())
                .contains("there is no context nowhere");
    }
}
