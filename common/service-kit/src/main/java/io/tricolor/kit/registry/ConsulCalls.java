package io.tricolor.kit.registry;

import io.prometheus.client.Counter;
import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;

/**
 * Calls of Consul, with the token and the certificates that it wants. An answer that Consul says it has left something
 * out of, because the token may not see it, is a failure: what is missing in it is not gone. Blocking. Thread-safe.
 */
public final class ConsulCalls implements AutoCloseable {

    static final String TOKEN = "X-Consul-Token";

    private static final String FILTERED = "X-Consul-Results-Filtered-By-ACLs";
    private static final Counter FILTERED_ANSWERS = Counter.build(
                    "tricolor_consul_filtered_answers_total",
                    "Answers of Consul that lacked what the token may not see, and were not believed")
            .register();

    private final ConsulProperties consul;
    private final HttpCalls http;

    /**
     * Calls within the configured time.
     *
     * @param maxBytes that an answer may have
     */
    public ConsulCalls(ConsulProperties consul, long maxBytes) {
        this.consul = consul;
        this.http = HttpCalls.named("consul")
                .connectWithin(consul.timeout())
                .within(consul.timeout())
                .atMostBytes(maxBytes)
                .trusting(tls(consul))
                .build();
    }

    /** A request for a path and its query, with the token of this moment. */
    public HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(consul.url() + path));
        String token = token(consul);
        return token == null ? request : request.header(TOKEN, token);
    }

    /** The answer, whatever its status; {@link IOException} also when it is filtered. */
    public HttpAnswer send(HttpRequest request) throws IOException, InterruptedException {
        return whole(http.send(request), request);
    }

    /** The same with another limit for the whole call; for blocking queries. */
    public HttpAnswer send(HttpRequest request, Duration within) throws IOException, InterruptedException {
        return whole(http.send(request, within), request);
    }

    private static HttpAnswer whole(HttpAnswer answer, HttpRequest request) throws IOException {
        if (answer.headers().firstValue(FILTERED).orElse("").equals("true")) {
            FILTERED_ANSWERS.inc();
            throw new IOException("Consul leaves out of " + request.uri().getPath()
                    + " what the token in tricolor.consul.token-file may not see");
        }
        return answer;
    }

    static @Nullable String token(ConsulProperties consul) {
        Path file = consul.tokenFile();
        if (file == null) {
            return null;
        }
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("tricolor.consul.token-file: " + file + " cannot be read", e);
        }
    }

    static @Nullable SSLContext tls(ConsulProperties consul) {
        if (consul.ca() == null && consul.certificate() == null) {
            return null;
        }
        try {
            PemSslStoreDetails own = consul.certificate() == null
                    ? null
                    : PemSslStoreDetails.forCertificates(Files.readString(consul.certificate()))
                            .withPrivateKey(Files.readString(consul.key()));
            PemSslStoreDetails trusted =
                    consul.ca() == null ? null : PemSslStoreDetails.forCertificates(Files.readString(consul.ca()));
            return SslBundle.of(new PemSslStoreBundle(own, trusted)).createSslContext();
        } catch (IOException | IllegalStateException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "tricolor.consul.ca, .certificate or .key is not a PEM file that can be used: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
