package io.tricolor.router.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of a server that wants a certificate, by files as operators have them. */
class PemTlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    private static Path directory;

    private static HttpsServer server;

    @BeforeAll
    static void start() throws Exception {
        make("consul", "EC", "secp256r1");
        make("router", "EC", "secp256r1");
        make("other", "RSA", null);
        SSLContext tls = PemTls.context(file("router.pem"), file("consul.pem"), file("consul.key"));
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = tls.getDefaultSSLParameters();
                wanted.setNeedClientAuth(true);
                parameters.setSSLParameters(wanted);
            }
        });
        server.createContext("/", exchange -> {
            String token = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = token.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop(0);
    }

    private static Path file(String name) {
        return directory.resolve(name);
    }

    private static void make(String name, String algorithm, @Nullable String curve) throws Exception {
        Path store = file(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-alias",
                        "own",
                        "-keyalg",
                        algorithm,
                        curve == null ? "-keysize" : "-groupname",
                        curve == null ? "2048" : curve,
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "2")
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        pem(name + ".pem", "CERTIFICATE", keys.getCertificate("own").getEncoded());
        pem(name + ".key", "PRIVATE KEY", keys.getKey("own", PASSWORD).getEncoded());
    }

    private static void pem(String name, String kind, byte[] content) throws IOException {
        Files.writeString(
                file(name),
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END "
                        + kind + "-----\n");
    }

    private static String ask(@Nullable String ca, @Nullable String own) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(PemTls.context(
                        ca == null ? null : file(ca + ".pem"),
                        own == null ? null : file(own + ".pem"),
                        own == null ? null : file(own + ".key")))
                .build()) {
            Path token = Files.writeString(file("token"), "s3cret\n");
            return new Peer(client, "https://127.0.0.1:" + server.getAddress().getPort(), token)
                    .get("/v1/status/leader", Duration.ofSeconds(10))
                    .body();
        }
    }

    @Test
    void a_router_shows_its_certificate_and_its_token_to_whom_it_trusts_alone() throws Exception {
        assertThat(ask("consul", "router")).isEqualTo("Bearer s3cret");
        for (String[] wrong :
                new String[][] {{null, "router"}, {"other", "router"}, {"consul", null}, {"consul", "other"}}) {
            assertThatIOException().as("%s, %s", wrong[0], wrong[1]).isThrownBy(() -> ask(wrong[0], wrong[1]));
        }
    }

    @Test
    void keys_of_both_kinds_can_be_read_and_a_file_that_is_none_is_named() throws Exception {
        assertThat(PemTls.context(null, file("other.pem"), file("other.key"))).isNotNull();
        Path none = Files.writeString(file("none.pem"), "nothing");
        assertThatIOException()
                .isThrownBy(() -> PemTls.context(none, null, null))
                .withMessageContaining("none.pem");
        assertThatIOException()
                .isThrownBy(() -> PemTls.context(null, file("router.pem"), none))
                .withMessageContaining("none.pem");
    }
}
