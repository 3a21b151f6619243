package io.tricolor.monitor.registry;

import io.tricolor.kit.http.HttpAnswer;
import io.tricolor.kit.http.HttpCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * Short GET calls. Blocking: for virtual threads. A call ends with its timeout, however slowly the other side answers;
 * redirects are not followed, since they would lead around the list of allowed hosts.
 */
@Component
public class Outgoing implements DisposableBean {

    private final MonitorProperties properties;
    private final HttpCalls calls;

    /** Closed by {@link #destroy}. */
    public Outgoing(MonitorProperties properties) {
        this.properties = properties;
        this.calls = HttpCalls.named("monitored").within(properties.timeout()).build();
    }

    /** The host is not one that may be called. */
    public static final class NotAllowed extends IOException {

        private static final long serialVersionUID = 1L;

        NotAllowed(String hostAndPort) {
            super("tricolor.monitor.allowed-hosts does not name the host of " + hostAndPort);
        }
    }

    /** Calls an address of the configuration. */
    public HttpAnswer get(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).GET();
        headers.forEach(request::setHeader);
        return calls.send(request.build());
    }

    /** Calls an address that somebody registered or reported; refused when its host is not an allowed one. */
    public HttpAnswer getReported(String hostAndPort, String path) throws IOException, InterruptedException {
        return getReported(hostAndPort, path, Map.of());
    }

    /**
     * Reads the metrics of a router at the address that it has reported, as {@link #getReported}: by the token that is
     * for closed routers, where there is one. It is read anew each time.
     */
    public HttpAnswer getMetricsOfRouter(String hostAndPort) throws IOException, InterruptedException {
        Path file = properties.routerTokenFile();
        return getReported(
                hostAndPort,
                "/metrics",
                file == null
                        ? Map.of()
                        : Map.of(
                                HttpHeaders.AUTHORIZATION,
                                "Bearer " + Files.readString(file).strip()));
    }

    private HttpAnswer getReported(String hostAndPort, String path, Map<String, String> headers)
            throws IOException, InterruptedException {
        URI uri;
        try {
            uri = URI.create("http://" + hostAndPort + path);
        } catch (IllegalArgumentException e) {
            throw new IOException("not an address: " + hostAndPort, e);
        }
        String host = uri.getHost();
        if (host == null
                || uri.getUserInfo() != null
                || !properties.allowedHosts().contains(host.toLowerCase(Locale.ROOT))) {
            throw new NotAllowed(hostAndPort);
        }
        return get(uri, headers);
    }

    @Override
    public void destroy() {
        calls.close();
    }
}
