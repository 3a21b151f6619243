package io.tricolor.router.sources;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A service that a router talks to, by blocking calls. Every call ends: its time limit is for all of the answer, and
 * an answer that is too large is a failure. A call whose address fails (no connection, no whole answer in time, 5xx)
 * goes to the next one, with the whole time again; the last failure is the caller's. The token is read anew for each;
 * Consul takes its own as a bearer token too.
 */
public final class Peer {

    /** Largest answer, in bytes: the tables of some thousand groups. */
    private static final long MAX_BYTES = 64L << 20;

    private final HttpClient client;
    private final Addresses addresses;
    private final @Nullable Path tokenFile;

    /** A service with one address. */
    public Peer(HttpClient client, String url, @Nullable Path tokenFile) {
        this(client, new Addresses(List.of(url), failed -> {}), tokenFile);
    }

    /** A service with several. */
    public Peer(HttpClient client, Addresses addresses, @Nullable Path tokenFile) {
        this.client = client;
        this.addresses = addresses;
        this.tokenFile = tokenFile;
    }

    public HttpResponse<String> get(String path, Duration timeout) throws IOException, InterruptedException {
        return send(HttpRequest.Builder::GET, path, timeout);
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
                HttpRequest.Builder::GET,
                head -> head.statusCode() == 200
                                && head.headers()
                                                .firstValueAsLong("Content-Length")
                                                .orElse(length)
                                        == length
                        ? HttpResponse.BodySubscribers.limiting(
                                HttpResponse.BodySubscribers.ofFile(
                                        file,
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.WRITE,
                                        StandardOpenOption.TRUNCATE_EXISTING),
                                length + 1)
                        : HttpResponse.BodySubscribers.replacing(file),
                path,
                timeout);
    }

    public HttpResponse<String> put(String path, String json, Duration timeout)
            throws IOException, InterruptedException {
        return send(
                request -> request.header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(json)),
                path,
                timeout);
    }

    public HttpResponse<String> delete(String path, Duration timeout) throws IOException, InterruptedException {
        return send(HttpRequest.Builder::DELETE, path, timeout);
    }

    private HttpResponse<String> send(UnaryOperator<HttpRequest.Builder> method, String path, Duration timeout)
            throws IOException, InterruptedException {
        return within(
                method,
                HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofString(), MAX_BYTES),
                path,
                timeout);
    }

    private <T> HttpResponse<T> within(
            UnaryOperator<HttpRequest.Builder> method,
            HttpResponse.BodyHandler<T> handler,
            String path,
            Duration timeout)
            throws IOException, InterruptedException {
        List<Addresses.Address> order = addresses.inOrder();
        for (Addresses.Address address : order) {
            boolean isLast = address == order.getLast();
            HttpRequest request = method.apply(request(address.url() + path)).build();
            try {
                HttpResponse<T> answer = answer(address, request, handler, timeout);
                if (answer.statusCode() / 100 != 5) {
                    address.answered();
                    return answer;
                }
                address.failed(false);
                if (isLast) {
                    return answer;
                }
            } catch (Abandoned e) {
                if (isLast) {
                    throw e;
                }
            } catch (IOException e) {
                address.failed(true);
                if (isLast) {
                    throw e;
                }
            }
        }
        throw new IllegalStateException("a service has at least one address");
    }

    private HttpRequest.Builder request(String url) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (tokenFile != null) {
            request.header(
                    "Authorization", "Bearer " + Files.readString(tokenFile).strip());
        }
        return request;
    }

    private <T> HttpResponse<T> answer(
            Addresses.Address address, HttpRequest request, HttpResponse.BodyHandler<T> handler, Duration timeout)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<T>> answer = client.sendAsync(request, handler);
        AtomicBoolean isGivenUp = new AtomicBoolean();
        Runnable giveUp = () -> {
            isGivenUp.set(true);
            answer.cancel(true);
        };
        address.begins(giveUp);
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no whole answer from " + request.uri() + " in " + timeout);
        } catch (CancellationException | ExecutionException e) {
            if (isGivenUp.get()) {
                throw new Abandoned(address.url(), e);
            }
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } finally {
            address.ends(giveUp);
            giveUp.run();
        }
    }

    /** Whoever waits there is sent elsewhere; the failure is that of the other call. */
    private static final class Abandoned extends IOException {

        private static final long serialVersionUID = 1;

        Abandoned(String url, Throwable cause) {
            super("another call got no answer from " + url, cause);
        }
    }
}
