package io.tricolor.kit.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tricolor.engines.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tokens of a real Keycloak, each algorithm by a key that it makes when the first token is asked for. */
@EnabledIfEnvironmentVariable(
        named = "TRICOLOR_KEYCLOAK_HOME",
        matches = ".+",
        disabledReason = "no Keycloak: TRICOLOR_KEYCLOAK_HOME names no unpacked org.keycloak:keycloak-quarkus-dist")
class KeycloakIT {

    private static final List<String> ALGORITHMS = List.of("RS256", "PS256", "ES256", "ES384", "PS512");
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private static Path directory;

    private static Process keycloak;
    private static String issuer;

    @BeforeAll
    static void start() throws IOException {
        Path home = directory.resolve("keycloak");
        copy(Path.of(System.getenv("TRICOLOR_KEYCLOAK_HOME")), home);
        Files.createDirectories(home.resolve("data/import"));
        Files.writeString(home.resolve("data/import/shop.json"), realm());
        int port = Ports.free();
        issuer = "http://127.0.0.1:" + port + "/realms/shop";
        ProcessBuilder builder = new ProcessBuilder(
                "/bin/sh",
                home.resolve("bin/kc.sh").toString(),
                "start-dev",
                "--http-host=127.0.0.1",
                "--http-port=" + port,
                "--import-realm",
                "--cache=local");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        keycloak = builder.start();
        await().atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofSeconds(1))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> get(issuer + "/.well-known/openid-configuration").statusCode() == 200);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        List<ProcessHandle> all = new ArrayList<>(keycloak.descendants().toList());
        all.add(keycloak.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        assertThat(keycloak.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file :
                    files.filter(f -> !f.startsWith(from.resolve("data"))).toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /** One client for each algorithm; their service accounts are release managers. */
    private static String realm() {
        List<String> clients = new ArrayList<>();
        List<String> users = new ArrayList<>();
        for (String algorithm : ALGORITHMS) {
            clients.add("""
                    {"clientId":"%s","enabled":true,"secret":"s3cret","serviceAccountsEnabled":true,
                     "attributes":{"access.token.signed.response.alg":"%s"},
                     "protocolMappers":[{"name":"for tricolor","protocol":"openid-connect",
                      "protocolMapper":"oidc-audience-mapper",
                      "config":{"included.custom.audience":"tricolor","access.token.claim":"true"}}]}""".formatted(algorithm, algorithm));
            users.add("""
                    {"username":"service-account-%s","enabled":true,"serviceAccountClientId":"%s",
                     "realmRoles":["release-managers","admin"]}""".formatted(algorithm, algorithm));
        }
        return """
                {"realm":"shop","enabled":true,"sslRequired":"none",
                 "roles":{"realm":[{"name":"release-managers"},{"name":"admin"}]},"clients":[%s],"users":[%s]}""".formatted(String.join(",", clients), String.join(",", users));
    }

    private static HttpResponse<String> get(String uri) throws IOException, InterruptedException {
        return HTTP.send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.ofString());
    }

    private static String token(String client) throws IOException, InterruptedException {
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(URI.create(issuer + "/protocol/openid-connect/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(
                                "grant_type=client_credentials&client_id=" + client + "&client_secret=s3cret"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).path("access_token").asString();
    }

    @Test
    void tokens_of_every_algorithm_count_with_the_roles_that_theirs_are_mapped_to() throws Exception {
        Set<String> seen = new HashSet<>();
        try (ConfigurableApplicationContext service = new SpringApplicationBuilder(OpenIdConnectTest.Service.class)
                .run(
                        "--spring.application.name=who",
                        "--server.port=0",
                        "--spring.cloud.consul.enabled=false",
                        "--tricolor.security.issuer=" + issuer,
                        "--tricolor.security.roles-claim=realm_access.roles",
                        "--tricolor.security.role-mapping.release-managers=operator",
                        "--tricolor.security.refresh-pause=1ms")) {
            String url = "http://127.0.0.1:" + service.getEnvironment().getProperty("local.server.port");
            for (String algorithm : ALGORITHMS) {
                String token = token(algorithm);
                String header = new String(java.util.Base64.getUrlDecoder().decode(token.split("\\.", -1)[0]));
                assertThat(JSON.readTree(header).path("alg").asString()).isEqualTo(algorithm);
                HttpResponse<String> answer = HTTP.send(
                        HttpRequest.newBuilder(URI.create(url + "/who-am-i"))
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        BodyHandlers.ofString());
                assertThat(answer.statusCode())
                        .as("%s: %s", algorithm, answer.body())
                        .isEqualTo(200);
                JsonNode who = JSON.readTree(answer.body());
                assertThat(who.valueStream().skip(1).map(JsonNode::asString))
                        .as("the provider's own admin is none here")
                        .containsExactly("operator", "viewer");
                seen.add(who.get(0).asString());
            }
            assertThat(seen).as("each has its subject").hasSameSizeAs(ALGORITHMS);
        }
    }
}
