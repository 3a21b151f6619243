package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.Tables;
import io.tricolor.router.testing.WithInstances;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Keys of tokens that an identity provider publishes. */
@Tag("engine")
class JwkSetTest extends WithInstances {

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private Provider provider;
    private final KeyPair elliptic = keys("EC", 256);
    private final KeyPair rsa = keys("RSA", 2048);
    private final KeyPair second = keys("EC", 256);

    /** Publishes whatever it is told to. */
    private static final class Provider implements AutoCloseable {

        final AtomicInteger asked = new AtomicInteger();
        volatile String answer = "{\"keys\":[]}";
        volatile int status = 200;
        private final HttpServer server;

        Provider(@Nullable SSLContext tls) throws IOException {
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            if (tls == null) {
                server = HttpServer.create(any, 0);
            } else {
                HttpsServer secure = HttpsServer.create(any, 0);
                secure.setHttpsConfigurator(new HttpsConfigurator(tls));
                server = secure;
            }
            server.createContext("/keys", exchange -> {
                asked.incrementAndGet();
                boolean known = "of=shop".equals(exchange.getRequestURI().getQuery());
                FakeStrategy.answer(exchange, known ? status : 404, answer);
            });
            server.start();
        }

        int port() {
            return server.getAddress().getPort();
        }

