package io.tricolor.kit.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.prometheus.client.CollectorRegistry;
import io.tricolor.kit.testing.TestTokens;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A Consul that wants a token and a certificate, and leaves out what a token may not see. */
class ConsulCallsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final String TOKEN = "7e0c2a5e-secret";

    @TempDir
    private static Path certificates;

    @TempDir
    private Path directory;

    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private HttpsServer consul;
    private Path tokenFile;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Bare {}

    @BeforeAll
    static void makeCertificates() throws Exception {
        for (String name : new String[] {"consul", "service", "stranger"}) {
            Path store = certificates.resolve(name + ".p12");
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
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-dname",
                            "CN=" + name,
                            "-ext",
                            "san=ip:127.0.0.1,dns:localhost",
                            "-validity",
                            "2")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(keytool.waitFor()).as(said).isZero();
            KeyStore keys = store(name);
            pem(name + ".pem", "CERTIFICATE", keys.getCertificate("own").getEncoded());
            pem(name + ".key", "PRIVATE KEY", keys.getKey("own", PASSWORD).getEncoded());
        }
    }

    private static KeyStore store(String name) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(certificates.resolve(name + ".p12"))) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private static void pem(String file, String kind, byte[] content) throws IOException {
        Files.writeString(
                certificates.resolve(file),
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END "
                        + kind + "-----\n");
    }

    private static Path file(String name) {
        return certificates.resolve(name);
    }

    @BeforeEach
    void startConsul() throws Exception {
        tokenFile = Files.writeString(directory.resolve("consul.token"), TOKEN + "\n");
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store("consul"), PASSWORD);
        KeyStore known = KeyStore.getInstance("PKCS12");
        known.load(null);
        known.setCertificateEntry("service", store("service").getCertificate("own"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(known);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        consul = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        consul.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = tls.getDefaultSSLParameters();
                wanted.setNeedClientAuth(true);
                parameters.setSSLParameters(wanted);
            }
        });
        consul.createContext("/", this::answer);
        consul.start();
    }

    @AfterEach
    void stopConsul() {
        consul.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        String token = exchange.getRequestHeaders().getFirst("X-Consul-Token");
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + token);
        if (exchange.getRequestURI().getPath().startsWith("/v1/kv/hidden")) {
            exchange.getResponseHeaders().set("X-Consul-Results-Filtered-By-ACLs", "true");
        }
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(TOKEN.equals(token) ? 200 : 403, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private URI url() {
        return URI.create("https://127.0.0.1:" + consul.getAddress().getPort());
    }

    private ConsulCalls calls(@Nullable String ca, @Nullable String own) {
        return new ConsulCalls(
                new ConsulProperties(
                        url(),
                        Duration.ofSeconds(10),
                        tokenFile,
                        ca == null ? null : file(ca + ".pem"),
                        own == null ? null : file(own + ".pem"),
                        own == null ? null : file(own + ".key")),
                1 << 20);
    }

    @Test
    void shows_its_certificate_and_the_token_of_the_moment_to_whom_it_trusts() throws Exception {
        try (ConsulCalls calls = calls("consul", "service")) {
            assertThat(calls.send(calls.request("/v1/status/leader").build()).status())
                    .isEqualTo(200);
            Files.writeString(tokenFile, "another");
            assertThat(calls.send(calls.request("/v1/status/leader").build()).status())
                    .isEqualTo(403);
        }
        assertThat(requests).containsExactly("GET /v1/status/leader " + TOKEN, "GET /v1/status/leader another");
        requests.clear();
        for (String[] wrong :
                new String[][] {{"stranger", "service"}, {null, "service"}, {"consul", null}, {"consul", "stranger"}}) {
            try (ConsulCalls calls = calls(wrong[0], wrong[1])) {
                assertThatThrownBy(() ->
                                calls.send(calls.request("/v1/status/leader").build()))
                        .as("%s, %s", wrong[0], wrong[1])
                        .isInstanceOf(IOException.class);
            }
        }
        assertThat(requests).isEmpty();
    }

    @Test
    void does_not_believe_an_answer_that_was_filtered() throws Exception {
        Double before = filtered();
        try (ConsulCalls calls = calls("consul", "service")) {
            assertThatThrownBy(() ->
                            calls.send(calls.request("/v1/kv/hidden?recurse").build()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("may not see");
            assertThatThrownBy(() ->
                            calls.send(calls.request("/v1/kv/hidden?recurse").build(), Duration.ofSeconds(3)))
                    .hasMessageContaining("may not see");
        }
        assertThat(filtered()).isEqualTo(before + 2);
    }

    private static Double filtered() {
        return CollectorRegistry.defaultRegistry.getSampleValue("tricolor_consul_filtered_answers_total");
    }

    @Test
    void a_service_registers_itself_with_token_and_certificate_at_the_one_address() {
        try (ConfigurableApplicationContext service = new SpringApplicationBuilder(Bare.class)
                .properties("spring.application.name=bare", "server.port=0")
                .run(
                        "--tricolor.security.public-key=" + TestTokens.create().publicKey(),
                        "--tricolor.consul.url=" + url(),
                        "--tricolor.consul.token-file=" + tokenFile,
                        "--tricolor.consul.ca=" + file("consul.pem"),
                        "--tricolor.consul.certificate=" + file("service.pem"),
                        "--tricolor.consul.key=" + file("service.key"))) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> requests.stream()
                            .anyMatch(request -> request.startsWith("PUT /v1/agent/service/register")));
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> requests.stream().anyMatch(request -> request.startsWith("GET /v1/agent/services")));
        }
        assertThat(requests)
                .allMatch(request -> request.endsWith(" " + TOKEN))
                .anyMatch(request -> request.startsWith("PUT /v1/agent/service/deregister/"));
    }

    @Test
    void files_that_are_none_stop_the_start_and_are_named() throws Exception {
        Path none = Files.writeString(directory.resolve("none.pem"), "nothing");
        assertThatThrownBy(() ->
                        ConsulCalls.tls(new ConsulProperties(url(), Duration.ofSeconds(1), null, none, null, null)))
                .hasMessageContaining("tricolor.consul.ca");
        assertThatThrownBy(
                        () -> new ConsulProperties(url(), Duration.ofSeconds(1), null, null, file("service.pem"), null))
                .hasMessageContaining("tricolor.consul.key");
    }
}
