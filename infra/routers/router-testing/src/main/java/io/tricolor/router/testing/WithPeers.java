package io.tricolor.router.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.contracts.router.RouterReport.GroupReport;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests of a router that strategy-service and Consul are there for; what they keep is closed after each, the last
 * first.
 */
public abstract class WithPeers {

    protected final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    protected Path directory;

    protected FakeStrategy strategy;
    protected FakeConsul consul;

    private final List<AutoCloseable> closeables = new ArrayList<>();

    @BeforeEach
    void startPeers() {
        strategy = keep(new FakeStrategy());
        consul = keep(new FakeConsul());
    }

    @AfterEach
    void closeWhatIsKept() throws Exception {
        for (AutoCloseable closeable : closeables.reversed()) {
            closeable.close();
        }
        client.close();
    }

    protected final <T extends AutoCloseable> T keep(T closeable) {
        closeables.add(closeable);
        return closeable;
    }

    protected final HttpResponse<String> send(HttpRequest request) {
        return send(client, request);
    }

    static HttpResponse<String> send(HttpClient client, HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    protected final HttpResponse<String> get(String url, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    protected final HttpResponse<String> get(StartedRouter router, String path, String... headers) {
        return get(router.url() + path, headers);
    }

    /** The cluster that has answered, which the router and the instance have to agree on. */
    protected static String cluster(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        String cluster = response.headers().firstValue("X-Tricolor-Cluster").orElse("");
        assertThat(response.headers().allValues("X-Tricolor-Cluster")).hasSize(1);
        assertThat(response.body()).startsWith(cluster + " ");
        return cluster;
    }

    protected final String cluster(StartedRouter router, String path, String... headers) {
        return cluster(get(router, path, headers));
    }

    /** What the router reports of the group shop. */
    protected final GroupReport reported() {
        return strategy.lastReport().groups().getOrDefault("shop", GroupReport.none());
    }

    /** Whether the router reports that all of it routes the group shop by this version and knows instances. */
    protected final boolean reports(long version) {
        return !reported().incomplete()
                && reported().version() == version
                && !reported().usableInstances().isEmpty();
    }

    /** Whether the router reports to have refused this version of the group shop. */
    protected final boolean refuses(long version) {
        return Long.valueOf(version).equals(reported().rejectedVersion());
    }
}
