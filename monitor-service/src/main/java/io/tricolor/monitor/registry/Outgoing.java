package io.tricolor.monitor.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Short GET calls. Blocking: for virtual threads. A call ends with its timeout, however slowly the other side answers; redirects are not
 * followed, since they would lead around the list of allowed hosts.
 */
@Component
public class Outgoing implements DisposableBean {

    private static final int MAX_BODY_BYTES = 8 << 20;

    private final MonitorProperties properties;
    private final HttpClient client;

    Outgoing(MonitorProperties properties) {
        this.properties = properties;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    /** An answer. */
    public record Answer(int status, String body) {

        /** Whether the status is 2xx. */
        public boolean isOk() {
            return status / 100 == 2;
        }
    }

    /** The host is not one that may be called. */
    public static final class NotAllowed extends IOException {

        private static final long serialVersionUID = 1L;

        NotAllowed(String hostAndPort) {
            super("tricolor.monitor.allowed-hosts does not name the host of " + hostAndPort);
        }
    }

    /** Calls an address of the configuration. */
    public Answer get(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).GET();
        headers.forEach(request::setHeader);
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofString(), MAX_BODY_BYTES));
        try {
            HttpResponse<String> response = answer.get(properties.timeout().toMillis(), TimeUnit.MILLISECONDS);
            return new Answer(response.statusCode(), response.body());
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException("no answer within " + properties.timeout(), e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw new IOException(reason(e.getCause()), e);
        }
    }

    /** Calls an address that somebody registered or reported; refused when its host is not an allowed one. */
    public Answer getReported(String hostAndPort, String path) throws IOException, InterruptedException {
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
        return get(uri, Map.of());
    }

    @Override
    public void destroy() {
        client.shutdownNow();
    }

    private static String reason(@Nullable Throwable failure) {
        if (failure == null) {
            return "failed";
        }
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
