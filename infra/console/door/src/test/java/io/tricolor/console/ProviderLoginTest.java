package io.tricolor.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Tag("slow")
class ProviderLoginTest {

    private static ConfigurableApplicationContext door;
    private static ServiceStub strategy;
    private static Provider provider;
    private static URI base;

    @BeforeAll
    static void start() throws IOException, JOSEException {
        strategy = new ServiceStub();
        provider = new Provider();
        door = new SpringApplicationBuilder(Console.class)
                .run(
                        "--server.port=0",
                        "--spring.cloud.consul.enabled=false",
                        "--tricolor.security.issuer=" + provider.issuer(),
                        "--tricolor.security.refresh-pause=1ms",
                        "--tricolor.console.oidc.client-id=console",
                        "--tricolor.console.services.strategy-service=" + strategy.url());
        base = URI.create("http://127.0.0.1:" + door.getEnvironment().getProperty("local.server.port"));
    }

    @AfterAll
    static void stop() {
        door.close();
        provider.close();
        strategy.close();
    }

    @BeforeEach
    void usual() {
        provider.tokensLive(Duration.ofHours(1));
        provider.tokensAreFor("tricolor");
    }

    private static URI location(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(300, 399);
        return URI.create(answer.headers().firstValue("Location").orElseThrow());
    }

    private static String path(URI uri) {
        return uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    }

    /** Up to what the provider leads back to. */
    private static URI asked(Browser browser, String page) throws IOException, InterruptedException {
        URI login = location(browser.get(page));
        URI start = location(browser.get(path(login)));
        return provider.authorize(location(browser.get(path(start))));
    }

    private static HttpResponse<String> login(Browser browser, String page) throws IOException, InterruptedException {
        return browser.get(path(asked(browser, page)));
    }

    @Test
    void leads_to_the_provider_and_back_to_the_page_that_was_asked_for() throws Exception {
        Browser browser = new Browser(base);
        HttpResponse<String> back = login(browser, "/groups/shop");
        assertThat(back.statusCode()).as(back.body()).isEqualTo(200);
        assertThat(back.body())
                .as("a redirect would still come from elsewhere, and the cookie is Strict")
                .contains("<meta http-equiv=\"refresh\" content=\"0;url=/groups/shop\">");
        assertThat(browser.cookies()).as("the login's own is gone").containsOnlyKeys("tricolor-" + base.getPort());
        JsonNode session = browser.session();
        assertThat(session.get("subject").asString()).isEqualTo("olivia");
        assertThat(session.get("name").asString()).isEqualTo("Olivia O.");
        assertThat(session.get("roles").valueStream().map(JsonNode::asString)).containsExactly("operator", "viewer");
        assertThat(browser.get("/api/groups").statusCode()).isEqualTo(200);

        JsonNode farewell =
                JsonMapper.shared().readTree(browser.post("/door/logout", "").body());
        assertThat(farewell.get("next").asString()).isEqualTo(provider.issuer() + "/logout?client_id=console");
        assertThat(browser.get("/door/login?out").body()).contains("You are logged out");
    }

    @Test
    void asks_by_code_with_a_challenge() throws Exception {
        Browser browser = new Browser(base);
        URI start = location(browser.get("/door/login"));
        Map<String, String> asked =
                Provider.parameters(location(browser.get(path(start))).getRawQuery());
        assertThat(asked)
                .containsEntry("response_type", "code")
                .containsEntry("client_id", "console")
                .containsEntry("scope", "openid profile")
                .containsEntry("redirect_uri", base + "/door/callback")
                .containsEntry("code_challenge_method", "S256")
                .containsKeys("state", "nonce", "code_challenge");
    }

    @Test
    void an_answer_is_for_the_browser_that_asked() throws Exception {
        Browser olivia = new Browser(base);
        URI back = asked(olivia, "/");
        Browser victim = new Browser(base);
        URI other = asked(victim, "/");
        HttpResponse<String> foreign = victim.get(path(back));
        assertThat(location(foreign)).hasPath("/door/login").hasQuery("failed");
        assertThat(victim.get("/api/groups").statusCode()).isEqualTo(401);
        assertThat(other).isNotEqualTo(back);
        assertThat(victim.get("/door/login?failed").body()).contains("The login failed");
    }

    @Test
    void refuses_a_token_that_the_services_would_refuse() throws Exception {
        provider.tokensAreFor("somebody-else");
        Browser browser = new Browser(base);
        assertThat(location(login(browser, "/"))).hasQuery("failed");
        assertThat(browser.cookies()).isEmpty();
    }

    @Test
    void renews_the_token_once_however_many_ask() throws Exception {
        provider.tokensLive(Duration.ofSeconds(20));
        Browser browser = new Browser(base);
        login(browser, "/");
        provider.tokensLive(Duration.ofHours(1));
        int before = provider.refreshes();
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                answers.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return browser.get("/api/groups").statusCode();
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        threads));
            }
        }
        assertThat(answers).extracting(CompletableFuture::join).containsOnly(200);
        assertThat(provider.refreshes() - before).isEqualTo(1);
    }

    @Test
    void goes_on_with_the_token_it_has_while_the_provider_gives_no_other() throws Exception {
        provider.tokensLive(Duration.ofSeconds(25));
        Browser browser = new Browser(base);
        login(browser, "/");
        provider.forgetRefreshTokens();
        assertThat(browser.get("/api/groups").statusCode()).isEqualTo(200);
    }
}
