package io.tricolor.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jwt.JWTClaimsSet;
import io.tricolor.kit.testing.TestTokens;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DoorTest {

    private static final TestTokens TOKENS = TestTokens.create();

    private static volatile Duration later = Duration.ZERO;

    private static ConfigurableApplicationContext door;
    private static ServiceStub strategy;
    private static ServiceStub monitor;
    private static URI base;

    /** A clock that can be put forward. */
    @Configuration(proxyBeanMethods = false)
    static class Clock {

        @Bean
        @Primary
        InstantSource movable() {
            return () -> Instant.now().plus(later);
        }
    }

    @BeforeAll
    static void start() throws IOException {
        strategy = new ServiceStub();
        monitor = new ServiceStub();
        door = new SpringApplicationBuilder(Console.class, Clock.class)
                .run(
                        "--server.port=0",
                        "--spring.cloud.consul.enabled=false",
                        "--tricolor.security.public-key=" + TOKENS.publicKey(),
                        // Nobody listens at the first one, whichever of both is first.
                        "--tricolor.console.services.strategy-service=http://127.0.0.1:" + nobody() + ","
                                + strategy.url(),
                        "--tricolor.console.services.monitor-service=" + monitor.url(),
                        "--tricolor.console.services.deploy-service=http://127.0.0.1:" + nobody());
        base = URI.create("http://127.0.0.1:" + door.getEnvironment().getProperty("local.server.port"));
    }

    private static int nobody() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    @AfterAll
    static void stop() {
        door.close();
        strategy.close();
        monitor.close();
    }

    @AfterEach
    void now() {
        later = Duration.ZERO;
    }

    private static JsonNode code(String authorization) throws IOException, InterruptedException {
        HttpResponse<String> answer = Browser.http()
                .send(
                        HttpRequest.newBuilder(base.resolve("/door/codes"))
                                .header("Authorization", authorization)
                                .POST(BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return JsonMapper.shared().readTree(answer.body());
    }

    private static Browser entered(String... roles) throws IOException, InterruptedException {
        Browser browser = new Browser(base);
        URI link = URI.create(code(TOKENS.bearer("olivia", roles)).get("link").asString());
        HttpResponse<String> answer = browser.get(link.getRawPath() + "?" + link.getRawQuery());
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location")).contains("/");
        browser.session();
        return browser;
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(JsonMapper.shared().readTree(answer.body()).get("code").asString())
                .isEqualTo(code);
    }

    @Test
    void a_code_lets_in_once_and_for_two_minutes() throws Exception {
        JsonNode code = code(TOKENS.bearer("olivia", "operator"));
        String link = "/door/enter?code=" + code.get("code").asString();
        assertThat(code.get("link").asString()).isEqualTo(base + link);
        HttpResponse<String> answer = new Browser(base).get(link);
        assertThat(answer.headers().firstValue("Set-Cookie").orElse(""))
                .matches("tricolor-" + base.getPort() + "=[A-Za-z0-9_-]{43}; Path=/; HTTPOnly; SameSite=Strict");
        HttpResponse<String> again = new Browser(base).get(link);
        assertThat(again.statusCode()).isEqualTo(403);
        assertThat(again.body()).contains("./tricolor console");
        assertThat(again.headers().firstValue("Set-Cookie")).isEmpty();

        String old = "/door/enter?code="
                + code(TOKENS.bearer("olivia", "operator")).get("code").asString();
        later = Duration.ofMinutes(2);
        assertThat(new Browser(base).get(old).statusCode()).isEqualTo(403);
    }

    @Test
    void a_code_is_for_a_token_of_a_person() throws Exception {
        assertProblem(new Browser(base).post("/door/codes", ""), 401, "LOGIN_REQUIRED");
        assertProblem(entered("admin").post("/door/codes", ""), 403, "FORBIDDEN");
        HttpResponse<String> robot = new Browser(base)
                .send(HttpRequest.newBuilder(base.resolve("/door/codes"))
                        .header("Authorization", TOKENS.bearer("r1", "router"))
                        .POST(BodyPublishers.noBody())
                        .build());
        assertProblem(robot, 403, "FORBIDDEN");
    }

    @Test
    void says_who_is_logged_in() throws Exception {
        JsonNode session = entered("operator").session();
        assertThat(session.get("subject").asString()).isEqualTo("olivia");
        assertThat(session.get("name").asString()).isEqualTo("olivia");
        assertThat(session.get("roles").valueStream().map(JsonNode::asString)).containsExactly("operator", "viewer");
        assertThat(Instant.parse(session.get("expires").asString()))
                .isBetween(Instant.now().plusSeconds(3_000), Instant.now().plusSeconds(3_600));
        assertThat(session.get("csrf").asString()).hasSize(43);
        assertThat(session.at("/suite/name").asString()).isEqualTo("Tricolor");
        assertProblem(new Browser(base).get("/door/session"), 401, "LOGIN_REQUIRED");
    }

    @Test
    void relays_to_the_service_of_the_path_with_the_callers_token_and_without_cookies() throws Exception {
        Browser browser = entered("operator");
        HttpResponse<String> answer = browser.get("/api/groups/shop%20a?x=%C3%A9&y=1");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"version\":7}");
        assertThat(answer.headers().firstValue("ETag")).contains("\"7\"");
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(strategy.last().target()).isEqualTo("/api/groups/shop%20a?x=%C3%A9&y=1");
        assertThat(strategy.last().header("Cookie")).isEmpty();
        assertThat(strategy.last().header("Authorization")).startsWith("Bearer ey");

        assertThat(browser.get("/api/health/x").statusCode()).isEqualTo(200);
        assertThat(monitor.last().target()).isEqualTo("/api/health/x");

        assertThat(browser.get("/api/openapi/monitor-service").statusCode()).isEqualTo(200);
        assertThat(monitor.last().target()).isEqualTo("/v3/api-docs");
        assertProblem(browser.get("/api/openapi/nobody"), 404, "NOT_FOUND");

        HttpResponse<String> problem = browser.get("/api/groups/missing");
        assertThat(problem.statusCode()).isEqualTo(404);
        assertThat(problem.body()).isEqualTo(ServiceStub.PROBLEM);
    }

    @Test
    void what_changes_something_needs_the_text_of_the_session() throws Exception {
        Browser browser = entered("operator");
        Browser without = new Browser(base);
        without.cookies().putAll(browser.cookies());
        assertProblem(without.post("/api/groups", "{}"), 403, "CSRF_TOKEN_MISSING");
        assertProblem(without.post("/door/logout", ""), 403, "CSRF_TOKEN_MISSING");
        HttpResponse<String> wrong = without.send(without.request("/api/groups/shop")
                .header("X-CSRF-TOKEN", "x".repeat(43))
                .DELETE()
                .build());
        assertProblem(wrong, 403, "CSRF_TOKEN_MISSING");
        assertThat(browser.post("/api/groups", "{\"a\":1}").statusCode()).isEqualTo(200);
        assertThat(strategy.last().method() + strategy.last().body()).isEqualTo("POST{\"a\":1}");
        assertThat(strategy.last().header("X-CSRF-TOKEN")).isEmpty();
    }

    @Test
    void a_program_shows_its_token_and_needs_no_session() throws Exception {
        String token = TOKENS.bearer("robot", "operator");
        HttpResponse<String> answer = new Browser(base)
                .send(HttpRequest.newBuilder(base.resolve("/api/groups"))
                        .header("Authorization", token)
                        .POST(BodyPublishers.ofString("{}"))
                        .build());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(strategy.last().header("Authorization")).isEqualTo(token);
        Browser browser = entered("admin");
        assertProblem(browser.get("/api/groups", "Authorization", "Bearer no.good.token"), 401, "UNAUTHENTICATED");
        assertProblem(new Browser(base).get("/api/groups"), 401, "LOGIN_REQUIRED");
    }

    @Test
    void who_has_a_link_or_a_question_needs_no_login_and_is_nobody_else() throws Exception {
        Browser stranger = new Browser(base);
        String link = "/api/groups/shop/approval-link?token=abc.def";
        assertThat(stranger.get(link).statusCode()).isEqualTo(200);
        assertThat(strategy.last().target()).isEqualTo(link);
        Browser loggedIn = entered("approver");
        for (Browser browser : new Browser[] {stranger, loggedIn}) {
            HttpResponse<String> approved = browser.send(browser.request(link)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .header("Origin", "null")
                    .POST(BodyPublishers.ofString("reason=good"))
                    .build());
            assertThat(approved.statusCode()).as(approved.body()).isEqualTo(200);
            assertThat(strategy.last().body()).isEqualTo("reason=good");
            assertThat(strategy.last().header("Authorization"))
                    .as("nobody approves by being logged in")
                    .isEmpty();
            assertThat(strategy.last().header("Cookie")).isEmpty();
        }
        HttpResponse<String> answered = stranger.send(stranger.request("/api/gate-callbacks/17")
                .header("Tricolor-Callback-Token", "secret")
                .POST(BodyPublishers.ofString("{\"verdict\":\"PASS\"}"))
                .build());
        assertThat(answered.statusCode()).as(answered.body()).isEqualTo(200);
        assertThat(strategy.last().header("Tricolor-Callback-Token")).isEqualTo("secret");

        assertProblem(stranger.get("/api/gate-callbacks/17"), 401, "LOGIN_REQUIRED");
        assertProblem(stranger.get("/api/groups/shop/approval-link/more"), 401, "LOGIN_REQUIRED");
        assertProblem(stranger.get("/api/groups/shop"), 401, "LOGIN_REQUIRED");
        assertProblem(stranger.send(stranger.request(link).DELETE().build()), 401, "LOGIN_REQUIRED");
    }

    @Test
    void who_needs_no_login_sends_little() throws Exception {
        Browser stranger = new Browser(base);
        byte[] most = new byte[65_536];
        byte[] tooMuch = new byte[65_537];
        for (String path : new String[] {"/api/groups/shop/approval-link", "/api/gate-callbacks/17"}) {
            assertThat(stranger.send(stranger.request(path)
                                    .POST(BodyPublishers.ofByteArray(most))
                                    .build())
                            .statusCode())
                    .isEqualTo(200);
            assertProblem(
                    stranger.send(stranger.request(path)
                            .POST(BodyPublishers.ofByteArray(tooMuch))
                            .build()),
                    413,
                    "PAYLOAD_TOO_LARGE");
            // In chunks, of which nobody knows how many come.
            assertProblem(
                    stranger.send(stranger.request(path)
                            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(tooMuch)))
                            .build()),
                    413,
                    "PAYLOAD_TOO_LARGE");
        }
    }

    @Test
    void a_stream_is_handed_on_as_it_comes_and_ends_with_the_session() throws Exception {
        Browser browser = entered("viewer");
        HttpResponse<InputStream> stream =
                Browser.http().send(browser.request("/api/stream").build(), BodyHandlers.ofInputStream());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("id:1");
            assertThat(stream.headers().firstValue("Content-Type")).contains("text/event-stream");
            HttpResponse<String> logout = browser.post("/door/logout", "");
            assertThat(logout.body()).isEqualTo("{\"next\":\"/door/login?out\"}");
            assertThat(lines.lines().toList()).contains("event:hello");
        }
        assertThat(strategy.streamEnded().await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(browser.cookies()).isEmpty();
    }

    @Test
    void a_session_that_was_left_is_over_for_who_has_kept_the_cookie() throws Exception {
        Browser browser = entered("viewer");
        Browser thief = new Browser(base);
        thief.cookies().putAll(browser.cookies());
        assertThat(thief.get("/api/groups").statusCode()).isEqualTo(200);
        browser.post("/door/logout", "");
        assertProblem(thief.get("/api/groups"), 401, "LOGIN_REQUIRED");
    }

    @Test
    void ends_when_nobody_does_anything_and_pages_alone_do_not_count() throws Exception {
        Browser browser = entered("viewer");
        later = Duration.ofMinutes(29);
        assertThat(browser.get("/api/groups").statusCode()).isEqualTo(200);
        later = Duration.ofMinutes(58);
        assertThat(browser.get("/api/groups", "X-Tricolor-Background", "true").statusCode())
                .isEqualTo(200);
        assertThat(strategy.last().header("X-Tricolor-Background")).isEmpty();
        later = Duration.ofMinutes(59).plusSeconds(1);
        assertProblem(browser.get("/api/groups"), 401, "LOGIN_REQUIRED");
    }

    @Test
    void ends_with_the_token() throws Exception {
        JWTClaimsSet claims = new JWTClaimsSet.Builder(
                        TestTokens.claims("olivia", "viewer").build())
                .expirationTime(Date.from(Instant.now().plusSeconds(100)))
                .build();
        Browser browser = new Browser(base);
        browser.get("/door/enter?code="
                + code("Bearer " + TOKENS.sign(claims)).get("code").asString());
        assertThat(browser.get("/api/groups").statusCode()).isEqualTo(200);
        later = Duration.ofSeconds(101);
        assertProblem(browser.get("/api/groups"), 401, "LOGIN_REQUIRED");
        assertThat(browser.get("/").headers().firstValue("Location")).contains("/door/login");
    }

    @Test
    void says_that_a_service_is_away() throws Exception {
        Browser browser = entered("viewer");
        HttpResponse<String> gone = browser.get("/api/deployments");
        assertProblem(gone, 503, "UPSTREAM_UNAVAILABLE");
        assertThat(gone.body()).contains("deploy-service cannot be reached");
        assertProblem(browser.get("/api/config"), 503, "UPSTREAM_UNAVAILABLE");
        await().untilAsserted(() -> assertThat(browser.get("/metrics").body())
                .contains("tricolor_console_relay_failures_total{service=\"deploy-service\",} 1.0")
                .contains("tricolor_console_sessions "));
    }

    @Test
    void shows_pages_to_who_is_logged_in_and_leads_others_to_the_login() throws Exception {
        Browser browser = entered("viewer");
        for (String path : new String[] {"/", "/groups/shop", "/groups/shop/upgrades/up-1"}) {
            HttpResponse<String> page = browser.get(path);
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body()).contains("test page");
            assertThat(page.headers().firstValue("Cache-Control")).contains("no-cache");
        }
        HttpResponse<String> script = new Browser(base).get("/assets/app-1234.js");
        assertThat(script.body()).contains("export");
        assertThat(script.headers().firstValue("Content-Type").orElse("")).contains("javascript");
        assertThat(script.headers().firstValue("Cache-Control")).contains("max-age=31536000, public, immutable");
        assertProblem(browser.get("/assets/none.js"), 404, "NOT_FOUND");

        Browser stranger = new Browser(base);
        HttpResponse<String> away = stranger.get("/groups/shop?tab=1");
        assertThat(away.statusCode()).isEqualTo(302);
        assertThat(away.headers().firstValue("Location")).contains("/door/login?to=%2Fgroups%2Fshop%3Ftab%3D1");
        assertThat(stranger.get("/", "Sec-Fetch-Site", "cross-site").statusCode())
                .as("a link in a chat: the browser keeps the cookie back")
                .isEqualTo(200);
        assertThat(stranger.get("/door/login").body()).contains("./tricolor console");
        assertThat(browser.get("/door/login?to=//evil.example").headers().firstValue("Location"))
                .contains("/");
    }

    @Test
    void tells_browsers_what_a_page_may_do() throws Exception {
        for (String path : new String[] {"/door/login", "/assets/app-1234.js", "/api/groups"}) {
            HttpResponse<String> answer = new Browser(base).get(path);
            assertThat(answer.headers().firstValue("Content-Security-Policy")).contains(DoorSecurity.CONTENT);
            assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(answer.headers().firstValue("Referrer-Policy")).contains("no-referrer");
            assertThat(answer.headers().firstValue("Cross-Origin-Opener-Policy"))
                    .contains("same-origin");
            assertThat(answer.headers().firstValue("X-Frame-Options")).contains("DENY");
        }
        assertThat(entered("viewer")
                        .get("/api/groups")
                        .headers()
                        .firstValue("Cache-Control")
                        .orElse(""))
                .contains("no-store");
    }
}
