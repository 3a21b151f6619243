package io.tricolor.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.ChildProcess;
import io.tricolor.engines.JvmProcess;
import io.tricolor.engines.KeycloakEngine;
import io.tricolor.engines.Ports;
import io.tricolor.engines.ProcessSpec;
import io.tricolor.engines.Readiness;
import io.tricolor.kit.security.AccessRules;
import io.tricolor.kit.security.Actor;
import io.tricolor.kit.security.Roles;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.Tables;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real Keycloak for everything that reads its tokens or logs in by it: a service, both routers, the door, the command
 * line. All of them share its one start.
 */
@EnabledIf(value = "io.tricolor.engines.KeycloakEngine#isAvailable", disabledReason = KeycloakEngine.MISSING)
class KeycloakIT {

    private static final List<String> ALGORITHMS = List.of("RS256", "PS256", "ES256", "ES384", "PS512");
    private static final String STRANGER = "stranger";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Pattern CODE = Pattern.compile("name=\"code\" value=\"([^\"]+)\"");
    private static final Pattern FORM = Pattern.compile("<form[^>]*\\baction=\"([^\"]+)\"");

    @TempDir
    private static Path directory;

    private static final List<AutoCloseable> STARTED = new ArrayList<>();
    private static final List<Router> ROUTERS = new ArrayList<>();

    private static KeycloakEngine keycloak;
    private static String issuer;
    private static URI door;
    private static ServiceStub strategy;
    private static String service;

    /** A router on its ports. */
    private record Router(String kind, int port, int operations, ChildProcess process) {

        HttpResponse<String> asUser(String token) throws IOException, InterruptedException {
            return get("http://127.0.0.1:" + port + "/", token);
        }

        HttpResponse<String> asOperator(String token) throws IOException, InterruptedException {
            return get("http://127.0.0.1:" + operations + "/metrics", token);
        }
    }

