package io.tricolor.kit.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.tricolor.engines.testing.SharedEngines;
import io.tricolor.kit.sample.Sample;
import io.tricolor.kit.testing.TestTokens;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;

class SecurityIT {

    private static Sample sample;

    @BeforeAll
    static void start() {
        sample = Sample.start("spring.datasource.url=" + SharedEngines.freshDatabase("security"));
    }

    @AfterAll
    static void stop() {
        sample.close();
    }

    @ParameterizedTest(name = "{0} {1} as {2}: {3}")
    @CsvSource({
        "GET,  /api/numbers/1?plus=1, viewer,           200",
        "GET,  /api/numbers/1?plus=1, operator,         200",
        "GET,  /api/numbers/1?plus=1, approver,         200",
        "GET,  /api/numbers/1?plus=1, config-publisher, 200",
        "GET,  /api/numbers/1?plus=1, admin,            200",
        "GET,  /api/numbers/1?plus=1, router,           403",
        "GET,  /api/numbers/1?plus=1, service,          403",
        "GET,  /api/numbers/1?plus=1, nonsense,         403",
        "POST, /api/rules,            viewer,           403",
        "POST, /api/rules,            approver,         403",
        "POST, /api/rules,            operator,         200",
        "POST, /api/rules,            admin,            200",
        "GET,  /elsewhere,            admin,            403",
        "GET,  /actuator/env,         admin,            403",
    })
    void lets_each_role_do_what_the_rules_say(String method, String path, String role, int status) {
        var request = sample.client(role).method(HttpMethod.valueOf(method)).uri(path);
        if (method.equals("POST")) {
            request.bodyValue(Map.of("all", true));
        }
        var answer = request.exchange().expectStatus().isEqualTo(status);
        if (status == 403) {
            answer.expectBody().jsonPath("$.code").isEqualTo("FORBIDDEN");
        }
    }

    static Stream<Arguments> bad_tokens() throws Exception {
        TestTokens ours = sample.tokens();
        TestTokens others = TestTokens.create();
        SignedJWT symmetric = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256),
                TestTokens.claims("eve", "admin").build());
        symmetric.sign(new MACSigner(Files.readString(ours.publicKey())));
        String good = ours.token("ann", "admin");
        return Stream.of(
                Arguments.of("none", null),
                Arguments.of("no JWT", "Bearer nonsense"),
                Arguments.of("of another scheme", "Basic YTpi"),
                Arguments.of("signed by another key", others.bearer("eve", "admin")),
                Arguments.of(
                        "unsigned",
                        "Bearer "
                                + new PlainJWT(TestTokens.claims("eve", "admin").build()).serialize()),
                Arguments.of("signed with the public key as a secret", "Bearer " + symmetric.serialize()),
                Arguments.of(
                        "with changed claims",
                        "Bearer "
                                + good.replace(
                                        good.split("\\.")[1],
                                        others.token("eve", "admin").split("\\.")[1])),
                Arguments.of(
                        "expired",
                        "Bearer "
                                + ours.sign(TestTokens.claims("ann", "admin")
                                        .expirationTime(Date.from(Instant.now().minusSeconds(120)))
                                        .build())),
                Arguments.of(
                        "that never expires",
                        "Bearer "
                                + ours.sign(TestTokens.claims("ann", "admin")
                                        .expirationTime(null)
                                        .build())),
                Arguments.of(
                        "of another issuer",
                        "Bearer "
                                + ours.sign(TestTokens.claims("ann", "admin")
                                        .issuer("other")
                                        .build())),
                Arguments.of(
                        "for another audience",
                        "Bearer "
                                + ours.sign(TestTokens.claims("ann", "admin")
                                        .audience("other")
                                        .build())));
    }

    @ParameterizedTest(name = "a token {0}")
    @MethodSource("bad_tokens")
    void refuses(String what, String authorization) {
        var request = sample.client().get().uri("/api/numbers/1?plus=1");
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        request.exchange()
                .expectStatus()
                .isUnauthorized()
                .expectHeader()
                .valueEquals("WWW-Authenticate", "Bearer")
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo("UNAUTHENTICATED")
                .jsonPath("$.traceId")
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/a%2520b", "/api/a;b", "/api/%2e%2e/x", "/api/a%2Fb", "/api/a%0Ab"})
    void turns_ambiguous_paths_away_with_a_problem(String path) {
        sample.client("admin")
                .get()
                .uri(URI.create("http://127.0.0.1:" + sample.port() + path))
                .exchange()
                .expectStatus()
                .isBadRequest()
                .expectBody()
                .jsonPath("$.code")
                .isEqualTo("BAD_REQUEST");
    }

    @Test
    void shows_a_new_token_as_soon_as_the_file_has_it(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("service.token");
        ServiceTokens tokens = new ServiceTokens(file);
        assertThat(tokens.current()).isEmpty();
        Files.writeString(file, "first\n");
        assertThat(tokens.authorization()).isEqualTo("Bearer first");
        Files.writeString(file, "second\n");
        Files.setLastModifiedTime(
                file, java.nio.file.attribute.FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(tokens.authorization()).isEqualTo("Bearer second");
    }
}
