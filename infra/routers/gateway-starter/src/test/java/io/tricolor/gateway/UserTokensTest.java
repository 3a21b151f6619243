package io.tricolor.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import io.tricolor.contracts.group.Affinity;
import io.tricolor.contracts.group.Entry;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.IdentitySource;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.Json;
import io.tricolor.router.sources.ServiceKey;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.WithInstances;
import io.tricolor.routing.RouteTable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;

/** The id in a claim of a token, over HTTP; and what becomes of tokens that are not what they seem. */
class UserTokensTest extends WithInstances {

    private static final TrustedIssuer.Refresh REFRESH =
            new TrustedIssuer.Refresh(Duration.ofMinutes(5), Duration.ofSeconds(10));
    private static final ECKey EC = ec("one");
    private static final ECKey OTHER = ec("two");
    private static final RSAKey RSA = rsa();

    @BeforeEach
    void publish() {
        strategy.publish(table(List.of("account", "sub")));
    }

    private static ECKey ec(String name) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(name).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RSAKey rsa() {
        try {
            return new RSAKeyGenerator(2048).keyID("rsa").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** B takes the ids 42 and 9007199254740993. */
    private static RouteTable table(List<String> claims) {
        return new RouteTable(
                "shop",
                1,
                1,
                Affinity.ID,
                new IdentitySource(List.of("X-User-Id"), List.of(), List.of(), claims),
                List.of(new Entry(null, "/", "web")),
                new TreeMap<>(Map.of(
                        "A",
                        RouteStrategy.green(),
                        "B",
                        RouteStrategy.yellow(new IdRule(false, List.of("42", "9007199254740993"), List.of(), null)))));
    }

    private Path pem(JWK... keys) throws Exception {
        StringBuilder text = new StringBuilder();
        for (JWK key : keys) {
            byte[] encoded = key instanceof ECKey ec
                    ? ec.toECPublicKey().getEncoded()
                    : key.toRSAKey().toRSAPublicKey().getEncoded();
            text.append("-----BEGIN PUBLIC KEY-----\n")
                    .append(Base64.getMimeEncoder().encodeToString(encoded))
                    .append("\n-----END PUBLIC KEY-----\n");
        }
        return Files.writeString(directory.resolve("keys.pem"), text.toString());
    }

    private static String token(JWK key, Consumer<JWTClaimsSet.Builder> claims) throws Exception {
        return token(key, key instanceof ECKey ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256, JOSEObjectType.JWT, claims);
    }

    private static String token(
            JWK key, JWSAlgorithm algorithm, JOSEObjectType type, Consumer<JWTClaimsSet.Builder> claims)
            throws Exception {
        JWTClaimsSet.Builder builder = new JWTClaimsSet.Builder()
                .issuer("https://login.example")
                .audience("shop")
                .expirationTime(Date.from(Instant.now().plusSeconds(600)));
        claims.accept(builder);
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(algorithm)
                        .keyID(key.getKeyID())
                        .type(type)
                        .build(),
                builder.build());
        JWSSigner signer = key instanceof ECKey ec ? new ECDSASigner(ec) : new RSASSASigner(key.toRSAKey());
        jwt.sign(signer);
        return jwt.serialize();
    }

    private GatewayProcess gateway(String... more) {
        GatewayProcess gateway =
                keep(new GatewayProcess(strategy.url(), consul.url(), directory.resolve("state"), more));
        Await.until(
                "table and instances",
                () -> !gateway.state()
                        .snapshot()
                        .endpoints(new ServiceKey("shop", "web"))
                        .byCluster()
                        .isEmpty());
        return gateway;
    }

    private String clusterOf(GatewayProcess gateway, @Nullable String token, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        if (token != null) {
            all.addAll(List.of("Authorization", "Bearer " + token));
        }
        return cluster(gateway, "/", all.toArray(String[]::new));
    }

    @Test
    void a_verified_claim_names_the_id_and_outranks_what_a_client_can_make_up() throws Exception {
        GatewayProcess gateway = gateway("--tricolor.gateway.jwt.public-key=" + pem(OTHER, EC, RSA));
        for (JWK key : List.of(EC, RSA)) {
            String b = token(key, claims -> claims.subject("42"));
            for (int i = 0; i < 3; i++) {
                assertThat(clusterOf(gateway, b))
                        .as("%s, time %d", key.getKeyType(), i)
                        .isEqualTo("B");
            }
            assertThat(clusterOf(gateway, b, "X-User-Id", "7")).isEqualTo("B");
            assertThat(clusterOf(gateway, token(key, claims -> claims.subject("7")), "X-User-Id", "42"))
                    .isEqualTo("A");
        }
        assertThat(clusterOf(gateway, token(EC, claims -> claims.subject("7").claim("account", "42"))))
                .as("the first claim that is there")
                .isEqualTo("B");
        assertThat(clusterOf(gateway, token(EC, claims -> claims.claim("account", 9_007_199_254_740_993L))))
                .as("every digit of a number")
                .isEqualTo("B");
        assertThat(clusterOf(gateway, token(EC, claims -> claims.claim("account", 9_007_199_254_740_992L))))
                .isEqualTo("A");
        assertThat(clusterOf(gateway, token(EC, claims -> claims.claim("account", List.of("42")))))
                .as("a list is no id")
                .isEqualTo("A");
        assertThat(clusterOf(
                        gateway,
                        token(EC, JWSAlgorithm.ES256, new JOSEObjectType("at+jwt"), claims -> claims.subject("42"))))
                .as("an access token of RFC 9068")
                .isEqualTo("B");
        assertThat(clusterOf(gateway, null, "X-User-Id", "42")).as("no token").isEqualTo("B");
    }

    @Test
    void a_token_of_any_algorithm_that_its_key_is_for_verifies_and_a_claim_may_be_within_others() throws Exception {
        ECKey large = new ECKeyGenerator(Curve.P_384).generate();
        ECKey largest = new ECKeyGenerator(Curve.P_521).generate();
        strategy.publish(table(List.of("account.id", "https://shop.example/id")));
        GatewayProcess gateway = gateway("--tricolor.gateway.jwt.public-key=" + pem(EC, RSA, large, largest));
        Map<JWSAlgorithm, JWK> keys =
                Map.of(JWSAlgorithm.ES384, large, JWSAlgorithm.ES512, largest, JWSAlgorithm.ES256, EC);
        for (JWSAlgorithm algorithm : TokenKeys.ALGORITHMS) {
            JWK key = keys.getOrDefault(algorithm, RSA);
            assertThat(clusterOf(
                            gateway,
                            token(
                                    key,
                                    algorithm,
                                    JOSEObjectType.JWT,
                                    claims -> claims.claim("account", Map.of("id", "42")))))
                    .as("%s", algorithm)
                    .isEqualTo("B");
        }
        assertThat(clusterOf(gateway, token(EC, claims -> claims.claim("https://shop.example/id", "42"))))
                .as("a name with dots")
                .isEqualTo("B");
        assertThat(clusterOf(
                        gateway,
                        token(EC, claims -> claims.claim("account.id", "7").claim("account", Map.of("id", "42")))))
                .as("the whole name comes first")
                .isEqualTo("A");
    }

    @Test
    void a_token_that_does_not_verify_counts_as_not_there() throws Exception {
        GatewayProcess gateway = gateway(
                "--tricolor.gateway.jwt.public-key=" + pem(EC),
                "--tricolor.gateway.jwt.issuer=https://login.example",
                "--tricolor.gateway.jwt.audience=shop");
        String good = token(EC, claims -> claims.subject("42"));
        assertThat(clusterOf(gateway, good)).isEqualTo("B");

        Map<String, String> bad = new TreeMap<>();
        bad.put("of another key", token(OTHER, claims -> claims.subject("42")));
        bad.put("of another kind of key", token(RSA, claims -> claims.subject("42")));
        bad.put(
                "expired",
                token(
                        EC,
                        claims -> claims.subject("42")
                                .expirationTime(Date.from(Instant.now().minusSeconds(120)))));
        bad.put(
                "not yet valid",
                token(
                        EC,
                        claims -> claims.subject("42")
                                .notBeforeTime(Date.from(Instant.now().plusSeconds(120)))));
        bad.put("of another issuer", token(EC, claims -> claims.subject("42").issuer("https://evil.example")));
        bad.put("for somebody else", token(EC, claims -> claims.subject("42").audience("bank")));
        bad.put(
                "without signature",
                new PlainJWT(new JWTClaimsSet.Builder().subject("42").build()).serialize());
        String[] parts = good.split("\\.");
        bad.put(
                "changed",
                parts[0] + "."
                        + token(EC, claims -> claims.subject("42").jwtID("x")).split("\\.")[1] + "." + parts[2]);
        SignedJWT symmetric = new SignedJWT(
                new JWSHeader(JWSAlgorithm.HS256),
                new JWTClaimsSet.Builder()
                        .subject("42")
                        .issuer("https://login.example")
                        .audience("shop")
                        .build());
        symmetric.sign(new MACSigner(EC.toECPublicKey().getEncoded()));
        bad.put("signed with the public key as a secret", symmetric.serialize());
        bad.put("no token at all", "x.y.z");
        for (Map.Entry<String, String> token : bad.entrySet()) {
            assertThat(clusterOf(gateway, token.getValue())).as(token.getKey()).isEqualTo("A");
            assertThat(clusterOf(gateway, token.getValue(), "X-User-Id", "42"))
                    .as("%s: the next source decides", token.getKey())
                    .isEqualTo("B");
        }
        assertThat(get(gateway.managementUrl() + "/metrics").body())
                .contains("tricolor_gateway_unverified_tokens_total{reason=\"invalid\",} " + 2.0 * bad.size());
    }

    @Test
    void a_router_without_a_key_refuses_a_table_that_needs_one() throws Exception {
        strategy.forgetEverything();
        GatewayProcess gateway = keep(new GatewayProcess(strategy.url(), consul.url(), directory.resolve("state")));
        strategy.publish(table(List.of()));
        Await.until(
                "the table before", () -> gateway.state().snapshot().tables().containsKey("shop"));
        strategy.publish(
                "shop",
                Json.STRICT.writeValueAsString(table(List.of("sub"))).replace("\"version\":1", "\"version\":2"));
        Await.until("the refusal is reported", () -> refuses(2));
        assertThat(reported().rejection()).contains("identity.claims").contains("tricolor.gateway.jwt");
        assertThat(gateway.state().snapshot().tables().get("shop").table().version())
                .isEqualTo(1);
        gateway.close();
        GatewayProcess withKey = gateway("--tricolor.gateway.jwt.public-key=" + pem(EC));
        Await.until(
                "the same table with a key",
                () -> withKey.state().snapshot().tables().get("shop").table().version() == 2);
    }

    @Test
    void keys_that_a_provider_publishes_are_fetched_once_kept_while_it_is_down_and_renewed() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        List<JWK> published = new ArrayList<>(List.of(EC.toPublicJWK(), RSA.toPublicJWK()));
        HttpServer provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/keys", exchange -> {
            asked.incrementAndGet();
            FakeStrategy.answer(exchange, 200, new JWKSet(published).toString());
        });
        provider.start();
        keep(() -> provider.stop(0));
        String uri = "http://127.0.0.1:" + provider.getAddress().getPort() + "/keys";
        GatewayProcess gateway = gateway("--tricolor.gateway.jwt.jwk-set-uri=" + uri);
        for (int i = 0; i < 20; i++) {
            String user = "u" + i;
            assertThat(clusterOf(
                            gateway, token(EC, claims -> claims.subject("42").jwtID(user))))
                    .isEqualTo("B");
        }
        assertThat(clusterOf(gateway, token(RSA, claims -> claims.subject("42"))))
                .isEqualTo("B");
        assertThat(asked).hasValue(1);
        for (int i = 0; i < 20; i++) {
            ECKey invented = ec("invented-" + i);
            assertThat(clusterOf(gateway, token(invented, claims -> claims.subject("42"))))
                    .isEqualTo("A");
        }
        assertThat(asked)
                .as("made-up names of keys are no load for the provider")
                .hasValueLessThanOrEqualTo(2);
        provider.stop(0);
        assertThat(clusterOf(gateway, token(EC, claims -> claims.subject("42").jwtID("later"))))
                .isEqualTo("B");
    }

    @Test
    void an_answer_without_a_key_for_signatures_is_none() throws Exception {
        List<JWK> published = new ArrayList<>(List.of(EC.toPublicJWK()));
        HttpServer provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext(
                "/keys", exchange -> FakeStrategy.answer(exchange, 200, new JWKSet(published).toString()));
        provider.start();
        keep(() -> provider.stop(0));
        URI uri = URI.create("http://127.0.0.1:" + provider.getAddress().getPort() + "/keys");
        GatewayMetrics metrics = new GatewayMetrics(new CollectorRegistry(), new RoutingState());
        PublishedKeys keys = PublishedKeys.at(uri, REFRESH, client, metrics);
        published.clear();
        published.add(
                new ECKey.Builder(OTHER.toPublicJWK()).keyUse(KeyUse.ENCRYPTION).build());
        assertThat(keys.keys("two").collectList().block(Duration.ofSeconds(10))).isEmpty();
    }

    @Test
    void a_key_that_is_not_known_yet_is_asked_for_and_one_that_cannot_be_asked_for_verifies_nothing() throws Exception {
        GatewayMetrics metrics = new GatewayMetrics(new CollectorRegistry(), new RoutingState());
        PublishedKeys nobody = PublishedKeys.at(URI.create("http://127.0.0.1:1/keys"), REFRESH, client, metrics);
        assertThat(nobody.keys("one").collectList().block(Duration.ofSeconds(10)))
                .isEmpty();
        UserTokens tokens = UserTokens.verifiedAs(
                new GatewaySettings.Jwt(
                        null, URI.create("http://127.0.0.1:1/keys"), null, null, REFRESH.interval(), REFRESH.pause()),
                client,
                metrics);
        assertThat(tokens.areVerified()).isTrue();
        assertThat(tokens.claims(MockServerHttpRequest.get("/")
                                .header("Authorization", "bearer " + token(EC, claims -> claims.subject("42")))
                                .build())
                        .block(Duration.ofSeconds(10))
                        .first("sub"))
                .isNull();
    }

    @Test
    void a_file_without_a_usable_key_stops_the_start_and_is_named() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty.pem"), "nothing\n");
        RSAKey small = new RSAKeyGenerator(1024, true).generate();
        assertThatThrownBy(() -> TokenKeys.read(empty, "tricolor.gateway.jwt.public-key"))
                .hasMessageContaining("tricolor.gateway.jwt.public-key");
        Path wrong = pem(small);
        assertThatThrownBy(() -> TokenKeys.read(wrong, "x")).hasMessageContaining("RSA from 2048 bits");
        assertThatThrownBy(() -> TokenKeys.read(directory.resolve("missing"), "tricolor.gateway.jwt.public-key"))
                .hasMessageContaining("tricolor.gateway.jwt.public-key");
    }
}
