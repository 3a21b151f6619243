package io.tricolor.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.tricolor.router.sources.Json;
import io.tricolor.router.testing.Await;
import io.tricolor.router.testing.FakeConsul;
import io.tricolor.router.testing.FakeInstance;
import io.tricolor.router.testing.FakeStrategy;
import io.tricolor.router.testing.Tables;
import io.tricolor.router.testing.WithPeers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** TLS towards instances and towards users. */
@Tag("engine")
class TlsTest extends WithPeers {

    private static final String NAME = "web.shop.internal";

    private Certificates certificates;

    @BeforeEach
    void makeCertificates() {
        certificates = new Certificates(directory)
                .authority("ca")
                .authority("stranger")
                .host("instance", NAME, "ca")
                .host("router", "127.0.0.1", "ca");
    }

    private String[] upstream(String authority, String name, String... more) {
        List<String> options = new ArrayList<>(List.of(
                "--tricolor.nginx.upstream-tls.enabled=true",
                "--tricolor.nginx.upstream-tls.ca=" + certificates.file(authority + ".pem"),
                "--tricolor.nginx.upstream-tls.name=" + name));
        options.addAll(List.of(more));
        return options.toArray(String[]::new);
    }

    private String[] mutual(String... more) {
        List<String> options = new ArrayList<>(List.of(
                "--tricolor.nginx.upstream-tls.certificate=" + certificates.file("router.pem"),
                "--tricolor.nginx.upstream-tls.key=" + certificates.file("router.key")));
        options.addAll(List.of(more));
        return upstream("ca", NAME, options.toArray(String[]::new));
    }

    private TestRouter router(String... options) {
        strategy.publish(Tables.only(1, "A", "B"));
        TestRouter router = new TestRouter(strategy.url(), consul.url(), directory, options);
        Await.until("table", () -> TestRouter.isReady(strategy.lastReport(), "shop"));
        return router;
    }

    /** An instance that asks for a certificate when it is told to. */
    private HttpsServer instance(String certificate, boolean asks) throws IOException, GeneralSecurityException {
        SSLContext context = context(certificate);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters tls = context.getDefaultSSLParameters();
                tls.setNeedClientAuth(asks);
                parameters.setSSLParameters(tls);
            }
        });
        server.createContext("/", exchange -> FakeStrategy.answer(exchange, 200, "from A by TLS"));
        server.start();
        keep(() -> server.stop(0));
        consul.register(
                "shop-web",
                new FakeConsul.Instance(
                        "shop", "web", "A", "a-1", server.getAddress().getPort()));
        return server;
    }

    /** Trusts the authority; has a certificate when one is named. */
    private SSLContext context(String name) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null);
        Certificate authority = certificate("ca");
        store.setCertificateEntry("ca", authority);
        if (!name.isEmpty()) {
            String pem = Files.readString(certificates.file(name + ".key"), StandardCharsets.US_ASCII);
            PrivateKey key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(
                            Base64.getMimeDecoder().decode(pem.replaceAll("-----.*?-----", ""))));
            store.setKeyEntry("host", key, new char[0], new Certificate[] {certificate(name), authority});
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private Certificate certificate(String name) throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(certificates.file(name + ".pem"))) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static HttpResponse<String> get(HttpClient client, String url) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void speaks_tls_to_instances_that_an_authority_vouches_for() throws Exception {
        instance("instance", false);
        try (HttpClient client = HttpClient.newHttpClient()) {
            try (TestRouter router = router(upstream("ca", NAME))) {
                for (int i = 0; i < 5; i++) {
                    assertThat(get(client, router.url()).body()).isEqualTo("from A by TLS");
                }
            }
            for (String[] wrong : List.of(upstream("stranger", NAME), upstream("ca", "other.shop.internal"))) {
                try (TestRouter router = router(wrong)) {
                    HttpResponse<String> response = get(client, router.url());
                    assertThat(response.statusCode()).isEqualTo(503);
                    assertThat(response.headers().firstValue("X-Tricolor-Reason"))
                            .hasValue("UPSTREAM_UNAVAILABLE");
                    assertThat(Json.LENIENT
                                    .readTree(response.body())
                                    .path("code")
                                    .asString())
                            .isEqualTo("UPSTREAM_UNAVAILABLE");
                    assertThat(router.log()).contains("upstream SSL certificate");
                }
            }
        }
    }

    @Test
    void shows_a_certificate_to_instances_that_ask_for_one() throws Exception {
        instance("instance", true);
        try (HttpClient client = HttpClient.newHttpClient()) {
            try (TestRouter router = router(mutual())) {
                assertThat(get(client, router.url()).body()).isEqualTo("from A by TLS");
            }
            try (TestRouter router = router(upstream("ca", NAME))) {
                HttpResponse<String> response = get(client, router.url());
                assertThat(response.statusCode()).as(response.body()).isEqualTo(502);
            }
        }
    }

    @Test
    void serves_users_by_tls_in_both_versions_of_http_and_grpc() throws Exception {
        FakeInstance plain = keep(new FakeInstance("A", "a-1"));
        consul.register("shop-web", plain.as("shop", "web"));
        String[] tls = {
            "--tricolor.nginx.tls.certificate=" + certificates.file("router.pem"),
            "--tricolor.nginx.tls.key=" + certificates.file("router.key")
        };
        TestRouter router = keep(router(tls));
        String url = router.url().replace("http:", "https:");
        for (HttpClient.Version version : HttpClient.Version.values()) {
            if (version.ordinal() > HttpClient.Version.HTTP_2.ordinal()) {
                continue;
            }
            try (HttpClient client = HttpClient.newBuilder()
                    .version(version)
                    .sslContext(context(""))
                    .build()) {
                HttpResponse<String> response = get(client, url + "/x");
                assertThat(response.version()).isEqualTo(version);
                assertThat(response.body()).isEqualTo("A GET 0");
                assertThat(plain.headers.getLast().get("X-forwarded-proto")).containsExactly("https");
            }
        }
        try (HttpClient trustsOthers = HttpClient.newHttpClient()) {
            assertThatThrownBy(() -> get(trustsOthers, url)).isInstanceOf(IOException.class);
        }
        GrpcInstance grpc = keep(new GrpcInstance("A", "a-2"));
        consul.register("shop-web", grpc.as("shop", "web"));
        Await.until("both workers know it", () -> reported().usable("A", "web").contains("a-2"));
        assertThat(get(channel(router))).isEqualTo("A a-2 1");
    }

    private ManagedChannel channel(TestRouter router) throws IOException {
        ManagedChannel channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", URI.create(router.url()).getPort())
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(certificates.file("ca.pem").toFile())
                        .build())
                .disableRetry()
                .build();
        keep(channel::shutdownNow);
        return channel;
    }

    private static String get(ManagedChannel channel) {
        return ClientCalls.blockingUnaryCall(
                channel, GrpcInstance.GET, CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS), "x");
    }

    @Test
    void speaks_grpc_by_tls_on_both_sides() throws Exception {
        GrpcInstance instance = keep(new GrpcInstance("A", "a-1", certificates));
        consul.register("shop-web", instance.as("shop", "web"));
        TestRouter router = keep(router(mutual(
                "--tricolor.nginx.tls.certificate=" + certificates.file("router.pem"),
                "--tricolor.nginx.tls.key=" + certificates.file("router.key"))));
        ManagedChannel channel = channel(router);
        for (int i = 0; i < 5; i++) {
            assertThat(get(channel)).isEqualTo("A a-1 1");
        }
        assertThat(instance.connections.get()).as("is kept, by each worker").isLessThanOrEqualTo(2);
    }
}