    /** A service that says who asks. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(WhoAmI.class)
    static class Service {

        @Bean
        AccessRules accessRules() {
            return AccessRules.rules().allow("/who-am-i", Roles.VIEWER).build();
        }
    }

    @RestController
    static class WhoAmI {

        @GetMapping("/who-am-i")
        List<String> roles(Actor actor) {
            return actor.roles().stream().sorted().toList();
        }
    }

    @BeforeAll
    static void start() throws IOException {
        int doorPort = Ports.free();
        door = URI.create("http://127.0.0.1:" + doorPort);
        keycloak = keep(KeycloakEngine.start(directory.resolve("keycloak"), "shop", realm()));
        issuer = keycloak.issuer("shop");

        FakeStrategy tables = keep(new FakeStrategy());
        FakeConsul consul = keep(new FakeConsul());
        FakeInstance a = keep(new FakeInstance("A", "a-1"));
        FakeInstance b = keep(new FakeInstance("B", "b-1"));
        consul.register("shop-web", a.as("shop", "web"), b.as("shop", "web"));
        tables.publish(Tables.byClaim(1, "account.id"));
        ROUTERS.add(router("gateway", "io.tricolor.gateway.Gateway", tables, consul));
        ROUTERS.add(router("nginx", "io.tricolor.nginx.NginxRouter", tables, consul));

        strategy = keep(new ServiceStub());
        service = "http://127.0.0.1:" + started(Service.class, "--server.port=0");
        started(
                Console.class,
                "--server.port=" + doorPort,
                "--tricolor.console.oidc.client-id=tricolor-console",
                "--tricolor.console.services.strategy-service=" + strategy.url());
        ROUTERS.forEach(router -> router.process().awaitReady());
    }

    private static <T extends AutoCloseable> T keep(T closeable) {
        STARTED.addFirst(closeable);
        return closeable;
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable closeable : STARTED) {
            closeable.close();
        }
    }

    private static List<String> operators() {
        return List.of(
                "--tricolor.security.issuer=" + issuer,
                "--tricolor.security.roles-claim=realm_access.roles",
                "--tricolor.security.role-mapping.release-managers=operator",
                "--tricolor.security.refresh-pause=100ms");
    }

    private static String started(Class<?> application, String... more) {
        List<String> arguments = new ArrayList<>(operators());
        arguments.addAll(List.of("--spring.application.name=who", "--spring.cloud.consul.enabled=false"));
        arguments.addAll(List.of(more));
        ConfigurableApplicationContext context =
                keep(new SpringApplicationBuilder(application).run(arguments.toArray(String[]::new)));
        return context.getEnvironment().getRequiredProperty("local.server.port");
    }

    private static Router router(String kind, String mainClass, FakeStrategy tables, FakeConsul consul) {
        int port = Ports.free();
        int operations = Ports.free();
        String own = "--tricolor." + kind + ".";
        List<String> arguments = new ArrayList<>(operators());
        arguments.addAll(List.of(
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--management.server.address=127.0.0.1",
                "--management.server.port=" + operations,
                "--tricolor.strategy.url=" + tables.url(),
                "--tricolor.consul.url=" + consul.url(),
                "--tricolor.security.closed=true",
                own + "router-id=" + kind,
                own + "state-dir=" + directory.resolve(kind + "-state"),
                own + "jwt.issuer=" + issuer,
                own + "jwt.audience=tricolor",
                own + "jwt.refresh-pause=100ms"));
        Path module = Path.of(System.getProperty("tricolor.home")).resolve("infra/routers/" + kind);
        ChildProcess process = ChildProcess.launch(ProcessSpec.of(kind, directory.resolve(kind))
                .command(JvmProcess.command(module, mainClass, JvmProcess.SMALL, arguments))
                .readiness(Readiness.http(URI.create("http://127.0.0.1:" + operations + "/actuator/health/readiness")))
                .build());
        return new Router(kind, port, operations, keep(process));
    }

    /** One client for each algorithm: their service accounts are release managers. And people. */
    private static String realm() {
        String audience = """
                {"name":"for tricolor","protocol":"openid-connect","protocolMapper":"oidc-audience-mapper",
                 "config":{"included.custom.audience":"tricolor","access.token.claim":"true"}}""";
        String account = """
                {"name":"account","protocol":"openid-connect","protocolMapper":"oidc-hardcoded-claim-mapper",
                 "config":{"claim.name":"account.id","claim.value":"42","jsonType.label":"int","access.token.claim":"true"}}""";
        List<String> clients = new ArrayList<>();
        List<String> users = new ArrayList<>();
        List<String> programs = new ArrayList<>(ALGORITHMS);
        programs.add(STRANGER);
        for (String program : programs) {
            String algorithm = program.equals(STRANGER) ? "RS256" : program;
            clients.add("""
                    {"clientId":"%s","enabled":true,"secret":"s3cret","serviceAccountsEnabled":true,
                     "attributes":{"access.token.signed.response.alg":"%s"},"protocolMappers":[%s,%s]}""".formatted(program, algorithm, audience, account));
            users.add("""
                    {"username":"service-account-%s","enabled":true,"serviceAccountClientId":"%s","realmRoles":[%s]}""".formatted(
                            program.toLowerCase(Locale.ROOT),
                            program,
                            program.equals(STRANGER) ? "\"admin\"" : "\"release-managers\",\"admin\""));
        }
        clients.add("""
                {"clientId":"tricolor-console","enabled":true,"publicClient":true,"standardFlowEnabled":true,
                 "redirectUris":["%s/door/callback"],"attributes":{"pkce.code.challenge.method":"S256"},
                 "protocolMappers":[%s]}""".formatted(door, audience));
        // Its tokens end so soon that every command has to renew the one that it has.
        clients.add("""
                {"clientId":"tricolor-cli","enabled":true,"publicClient":true,"standardFlowEnabled":false,
                 "attributes":{"oauth2.device.authorization.grant.enabled":"true","access.token.lifespan":"25"},
                 "protocolMappers":[%s]}""".formatted(audience));
        users.add("""
                {"username":"olivia","enabled":true,"email":"olivia@shop.example","emailVerified":true,"firstName":"Olivia",
                 "lastName":"O.","realmRoles":["release-managers"],
                 "credentials":[{"type":"password","value":"correct horse","temporary":false}]}""");
        return """
                {"realm":"shop","enabled":true,"sslRequired":"none",
                 "roles":{"realm":[{"name":"release-managers"},{"name":"admin"}]},"clients":[%s],"users":[%s]}""".formatted(String.join(",", clients), String.join(",", users));
    }

