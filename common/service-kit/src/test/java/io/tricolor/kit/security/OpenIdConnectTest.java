package io.tricolor.kit.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.kit.testing.TestTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tokens of a provider that publishes its keys. */
@Tag("slow")
class OpenIdConnectTest {

    private static final RSAKey RSA = rsa("rsa", null);
    private static final RSAKey ONLY_PS = rsa("ps", JWSAlgorithm.PS256);
    private static final ECKey EC = ec("ec", Curve.P_256);
    private static final ECKey EC_384 = ec("ec384", Curve.P_384);
    private static final ECKey EC_521 = ec("ec521", Curve.P_521);

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private HttpServer provider;
    private volatile String published = "";
    private volatile int status = 200;
    private volatile String issuerInConfiguration = "";

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(WhoAmI.class)
    static class Service {

        @Bean
        AccessRules accessRules() {
            return AccessRules.rules()
                    .allow("/who-am-i", Roles.VIEWER)
                    .allow("/my-routers", Roles.VIEWER)
                    .build();
        }
    }

    @RestController
    static class WhoAmI {

        @GetMapping("/who-am-i")
        List<String> roles(Actor actor) {
            List<String> all = new ArrayList<>(actor.roles());
            all.sort(null);
            all.addFirst(actor.name());
            return all;
        }

        @GetMapping("/my-routers")
        List<String> routers(Actor actor) {
            return actor.routers().stream().sorted().toList();
        }
    }

