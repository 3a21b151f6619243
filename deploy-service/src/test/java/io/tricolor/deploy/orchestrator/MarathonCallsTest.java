package io.tricolor.deploy.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.tricolor.deploy.orchestrator.MarathonProperties.TokenScheme;
import io.tricolor.deploy.orchestrator.Orchestrator.Unavailable;
import io.tricolor.kit.http.HttpAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several instances of Marathon, of which one leads. */
class MarathonCallsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final List<HttpServer> servers = new ArrayList<>();

    private interface Answer {
        void send(HttpExchange exchange, String body) throws IOException;
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    private URI serve(String name, HttpServer server, String scheme, Answer answer) {
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(name + " " + exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            answer.send(exchange, body);
            exchange.close();
        });
        server.start();
        servers.add(server);
        return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
    }

    private URI marathon(String name, Answer answer) throws IOException {
        return serve(
                name, HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0), "http", answer);
    }

    private static Answer status(int status, String text) {
        return (exchange, body) -> {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    private static Answer redirect(int status, URI to) {
        return (exchange, body) -> {
            exchange.getResponseHeaders()
                    .add("Location", to + exchange.getRequestURI().toString());
            exchange.sendResponseHeaders(status, -1);
        };
    }

    private static MarathonProperties of(List<URI> addresses) {
        return new MarathonProperties(
                addresses, TIMEOUT, TIMEOUT, null, null, null, TokenScheme.BEARER, null, null, null);
    }

    private MarathonProperties withPassword(List<URI> addresses) throws IOException {
        Path password = Files.writeString(directory.resolve("password"), "p\u00e4ss\n");
        return new MarathonProperties(
                addresses, TIMEOUT, TIMEOUT, "tri", password, null, TokenScheme.BEARER, null, null, null);
    }

    private static HttpAnswer put(MarathonCalls calls) throws Unavailable {
        return calls.change("/v2/apps/x?force=true", request -> request.PUT(BodyPublishers.ofString("{}")));
    }

    @Test
    void asks_the_next_one_when_one_is_down_or_without_a_leader_and_stays_there() throws Exception {
        URI down = marathon("down", status(200, ""));
        servers.getFirst().stop(0);
        URI lost = marathon("lost", status(503, ""));
        URI leader = marathon("leader", status(200, "yes"));
        try (MarathonCalls calls = new MarathonCalls("test", of(List.of(down, lost, leader)), 1_000)) {
            assertThat(calls.get("/v2/apps").text()).isEqualTo("yes");
            assertThat(requests).containsExactly("lost GET /v2/apps  null", "leader GET /v2/apps  null");
            requests.clear();
            assertThat(calls.get("/v2/queue").text()).isEqualTo("yes");
            assertThat(put(calls).text()).isEqualTo("yes");
            assertThat(requests)
                    .containsExactly("leader GET /v2/queue  null", "leader PUT /v2/apps/x?force=true {} null");
        }
    }

    @Test
    void sends_a_change_once_and_goes_on_with_the_next_one() throws Exception {
        URI lost = marathon("lost", status(503, ""));
        URI leader = marathon("leader", status(200, "yes"));
        try (MarathonCalls calls = new MarathonCalls("test", of(List.of(lost, leader)), 1_000)) {
            assertThat(put(calls).status()).isEqualTo(503);
            assertThat(put(calls).status()).isEqualTo(200);
            assertThat(requests).hasSize(2);
        }
    }

    @Test
    void says_so_when_none_answers() throws Exception {
        URI lost = marathon("lost", status(503, ""));
        URI other = marathon("other", status(503, ""));
        try (MarathonCalls calls = new MarathonCalls("test", of(List.of(lost, other)), 1_000)) {
            assertThat(calls.get("/v2/apps").status()).isEqualTo(503);
            assertThat(requests).hasSize(2);
            servers.forEach(server -> server.stop(0));
            assertThatThrownBy(() -> calls.get("/v2/apps"))
                    .isInstanceOf(Unavailable.class)
                    .hasMessageContaining("cannot be reached");
        }
    }

    @Test
    void follows_the_leader_with_method_body_and_password() throws Exception {
        URI leader = marathon("leader", status(200, "yes"));
        URI standby = marathon("standby", redirect(307, leader));
        try (MarathonCalls calls = new MarathonCalls("test", withPassword(List.of(standby, leader)), 1_000)) {
            String who =
                    "Basic " + Base64.getEncoder().encodeToString("tri:p\u00e4ss".getBytes(StandardCharsets.UTF_8));
            assertThat(put(calls).text()).isEqualTo("yes");
            assertThat(requests)
                    .containsExactly(
                            "standby PUT /v2/apps/x?force=true {} " + who,
                            "leader PUT /v2/apps/x?force=true {} " + who);
            requests.clear();
            assertThat(calls.get("/v2/apps").text()).isEqualTo("yes");
            assertThat(requests).as("it knows now who leads").containsExactly("leader GET /v2/apps  " + who);
        }
    }

    @Test
    void shows_its_password_to_nobody_whom_the_configuration_does_not_name() throws Exception {
        URI stranger = marathon("stranger", status(200, "yes"));
        URI standby = marathon("standby", redirect(302, stranger));
        try (MarathonCalls calls = new MarathonCalls("test", withPassword(List.of(standby)), 1_000)) {
            assertThatThrownBy(() -> calls.get("/v2/apps"))
                    .isInstanceOf(Unavailable.class)
                    .hasMessageContaining("tricolor.marathon.url does not name")
                    .hasMessageContaining(stranger.getRawAuthority());
            assertThat(requests).hasSize(1);
        }
        AtomicReference<URI> itself = new AtomicReference<>();
        URI circle = marathon(
                "circle", (exchange, body) -> redirect(307, itself.get()).send(exchange, body));
        itself.set(circle);
        try (MarathonCalls calls = new MarathonCalls("test", of(List.of(circle)), 1_000)) {
            assertThatThrownBy(() -> calls.get("/v2/apps")).hasMessageContaining("again and again");
        }
    }

    @Test
    void shows_a_token_as_it_is_wanted_and_reads_it_anew() throws Exception {
        URI leader = marathon("leader", status(200, "yes"));
        Path token = Files.writeString(directory.resolve("token"), "one\n");
        for (TokenScheme scheme : TokenScheme.values()) {
            MarathonProperties properties = new MarathonProperties(
                    List.of(leader), TIMEOUT, TIMEOUT, null, null, token, scheme, null, null, null);
            try (MarathonCalls calls = new MarathonCalls("test", properties, 1_000)) {
                calls.get("/ping");
                Files.writeString(token, "two");
                calls.get("/ping");
                Files.writeString(token, "one");
            }
        }
        assertThat(requests)
                .containsExactly(
                        "leader GET /ping  Bearer one",
                        "leader GET /ping  Bearer two",
                        "leader GET /ping  token=one",
                        "leader GET /ping  token=two");
    }

    @Test
    void listens_to_the_leader() throws Exception {
        URI leader = marathon("leader", status(200, "event: a\n\n"));
        URI standby = marathon("standby", status(200, "{\"leader\":\"" + leader.getRawAuthority() + "\"}"));
        List<String> lines = new ArrayList<>();
        try (MarathonCalls calls = new MarathonCalls("test", of(List.of(standby, leader)), 1_000)) {
            calls.events(TIMEOUT, () -> lines.add("opened"), lines::add);
        }
        assertThat(lines).containsExactly("opened", "event: a", "");
        assertThat(requests).containsExactly("standby GET /v2/leader  null", "leader GET /v2/events  null");
    }

    @Test
    void trusts_the_authority_that_it_is_told_and_no_other() throws Exception {
        KeyStore keys = keys();
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, "changeit".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(factory.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        URI leader = serve("leader", server, "https", status(200, "yes"));
        Path ca = Files.writeString(
                directory.resolve("ca.pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("own").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        assertThat(ask(leader, ca)).isEqualTo("yes");
        assertThatThrownBy(() -> ask(leader, null)).isInstanceOf(Unavailable.class);
    }

    private static String ask(URI leader, @Nullable Path ca) throws Unavailable {
        MarathonProperties properties = new MarathonProperties(
                List.of(leader), TIMEOUT, TIMEOUT, null, null, null, TokenScheme.BEARER, ca, null, null);
        try (MarathonCalls calls = new MarathonCalls("test", properties, 1_000)) {
            return calls.get("/ping").text();
        }
    }

    private KeyStore keys() throws Exception {
        Path store = directory.resolve("marathon.p12");
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
                        "CN=marathon",
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
            keys.load(in, "changeit".toCharArray());
        }
        return keys;
    }

    @Test
    void refuses_addresses_and_secrets_that_do_not_fit_together() {
        URI good = URI.create("http://127.0.0.1:1");
        Path file = Path.of("x");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(List.of(URI.create("http://me:pass@127.0.0.1:1"))))
                .withMessageContaining("tricolor.marathon.url");
        assertThatIllegalArgumentException().isThrownBy(() -> of(List.of())).withMessageContaining("is empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MarathonProperties(
                        List.of(good), TIMEOUT, TIMEOUT, "me", null, null, TokenScheme.BEARER, null, null, null))
                .withMessageContaining("go together");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MarathonProperties(
                        List.of(good), TIMEOUT, TIMEOUT, "me", file, file, TokenScheme.BEARER, null, null, null))
                .withMessageContaining("cannot have both");
    }
}