    private static HttpResponse<String> get(String uri, String token) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(uri))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String uri, Map<String, String> form, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(encoded(form)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static String encoded(Map<String, String> form) {
        return form.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
    }

    private static String token(String program) throws IOException, InterruptedException {
        HttpResponse<String> answer = post(
                issuer + "/protocol/openid-connect/token",
                Map.of("grant_type", "client_credentials", "client_id", program, "client_secret", "s3cret"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).path("access_token").asString();
    }

    private static JsonNode headerOf(String token) {
        return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[0]));
    }

    private static String clusterOf(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Tricolor-Cluster").orElse(answer.statusCode() + " " + answer.body());
    }

    /** Whether service, routers and door take a token of a release manager and of user 42. */
    private static void assertTaken(String token) throws IOException, InterruptedException {
        HttpResponse<String> who = get(service + "/who-am-i", token);
        assertThat(who.statusCode()).as(who.body()).isEqualTo(200);
        assertThat(JSON.readTree(who.body()).valueStream().map(JsonNode::asString))
                .as("the provider's own admin is none here")
                .containsExactly("operator", "viewer");
        assertThat(get(door + "/api/groups", token).statusCode()).isEqualTo(200);
        for (Router router : ROUTERS) {
            assertThat(router.asOperator(token).statusCode()).as(router.kind()).isEqualTo(200);
            // The keys of users are followed apart from those of operators; nobody waits for them.
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(clusterOf(router.asUser(token)))
                            .as(router.kind())
                            .isEqualTo("B"));
        }
    }

    @Test
    void tokens_of_every_algorithm_count_with_the_roles_that_theirs_are_mapped_to() throws Exception {
        for (String algorithm : ALGORITHMS) {
            String token = token(algorithm);
            assertThat(headerOf(token).path("alg").asString()).isEqualTo(algorithm);
            assertTaken(token);
        }
        String stranger = token(STRANGER);
        assertThat(get(service + "/who-am-i", stranger).statusCode()).isEqualTo(403);
        for (Router router : ROUTERS) {
            assertThat(router.asOperator(stranger).statusCode())
                    .as(router.kind())
                    .isEqualTo(403);
            assertThat(router.asOperator("x.y.z").statusCode())
                    .as(router.kind())
                    .isEqualTo(401);
            assertThat(clusterOf(router.asUser("x.y.z"))).as(router.kind()).isEqualTo("A");
        }
    }

    @Test
    void keys_that_keycloak_rotates_count_without_a_restart() throws Exception {
        String before = token("RS256");
        HttpResponse<String> administrator = post(
                keycloak.issuer("master") + "/protocol/openid-connect/token",
                Map.of(
                        "grant_type",
                        "password",
                        "client_id",
                        "admin-cli",
                        "username",
                        KeycloakEngine.ADMINISTRATOR,
                        "password",
                        KeycloakEngine.ADMINISTRATOR));
        String authorization = "Bearer "
                + JSON.readTree(administrator.body()).path("access_token").asString();
        HttpRequest realm = HttpRequest.newBuilder(keycloak.uri().resolve("/admin/realms/shop"))
                .header("Authorization", authorization)
                .build();
        String id = JSON.readTree(HTTP.send(realm, BodyHandlers.ofString()).body())
                .path("id")
                .asString();
        HttpResponse<String> added = HTTP.send(
                HttpRequest.newBuilder(keycloak.uri().resolve("/admin/realms/shop/components"))
                        .header("Authorization", authorization)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("""
                                {"name":"newer","providerId":"rsa-generated","providerType":"org.keycloak.keys.KeyProvider",
                                 "parentId":"%s","config":{"priority":["900"],"algorithm":["RS256"],"keySize":["2048"]}}""".formatted(id)))
                        .build(),
                BodyHandlers.ofString());
        assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
        String after = token("RS256");
        assertThat(headerOf(after).path("kid")).isNotEqualTo(headerOf(before).path("kid"));
        assertTaken(after);
        assertTaken(before);
    }

    /** Of one browser: Keycloak's cookies by name. */
    private static final class Jar {

        private final Map<String, String> cookies = new TreeMap<>();

        HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
            if (!cookies.isEmpty()) {
                request.header(
                        "Cookie",
                        cookies.entrySet().stream()
                                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                                .collect(Collectors.joining("; ")));
            }
            HttpResponse<String> answer = HTTP.send(request.build(), BodyHandlers.ofString());
            for (String cookie : answer.headers().allValues("Set-Cookie")) {
                String[] pair = cookie.split(";", 2)[0].split("=", 2);
                cookies.put(pair[0], pair[1]);
            }
            return answer;
        }
    }

    private static URI location(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(300, 399);
        return URI.create(answer.headers().firstValue("Location").orElseThrow());
    }

    /** Fills Keycloak's form in; what it answers. */
    private static HttpResponse<String> loggedIn(Jar jar, HttpResponse<String> form)
            throws IOException, InterruptedException {
        return sent(jar, form, Map.of("username", "olivia", "password", "correct horse"));
    }

    private static HttpResponse<String> sent(Jar jar, HttpResponse<String> page, Map<String, String> form)
            throws IOException, InterruptedException {
        Matcher action = FORM.matcher(page.body());
        assertThat(action.find()).as(page.body()).isTrue();
        return jar.send(
                HttpRequest.newBuilder(page.uri().resolve(action.group(1).replace("&amp;", "&")))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(encoded(form))));
    }

    private static HttpResponse<String> followed(Jar jar, URI page) throws IOException, InterruptedException {
        return followed(jar, jar.send(HttpRequest.newBuilder(page)));
    }

    private static HttpResponse<String> followed(Jar jar, HttpResponse<String> answer)
            throws IOException, InterruptedException {
        HttpResponse<String> page = answer;
        while (page.statusCode() / 100 == 3) {
            page = jar.send(HttpRequest.newBuilder(page.uri().resolve(location(page))));
        }
        return page;
    }

    @Test
    void people_log_in_at_the_door_by_keycloak_and_out_again() throws Exception {
        Browser browser = new Browser(door);
        URI login = location(browser.get("/groups/shop"));
        URI start = location(browser.get(pathOf(login)));
        URI asked = location(browser.get(pathOf(start)));
        assertThat(asked.toString()).startsWith(issuer + "/protocol/openid-connect/auth");
        assertThat(asked.getQuery()).contains("code_challenge_method=S256");

        Jar jar = new Jar();
        URI back = location(loggedIn(jar, followed(jar, asked)));
        HttpResponse<String> entered = browser.get(pathOf(back));
        assertThat(entered.statusCode()).as(entered.body()).isEqualTo(200);
        assertThat(entered.body()).contains("url=/groups/shop");
        JsonNode session = browser.session();
        assertThat(session.get("name").asString()).contains("Olivia");
        assertThat(session.get("roles").valueStream().map(JsonNode::asString)).containsExactly("operator", "viewer");
        assertThat(browser.get("/api/groups").statusCode()).isEqualTo(200);
        assertThat(new Browser(door).get(pathOf(back)).headers().firstValue("Location"))
                .as("a code of somebody else's login")
                .hasValue("/door/login?failed");

        JsonNode farewell = JSON.readTree(browser.post("/door/logout", "").body());
        assertThat(farewell.get("next").asString()).startsWith(issuer + "/protocol/openid-connect/logout");
        assertThat(browser.get("/api/groups").statusCode()).isEqualTo(401);
    }

    @Test
    void the_command_line_logs_in_by_a_code_that_is_confirmed_in_a_browser() throws Exception {
        assertThat(typed("context", "add", "prod", "--strategy", door.toString(), "--use")
                        .waitFor())
                .isZero();
        Process login = typed("login", "--issuer", issuer);
        try (BufferedReader lines = login.inputReader()) {
            String link = lines.readLine();
            assertThat(link).startsWith("Open " + issuer + "/device?user_code=");
            Jar jar = new Jar();
            URI form = URI.create(link.substring("Open ".length()));
            HttpResponse<String> consent = followed(jar, loggedIn(jar, followed(jar, form)));
            Matcher code = CODE.matcher(consent.body());
            assertThat(code.find()).as(consent.body()).isTrue();
            HttpResponse<String> confirmed =
                    followed(jar, sent(jar, consent, Map.of("code", code.group(1), "accept", "Yes")));
            assertThat(confirmed.statusCode()).as(confirmed.body()).isEqualTo(200);
            assertThat(lines.lines().collect(Collectors.joining("\n"))).contains("You are olivia in context prod");
        }
        assertThat(login.waitFor()).isZero();
        Set<String> shown = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            typed("group", "list", "--json").waitFor();
            assertThat(strategy.last().target()).startsWith("/api/groups");
            shown.add(strategy.last().header("Authorization"));
        }
        assertThat(shown).as("each is a new token that the door has taken").hasSize(2);
    }

    private static Process typed(String... words) throws IOException {
        Path jar = Path.of(System.getProperty("tricolor.home")).resolve("infra/suite/cli/target/tricolor-cli.jar");
        List<String> command = new ArrayList<>(List.of(JvmProcess.java().toString(), "-jar", jar.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("XDG_CONFIG_HOME", directory.resolve("cli").toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("TRICOLOR_"));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static String pathOf(URI uri) {
        return uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
    }
}
