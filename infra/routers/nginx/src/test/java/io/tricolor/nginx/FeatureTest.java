package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.sun.net.httpserver.HttpServer;
import io.tricolor.contracts.group.IdRule;
import io.tricolor.contracts.group.RouteStrategy;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.Tables;
import io.tricolor.router.testing.WithInstances;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Web sockets, streams, tokens, lists of ids, lanes, the request log. */
@Tag("engine")
class FeatureTest extends WithInstances {

    private TestRouter router(String... more) {
        return keep(new TestRouter(strategy.url(), consul.url(), directory, more));
    }

    @Test
    void passes_a_web_socket_both_ways_and_counts_it_as_in_flight() throws Exception {
        try (ServerSocket echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                try (Socket socket = echo.accept()) {
                    StringBuilder head = new StringBuilder();
                    while (head.indexOf("\r\n\r\n") < 0) {
                        head.append((char) socket.getInputStream().read());
                    }
                    boolean upgrade = head.toString().toLowerCase(Locale.ROOT).contains("\r\nupgrade: websocket\r\n");
                    socket.getOutputStream()
                            .write((upgrade
                                            ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                                            : "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            consul.register("shop-web", new FakeConsul.Instance("shop", "web", "A", "a", echo.getLocalPort()));
            strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green())));
            TestRouter router = router();
            Await.until("table", () -> reports(1));
            URI url = URI.create(router.url());
            try (Socket socket = new Socket(url.getHost(), url.getPort())) {
                OutputStream out = socket.getOutputStream();
                out.write(("GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                assertThat(in.readLine()).contains("101");
                while (!in.readLine().isEmpty()) {
                    // the head
                }
                for (String word : List.of("one", "two")) {
                    out.write((word + "\n").getBytes(StandardCharsets.UTF_8));
                    assertThat(in.readLine()).isEqualTo(word);
                    Await.until("it counts", () -> reported().inFlight().equals(Map.of("A", 1)));
                }
            }
            Await.until("it no longer counts", () -> reported().inFlight().isEmpty());
        }
    }

    @Test
    void streams_answers_as_they_come() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Runnable::run);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            out.write("data: first\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            try {
                seen.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            out.write("data: second\n\n".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        server.start();
        keep(() -> server.stop(0));
        consul.register(
                "shop-web",
                new FakeConsul.Instance(
                        "shop", "web", "A", "a", server.getAddress().getPort()));
        strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green())));
        TestRouter router = router();
        Await.until("table", () -> reports(1));
        HttpResponse<InputStream> response = client.send(
                HttpRequest.newBuilder(URI.create(router.url() + "/events")).build(),
                HttpResponse.BodyHandlers.ofInputStream());
        try (BufferedReader in = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(in.readLine()).isEqualTo("data: first");
            seen.countDown();
            assertThat(in.readLine()).isEmpty();
            assertThat(in.readLine()).isEqualTo("data: second");
        }
    }

    private static String token(KeyPair keys, String algorithm, String claims) throws GeneralSecurityException {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String signed = base64.encodeToString(
                        ("{\"alg\":\"" + algorithm + "\",\"typ\":\"JWT\"}").getBytes(StandardCharsets.UTF_8))
                + "." + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature =
                Signature.getInstance(algorithm.equals("ES256") ? "SHA256withECDSAinP1363Format" : "SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + base64.encodeToString(signature.sign());
    }

    private static KeyPair keys(String kind, int bits) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static String pem(KeyPair keys) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(keys.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static String withClaims(String json) {
        ObjectNode table = (ObjectNode) Json.STRICT.readTree(json);
        ((ObjectNode) table.path("identity")).putArray("claims").add("sub");
        return table.toString();
    }

    @Test
    void finds_the_id_in_a_claim_of_a_token_that_verifies() throws Exception {
        KeyPair elliptic = keys("EC", 256);
        KeyPair rsa = keys("RSA", 2048);
        KeyPair stranger = keys("EC", 256);
        Path keyFile = Files.writeString(directory.resolve("keys.pem"), pem(elliptic) + pem(rsa));
        strategy.publish("shop", withClaims(Json.STRICT.writeValueAsString(Tables.seed(1))));
        TestRouter router = router(
                "--tricolor.nginx.jwt.public-key=" + keyFile,
                "--tricolor.nginx.jwt.issuer=https://id.example",
                "--tricolor.nginx.jwt.audience=shop");
        Await.until("table", () -> reports(1));

        long now = Instant.now().getEpochSecond();
        String ours = ",\"iss\":\"https://id.example\",\"aud\":[\"bank\",\"shop\"],\"exp\":";
        String alive = ours + (now + 600) + "}";
        for (int i = 0; i < 20; i++) {
            // Signatures differ in length and leading zeros.
            assertThat(cluster(
                            router,
                            "/",
                            "Authorization",
                            "Bearer " + token(elliptic, "ES256", "{\"sub\":\"alice\",\"n\":" + i + alive)))
                    .isEqualTo("B");
        }
        assertThat(cluster(router, "/", "Authorization", "Bearer " + token(rsa, "RS256", "{\"sub\":\"700\"" + alive)))
                .isEqualTo("B");
        assertThat(cluster(router, "/", "Authorization", "Bearer " + token(rsa, "RS256", "{\"sub\":700" + alive)))
                .isEqualTo("B");
        // A claim comes before a header that anybody can send.
        String bob = token(elliptic, "ES256", "{\"sub\":\"bob\"" + alive);
        assertThat(cluster(router, "/", "Authorization", "Bearer " + bob, "X-User-Id", "alice"))
                .isEqualTo("A");
        String good = token(elliptic, "ES256", "{\"sub\":\"alice\"" + alive);
        String[] parts = good.split("\\.", -1);
        String none = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        List<String> bad = List.of(
                token(stranger, "ES256", "{\"sub\":\"alice\"" + alive),
                token(elliptic, "ES256", "{\"sub\":\"alice\"" + ours + (now - 120) + "}"),
                token(elliptic, "ES256", "{\"sub\":\"alice\",\"nbf\":" + (now + 600) + alive),
                token(elliptic, "ES256", "{\"sub\":\"alice\"" + alive.replace("id.example", "other.example")),
                token(elliptic, "ES256", "{\"sub\":\"alice\"" + alive.replace("shop", "else")),
                token(rsa, "RS256", "{\"sub\":700.5" + alive),
                token(elliptic, "ES256", "{\"user\":\"alice\"" + alive),
                none + "." + parts[1] + ".",
                none + "." + parts[1] + "." + parts[2],
                parts[0] + "." + parts[1] + "." + parts[2].substring(4),
                parts[0] + "."
                        + Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString("{\"sub\":\"alice\"}".getBytes(StandardCharsets.UTF_8))
                        + "." + parts[2],
                "x.y.z",
                "");
        for (String token : bad) {
            assertThat(cluster(router, "/", "Authorization", "Bearer " + token))
                    .as(token)
                    .isEqualTo("A");
        }
        // What does not verify is not there: the next source counts.
        assertThat(cluster(router, "/", "Authorization", "Bearer " + bad.getFirst(), "X-User-Id", "alice"))
                .isEqualTo("B");
    }

    @Test
    void refuses_claims_without_keys() {
        strategy.publish(Tables.seed(1));
        TestRouter router = router();
        Await.until("table", () -> reports(1));
        strategy.publish("shop", withClaims(Json.STRICT.writeValueAsString(Tables.seed(2))));
        Await.until("it is refused", () -> refuses(2));
        assertThat(reported().rejection()).contains("tricolor.nginx.jwt.public-key");
        assertThat(router.log()).contains("tricolor.nginx.jwt.public-key");
    }

    private static byte[] list(LongStream ids) {
        long[] sorted = ids.sorted().distinct().toArray();
        ByteBuffer bytes = ByteBuffer.allocate(sorted.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long id : sorted) {
            bytes.putLong(id);
        }
        return bytes.array();
    }

    private static String sha256(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static String withList(long version, String sha256, int count) {
        ObjectNode table = (ObjectNode) Json.STRICT.readTree(Json.STRICT.writeValueAsString(Tables.table(
                1, version, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.yellow(IdRule.nobody())))));
        ObjectNode rule = (ObjectNode) table.path("clusters").path("B").path("id");
        rule.putArray("idLists").addObject().put("sha256", sha256).put("count", count);
        return table.toString();
    }

    @Test
    void applies_a_table_only_with_its_lists_and_routes_by_them() throws Exception {
        strategy.publish(Tables.table(1, 1, Map.of("A", RouteStrategy.green(), "B", RouteStrategy.red())));
        TestRouter router = router();
        Await.until("table", () -> reports(1));

        byte[] members = list(LongStream.concat(
                LongStream.range(0, 300_000).map(i -> i * 7),
                LongStream.of(Long.MAX_VALUE, Long.MIN_VALUE, 9007199254740993L)));
        String sha256 = sha256(members);
        int count = members.length / Long.BYTES;
        strategy.publish("shop", withList(2, sha256, count));
        Await.until("it was asked for", () -> router.metrics().contains("source_failures_total{source=\"strategy\"}"));
        assertThat(reports(1)).as("the list is not there yet").isTrue();
        strategy.idLists.put(sha256, members);
        Await.until("table with its list", () -> reports(2));
        for (String id :
                List.of("0", "7", "2099993", "9223372036854775807", "-9223372036854775808", "9007199254740993")) {
            assertThat(cluster(router, "/", "X-User-Id", id)).as(id).isEqualTo("B");
        }
        for (String id : List.of("1", "-7", "2100000", "9223372036854775806", "9007199254740992", "alice", "07")) {
            assertThat(cluster(router, "/", "X-User-Id", id)).as(id).isEqualTo("A");
        }
        assertThat(directory.resolve("state/lists").resolve(sha256)).hasBinaryContent(members);

        // Wrong content: of another hash, not ascending, too short.
        byte[] unsorted = members.clone();
        System.arraycopy(members, 8, unsorted, 0, 8);
        System.arraycopy(members, 0, unsorted, 8, 8);
        strategy.idLists.put("0".repeat(64), members);
        strategy.idLists.put(sha256(unsorted), unsorted);
        long version = 2;
        for (Map.Entry<String, Integer> wrong : List.of(
                Map.entry("0".repeat(64), count),
                Map.entry(sha256(unsorted), count),
                Map.entry("0".repeat(64), count + 1))) {
            long refused = ++version;
            strategy.publish("shop", withList(refused, wrong.getKey(), wrong.getValue()));
            Await.until("refused " + refused, () -> refuses(refused));
            assertThat(cluster(router, "/", "X-User-Id", "7")).isEqualTo("B");
        }

        // At a start it is on disk, and nobody else is there.
        router.close();
        strategy.goDown();
        consul.goDown();
        TestRouter restarted = router();
        assertThat(cluster(restarted, "/", "X-User-Id", "7")).isEqualTo("B");
        restarted.close();
        Files.write(directory.resolve("state/lists").resolve(sha256), unsorted);
        TestRouter damaged = router();
        assertThat(damaged.state().path("tables"))
                .as("a damaged list is noticed")
                .isEmpty();
        strategy.comeBack();
        consul = keep(new FakeConsul());
    }

    @Test
    void follows_lanes_only_when_they_are_trusted_and_passes_them_on() {
        strategy.publish(Tables.seed(1));
        TestRouter edge = router();
        Await.until("table", () -> reports(1));
        assertThat(cluster(edge, "/", "X-Tricolor-Lane", "shop=B,payments=C")).isEqualTo("A");
        assertThat(a.headers.getLast().get("X-tricolor-lane")).containsExactly("shop=A");
        edge.close();

        TestRouter inner = router("--tricolor.nginx.trust-lanes=true");
        Await.until("table", () -> reports(1));
        assertThat(cluster(inner, "/", "X-Tricolor-Lane", "payments=C, shop=B")).isEqualTo("B");
        assertThat(b.headers.getLast().get("X-tricolor-lane")).containsExactly("shop=B,payments=C");
        assertThat(cluster(inner, "/", "X-Tricolor-Lane", "shop=A", "X-User-Id", "alice"))
                .isEqualTo("A");
        assertThat(cluster(inner, "/", "X-Tricolor-Lane", "shop=none", "X-User-Id", "alice"))
                .isEqualTo("A");
        assertThat(cluster(inner, "/", "X-Tricolor-Lane", "payments=C", "X-User-Id", "alice"))
                .isEqualTo("B");
        assertThat(cluster(inner, "/", "X-Tricolor-Lane", "shop=A,,", "X-User-Id", "alice"))
                .isEqualTo("B");
        assertThat(b.headers.getLast().get("X-tricolor-lane")).containsExactly("shop=B");
    }

    @Test
    void writes_one_valid_event_for_each_request() throws Exception {
        strategy.publish(Tables.seed(1));
        TestRouter router = router();
        Await.until("table", () -> reports(1));
        cluster(router, "/shop/items?q=a%20b&q=c&token=hush&userId=700");
        cluster(router, "/", "X-User-Id", "Zo\u00eb\"\\");
        consul.register("shop-web", b.as("shop", "web"));
        Await.until("A is gone", () -> get(router, "/%22%C3").statusCode() == 503);

        Path log = directory.resolve("state/access.log");
        Await.until("the lines are written", () -> read(log).contains("NO_HEALTHY_CLUSTER"));
        String schema = Files.readString(Path.of(System.getProperty("tricolor.home", "../../.."))
                .resolve("log-gateway/src/main/resources/request-event.schema.json"));
        var validator = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(schema);
        for (String line : read(log).lines().toList()) {
            assertThat(validator.validate(line, InputFormat.JSON)).as(line).isEmpty();
        }
        JsonNode first = read(log)
                .lines()
                .map(Json.LENIENT::readTree)
                .filter(line -> line.path("url").path("path").asString().equals("/shop/items"))
                .findFirst()
                .orElseThrow();
        assertThat(first.path("tricolor").path("cluster").toString())
                .isEqualTo(
                        "{\"name\":\"B\",\"status\":\"Y\",\"strategy_revision\":1,\"route_reason\":\"whitelist_interval\"}");
        assertThat(first.path("tricolor").path("params").toString()).isEqualTo("{\"q\":\"a b,c\",\"userId\":\"700\"}");
        assertThat(first.path("tricolor").path("redacted").toString()).isEqualTo("[\"token\"]");
        assertThat(first.path("user").path("id").asString()).isEqualTo("700");
        assertThat(first.path("http").path("response").path("status_code").asInt())
                .isEqualTo(200);
        assertThat(read(log)).doesNotContain("hush");
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
