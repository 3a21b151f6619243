package io.tricolor.router.sources;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A service that a router talks to, by blocking calls. Every call ends: its time limit is for all of the answer, and
 * an answer that is too large is a
 * failure. The token is read anew for each.
 */
public final class Peer {

    /** Largest answer, in bytes: the tables of some thousand groups. */
    private static final long MAX_BYTES = 64L << 20;

    private final HttpClient client;
    private final String url;
    private final @Nullable Path tokenFile;

    public Peer(HttpClient client, String url, @Nullable Path tokenFile) {
        this.client = client;
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.tokenFile = tokenFile;
    }

    public HttpResponse<String> get(String path, Duration timeout) throws IOException, InterruptedException {
        return send(request(path, timeout).GET(), path, timeout);
    }

    /**
     * Writes the body of a 200 into a file; that of another answer, or one that says that it has another length, is
     * dropped.
     *
     * @param length that the body should have; no more than that and a byte is written
     * @param timeout of all of it, the body included
     */
    public HttpResponse<Path> download(String path, Path file, long length, Duration timeout)
            throws IOException, InterruptedException {
        return within(
                client.sendAsync(
                        request(path, timeout).GET().build(),
                        head -> head.statusCode() == 200
                                        && head.headers()
                                                        .firstValueAsLong("Content-Length")
                                                        .orElse(length)
                                                == length
                                ? HttpResponse.BodySubscribers.limiting(
                                        HttpResponse.BodySubscribers.ofFile(file), length + 1)
                                : HttpResponse.BodySubscribers.replacing(file)),
                path,
                timeout);
    }

    public HttpResponse<String> put(String path, String json, Duration timeout)
            throws IOException, InterruptedException {
        return send(
                request(path, timeout)
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(json)),
                path,
                timeout);
    }

    public HttpResponse<String> delete(String path, Duration timeout) throws IOException, InterruptedException {
        return send(request(path, timeout).DELETE(), path, timeout);
    }

    private HttpRequest.Builder request(String path, Duration timeout) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(timeout);
        if (tokenFile != null) {
            request.header(
                    "Authorization", "Bearer " + Files.readString(tokenFile).strip());
        }
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request, String path, Duration timeout)
            throws IOException, InterruptedException {
        return within(
                client.sendAsync(
                        request.build(),
                        HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofString(), MAX_BYTES)),
                path,
                timeout);
    }

    private <T> HttpResponse<T> within(CompletableFuture<HttpResponse<T>> answer, String path, Duration timeout)
            throws IOException, InterruptedException {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no whole answer from " + url + path + " in " + timeout);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } finally {
            answer.cancel(true);
        }
    }
}