    @BeforeEach
    void startProvider() throws IOException {
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/realms/shop/.well-known/openid-configuration", exchange -> {
            byte[] body = ("{\"issuer\":\"" + issuerInConfiguration + "\",\"jwks_uri\":\"" + keySet() + "\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        provider.createContext("/realms/shop/certs", exchange -> {
            asked.incrementAndGet();
            byte[] body = published.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        provider.start();
        issuerInConfiguration = issuer();
    }

    @AfterEach
    void stopProvider() {
        provider.stop(0);
    }

    private static RSAKey rsa(String name, JWSAlgorithm algorithm) {
        try {
            return new RSAKeyGenerator(2048)
                    .keyID(name)
                    .algorithm(algorithm)
                    .keyUse(KeyUse.SIGNATURE)
                    .generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ECKey ec(String name, Curve curve) {
        try {
            return new ECKeyGenerator(curve).keyID(name).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String issuer() {
        return "http://127.0.0.1:" + provider.getAddress().getPort() + "/realms/shop";
    }

    private URI keySet() {
        return URI.create(issuer() + "/certs");
    }

    private void publish(JWK... keys) {
        published = new JWKSet(List.of(keys)).toString();
    }

    private ConfigurableApplicationContext service(String... more) {
        return new SpringApplicationBuilder(Service.class)
                .properties(
                        "spring.application.name=who",
                        "server.port=0",
                        "spring.cloud.consul.enabled=false",
                        "tricolor.security.issuer=" + issuer(),
                        "tricolor.security.audience=tricolor-api")
                .run(more);
    }

    private JWTClaimsSet.Builder claims(String... roles) {
        return TestTokens.claims("4711", roles).issuer(issuer()).audience(List.of("account", "tricolor-api"));
    }

    private static String sign(JWK key, JWSAlgorithm algorithm, JWTClaimsSet claims) throws JOSEException {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(algorithm)
                        .keyID(key.getKeyID())
                        .type(JOSEObjectType.JWT)
                        .build(),
                claims);
        if (key instanceof ECKey ec) {
            jwt.sign(new ECDSASigner(ec));
        } else if (key instanceof OctetSequenceKey secret) {
            jwt.sign(new MACSigner(secret));
        } else {
            jwt.sign(new RSASSASigner(key.toRSAKey()));
        }
        return jwt.serialize();
    }

    private static WebTestClient.ResponseSpec ask(ConfigurableApplicationContext service, String token) {
        return ask(service, "/who-am-i", token);
    }

    private static WebTestClient.ResponseSpec ask(ConfigurableApplicationContext service, String path, String token) {
        return WebTestClient.bindToServer()
                .baseUrl("http://127.0.0.1:" + service.getEnvironment().getProperty("local.server.port"))
                .responseTimeout(Duration.ofSeconds(20))
                .build()
                .get()
                .uri(path)
                .header("Authorization", "Bearer " + token)
                .exchange();
    }

    @Test
    void takes_every_algorithm_that_the_keys_of_an_issuer_are_for() throws Exception {
        OctetSequenceKey secret =
                new OctetSequenceKeyGenerator(256).keyID("oct").generate();
        publish(RSA, ONLY_PS, EC, EC_384, EC_521, secret);
        published = new JWKSet(List.<JWK>of(RSA, ONLY_PS, EC, EC_384, EC_521, secret)).toString(false);
        try (ConfigurableApplicationContext service = service("--tricolor.security.refresh-pause=1ms")) {
            for (JWSAlgorithm algorithm : VerificationKeys.ALGORITHMS) {
                JWK key = algorithm.equals(JWSAlgorithm.ES256)
                        ? EC
                        : algorithm.equals(JWSAlgorithm.ES384)
                                ? EC_384
                                : algorithm.equals(JWSAlgorithm.ES512) ? EC_521 : RSA;
                ask(service, sign(key, algorithm, claims("viewer").build()))
                        .expectStatus()
                        .isOk();
            }
            ECKey unnamed = new ECKey.Builder(EC_521).keyID(null).build();
            ask(service, sign(unnamed, JWSAlgorithm.ES512, claims("viewer").build()))
                    .expectStatus()
                    .isOk();
            ask(service, sign(ONLY_PS, JWSAlgorithm.PS256, claims("viewer").build()))
                    .expectStatus()
                    .isOk();
            ask(service, sign(ONLY_PS, JWSAlgorithm.RS256, claims("viewer").build()))
                    .expectStatus()
                    .isUnauthorized();
            ask(service, sign(secret, JWSAlgorithm.HS256, claims("admin").build()))
                    .expectStatus()
                    .isUnauthorized();
            ask(
                            service,
                            sign(
                                    EC,
                                    JWSAlgorithm.ES256,
                                    claims("viewer").issuer("tricolor").build()))
                    .expectStatus()
                    .isUnauthorized();
            ask(
                            service,
                            sign(
                                    EC,
                                    JWSAlgorithm.ES256,
                                    claims("viewer").audience("account").build()))
                    .expectStatus()
                    .isUnauthorized();
            ask(
                            service,
                            sign(
                                    EC,
                                    JWSAlgorithm.ES256,
                                    claims("viewer").subject(null).build()))
                    .expectStatus()
                    .isUnauthorized();
        }
    }

    @Test
    void finds_roles_at_a_path_and_maps_their_names() throws Exception {
        publish(EC);
        try (ConfigurableApplicationContext service = service(
                "--tricolor.security.jwk-set-uri=" + keySet(),
                "--tricolor.security.roles-claim=realm_access.roles",
                "--tricolor.security.role-mapping[/release/managers]=operator,approver",
                "--tricolor.security.role-mapping.watchers=viewer")) {
            ask(
                            service,
                            sign(
                                    EC,
                                    JWSAlgorithm.ES256,
                                    claims("admin")
                                            .claim(
                                                    "realm_access",
                                                    Map.of("roles", List.of("/release/managers", "offline", "admin")))
                                            .build()))
                    .expectStatus()
                    .isOk()
                    .expectBody()
                    .json("[\"4711\",\"approver\",\"operator\",\"viewer\"]");
            ask(service, sign(EC, JWSAlgorithm.ES256, claims("admin").build()))
                    .expectStatus()
                    .isForbidden();
            ask(
                            service,
                            sign(
                                    EC,
                                    JWSAlgorithm.ES256,
                                    claims().claim("realm_access.roles", List.of("watchers"))
                                            .build()))
                    .expectStatus()
                    .isOk()
                    .expectBody()
                    .json("[\"4711\",\"viewer\"]");
        }
    }

    @Test
    void metrics_and_the_details_of_health_need_a_token_where_they_are_closed() throws Exception {
        publish(EC);
        try (ConfigurableApplicationContext service = service("--tricolor.security.closed=true")) {
            WebTestClient client = WebTestClient.bindToServer()
                    .baseUrl("http://127.0.0.1:" + service.getEnvironment().getProperty("local.server.port"))
                    .responseTimeout(Duration.ofSeconds(20))
                    .build();
            String viewer =
                    "Bearer " + sign(EC, JWSAlgorithm.ES256, claims("viewer").build());
            String router =
                    "Bearer " + sign(EC, JWSAlgorithm.ES256, claims("router").build());
            client.get().uri("/metrics").exchange().expectStatus().isUnauthorized();
            client.get()
                    .uri("/metrics")
                    .header("Authorization", router)
                    .exchange()
                    .expectStatus()
                    .isForbidden();
            client.get()
                    .uri("/metrics")
                    .header("Authorization", viewer)
                    .exchange()
                    .expectStatus()
                    .isOk();
            client.get()
                    .uri("/actuator/health")
                    .exchange()
                    .expectStatus()
                    .isOk()
                    .expectBody()
                    .jsonPath("$.status")
                    .isEqualTo("UP")
                    .jsonPath("$.components")
                    .doesNotExist();
            client.get()
                    .uri("/actuator/health")
                    .header("Authorization", router)
                    .exchange()
                    .expectBody()
                    .jsonPath("$.components")
                    .doesNotExist();
            client.get()
                    .uri("/actuator/health")
                    .header("Authorization", viewer)
                    .exchange()
                    .expectBody()
                    .jsonPath("$.components")
                    .exists();
        }
    }

    @Test
    void a_token_is_for_routers_by_its_subject_or_by_a_claim() throws Exception {
        publish(EC);
        try (ConfigurableApplicationContext service = service("--tricolor.security.router-claim=edge.names")) {
            String claimed = sign(
                    EC,
                    JWSAlgorithm.ES256,
                    claims("viewer", "router")
                            .claim("edge", Map.of("names", List.of("edge-1", "edge-2")))
                            .build());
            ask(service, "/my-routers", claimed).expectBody().json("[\"edge-1\",\"edge-2\"]");
            ask(
                            service,
                            "/my-routers",
                            sign(EC, JWSAlgorithm.ES256, claims("viewer").build()))
                    .expectBody()
                    .json("[\"4711\"]");
        }
        Actor router = new Actor("edge-1", Set.of(Roles.ROUTER));
        assertThat(router.isRouter("edge-1")).isTrue();
        assertThat(router.isRouter("edge-1.boot7")).isTrue();
        for (String other : List.of("edge-10", "edge", "edge-2", "", "EDGE-1", "x.edge-1")) {
            assertThat(router.isRouter(other)).as(other).isFalse();
        }
        assertThat(new Actor("edge-1", Set.of(Roles.ADMIN)).isRouter("edge-1")).isFalse();
        assertThat(new Actor("", Set.of(Roles.ROUTER), Set.of(""), null).isRouter(".x"))
                .isFalse();
    }

    @Test
    void reads_roles_of_the_shapes_that_providers_give_them() {
        Map<String, Object> claims = Map.of(
                "roles", List.of("viewer", 7),
                "scope", "openid approver",
                "https://shop.example/roles", List.of("operator"),
                "resource_access", Map.of("shop.web", Map.of("roles", List.of("config-editor"))));
        assertThat(new RoleClaims("roles", Map.of()).of(claims)).containsExactly("viewer");
        assertThat(new RoleClaims("scope", Map.of("approver", List.of("approver"))).of(claims))
                .containsExactly("approver", "viewer");
        assertThat(new RoleClaims("https://shop.example/roles", Map.of()).of(claims))
                .containsExactly("operator", "viewer");
        assertThat(new RoleClaims("resource_access.shop.web.roles", Map.of()).of(claims))
                .containsExactly("config-editor", "viewer");
        assertThat(new RoleClaims("resource_access.other.roles", Map.of()).of(claims))
                .isEmpty();
        assertThat(new RoleClaims("roles.deeper", Map.of()).of(claims)).isEmpty();
    }

    @Test
    void does_not_start_with_a_mapping_to_a_role_that_there_is_not_or_without_keys() {
        assertThatThrownBy(() -> service("--tricolor.security.role-mapping.boss=operatr"))
                .hasStackTraceContaining("tricolor.security.role-mapping: boss is mapped to operatr");
        assertThatThrownBy(() -> service("--tricolor.security.issuer=tricolor"))
                .hasStackTraceContaining("tricolor.security.jwk-set-uri");
    }

    private PublishedKeys keysOf(URI uri) {
        return new PublishedKeys(uri, issuer(), Duration.ofMinutes(5), Duration.ofSeconds(10), nanos::get);
    }

    private static List<String> names(PublishedKeys keys, String wanted) {
        return keys.keys(wanted).map(JWK::getKeyID).collectList().block(Duration.ofSeconds(20));
    }

    @Test
    void follows_a_rotation_and_asks_no_more_often_than_allowed() {
        publish(EC);
        PublishedKeys keys = keysOf(null);
        assertThat(names(keys, "ec")).containsExactly("ec");
        publish(EC, EC_384);
        for (int i = 0; i < 100; i++) {
            assertThat(names(keys, "made-up-" + i)).containsExactly("ec");
        }
        assertThat(asked).as("within the pause").hasValue(1);
        nanos.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(names(keys, "ec384")).as("waits for the answer").containsExactly("ec", "ec384");
        assertThat(asked).hasValue(2);
    }

    @Test
    void keeps_good_keys_through_answers_that_are_none() throws Exception {
        publish(EC, RSA);
        PublishedKeys keys = keysOf(keySet());
        assertThat(names(keys, "ec")).containsExactly("ec", "rsa");
        String point = EC.toPublicJWK().toString();
        List<String> none = List.of(
                "{\"keys\":[]}",
                "{}",
                "[]",
                "<html>",
                "",
                "{\"keys\":[" + point + ",7]}",
                "{\"keys\":[" + point.replaceAll("\"x\":\"[^\"]*\"", "\"x\":\"AA\"") + "]}",
                "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}",
                "{\"keys\":[" + point.replace("}", ",\"use\":\"enc\"}") + "]}",
                "{\"keys\":[" + point + "],\"x\":\"" + "x".repeat(300_000) + "\"}");
        for (String answer : none) {
            published = answer;
            int before = asked.get();
            nanos.addAndGet(Duration.ofSeconds(10).toNanos());
            assertThat(names(keys, "unknown")).as(answer).containsExactly("ec", "rsa");
            assertThat(asked).as(answer).hasValue(before + 1);
        }
        status = 503;
        publish(EC_384);
        nanos.addAndGet(Duration.ofMinutes(6).toNanos());
        assertThat(names(keys, "unknown")).containsExactly("ec", "rsa");
    }

    @Test
    void does_not_believe_the_configuration_of_another_issuer() {
        publish(EC);
        issuerInConfiguration = "https://evil.example";
        assertThat(names(keysOf(null), "ec")).isEmpty();
        assertThat(asked).hasValue(0);
    }

    @Test
    void a_file_may_hold_keys_of_every_kind(@TempDir java.nio.file.Path directory) throws Exception {
        StringBuilder pem = new StringBuilder();
        for (byte[] key : List.of(
                RSA.toRSAPublicKey().getEncoded(),
                EC_384.toECPublicKey().getEncoded(),
                EC.toECPublicKey().getEncoded())) {
            pem.append("-----BEGIN PUBLIC KEY-----\n")
                    .append(Base64.getMimeEncoder().encodeToString(key))
                    .append("\n-----END PUBLIC KEY-----\n");
        }
        java.nio.file.Path file = java.nio.file.Files.writeString(directory.resolve("keys.pem"), pem.toString());
        assertThat(VerificationKeys.read(file))
                .extracting(key -> key.getKeyType().getValue())
                .containsExactly("RSA", "EC", "EC");
        java.nio.file.Path none = java.nio.file.Files.writeString(directory.resolve("none.pem"), "nothing\n");
        assertThatThrownBy(() -> VerificationKeys.read(none)).hasMessageContaining("tricolor.security.public-key");
    }
}