        void publish(String... keys) {
            answer = "{\"keys\":[" + String.join(",", keys) + "]}";
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @BeforeEach
    void startProvider() throws Exception {
        provider = keep(new Provider(null));
        ObjectNode table = (ObjectNode) Json.STRICT.readTree(Json.STRICT.writeValueAsString(Tables.seed(1)));
        ((ObjectNode) table.path("identity")).putArray("claims").add("user.account.id");
        strategy.publish("shop", table.toString());
    }

    private String uri() {
        return "http://127.0.0.1:" + provider.port() + "/keys?of=shop";
    }

    private TestRouter router(String... more) {
        List<String> options = new ArrayList<>(List.of(more));
        if (options.stream().noneMatch(option -> option.contains("jwk-set-uri"))) {
            options.add("--tricolor.nginx.jwt.jwk-set-uri=" + uri());
        }
        options.add("--tricolor.nginx.jwt.refresh-pause=200ms");
        TestRouter router =
                keep(new TestRouter(strategy.url(), consul.url(), directory, options.toArray(String[]::new)));
        Await.until("table", () -> TestRouter.isReady(strategy.lastReport(), "shop"));
        return router;
    }

    private static KeyPair keys(String kind, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String bytes(BigInteger number, int length) {
        byte[] all = number.toByteArray();
        byte[] exact = new byte[length];
        int count = Math.min(length, all.length);
        System.arraycopy(all, all.length - count, exact, length - count, count);
        return BASE64.encodeToString(exact);
    }

    /** A key as it is published; more is members like {@code "kid":"one"}. */
    private static String jwk(KeyPair keys, String... more) {
        String members = more.length == 0 ? "" : "," + String.join(",", more);
        if (keys.getPublic() instanceof ECPublicKey key) {
            int bits = key.getParams().getCurve().getField().getFieldSize();
            int size = (bits + 7) / 8;
            return "{\"kty\":\"EC\",\"crv\":\"P-" + bits + "\",\"x\":\""
                    + bytes(key.getW().getAffineX(), size) + "\",\"y\":\""
                    + bytes(key.getW().getAffineY(), size) + "\"" + members + "}";
        }
        RSAPublicKey key = (RSAPublicKey) keys.getPublic();
        return "{\"kty\":\"RSA\",\"n\":\""
                + bytes(key.getModulus(), key.getModulus().bitLength() / 8) + "\",\"e\":\"AQAB\"" + members + "}";
    }

    private static String kid(String name) {
        return "\"kid\":\"" + name + "\"";
    }

    private static String header(String algorithm) {
        return BASE64.encodeToString(("{\"alg\":\"" + algorithm + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    /** A token of alice. */
    private static String token(KeyPair keys, @Nullable String kid) {
        return token(keys, kid, keys.getPublic() instanceof ECPublicKey ? "ES256" : "RS256");
    }

    private static String token(KeyPair keys, @Nullable String kid, String algorithm) {
        String head = "{\"alg\":\"" + algorithm + "\"" + (kid == null ? "" : "," + kid(kid)) + "}";
        String claims =
                "{\"user\":{\"account.id\":\"alice\"},\"exp\":" + (Instant.now().getEpochSecond() + 600) + "}";
        String signed = BASE64.encodeToString(head.getBytes(StandardCharsets.UTF_8)) + "."
                + BASE64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        try {
            String hash = algorithm.substring(2);
            Signature signature = Signature.getInstance(
                    switch (algorithm.substring(0, 2)) {
                        case "ES" -> "SHA" + hash + "withECDSAinP1363Format";
                        case "PS" -> "RSASSA-PSS";
                        default -> "SHA" + hash + "withRSA";
                    });
            if (algorithm.startsWith("PS")) {
                signature.setParameter(new PSSParameterSpec(
                        "SHA-" + hash, "MGF1", new MGF1ParameterSpec("SHA-" + hash), Integer.parseInt(hash) / 8, 1));
            }
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether alice is known by her token, in both workers most likely. */
    private boolean verifies(TestRouter router, String token) {
        List<String> clusters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            try {
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(URI.create(router.url()))
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                clusters.add(response.headers().firstValue("X-Tricolor-Cluster").orElse(""));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        return clusters.stream().allMatch("B"::equals);
    }

    private static double metric(TestRouter router, String name) {
        Matcher line =
                Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$").matcher(router.metrics());
        return line.find() ? Double.parseDouble(line.group(1)) : -1;
    }

    @Test
    void verifies_with_the_key_that_a_token_names() throws Exception {
        KeyPair small = keys("RSA", 1024);
        KeyPair encrypts = keys("RSA", 2048);
        KeyPair other = keys("RSA", 2048);
        KeyPair large = keys("EC", 384);
        KeyPair largest = keys("EC", 521);
        provider.publish(
                jwk(elliptic, kid("one"), "\"use\":\"sig\"", "\"alg\":\"ES256\""),
                jwk(rsa, kid("two"), "\"use\":null"),
                jwk(second),
                jwk(small, kid("small")),
                jwk(encrypts, kid("enc"), "\"use\":\"enc\""),
                jwk(other, kid("other"), "\"alg\":\"RS512\""),
                "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"oct\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"abc\",\"kid\":\"ed\"}",
                jwk(large, kid("384")),
                jwk(largest, kid("521"), "\"alg\":\"ES512\""),
                "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"abc\",\"y\":\"abc\"}");
        TestRouter router = router();
        Await.until("keys are there", () -> verifies(router, token(elliptic, "one")));
        assertThat(metric(router, "tricolor_nginx_jwk_set_keys{of=\"users\"}")).isEqualTo(6);
        for (String algorithm : List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")) {
            assertThat(verifies(router, token(rsa, "two", algorithm)))
                    .as(algorithm)
                    .isTrue();
            assertThat(verifies(router, token(other, "other", algorithm)))
                    .as("%s by a key for RS512", algorithm)
                    .isEqualTo(algorithm.equals("RS512"));
        }
        for (int i = 0; i < 5; i++) {
            assertThat(verifies(router, token(large, "384", "ES384"))).isTrue();
            assertThat(verifies(router, token(largest, "521", "ES512"))).isTrue();
        }
        assertThat(verifies(router, token(rsa, "two", "RS256").replaceFirst("^[^.]+", header("PS256"))))
                .as("a signature of another algorithm")
                .isFalse();
        assertThat(verifies(router, token(rsa, "two"))).isTrue();
        for (KeyPair unnamed : List.of(elliptic, rsa, second)) {
            assertThat(verifies(router, token(unnamed, null))).as("any key").isTrue();
        }
        assertThat(verifies(router, token(second, "one")))
                .as("the name of another key")
                .isFalse();
        assertThat(verifies(router, token(second, "none")))
                .as("a key without name")
                .isFalse();
        assertThat(verifies(router, token(elliptic, "two")))
                .as("of another kind")
                .isFalse();
        assertThat(verifies(router, token(encrypts, "enc"))).isFalse();
        assertThat(verifies(router, token(encrypts, null))).isFalse();
        assertThat(verifies(router, token(other, "other"))).isFalse();
        assertThat(verifies(router, token(small, "small"))).isFalse();
        assertThat(Files.readString(directory.resolve("state/keys/jwk-set.json")))
                .doesNotContain("c2VjcmV0");

        // Names that nobody knows do not become load of the provider.
        int before = provider.asked.get();
        long began = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            verifies(router, token(elliptic, "made-up-" + i));
        }
        long pauses = (System.nanoTime() - began) / 200_000_000;
        assertThat(provider.asked.get() - before).isBetween(1, (int) pauses + 2);
    }

    @Test
    void follows_a_rotation_and_keeps_what_it_had_through_answers_that_are_none() throws Exception {
        provider.publish(jwk(elliptic, kid("one")));
        TestRouter router = router();
        String old = token(elliptic, "one");
        String rotated = token(second, "two");
        Await.until("keys are there", () -> verifies(router, old));
        assertThat(verifies(router, rotated)).isFalse();
        provider.publish(jwk(elliptic, kid("one")), jwk(second, kid("two")));
        Await.until("the new one is fetched when it is named", () -> verifies(router, rotated));
        assertThat(verifies(router, old)).isTrue();

        String point = jwk(elliptic, kid("one"));
        String offCurve = point.replaceAll("\"y\":\"[^\"]*\"", "\"y\":\"" + BASE64.encodeToString(new byte[32]) + "\"");
        for (String none : Arrays.asList(
                "{\"keys\":[]}",
                "{}",
                "[]",
                "<html>",
                "",
                "{\"keys\":[" + offCurve + "]}",
                "{\"keys\":[" + point + ",{\"kty\":\"RSA\",\"n\":\"?\",\"e\":\"AQAB\"}]}",
                "{\"keys\":[" + point + ",7]}",
                "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}",
                "{\"keys\":[" + point + "],\"x\":\"" + "x".repeat(300_000) + "\"}")) {
            double failed = metric(router, "tricolor_nginx_source_failures_total{source=\"jwk-set\"}");
            provider.answer = none;
            Await.until("it was refused", () -> {
                verifies(router, token(elliptic, "unknown"));
                return metric(router, "tricolor_nginx_source_failures_total{source=\"jwk-set\"}") > Math.max(0, failed);
            });
            assertThat(verifies(router, old)).as(none).isTrue();
            assertThat(verifies(router, rotated)).as(none).isTrue();
        }
        double age = metric(router, "tricolor_nginx_jwk_set_age_seconds{of=\"users\"}");
        assertThat(age).isPositive();

        // Withdrawn: a token that has been verified before counts no more.
        provider.publish(jwk(second, kid("two")));
        Await.until("the old one is gone", () -> !verifies(router, old));
        assertThat(verifies(router, rotated)).isTrue();
        assertThat(metric(router, "tricolor_nginx_jwk_set_age_seconds{of=\"users\"}"))
                .isLessThan(age + 20);
    }

    @Test
    void starts_with_the_keys_on_disk_and_without_any() throws Exception {
        provider.status = 503;
        provider.publish(jwk(elliptic, kid("one")));
        TestRouter router = router();
        String token = token(elliptic, "one");
        Await.until("it was asked", () -> provider.asked.get() > 1);
        assertThat(verifies(router, token)).as("no keys yet").isFalse();
        assertThat(metric(router, "tricolor_nginx_jwk_set_keys{of=\"users\"}")).isZero();
        assertThat(router.log()).contains("does not tell the keys of tokens");
        provider.status = 200;
        Await.until("keys are there", () -> verifies(router, token));
        Path kept = directory.resolve("state/keys/jwk-set.json");
        Await.until("kept", () -> Files.exists(kept));
        router.close();

        String uri = uri();
        provider.close();
        TestRouter again = router("--tricolor.nginx.jwt.jwk-set-uri=" + uri);
        assertThat(verifies(again, token)).as("from disk").isTrue();
        again.close();
        TestRouter elsewhere = router("--tricolor.nginx.jwt.jwk-set-uri=" + uri.replace("/keys", "/others"));
        assertThat(verifies(elsewhere, token)).as("keys of another provider").isFalse();
    }

    @Test
    void fetches_by_tls_from_a_provider_that_is_trusted() throws Exception {
        Certificates certificates = new Certificates(directory)
                .authority("ca")
                .authority("stranger")
                .host("provider", "localhost", "ca");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null);
        Certificate certificate = CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(certificates.file("provider.pem"))));
        String pem = Files.readString(certificates.file("provider.key"), StandardCharsets.US_ASCII);
        store.setKeyEntry(
                "host",
                KeyFactory.getInstance("EC")
                        .generatePrivate(new PKCS8EncodedKeySpec(
                                Base64.getMimeDecoder().decode(pem.replaceAll("-----.*?-----", "")))),
                new char[0],
                new Certificate[] {certificate});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        Provider secure = keep(new Provider(tls));
        secure.publish(jwk(rsa, kid("two")));
        String uri = "--tricolor.nginx.jwt.jwk-set-uri=https://localhost:" + secure.port() + "/keys?of=shop";
        TestRouter wary = router(uri, "--tricolor.nginx.trusted-certificates=" + certificates.file("stranger.pem"));
        Await.until("it was refused", () -> wary.log().contains("no TLS with"));
        assertThat(secure.asked).hasValue(0);
        wary.close();
        TestRouter router = router(uri, "--tricolor.nginx.trusted-certificates=" + certificates.file("ca.pem"));
        Await.until("keys are there", () -> verifies(router, token(rsa, "two")));
    }
}
